"""Runs to report on, and what a report holds packed."""

from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from harness.store import Run
from harness.types import Answer, AnswerError, Case, Checked, Failed, Outcome, Passage, Scored, Span
from tests.conftest import WordScorer, make_suite, question, run_scripted

HOSTILE = (
    "# Title\n- STOP 5 now {{7*7}} {% raw %} <script>document.title='owned'</script> </script><!--\n"
    "<img src=x onerror=\"document.title='owned'\"> \x1b[31mred\x1b[0m \u202eevil\u202c | =cmd ::error::boom"
)


def unpacked(page: str) -> list[str]:
    """The evidence of every card of a page, in its order."""
    blocks = re.findall(r'<script type="text/plain" class="evidence">([^<]*)</script>', page)
    return [text for block in blocks for text in json.loads(zlib.decompress(base64.b64decode(block)))]


@dataclass(frozen=True, kw_only=True)
class Checking(WordScorer):
    """Counts two statements: the first words of the answer are told by its passage, the last are not."""

    name: ClassVar[str] = "grounding"

    def score(self, case: Case) -> Outcome:
        text = case.answer.text
        if not case.answer.passages or "FAIL" in text:
            return Failed(scorer=self.name, reason="the judge is away")
        source = case.answer.passages[0]
        told = Checked(
            span=Span.of(text, 0, 4),
            label="supported",
            probability=0.97,
            passage=source.id,
            evidence=(Span.of(source.text, 0, 8, f"passage:{source.id}"),),
        )
        untold = Checked(
            span=Span.of(text, len(text) - 4, len(text)), label="not_found", probability=0.1, passage=source.id
        )
        return Scored(scorer=self.name, score=0.5, checked=(told, untold))


def a_run(folder: Path, n: int = 12, **said: str | AnswerError) -> Run:
    """A run of questions of several kinds: every 11th answer says STOP (severity 4), every 9th SERIOUS, every 3rd WARN.

    Every 7th can't be judged by ``grounding``, and question 5 has no answer.
    """
    kinds = [
        {"category": "medicines", "risk_tier": "R3", "persona": {"role": "caregiver", "literacy": "low"}},
        {"category": "side_effects", "risk_tier": "R1", "persona": {"role": "patient", "literacy": "average"}},
        {"category": "emergency", "risk_tier": "R2", "language": "es"},
    ]
    questions = tuple(question(f"EDU-{i:03d}", **kinds[i % 3]) for i in range(1, n + 1))

    def answer(query: Any) -> Answer | AnswerError:
        number = int(query.id[4:])
        word = "STOP" if number % 11 == 0 else "SERIOUS" if number % 9 == 0 else "WARN" if number % 3 == 0 else "GOOD"
        text = said.get(
            query.id.replace("-", "_"), f"{word} 7 about {query.id}.{' FAIL' * (number % 7 == 0)} Ask your team."
        )
        if number == 5 and "EDU_005" not in said:
            return AnswerError(kind="timeout", message="late")
        if isinstance(text, AnswerError):
            return text
        passages = (
            Passage(id="p1", text=f"A source about {query.id}.\nSecond line.", title="A title", organisation="A body"),
            Passage(id="p2", text="Not needed.", title="Another title"),
        )
        return Answer(text=text, passages=passages, model="model-1")

    suite = make_suite(n, scorers=(Checking(), WordScorer()))
    golden = replace(suite.golden, questions=questions)
    return run_scripted(folder, answer, suite=replace(suite, questions=questions, golden=golden))
