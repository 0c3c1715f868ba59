"""Good pages in layouts of other teams: what the citation and grounding rules say of them, and what they leave alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

import harness
from harness.data import load_corpus, load_registry
from harness.types import Failed, Passage

ROOT = Path(__file__).resolve().parents[2]
PAGES = yaml.safe_load((ROOT / "tests/data/layouts.yaml").read_text(encoding="utf-8"))
AS_OF = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def passages() -> dict[str, Passage]:
    registry = load_registry(ROOT / "datasets/sources.yaml")
    return {p.id: p for p in load_corpus(ROOT / "datasets/corpus", registry).passages}


def findings(page: dict[str, Any], passages: dict[str, Passage]) -> list[str]:
    given = [passages[name] for name in page["passages"]]
    audit = harness.audit(page["text"], question=page["question"], passages=given, as_of=AS_OF)
    return [
        finding.code
        for outcome in audit
        if outcome.scorer in ("grounding", "citation")
        for finding in outcome.findings
        if finding.severity >= 2
    ]


@pytest.mark.parametrize("page", PAGES, ids=[page["name"] for page in PAGES])
def test_a_good_page_gets_what_its_layout_deserves(page: dict[str, Any], passages: dict[str, Passage]) -> None:
    assert findings(page, passages) == page["expects"]


def test_a_page_with_its_own_numbers_is_read_by_its_own_list(passages: dict[str, Passage]) -> None:
    page = next(page for page in PAGES if page["name"].startswith("a table"))
    right, wrong = "National Cancer Institute. Breast Cancer Screening (PDQ)", "CDC. Flu and People with Cancer"
    swapped = {**page, "text": page["text"].replace(right, wrong)}
    assert "CIT205" in findings(swapped, passages)


def test_a_page_beside_passages_in_another_language_is_not_measured(passages: dict[str, Passage]) -> None:
    page = next(page for page in PAGES if page["name"].startswith("Spanish"))
    audit = harness.audit(page["text"], passages=[passages[name] for name in page["passages"]], as_of=AS_OF)
    for name in ("grounding", "citation"):
        outcome = next(outcome for outcome in audit if outcome.scorer == name)
        assert isinstance(outcome, Failed)
        assert "another language" in outcome.reason
