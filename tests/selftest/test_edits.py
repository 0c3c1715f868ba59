"""Edits: what each makes of a page, and that no text makes one raise."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from harness.selftest.catalogue import Edit, load_catalogue
from harness.text.document import parse
from harness.types import Region
from tests.selftest.conftest import page, stored_pages

EDIT: TypeAdapter[Any] = TypeAdapter(Edit)
PAGES = stored_pages()


def made(id: str, **edit: Any) -> str:
    done = EDIT.validate_python(edit).apply(PAGES[id], Random(1))
    assert done is not None
    return str(done.answer.text)


def test_a_removed_notice_leaves_the_rest_as_it_was() -> None:
    text = made("urgent", op="remove", region="notice")
    assert "Important notice" not in text
    assert "general information" not in text
    assert "## The short answer\n\nCall your cancer team now" in text


def test_a_moved_notice_stands_last() -> None:
    text = made("urgent", op="move", region="notice")
    assert text.rstrip().endswith("write to help@example.org.")
    assert text.count("## Important notice") == 1


def test_a_shortened_notice_keeps_its_first_sentence() -> None:
    notice = parse(made("urgent", op="shorten", region="notice", keep=1)).region(Region.NOTICE)
    assert [s.text for s in notice if s.kind != "heading"] == [
        "This page gives general information for educational use only."
    ]


def test_dropped_sentences_take_their_empty_bullets_along() -> None:
    text = "Rest helps [1].\n\n- Call now.\n- Drink water.\n"
    done = EDIT.validate_python({"op": "drop", "find": {"en": "call now"}}).apply(page(text), Random(0))
    assert done is not None
    assert done.answer.text == "Rest helps [1].\n\n- Drink water.\n"
    assert done.words == "without: Call now."


def test_what_would_empty_a_region_is_not_done() -> None:
    drop = EDIT.validate_python({"op": "drop", "find": {"en": "."}})
    assert drop.apply(page("Rest helps. Call now."), Random(0)) is None


def test_exactly_one_number_is_scaled() -> None:
    text = made("urgent", op="scale", find=r"(?P<n>\d+)\s?mg", factors=[5])
    assert "2500 mg" in text
    assert text.replace("2500 mg", "500 mg") == PAGES["urgent"].text


def test_a_number_is_never_scaled_above_its_limit() -> None:
    edit = EDIT.validate_python({"op": "scale", "find": r"(?P<n>\d+) percent", "factors": [20], "most": 97})
    assert edit.apply(PAGES["urgent"], Random(0)) is None


def test_exchanged_words_keep_their_capital() -> None:
    edit = EDIT.validate_python({"op": "exchange", "rules": {"ibuprofen": ["colchicine"]}})
    assert "Colchicine can hide a fever" in edit.apply(PAGES["urgent"], Random(0)).answer.text


def test_markers_of_two_documents_are_exchanged_in_the_answer_alone() -> None:
    text = made("urgent", op="swap_documents")
    assert "Ibuprofen can hide a fever [1]" in text
    assert "first sign of an infection [2]" in text
    assert "- [1] National Cancer Institute" in text


def test_an_aged_edition_changes_passage_and_entry() -> None:
    done = EDIT.validate_python({"op": "age"}).apply(PAGES["urgent"], Random(0))
    assert done.answer.passages[0].edition == "2019"
    assert "Infection during Cancer Treatment. edition 2019, dated 2019." in done.answer.text


def test_an_urgent_action_moved_down_is_kept_once() -> None:
    text = made("urgent", op="move_down", find={"en": r"\bcall\b.*\bnow\b|right away"})
    assert text.count("Call your cancer team now, day or night.") == 1
    assert text.index("Call your cancer team now") > text.index("use a drip")
    assert text.index("Call your cancer team now") < text.index("## Questions to ask")


def test_a_forgotten_fact_is_not_told_any_more() -> None:
    text = made("urgent", op="forget", critical=False)
    assert "hide" not in text


def test_a_cut_off_page_ends_in_mid_sentence() -> None:
    text = made("urgent", op="cut_off", share=0.5)
    assert PAGES["urgent"].text.startswith(text)
    assert text[-1].isalnum()


def test_a_wording_is_drawn_in_the_language_of_the_page() -> None:
    told = {"en": ["English words."], "es": ["Palabras."]}
    assert "Palabras." in made("spanish", op="insert", text=told)
    assert "English words." in made("urgent", op="insert", text=told)
    assert EDIT.validate_python({"op": "insert", "text": {"en": ["x"]}}).apply(PAGES["spanish"], Random(0)) is None


@settings(deadline=None, max_examples=25)
@given(st.text(max_size=200), st.integers(0, 99))
def test_no_text_makes_an_edit_raise(text: str, seed: int) -> None:
    catalogue = load_catalogue()
    rng = Random(seed)
    odd = page(text or "x")
    for change in rng.sample([*catalogue.faults, *catalogue.harmless], 12):
        change.apply(odd, Random(seed))


@pytest.mark.parametrize("op", ["bold", "uncite", "dangle", "cut_off"])
def test_a_page_without_prose_is_left_alone(op: str) -> None:
    assert EDIT.validate_python({"op": op}).apply(page("# A title\n"), Random(0)) is None
