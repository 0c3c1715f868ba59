"""What the citation checks share: a page with its markers, the documents they stand for, and the form of a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

from harness.scorers.base import rules
from harness.scorers.references import Cited, Listed, entries, from_passage
from harness.scorers.registry import Index, index
from harness.types import Case, Citation, Finding, Passage

Check = Literal[
    "coverage",
    "support",
    "attribution",
    "document_type",
    "scope",
    "edition",
    "locator",
    "resolvable",
    "quote",
    "existence",
    "pointer",
    "global_claim",
]
Verdict = Literal["ok", "wrong", "unchecked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One thing looked at under one check. ``unchecked`` is what nobody could look up: it is never counted as ok."""

    check: Check
    verdict: Verdict
    finding: Finding | None = None


def verdict_table(checked: Iterable[Checked]) -> dict[str, float]:
    """For each of the twelve checks how many things it looked at, how many were in order and how many unchecked."""
    counted = Counter((one.check, one.verdict) for one in checked)
    table: dict[str, float] = {}
    for check in get_args(Check):
        ok, unchecked = counted[check, "ok"], counted[check, "unchecked"]
        table[f"check_{check}_n"] = float(ok + unchecked + counted[check, "wrong"])
        table[f"check_{check}_ok"] = float(ok)
        table[f"check_{check}_unchecked"] = float(unchecked)
    return table


class Page:
    """One answer page with the documents behind its markers."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.document = case.document
        self.index: Index = index(case.registry)
        lines = entries(case)
        self.cited = Cited(case, lines)
        self._passages: dict[str, Listed] = {}
        self.listed = tuple(one if one.source else self._as_given(one) for one in lines)

    @cached_property
    def markers(self) -> dict[int, list[Citation]]:
        """The markers of each sentence that has some."""
        found: dict[int, list[Citation]] = {}
        for citation in self.document.citations:
            if citation.kind == "marker":
                found.setdefault(citation.sentence, []).append(citation)
        return found

    @cached_property
    def by_label(self) -> dict[str, Listed]:
        """The line of the source box that each number stands for."""
        return {one.label: one for one in reversed(self.listed)}

    def held(self, passage: Passage) -> Listed:
        """The document that a passage comes from."""
        if passage.id not in self._passages:
            self._passages[passage.id] = from_passage(passage, self.case.registry)
        return self._passages[passage.id]

    def behind(self, marker: str) -> Listed | None:
        """The document that a marker stands for: its passage's, else that of its line in the source box."""
        passage = self.passage(marker)
        return self.held(passage) if passage else self.by_label.get(marker)

    def _as_given(self, one: Listed) -> Listed:
        """A line that the registry can't tell by its title, as the document of the passage that it stands for."""
        passage = self.passage(one.label)
        if passage is None or not self.cited.is_of(one, passage):
            return one
        return replace(one, source=self.held(passage).source, foreign="")

    def passage(self, marker: str) -> Passage | None:
        """The passage that a marker stands for, the first where its document was given in several."""
        return next(iter(self.cited.by(marker)), None)

    def is_supplied(self, one: Listed) -> bool:
        """Whether a line of the source box may be one of the documents supplied; it may where those have no titles."""
        passages = self.case.answer.passages
        if not passages or not all(p.title for p in passages) or self.passage(one.label):
            return True
        return any(self.cited.is_of(one, p) for p in passages)

    def documents(self, sentence: int) -> list[Listed]:
        """The documents that the markers of a sentence stand for, else those of the next markers in its paragraph."""
        block = self.document.sentences[sentence].block
        for i in range(sentence, len(self.document.sentences)):
            if self.document.sentences[i].block != block:
                break
            if i in self.markers:
                found = [self.behind(marker.target) for marker in self.markers[i]]
                return [one for one in found if one]
        return []

    def finding(self, code: str, message: str, start: int, end: int, *, confidence: float, **more: Any) -> Finding:
        """A finding of a citation rule at ``plain[start:end]``."""
        span = self.document.span(start, end)
        return rules("citation")[code].finding(message, span, confidence=confidence, **more)
