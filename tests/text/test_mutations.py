"""Mechanical changes: one fact each, grammatical, seeded; and every one of them is caught by the aligner."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.text.facts import mismatches
from harness.text.mutations import Mutation, mutations

SENTENCES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "told_facts.yaml").read_text(encoding="utf-8")
)
SAID: list[str] = [row["says"] for row in SENTENCES]
KINDS = {
    *("dose", "percent", "count", "age", "duration", "frequency", "stage", "grade", "receptor", "gene", "line"),
    *("phase", "population", "approval", "drug", "negation", "direction", "certainty"),
}


def among_others(sentence: str) -> str:
    """A paragraph of six sentences with ``sentence`` in its midst."""
    here = SAID.index(sentence)
    return " ".join(SAID[(here + step) % len(SAID)] for step in (-2, -1, 0, 1, 2, 3))


def caught(made: Mutation, evidence: str) -> bool:
    kinds = {found.kind for found in mismatches(made.text, evidence)}
    return bool(kinds) if made.kind == "certainty" else bool(kinds - {"certainty"})


def test_the_sentences_are_many_and_hold_every_kind() -> None:
    made = [m.kind for sentence in SAID for m in mutations(sentence, random.Random(1))]
    assert len(set(SAID)) >= 60
    assert set(made) == KINDS


@settings(deadline=None)
@given(sentence=st.sampled_from(SAID), seed=st.integers(0, 10_000))
def test_any_single_changed_fact_is_caught_alone_and_in_a_paragraph(sentence: str, seed: int) -> None:
    for made in mutations(sentence, random.Random(seed)):
        assert caught(made, sentence), made
        assert caught(made, among_others(sentence)), made


@pytest.mark.parametrize("row", SENTENCES, ids=lambda row: row["says"][:40])
def test_the_same_in_other_words_is_no_mismatch(row: dict[str, Any]) -> None:
    for told in (row["says"], *row.get("same", ())):
        assert mismatches(told, row["says"]) == ()
        assert mismatches(told, among_others(row["says"])) == ()


@settings(deadline=None)
@given(sentence=st.sampled_from(SAID), seed=st.integers(0, 10_000))
def test_a_mutation_differs_at_one_place_and_says_where(sentence: str, seed: int) -> None:
    made = mutations(sentence, random.Random(seed))
    assert made == mutations(sentence, random.Random(seed))
    for m in made:
        assert m.text != sentence
        assert m.original_words in sentence
        assert m.text[m.start :].startswith(m.changed_words) or m.changed_words in m.text
    assert [m.start for m in made] == sorted(m.start for m in made) or any(" a" in m.text for m in made)


@settings(deadline=None)
@given(st.text(max_size=300), st.integers(0, 100))
def test_any_text_can_be_handed_in(text: str, seed: int) -> None:
    for made in mutations(text, random.Random(seed)):
        assert made.text != text


@pytest.mark.parametrize(
    ("sentence", "kind", "text"),
    [
        ("It may help.", "certainty", "It will help."),
        ("The scan cannot show it.", "negation", "The scan can show it."),
        ("It is not approved.", "approval", "It is approved."),
        ("It is given to premenopausal women only.", "population", "It is given to postmenopausal women only."),
        ("A low-grade tumor grows.", "grade", "A high-grade tumor grows."),
    ],
)
def test_a_wording_is_exchanged_for_its_opposite(sentence: str, kind: str, text: str) -> None:
    assert text in [m.text for m in mutations(sentence, random.Random(0)) if m.kind == kind]


@pytest.mark.parametrize("sentence", ["Is it safe?", "It may not help.", "See [20] for more.", "Rest well."])
def test_what_cannot_be_changed_plainly_is_left_alone(sentence: str) -> None:
    assert [m for m in mutations(sentence, random.Random(0)) if m.kind in ("certainty", "count", "dose")] == []
    assert not [m for m in mutations(sentence, random.Random(0)) if sentence.endswith("?") and m.kind == "negation"]
