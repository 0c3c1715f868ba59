"""Every rule's own examples: generated from ``harness/scorers/rules/*.yaml``."""

from __future__ import annotations

import datetime as dt
from functools import cache

import pytest

from harness.auditor import Auditor
from harness.examples import example_case, points_at
from harness.scorers import SCORERS, load_scorer, rules
from harness.scorers.base import Example, Rule
from harness.types import Case, Finding

CASES = [
    pytest.param(name, rule, example, id=f"{rule.code}-{'flags' if example.flags else 'passes'}-{i}")
    for name in SCORERS
    for rule in rules(name).values()
    for i, example in enumerate(rule.examples)
]


@cache
def auditor() -> Auditor:
    return Auditor.default(as_of=dt.date(2026, 11, 22))


@pytest.mark.parametrize(("name", "rule", "example"), CASES)
def test_example(name: str, rule: Rule, example: Example) -> None:
    built = example_case(example, auditor())
    outcome = load_scorer(name).score(built)
    found = [f for f in outcome.findings if f.code == rule.code]
    if not example.flags:
        assert found == [], f"flagged: {[f.span.quote for f in found]}"
        return
    assert found, f"not flagged; found {[(f.code, f.span.quote) for f in outcome.findings]}"
    for finding in found:
        assert_words_are_there(built, finding)
    if example.quote:
        assert any(points_at(f, example) for f in found), [f.span.quote for f in found]


def assert_words_are_there(built: Case, finding: Finding) -> None:
    texts = {"answer": built.answer.text, "question": built.question.text if built.question else ""}
    texts |= {f"passage:{p.id}": p.text for p in built.answer.passages}
    if built.question:
        texts |= {f"turn:{i}": t.text for i, t in enumerate(built.question.turns)}
    for span in (finding.span, *finding.related):
        assert texts[span.source][span.start : span.end] == span.quote
