"""Pages to put faults into."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import yaml

from harness.records import question_from
from harness.scorers.cases import build_case
from harness.selftest.page import Page
from harness.types import Answer, Passage, Source
from tests.conftest import AS_OF, FixedJudge

PASSAGES = (
    Passage(
        id="p1",
        text="A fever can be the first sign of an infection. Most people should call right away about any fever.",
        title="Infection during Cancer Treatment",
        organisation="National Cancer Institute",
        source_id="nci-infection",
        edition="2025",
        date="2025",
    ),
    Passage(
        id="p2",
        text="Ibuprofen can hide a fever. Some people ask a nurse first.",
        title="Medicines and Fever",
        organisation="Example Society",
        source_id="ex-fever",
        edition="2024",
        date="2024",
    ),
)
REGISTRY = (
    Source(
        id="nci-infection",
        organisation="National Cancer Institute",
        title="Infection during Cancer Treatment",
        type="web_page",
        edition="2025",
        date="2025",
        url="https://www.cancer.gov/infection",
        checked_on=dt.date(2026, 11, 1),
        valid_days=90,
        supersedes=("2019",),
    ),
)


def page(text: str, question: dict[str, Any] | None = None) -> Page:
    """A page with two passages, and a question that says what it needs."""
    asked = question_from(
        {"id": "EDU-900", "question": "a question", "status": "draft", **(question or {})}, golden=True
    )
    answer = Answer(text=text, passages=PASSAGES)
    case = build_case(answer, judge=FixedJudge(0.5), as_of=AS_OF, question=asked, registry=REGISTRY)
    return Page(case=case)


def stored_pages() -> dict[str, Page]:
    """The pages of ``pages.yaml`` by id."""
    rows = yaml.safe_load((Path(__file__).parent / "pages.yaml").read_text(encoding="utf-8"))
    return {row["id"]: page(row["text"], row["question"]) for row in rows}
