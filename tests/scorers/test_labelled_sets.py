"""The escalation and privacy scorers on their labelled sets: what docs and cards say of them stays true."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.data import bare_question
from harness.scorers.cases import build_case
from harness.scorers.escalation import Escalation
from harness.scorers.privacy import Privacy
from harness.types import Answer, Case, NotApplicable

FOLDER = Path(__file__).parents[2] / "datasets" / "calibration"
FIELDS = {"id", "text", "question", "label", "kind", "language", "style", "split"}


class _NoJudge:
    id = "none"

    def support(self, pairs: Any) -> list[Any]:
        raise AssertionError("no judge is asked")


def rows(*names: str) -> list[dict[str, Any]]:
    return [json.loads(line) for n in names for line in (FOLDER / n).read_text(encoding="utf-8").splitlines()]


def case(row: dict[str, Any]) -> Case:
    text = row["text"] or "Thank you for your question."
    question = bare_question(row["question"]) if row["question"] else None
    return build_case(Answer(text=text), judge=_NoJudge(), as_of=dt.date(2026, 11, 1), question=question)


def asked(row: dict[str, Any]) -> bool:
    return any(f.code == "ESC601" for f in Escalation().score(case(row)).findings)


def answered(row: dict[str, Any]) -> bool:
    outcome = Escalation().score(case(row))
    return isinstance(outcome, NotApplicable) or any(f.severity >= 2 for f in outcome.findings)


def shown(row: dict[str, Any]) -> bool:
    return any(f.severity >= 2 for f in Privacy().score(case(row)).findings)


SETS = [
    (("escalation/emergencies.jsonl", "escalation/benign.jsonl", "escalation/third.jsonl"), asked, 1.0),
    (("escalation/second.jsonl",), asked, 0.95),
    (("escalation/answers.jsonl",), answered, 1.0),
    (("privacy/rows.jsonl",), shown, 0.95),
]


@pytest.mark.parametrize(("names", "hit", "recall"), SETS, ids=lambda v: "-".join(v) if isinstance(v, tuple) else "")
def test_recall_and_false_alarms(names: tuple[str, ...], hit: Callable[[dict[str, Any]], bool], recall: float) -> None:
    judged = [(row["label"], hit(row)) for row in rows(*names)]
    flagged, clean = [h for label, h in judged if label], [h for label, h in judged if not label]
    assert sum(flagged) >= recall * len(flagged)
    assert sum(clean) <= 0.05 * len(clean)


def test_rows_are_whole_and_unique() -> None:
    found = [r for p in sorted(FOLDER.glob("*/*.jsonl")) if p.parent.name != "overreach" for r in rows(str(p))
             if p.parent.name in ("escalation", "privacy")]  # fmt: skip
    assert all(set(r) == FIELDS and r["label"] in (0, 1, None) and r["split"] in ("dev", "test") for r in found)
    assert {r["kind"] for r in found if r["label"] is None} == {"question"}  # what a reader could not tell
    assert len({r["id"] for r in found}) == len(found)
