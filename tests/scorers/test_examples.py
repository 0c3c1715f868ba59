"""Every rule's own examples: generated from ``harness/scorers/rules/*.yaml``."""

from __future__ import annotations

import datetime as dt
from functools import cache

import pytest

from harness.auditor import passages_of
from harness.data import bare_question, load_registry, source_from
from harness.judges import load_judge
from harness.resources import find
from harness.scorers import SCORERS, load_scorer, rules
from harness.scorers.base import Example, Rule
from harness.scorers.cases import build_case
from harness.types import Answer, Case, Finding, Judge, Source

CASES = [
    pytest.param(name, rule, example, id=f"{rule.code}-{'flags' if example.flags else 'passes'}-{i}")
    for name in SCORERS
    for rule in rules(name).values()
    for i, example in enumerate(rule.examples)
]


@cache
def judge() -> Judge:
    return load_judge("local")


@cache
def bundled() -> tuple[Source, ...]:
    return load_registry(find("datasets/sources.yaml")).sources


def case(example: Example) -> Case:
    question = None
    if example.question or example.record:
        question = bare_question(
            example.question or "A question?", turns=example.turns, facts=example.facts, **(example.record or {})
        )
    registry = tuple(source_from(dict(s)) for s in example.registry) or bundled()
    answer = Answer(text=example.text, passages=passages_of(list(example.passages)))
    return build_case(answer, judge=judge(), as_of=dt.date(2026, 11, 22), question=question, registry=registry)


@pytest.mark.parametrize(("name", "rule", "example"), CASES)
def test_example(name: str, rule: Rule, example: Example) -> None:
    built = case(example)
    outcome = load_scorer(name).score(built)
    found = [f for f in outcome.findings if f.code == rule.code]
    if not example.flags:
        assert found == [], f"flagged: {[f.span.quote for f in found]}"
        return
    assert found, f"not flagged; found {[(f.code, f.span.quote) for f in outcome.findings]}"
    for finding in found:
        assert_words_are_there(built, finding)
    if example.quote:
        assert any(overlaps(f, example) for f in found), [f.span.quote for f in found]


def assert_words_are_there(built: Case, finding: Finding) -> None:
    texts = {"answer": built.answer.text, "question": built.question.text if built.question else ""}
    texts |= {f"passage:{p.id}": p.text for p in built.answer.passages}
    if built.question:
        texts |= {f"turn:{i}": t.text for i, t in enumerate(built.question.turns)}
    for span in (finding.span, *finding.related):
        assert texts[span.source][span.start : span.end] == span.quote


def overlaps(finding: Finding, example: Example) -> bool:
    source = example.text if finding.span.source == "answer" else example.question
    start = source.find(example.quote)
    assert start >= 0, f"the example does not hold its own quote {example.quote!r}"
    return finding.span.start < start + len(example.quote) and start < finding.span.end
