"""Citation faults made mechanically on pages of the reference pipeline are caught, and the pages themselves are left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from random import Random

import pytest

from harness.judges import load_judge
from harness.pipelines import load_pipeline
from harness.resources import find
from harness.scorers.cases import SharedJudge, build_case
from harness.scorers.citation import Citations
from harness.suite import Suite, load_suite
from harness.types import Answer, Judge, Outcome
from tests.scorers.citation_faults import Fault, faults, paged

KINDS = ("fabricated id", "wrong edition", "swapped document", "misattribution", "wrong page", "altered quote")
CAUGHT, FALSE_ALARMS = 0.95, 0.02
PAGES = 12
DRAWS = 2


@cache
def suite() -> Suite:
    return load_suite(find("evals/release.yaml"))


@cache
def pages() -> tuple[tuple[Answer, Judge], ...]:
    """Answers to golden questions from all over the set, each with a judge that remembers its pairs."""
    loaded = suite()
    pipeline = load_pipeline("reference", corpus=loaded.corpus, sources=loaded.registry.sources, as_of=loaded.as_of)
    step = len(loaded.questions) // PAGES
    answers = [pipeline.answer(question.query()) for question in loaded.questions[::step][:PAGES]]
    judge = load_judge("local")
    return tuple((answer, SharedJudge(judge)) for answer in answers if isinstance(answer, Answer))


def score(answer: Answer, judge: Judge) -> Outcome:
    sources = suite().registry.sources
    return Citations().score(build_case(answer, judge=judge, as_of=suite().as_of, registry=sources))


def made() -> Iterator[tuple[Fault, Judge]]:
    for number, (answer, judge) in enumerate(pages()):
        for draw in range(DRAWS):
            for fault in faults(answer, suite().registry.sources, Random(f"{number}.{draw}")):
                yield fault, judge


def is_caught(fault: Fault, outcome: Outcome) -> bool:
    return any(
        f.code in fault.codes and f.span.start < fault.end and fault.start < f.span.end for f in outcome.findings
    )


@cache
def caught() -> tuple[Counter[str], Counter[str], tuple[str, ...]]:
    """Faults caught and made, by kind, and the words of those that were missed."""
    hits: Counter[str] = Counter()
    total: Counter[str] = Counter()
    missed: list[str] = []
    for fault, judge in made():
        total[fault.kind] += 1
        if is_caught(fault, score(fault.answer, judge)):
            hits[fault.kind] += 1
        else:
            missed.append(f"{fault.kind}: {fault.answer.text[fault.start : fault.end]}")
    return hits, total, tuple(missed)


@pytest.mark.parametrize("kind", KINDS)
def test_faults_of_a_kind_are_caught(kind: str) -> None:
    hits, total, missed = caught()
    assert total[kind] >= PAGES
    assert hits[kind] >= CAUGHT * total[kind], [words for words in missed if words.startswith(kind)]


def test_unchanged_pages_raise_no_alarm() -> None:
    registry = suite().registry.sources
    alarms: Counter[str] = Counter()
    for answer, judge in pages():
        for page in (answer, paged(answer, registry)):
            alarms.update({f"{f.code} {f.message}" for f in score(page, judge).findings if f.severity >= 2})
    assert sum(alarms.values()) <= FALSE_ALARMS * 2 * PAGES, alarms


def test_a_fault_is_where_the_page_was_changed() -> None:
    """The makers themselves: the words at the fault are new, and the page around them is the old one."""
    for fault, _ in made():
        changed = fault.answer.text[fault.start : fault.end]
        assert changed
        assert changed == changed.strip("\n")
