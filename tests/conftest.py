"""Shared pieces: a small suite with scorers whose verdict is known, and the skip rule of CI."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from harness.data import Corpus, GoldenSet, Registry
from harness.records import question_from
from harness.runner import Plan, execute
from harness.store import Run
from harness.suite import Suite, SuiteRecord
from harness.types import (
    Answer,
    AnswerError,
    Case,
    Failed,
    Finding,
    NotApplicable,
    Outcome,
    Query,
    Question,
    Scored,
    Span,
    Support,
)

AS_OF = dt.date(2026, 11, 22)


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """With CI=true a skip is a failure: what was not run is never green."""
    if (
        os.environ.get("CI") == "true"
        and call.excinfo is not None
        and call.excinfo.errisinstance(pytest.skip.Exception)
    ):
        call.excinfo = pytest.ExceptionInfo.from_exc_info(
            (AssertionError, AssertionError(f"skipped in CI: {call.excinfo.value}"), call.excinfo.tb)
        )


class FixedJudge:
    """A judge that always says the same."""

    id = "fixed@1"

    def __init__(self, probability: float = 0.9) -> None:
        self.calls: list[tuple[str, str]] = []
        self._probability = probability

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        self.calls.extend(pairs)
        return [Support(probability=self._probability, label="supported") for _ in pairs]


@dataclass(frozen=True, kw_only=True)
class WordScorer:
    """Scores by words in the answer: GOOD n -> n/10, NA, CRASH, FAIL; STOP is a finding of severity 4, WARN of 2."""

    name: ClassVar[str] = "overreach"
    version: ClassVar[int] = 1
    scale: float = 10.0

    def score(self, case: Case) -> Outcome:
        text = case.answer.text
        findings = tuple(
            Finding(code=code, severity=severity, confidence=0.9, message=f"says {word}", span=_span(text, word))
            for word, code, severity in (("STOP", "ADV302", 4), ("SERIOUS", "ADV301", 3), ("WARN", "ADV311", 2))
            if word in text
        )
        if "CRASH" in text:
            raise RuntimeError("boom")
        if "NA" in text.split():
            return NotApplicable(scorer=self.name, reason="nothing to measure", findings=findings)
        if "FAIL" in text:
            return Failed(scorer=self.name, reason="could not", findings=findings)
        number = next((float(w) for w in text.split() if w.isdigit()), self.scale)
        return Scored(scorer=self.name, score=number / self.scale, findings=findings, metrics={"number": number})


def _span(text: str, word: str) -> Span:
    at = text.index(word)
    return Span.of(text, at, at + len(word))


class Scripted:
    """A pipeline that says what it is told, by question id."""

    prompt_sha = ""

    def __init__(
        self, said: dict[str, str | AnswerError] | Callable[[Query], Answer | AnswerError], id: str = "scripted@1"
    ) -> None:
        self.said = said
        self.id = id
        self.asked: list[str] = []

    def answer(self, query: Query) -> Answer | AnswerError:
        self.asked.append(f"{query.id}#{query.epoch}")
        if callable(self.said):
            return self.said(query)
        told = self.said.get(query.id, "GOOD 10")
        return told if isinstance(told, AnswerError) else Answer(text=told)


def question(id: str = "EDU-001", **fields: Any) -> Question:
    """A golden question with few expectations."""
    return question_from({"id": id, "question": f"What is {id}?", "status": "draft", **fields}, golden=True)


def make_suite(
    n: int = 4, *, scorers: tuple[Any, ...] | None = None, minimum: float = 0.5, tier: str = "R1", **gates: Any
) -> Suite:
    """A suite of ``n`` questions scored by ``WordScorer``, built without files."""
    questions = tuple(question(f"EDU-{i:03d}", risk_tier=tier) for i in range(1, n + 1))
    record = SuiteRecord.model_validate(
        {
            "name": "tiny",
            "title": "A tiny suite",
            "accept_drafts": True,
            "as_of": AS_OF,
            "seed": 7,
            "scorers": ["overreach"],
            "gates": {"scores": [{"scorer": "overreach", "min": minimum, "coverage": 0.5}], **gates},
        }
    )
    return Suite(
        record=record,
        path=Path("tiny.yaml"),
        as_of=AS_OF,
        questions=questions,
        golden=GoldenSet(questions=questions, sha="g" * 12),
        corpus=Corpus(passages=(), sha="c" * 12),
        registry=Registry(sources=(), sha="r" * 12),
        scorers=scorers or (WordScorer(),),
    )


def run_scripted(
    folder: Path, said: Any = None, *, suite: Suite | None = None, epochs: int = 1, id: str = "scripted@1"
) -> Run:
    """A finished run of a scripted pipeline."""
    plan = Plan(
        suite=suite or make_suite(), pipeline=Scripted(said or {}, id), judge=FixedJudge(), epochs=epochs, concurrency=2
    )
    return execute(plan, folder)


@pytest.fixture
def chromium() -> str:
    """The path of Debian's Chromium."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    return path
