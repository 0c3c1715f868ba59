"""Edits of questions: small, seeded, in the question's language, and never raising."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from harness.variants.edits import QuestionEdit, reworded
from harness.variants.families import load_kinds

EDIT: TypeAdapter[Any] = TypeAdapter(QuestionEdit)
ASKED = "Day 8 of chemo, my temperature is 101.2. I'm on letrozole; should I call?"


def made(asked: str = ASKED, language: str = "en", seed: int = 1, **edit: Any) -> str | None:
    told: str | None = EDIT.validate_python(edit).apply(asked, language, Random(seed))
    return told


@given(st.integers(0, 500))
def test_a_slip_changes_letters_and_never_numbers_or_first_letters(seed: int) -> None:
    told = made(seed=seed, op="typos", share=0.3)
    assert told is not None
    assert told != ASKED
    assert "101.2" in told
    before, after = ASKED.split(), told.split()
    assert [w[0] for w in before] == [w[0] for w in after]
    assert sum(a != b for a, b in zip(before, after, strict=True)) <= 3


def test_dictation_keeps_decimals() -> None:
    assert made(op="spoken") == "day 8 of chemo my temperature is 101.2 i'm on letrozole should i call"


def test_a_cut_is_made_at_its_length_or_not_at_all() -> None:
    assert made(op="cut", length=30) == ASKED[:30].rstrip()
    assert made(op="cut", length=200) is None


def test_words_are_exchanged_from_a_table_in_the_language_alone() -> None:
    assert made(op="reword", table="brand") == ASKED.replace("letrozole", "Femara")
    assert made(op="reword", table="brand", language="es") is None
    assert made(op="reword", table="brand", least=2) is None


def test_words_are_added_before_or_behind() -> None:
    assert made("a b", op="add", at="before", text={"en": ["x"]}) == "x a b"
    assert made("a b", op="add", text={"en": ["x"]}) == "a b x"
    assert made("a b", op="add", text={"es": ["x"]}) is None


@settings(deadline=None)
@given(st.text(max_size=150), st.integers(0, 50))
def test_no_text_makes_a_kind_raise(text: str, seed: int) -> None:
    for kind in load_kinds():
        told = reworded(text, "en", kind.do, Random(seed))
        assert told is None or told != text


@pytest.mark.parametrize("edit", [{"op": "typos", "share": 0}, {"op": "cut", "length": 1}, {"op": "add", "text": {}}])
def test_settings_that_make_no_sense_are_refused(edit: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        EDIT.validate_python(edit)
