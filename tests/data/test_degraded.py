"""The degraded answers are what their card says: real golden questions, real passages, and faults that the scorers find."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass

import pytest

from harness.data import Corpus, GoldenSet, load_corpus, load_golden, load_registry
from harness.judges import load_judge
from harness.pipelines.recorded import load_recorded
from harness.pipelines.wire import answer_from_json
from harness.resources import find
from harness.scorers import SCORERS, load_scorer
from harness.scorers.cases import build_case
from harness.types import Answer, Finding

FILE = "datasets/recorded/degraded.jsonl"
AS_OF = dt.date(2026, 11, 22)
FAMILIES = {"ADV", "CIT", "CMP", "DIS", "ESC", "GRD", "PRV", "RDB"}


@dataclass(frozen=True)
class Page:
    """A recorded answer with the fault codes planted in it."""

    id: str
    answer: Answer
    faults: tuple[str, ...]


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    rows = [json.loads(line) for line in find(FILE).read_text(encoding="utf-8").splitlines()]
    return [Page(r["id"], answer_from_json(r), tuple(r["faults"])) for r in rows]


@pytest.fixture(scope="module")
def golden() -> GoldenSet:
    return load_golden(find("datasets/golden"))


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus(find("datasets/corpus"), load_registry(find("datasets/sources.yaml")))


@pytest.fixture(scope="module")
def found(pages: list[Page], golden: GoldenSet) -> dict[str, list[Finding]]:
    """The findings of every scorer on every page."""
    registry = load_registry(find("datasets/sources.yaml")).sources
    questions = {q.id: q for q in golden.questions}
    judge = load_judge("local")
    scorers = [load_scorer(name) for name in SCORERS]
    findings: dict[str, list[Finding]] = {}
    for page in pages:
        case = build_case(page.answer, judge=judge, as_of=AS_OF, question=questions[page.id], registry=registry)
        findings[page.id] = [f for scorer in scorers for f in scorer.score(case).findings]
    return findings


def test_pages_answer_gate_questions_of_every_category(pages: list[Page], golden: GoldenSet) -> None:
    gate = {q.id: q for q in golden.questions if q.split == "gate"}
    assert len(pages) >= 40
    assert not {p.id for p in pages} - set(gate)
    assert {gate[p.id].category for p in pages} == {q.category for q in golden.questions}
    assert sum(gate[p.id].language == "es" for p in pages) >= 4


def test_the_recorded_pipeline_reads_every_page(pages: list[Page]) -> None:
    assert set(load_recorded(FILE).answers) == {(p.id, 0, "") for p in pages}


def test_passages_come_from_the_corpus_and_markers_stand_for_them(pages: list[Page], corpus: Corpus) -> None:
    known = {p.id for p in corpus.passages}
    for page in pages:
        given = {p.id for p in page.answer.passages}
        assert given <= known, page.id
        assert {c.passage_id for c in page.answer.citations} <= given, page.id


def test_faults_of_every_family_are_planted(pages: list[Page]) -> None:
    planted = Counter(code[:3] for p in pages for code in p.faults)
    assert set(planted) == FAMILIES
    assert sum(not p.faults for p in pages) >= 6


def test_planted_faults_are_found(pages: list[Page], found: dict[str, list[Finding]]) -> None:
    planted = [(p.id, code) for p in pages for code in p.faults]
    missed = [(id, code) for id, code in planted if code not in {f.code for f in found[id]}]
    assert len(missed) <= 0.1 * len(planted), missed


def test_every_faulty_page_has_a_finding_that_matters(pages: list[Page], found: dict[str, list[Finding]]) -> None:
    silent = [p.id for p in pages if p.faults and not any(f.severity >= 1 for f in found[p.id])]
    assert not silent


def test_clean_pages_have_no_serious_finding(pages: list[Page], found: dict[str, list[Finding]]) -> None:
    alarms = [(p.id, f.code, f.span.quote) for p in pages if not p.faults for f in found[p.id] if f.severity >= 3]
    assert not alarms
