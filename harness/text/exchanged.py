"""Where a claim exchanges the values of two facts that one sentence of its evidence tells: A's dose told as B's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from harness.text.compared import Span, Statement, mismatch, pattern, statement
from harness.text.extraction import same_fact, same_question
from harness.text.fact import Fact
from harness.text.words import content_stems
from harness.types import Mismatch

_PART = re.compile(
    r"[,;:()]\s|\b(?:and|or|but|while|whereas|against|versus|vs|than|compared\s(?:with|to))\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a sentence with the facts in it, words for a group of a study, and the stems behind its first fact."""

    facts: tuple[Fact, ...]
    groups: frozenset[str]
    behind: frozenset[str]


def exchanged(ours: Statement, evidence: str, spans: list[Span]) -> Iterator[Mismatch]:
    """The first value that a claim tells of one thing, where one sentence of the evidence tells it of another.

    Args:
        ours: the claim.
        evidence: the text that it is compared with.
        spans: offsets of the sentences of the evidence.
    """
    once = all(sum(same_question(fact, other) for other in ours.facts) == 1 for fact in ours.facts)
    mine = _parts(ours, whole=once)
    told = [(start, _parts(statement(evidence[start:end]))) for start, end in spans]
    for part in mine:
        for fact in part.facts:
            if fact.kind == "drug" or sum(same_question(fact, other) for other in ours.facts) > 1:
                continue
            places = [(start, parts) for start, parts in told if any(_tells(its, fact) for its in parts)]
            if len(places) != 1:
                continue
            (start, parts) = places[0]
            rival = _exchanged(fact, part, parts)
            if rival:
                here = (start + rival.start, start + rival.end)
                yield mismatch(fact.kind, ours.text, (fact.start, fact.end), evidence, here)
                return


def _parts(said: Statement, *, whole: bool = False) -> list[_Part]:
    bounds = [0, *(m.start() for m in _PART.finditer(said.text) if not whole), len(said.text)]
    groups = [(match.start(), match.group().lower()) for match in pattern("groups").finditer(said.text)]
    parts = []
    for start, end in pairwise(bounds):
        inside = tuple(fact for fact in said.facts if start <= fact.start < end)
        behind = content_stems(said.text[inside[0].end : end]) if inside else []
        parts.append(_Part(inside, frozenset(w for place, w in groups if start <= place < end), frozenset(behind)))
    return parts


def _exchanged(fact: Fact, part: _Part, parts: list[_Part]) -> Fact | None:
    """The value that stands beside what ``part`` tells ``fact`` of, where ``fact`` stands beside something else."""
    own = next(its for its in parts if _tells(its, fact))
    for there in parts:
        answers = [other for other in there.facts if same_question(fact, other)]
        if there is own or len(answers) != 1 or same_fact(fact, answers[0]):
            continue
        beside = [it for it in part.facts if it is not fact]
        if part.groups & there.groups - own.groups or any(_belongs(it, there, own) for it in beside):
            return answers[0]
        scoped = fact.kind == "approval" and part.behind & there.behind - own.behind
        if scoped and not part.behind & own.behind - there.behind:
            return answers[0]
    return None


def _belongs(companion: Fact, there: _Part, own: _Part) -> bool:
    """Whether a fact told beside another is told in one part, and in the other something else in its place."""
    answered = any(same_question(companion, other) for other in own.facts)
    return answered and _tells(there, companion) and not _tells(own, companion)


def _tells(part: _Part, fact: Fact) -> bool:
    return any(same_fact(fact, other) for other in part.facts)
