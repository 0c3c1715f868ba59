"""Windows: what an encoder reads of a passage beside a claim."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judges.overlap import Text
from harness.judges.windows import LONGEST_UNIT, WINDOW_WORDS, Units

IDF: dict[str, float] = {}
FILLER = "The clinic opens early and the parking garage closes late on most days of the week. "
FACT = "Letrozole is swallowed once a day with or without food."
SECOND = "Its bone effects are checked with a density scan every two years."


def window(passage: str, claim: str) -> str:
    return Units(Text(passage)).window(Text(claim), IDF).text


def test_a_short_passage_is_read_whole() -> None:
    passage = f"{FACT} {SECOND}"
    assert window(passage, "Letrozole is taken daily.") == passage


@pytest.mark.parametrize("before", [0, 10, 40])
def test_the_deciding_sentence_is_found_wherever_it_stands(before: int) -> None:
    passage = FILLER * before + FACT + " " + FILLER * 30
    found = Units(Text(passage)).window(Text("Letrozole is swallowed daily with food."), IDF)
    assert FACT in found.text
    assert passage[found.start : found.end] == FACT


def test_evidence_that_lies_apart_is_brought_together_in_order() -> None:
    passage = FACT + " " + FILLER * 30 + SECOND + " " + FILLER * 30
    text = window(passage, "Letrozole is swallowed once a day, and a density scan checks the bone every two years.")
    assert text.index(FACT) < text.index(SECOND)


def test_a_sentence_that_starts_with_a_pronoun_brings_the_one_it_points_to() -> None:
    passage = FILLER * 20 + "Letrozole comes as a yellow tablet. It should not be crushed or chewed. " + FILLER * 20
    assert "yellow tablet" in window(passage, "The medicine should not be crushed or chewed.")


def test_the_lines_of_a_list_are_pieces_of_their_own() -> None:
    passage = "Inclusion criteria:\n" + "\n".join(f"Criterion {n} concerns matter {n}" for n in range(60))
    found = Units(Text(passage)).window(Text("Criterion 41 concerns matter 41"), IDF)
    assert passage[found.start : found.end] == "Criterion 41 concerns matter 41"


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=1500), st.text(max_size=200))
def test_any_window_is_short_and_its_offsets_lie_in_the_passage(passage: str, claim: str) -> None:
    found = Units(Text(passage)).window(Text(claim), IDF)
    assert 0 <= found.start <= found.end <= len(passage)
    assert len(Text(found.text).words) <= max(WINDOW_WORDS, LONGEST_UNIT * 8)
