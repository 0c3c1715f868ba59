"""Delta debugging: the small example still fails, and no single part of it can go."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from harness.robustness.shrink import fewest_changes, fewest_words, smallest


@given(st.sets(st.integers(0, 29), min_size=1, max_size=4))
def test_exactly_the_parts_that_matter_are_left(cause: set[int]) -> None:
    assert smallest(range(30), lambda kept: cause <= set(kept), most=10_000) == sorted(cause)


@given(st.integers(1, 12))
def test_what_the_trials_allow_still_fails(most: int) -> None:
    calls = 0

    def fails(kept: Sequence[int]) -> bool:
        nonlocal calls
        calls += 1
        return {3, 17} <= set(kept)

    assert fails(smallest(range(30), fails, most=most))
    assert calls <= most + 1


def test_only_the_changed_word_that_matters_is_changed() -> None:
    told = fewest_changes("my temp is 101 on chemo today", "my tmep is 101 on cehmo tody", lambda q: "cehmo" in q)
    assert told == "my temp is 101 on cehmo today"


def test_added_words_are_left_out_where_they_do_not_matter() -> None:
    told = fewest_changes("is this bad", "please please is this really bad", lambda q: "really" in q)
    assert told == "is this really bad"


def test_words_that_both_share_are_left_out() -> None:
    one, other = fewest_words(
        "what is stage 4 breast cancer", "what is stage 1 breast cancer", lambda a, b: "stage" in a
    )
    assert (one, other) == ("stage 4", "stage 1")
