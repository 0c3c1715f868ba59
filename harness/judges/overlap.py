"""What a claim and a passage have in common, as numbers that a small model can weigh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from harness.text.compared import statement
from harness.text.drugs import find_drugs
from harness.text.facts import mismatches, untold
from harness.text.sentences import split
from harness.text.words import Word, stem, words
from harness.types import Mismatch

FEATURES = ("bias", "recall", "bigrams", "mismatches", "hedge_dropped", "untold")
PRONOUNS = frozenset(["it", "they", "this", "these", "he", "she"])  # a sentence that starts so speaks of the one before
_ALL_BUT = 0.95  # of the window's recall is enough for the sentence to stand alone
_RARE = 9.0  # inverse document frequency of a stem that the table lacks
_LONGEST = 4000  # words of a passage that are looked at in full
_MOST_SENTENCES = 1000  # of a passage
_MOST_STATEMENTS = 64  # of one claim


@dataclass(frozen=True)
class Text:
    """A passage or claim with the word statistics that are needed again for every pair."""

    text: str

    @cached_property
    def words(self) -> list[Word]:
        """Its words, in order."""
        return words(self.text)[:_LONGEST]

    @cached_property
    def content(self) -> list[str]:
        """Its content stems, in order; a medicine is told by its generic name, whatever it is called."""
        looked_at = self.text[: self.words[-1].end] if self.words else ""
        generic = {drug.start: stem(drug.name.split()[0]) for drug in find_drugs(looked_at)}
        return [generic.get(word.start, word.stem) for word in self.words if word.is_content]

    @cached_property
    def stems(self) -> frozenset[str]:
        """Its content stems."""
        return frozenset(self.content)

    @cached_property
    def bigrams(self) -> frozenset[tuple[str, str]]:
        """Pairs of neighbouring words, plain ones too."""
        return frozenset(pairwise(word.text for word in self.words))

    @cached_property
    def sentences(self) -> tuple[tuple[int, int, Text], ...]:
        """Its sentences with their offsets."""
        return tuple((start, end, Text(self.text[start:end])) for start, end in split(self.text)[:_MOST_SENTENCES])

    @cached_property
    def statements(self) -> tuple[Text, ...]:
        """Its different sentences that say something, each to be judged on its own; itself if there is none."""
        told = {text.text: text for _, _, text in self.sentences if text.content}
        return tuple(told.values())[:_MOST_STATEMENTS] or (self,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """A claim laid beside a passage: feature values, the deciding sentence, facts that differ or are not told."""

    values: tuple[float, ...]
    start: int
    end: int
    mismatches: tuple[Mismatch, ...]
    untold: bool
    copied: bool


def _share(found: float, total: float, empty: float) -> float:
    return found / total if total else empty


def compare(passage: Text, claim: Text, idf: Mapping[str, float]) -> Overlap:
    """Lay a claim beside a passage. ``idf`` holds the weight of common stems; others count as rare."""
    weights = Weights(claim, idf)
    best, window, (start, end) = _best(passage, weights)
    differing = mismatches(claim.text, passage.text, _told(passage, best, window, (start, end), weights))
    unmet = untold(claim.text, passage.text)
    hard = [m for m in differing if m.kind != "certainty"]
    turned = any(m.kind in ("negation", "certainty") for m in differing)  # "not known if X" holds X word for word
    whole = _normal(claim.words) == _normal(best.words) or (not differing and _is_retold(claim, best))
    copied = bool(claim.words) and (whole or (not turned and _normal(claim.words) in _normal(passage.words)))
    values = {
        "bias": 1.0,
        "recall": weights.recall(passage.stems),
        "bigrams": _share(len(claim.bigrams & passage.bigrams), len(claim.bigrams), weights.recall(passage.stems)),
        "mismatches": float(bool(hard)),
        "hedge_dropped": float(len(hard) < len(differing)),
        "untold": float(bool(unmet)),
    }
    return Overlap(
        values=tuple(values[name] for name in FEATURES),
        start=start,
        end=end,
        mismatches=differing,
        untold=bool(unmet),
        copied=copied,
    )


class Weights:
    """How much each stem of a claim counts, and the share of that weight that a set of stems covers."""

    def __init__(self, claim: Text, idf: Mapping[str, float]) -> None:
        self._weight = {stem: idf.get(stem, _RARE) for stem in claim.stems}
        self._total = sum(self._weight.values())

    def recall(self, stems: frozenset[str]) -> float:
        """Share of the claim's weight that ``stems`` cover; 0 for a claim without content."""
        return _share(sum(w for s, w in self._weight.items() if s in stems), self._total, 0.0)


def _best(passage: Text, weights: Weights) -> tuple[Text, Text, tuple[int, int]]:
    """The sentence and the two neighbouring sentences that hold most of the claim, and the sentence's offsets."""
    sentences = passage.sentences or ((0, len(passage.text), passage),)
    recalls = [weights.recall(sentence.stems) for _, _, sentence in sentences]
    top = max(range(len(sentences)), key=lambda i: (recalls[i], -i))
    start, end, best = sentences[top]
    pairs = [(a, b) for a, b in ((top - 1, top), (top, top + 1)) if a >= 0 and b < len(sentences)]
    windows = [Text(passage.text[sentences[a][0] : sentences[b][1]]) for a, b in pairs]
    window = max([best, *windows], key=lambda text: weights.recall(text.stems))
    return best, window, (start, end)


def _told(passage: Text, best: Text, window: Text, place: tuple[int, int], weights: Weights) -> tuple[int, int]:
    """Offsets of what a claim's facts are compared with: the best sentence, with its neighbour where it needs one."""
    start, end = place
    if best.words and best.words[0].text in PRONOUNS:
        before = [begins for begins, _, _ in passage.sentences if begins < start]
        return (before[-1] if before else start), end
    if weights.recall(best.stems) >= _ALL_BUT * weights.recall(window.stems):
        return place
    start = passage.text.index(window.text, max(0, start - len(window.text)))
    return start, start + len(window.text)


def _is_retold(claim: Text, best: Text) -> bool:
    """Whether a claim has a sentence's content words and facts in their order, "twice a year" for "every 6 months"."""
    ours, theirs = statement(claim.text).tokens, statement(best.text).tokens
    return bool(ours) and [token.text for token in ours] == [token.text for token in theirs]


def _normal(found: list[Word]) -> str:
    """Words in a row, so that case, spacing and punctuation don't matter."""
    return f" {' '.join(word.text for word in found)} "
