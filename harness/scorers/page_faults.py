"""What a page must not say of people, of itself and of urgency: a trained reading beside the word lists.

Word lists know the wordings that somebody put in. Linear readings of the encoder's embedding have learnt the same kinds
of faults from labelled sentences (``datasets/calibration/page``; ``tools/page.py`` fits them), and are heard only where
they are sure: ``lexicons/page_faults.yaml`` says how sure. They only add findings, each to the rule of its kind.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, cast

from harness.learned import log_odds
from harness.resources import package_yaml
from harness.scorers.base import Rule
from harness.scorers.cases import readings
from harness.text.language import detect
from harness.types import Case, Finding, Region, Sentence

Kind = Literal[
    "other_people",
    "instructions",
    "identifier",
    "records",
    "undone",
    "reviewed",
    "team_not_needed",
    "certain",
    "reassurance",
    "postponed",
    "judge_addressed",
    "praise",
    "vague_authority",
]
_READ = frozenset(  # what the encoder reads for other scorers too
    (Region.NOTICE, Region.BODY, Region.ASK, Region.LEARN, Region.RELATED, Region.PROMOTION)
)


def heard(case: Case, kind: Kind, sentences: Sequence[Sentence]) -> list[tuple[Sentence, float]]:
    """The sentences that read like a fault of a kind, each with the confidence; none where the case has no encoder."""
    words = _words()
    spoken = [
        s
        for s in sentences
        if s.region in _READ and s.kind != "heading" and len(s.text.split()) >= words["fewest_words"]
    ]
    read = readings(case, spoken) if spoken else None
    if read is None or case.reader is None:
        return []
    bar, (least, most) = float(words["bars"][kind]), words["confidence"]
    found = []
    for sentence, odds in zip(spoken, log_odds("page", read, case.reader.id)[kind], strict=True):
        if odds > bar:
            share = 1.0 if detect(sentence.text) in ("en", "und") else float(words["not_english"])
            found.append((sentence, share * (most - (most - least) * math.exp(bar - float(odds)))))
    return found


def findings(
    case: Case, kind: Kind, rule: Rule, sentences: Sequence[Sentence], *, known: Iterable[Finding] = (), **more: Any
) -> Iterator[Finding]:
    """A finding of ``rule`` for each sentence heard as a fault of ``kind``, where the rule has no finding yet.

    Args:
        known: what was found already.
        more: as in Finding: the severity where it is not the rule's own, related places, reach, likelihood.
    """
    words = _words()
    taken = [(f.span.start, f.span.end) for f in known if f.code == rule.code and f.span.source == "answer"]
    for sentence, confidence in heard(case, kind, sentences):
        span = case.document.span(sentence.start, sentence.end)
        if not any(start < span.end and span.start < end for start, end in taken):
            message = f"{words['messages'][kind]} {words['note']}"
            yield rule.finding(message, span, confidence=round(confidence, 3), **more)


def _words() -> dict[str, Any]:
    return cast(dict[str, Any], package_yaml("lexicons/page_faults.yaml"))
