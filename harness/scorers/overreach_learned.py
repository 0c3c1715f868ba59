"""Joining frames with the trained classifier: both agree, one alone, or the classifier in doubt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp
from typing import Any, cast

from harness.resources import package_yaml
from harness.text.reader_facts import reader_facts
from harness.text.tone import advice_strength, is_referral
from harness.text.words import content_stems
from harness.types import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What the classifier says of one sentence.

    Args:
        probability: that the sentence oversteps at all.
        kinds: probability by kind of overreach (``dose``, ``calming`` ...), surest first; together
            ``probability``.
    """

    probability: float
    kinds: Mapping[str, float]

    @classmethod
    def of(cls, reading: Reading) -> Opinion:
        """The opinion in a reading."""
        odds = {kind: exp(min(30.0, reading.logits[head])) for kind, head in _data()["heads"].items()}
        whole = reading.probability("overreach")
        total = sum(odds.values())
        ranked = sorted(odds, key=lambda kind: (-odds[kind], kind))
        return cls(probability=whole, kinds={kind: whole * odds[kind] / total for kind in ranked})

    def alone(self, *, asked: bool, english: bool) -> Iterator[tuple[str, float]]:
        """Kinds that the classifier reports without a frame, with confidence: the surest, and others it is sure of.

        Args:
            asked, english: it is weaker without a question, and in other languages than English, and has to be surer.
        """
        sure = _data()["sure"]
        least_sure = max(0.0 if asked else sure["unasked"], 0.0 if english else sure["not_english"])
        share = 1.0 if english else float(_data()["not_english"])
        surest = next(iter(self.kinds))
        for kind, probability in self.kinds.items():
            told = self.probability if kind == surest else probability
            bar = _data()["bars"].get(kind, _data()["bar"]) if kind == surest else _data()["second_bar"]
            if self.probability >= least_sure and told >= bar:
                least, most = _data()["alone"]
                yield kind, share * (least + (most - least) * (told - bar) / (1.0 - bar))

    def weighed(self, weight: float) -> float:
        """The confidence of a frame's finding: more where the classifier agrees, less where it sees nothing."""
        if self.probability >= _data()["bar"]:
            return 1.0 - (1.0 - weight) * (1.0 - self.probability)
        doubt = _data()["doubt"]
        return weight * float(doubt + (1.0 - doubt) * self.probability / _data()["bar"])


def directive_strength(sentence: str, reading: Reading | None) -> float:
    """How surely a sentence tells its reader what to do, in [0, 1]; sending the reader to a clinician counts little.

    By the classifier where there is a reading, else by the wordings of ``lexicons/tone.yaml``.
    """
    if reading is None:
        return advice_strength(sentence)
    return reading.probability("directive") * (_data()["referred"] if is_referral(sentence) else 1.0)


def is_brought_along(sentence: str, told: Sequence[str]) -> bool:
    """Whether the classifier's word stands that a sentence tells the reader a fact that they didn't.

    The question, first of what was ``told``, is all that it sees; so not where the sentence shares words with earlier
    messages or given facts, nor where every fact that the rules see was told (a brand's name for the drug's).
    """
    if not told or not told[0].strip():
        return False
    facts, others = reader_facts(sentence, told), content_stems(" ".join(told[1:]))
    return set(others).isdisjoint(content_stems(sentence)) and not (facts and all(f.told for f in facts))


@cache
def _data() -> dict[str, Any]:
    return cast(dict[str, Any], package_yaml("lexicons/overreach.yaml")["classifier"])
