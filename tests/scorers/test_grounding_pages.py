"""Whole pages: good ones in other words than their sources, and the same with one planted fault."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.judges import load_judge
from harness.scorers.cases import build_case
from harness.scorers.grounding import Grounding
from harness.types import Answer, Judge, Outcome, Passage

PAGES: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "grounding_pages.yaml").read_text("utf-8")
)
GOOD = {page["id"]: page for page in PAGES["good"]}


@cache
def judge() -> Judge:
    return load_judge("local")


def score(text: str, passages: list[str]) -> Outcome:
    answer = Answer(text=text, passages=tuple(Passage(id=f"p{i}", text=p) for i, p in enumerate(passages, 1)))
    return Grounding().score(build_case(answer, judge=judge(), as_of=dt.date(2026, 11, 22)))


def test_there_are_enough_pages() -> None:
    assert len(GOOD) >= 15
    assert len(PAGES["bad"]) >= 15
    assert {page["code"] for page in PAGES["bad"]} == {f"GRD10{i}" for i in range(1, 8)}


def cases(pages: list[dict[str, Any]]) -> list[Any]:
    """One case a page."""
    return [pytest.param(page, id=page["id"]) for page in pages]


@pytest.mark.parametrize("page", cases(PAGES["good"]))
def test_a_good_page_in_other_words_raises_no_false_alarm(page: dict[str, Any]) -> None:
    outcome = score(page["text"], page["passages"])
    assert outcome.status == "scored"
    told = [(f.code, f.span.quote, f.message) for f in outcome.findings]
    assert {f.code for f in outcome.findings} <= {"GRD101"}, told


@pytest.mark.parametrize("page", cases(PAGES["bad"]))
def test_a_planted_fault_is_found_where_it_stands(page: dict[str, Any]) -> None:
    outcome = score(page["text"], GOOD[page["of"]]["passages"])
    found = [f for f in outcome.findings if f.code == page["code"]]
    assert found, [(f.code, f.span.quote, f.message) for f in outcome.findings]
    start = page["text"].index(page["quote"])
    hits = [f for f in found if f.span.start < start + len(page["quote"]) and start < f.span.end]
    assert hits, [f.span.quote for f in found]
    assert max(f.severity for f in hits) == page["severity"]
    assert outcome.score is None or outcome.score < 1 or page["code"] == "GRD106"
