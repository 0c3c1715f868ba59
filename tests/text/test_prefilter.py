"""The prefilter leaves out only what can't match."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.resources import package_yaml
from harness.scorers.base import rules
from harness.text.phrases import fold
from harness.text.prefilter import Prefilter, required
from harness.text.statements import _compiled, _patterns, _prefilter


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        (r"\bcancel\b", [{"cancel"}]),
        (r"(?:skip|drop) it", [{"skip it", "drop it"}]),
        (r"you\w* (?:skip|drop)", [{" skip", " drop"}, {"you"}]),
        (r"dose(?:s)?", [{"dose", "doses"}]),
        (r"(?:pill|x*)\d", []),
        (r"(?:two )?\w+ly", []),
        (r"(?:stop \w+|quit \w+) now", [{"stop ", "quit "}, {" now"}]),
        (r"(?=never)\d", []),
    ],
)
def test_what_a_pattern_needs(source: str, needed: list[set[str]]) -> None:
    assert [set(literals) for literals in required(source)] == needed


def test_only_what_can_match_is_tried_and_the_unknown_always() -> None:
    made = Prefilter([r"cancel", r"\d+", r"(?:skip|drop)\b.*\bdose"])
    assert made.candidates("cancel it") == [0, 1]
    assert made.candidates("drop a dose") == [1, 2]
    assert made.candidates("drop it") == [1]
    assert made.candidates("") == [1]


_WORDS = ["stop", "skip", "the", "dose", "doses", "you", "your", "yours", " ", "never", "2", "."]
_PATTERNS = [
    r"\b(?:stop|skip)\b[^.]{0,9}doses?\b",
    r"your?s?\b",
    r"(?:the |your )?dose",
    r"you(?:r (?:dose|stop)|rs)",
    r"\d",
]


@given(st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join))
def test_nothing_that_matches_is_left_out(text: str) -> None:
    tried = Prefilter(_PATTERNS).candidates(text)
    assert [i for i, p in enumerate(_PATTERNS) if re.search(p, text) and i not in tried] == []


def test_no_statement_of_the_rules_examples_is_left_out() -> None:
    patterns = _patterns()
    assert len(patterns) == len(package_yaml("lexicons/statements.yaml")["statements"])
    met = 0
    for example in (e for rule in rules("overreach").values() for e in rule.examples):
        folded = fold(example.text)
        tried = set(_prefilter().candidates(folded))
        hits = {i for i, p in enumerate(patterns) if _compiled(p.source).search(folded)}
        met += len(hits)
        assert hits <= tried
    assert met > 30
