"""Spelling put right within bounds, spoken temperatures, and how a sign is told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.text.redflags import find_red_flags
from harness.text.tokens import Vocabulary, tokens

VOCABULARY = Vocabulary.of(
    frozenset({"diarrhea", "throat", "chest", "bleeding"}), frozenset({"swell"}), frozenset({"coast", "crest"})
)


def active(text: str) -> set[str]:
    return {f.id for f in find_red_flags(text) if not f.hypothetical}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("thraot", "throat"), ("troat", "throat"), ("throatt", "throat"), ("bleedin", "bleeding"), ("swelld", "swelld"),
        ("coast", "coast"), ("crest", "crest"), ("chet", "chet"), ("xyzzy", "xyzzy"),
    ],
)  # fmt: skip
def test_a_spelling_is_put_right_only_within_bounds(typed: str, meant: str) -> None:
    assert VOCABULARY.corrected(typed) == meant


@settings(deadline=None)  # the first call reads the word lists
@given(st.text(max_size=200))
def test_words_keep_their_places(text: str) -> None:
    words = tokens(text, VOCABULARY)
    assert all(0 <= w.start < w.end <= len(text) for w in words)
    assert [w.start for w in words] == sorted(w.start for w in words)
    assert [w.sentence for w in words] == sorted(w.sentence for w in words)


@pytest.mark.parametrize(
    ("told", "fever"),
    [
        ("a hundred and one", True), ("one oh one point two", True), ("thirty eight point five", True),
        ("101.2", True), ("38,4", True), ("38.0 C", True), ("100.4F", True), ("treinta y ocho y medio", True),
        ("a hundred", False), ("thirty seven point five", False), ("37.9", False), ("100.3F", False), ("98.6", False),
    ],
)  # fmt: skip
def test_a_temperature_in_any_words(told: str, fever: bool) -> None:
    assert ("fever_on_treatment" in active(f"chemo last week and my temp is {told}")) is fever


@pytest.mark.parametrize(
    "text",
    [
        "PSA of 101 after chemo", "my weight is 101 pounds on chemo", "CA 15-3 rose to 38.4 on chemo",
        "I'm 38 and on chemo", "day 39 of chemo",
    ],
)  # fmt: skip
def test_other_numbers_are_no_temperature(text: str) -> None:
    assert active(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "I had a seizure in 2015. May I fly?", "No seizure and no headache since surgery.",
        "If I have a seizure, whom do I call?", "Can brain tumours cause a seizure?", "My neighbour had a seizure and died.",
    ],
)  # fmt: skip
def test_what_is_past_absent_asked_or_anothers_is_no_sign(text: str) -> None:
    assert "seizure" not in active(text)


@pytest.mark.parametrize(
    "text",
    [
        "My dad had a seizure ten minutes ago, fine now", "I don't know if it matters but she just had a seizure",
        "diagnosed in 2015 and now she is having a seizure", "Is it normal that my wife is having seizures?",
    ],
)  # fmt: skip
def test_what_happens_is_a_sign(text: str) -> None:
    assert "seizure" in active(text)


@pytest.mark.parametrize(
    ("told", "meant"),
    [("sotp", "stop"), ("swel", "swell"), ("szie", "size"), ("form", "form"), ("hal fmy", "half my"), ("wnet", "went")],
)
def test_fingers_slip_in_short_words_and_spaces(told: str, meant: str) -> None:
    known = Vocabulary.of(frozenset({"stop", "swell", "size", "half", "my", "went"}), frozenset(), frozenset())
    assert " ".join(t.text for t in tokens(told, known)) == meant
