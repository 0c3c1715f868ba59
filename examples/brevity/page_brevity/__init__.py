"""A scorer in a package of its own: pages should be short."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from harness.scorers.plugins import read_rules
from harness.types import Case, NotApplicable, Outcome, Scored

RULES = read_rules(Path(__file__).with_name("rules.yaml"))


@dataclass(frozen=True, kw_only=True)
class Brevity:
    """1 for a page of at most ``max_words`` words, less in proportion to what is too much."""

    name: ClassVar[str] = "brevity"
    version: ClassVar[int] = 1
    rules: ClassVar = RULES
    max_words: int = 60

    def score(self, case: Case) -> Outcome:
        """Count the words of the body; the finding points at the sentence in which the limit is passed."""
        body = case.document.body
        if not body:
            return NotApplicable(scorer=self.name, reason="the answer has no sentences")
        words = 0
        for sentence in body:
            before, words = words, words + len(sentence.text.split())
            if before <= self.max_words < words:
                span = case.document.span(sentence.start, sentence.end)
        if words <= self.max_words:
            return Scored(scorer=self.name, score=1.0, metrics={"words": words})
        message = f"{words} words; the limit of {self.max_words} is passed here"
        found = self.rules["BRV901"].finding(message, span, confidence=0.9)
        return Scored(scorer=self.name, score=self.max_words / words, findings=(found,), metrics={"words": words})
