"""Word classes and frames: clauses, negation and its limits, quotation, and what has to stand together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.text.meaning import frame_of, met
from harness.text.wordclasses import WordClasses

CLASSES = {
    "no": ["not", "n't", "never", "no", "nothing"],
    "nor": ["nor"],
    "none": ["none"],
    "wrong": ["wrong to"],
    "light": ["please", "a"],
    "more": ["not just", "more than"],
    "advice": ["advice", "medical advice", "diagnos*"],
    "doctor": ["doctor*"],
    "other": ["your neighbour"],
    "dated": ["<day>", "<email>"],
}
WORDS = WordClasses(CLASSES, hides={"more": ["no"]}, openers=["it", "ask"], joints=["but"])
NOWHERE = {"sentence": frozenset[str](), "page": frozenset[str]()}


def meets(text: str, **frame: object) -> bool:
    return any(met(frame_of(frame), clause, NOWHERE) for clause in WORDS.read(text))


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("This is medical advice.", False),
        ("This isn't medical advice.", True),
        ("Nothing here is advice.", True),
        ("It would be wrong to say it is not advice.", False),
        ("This is not just advice.", False),
        ("It does not diagnose.", True),
        ("Never wait, but take this advice.", False),
        ("Advice: none", True),
    ],
)
def test_a_negation_reaches_forward_in_its_clause(text: str, denied: bool) -> None:
    assert meets(text, says="advice", denied=denied)
    assert not meets(text, says="advice", denied=not denied)


def test_quoted_words_say_nothing() -> None:
    assert not meets('They write "medical advice" on it.', says="advice", denied=None)


def test_a_comma_before_an_opener_ends_the_clause() -> None:
    assert [c.words for c in WORDS.read("This is no joke, ask a doctor.")] == [
        ("this", "is", "no", "joke"),
        ("ask", "a", "doctor"),
    ]


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("A doctor gives advice.", {"says": "advice", "with": ["doctor"]}),
        ("A doctor gives advice.", {"says": "advice", "before": "doctor"}),
        ("Please advice.", {"says": "advice", "start": True}),
        ("Here is advice.", {"says": "advice", "ends": True}),
        ("Made on 2026-03-01 by x@example.org", {"says": "dated"}),
    ],
)
def test_what_stands_where(text: str, frame: dict[str, object]) -> None:
    assert meets(text, **frame)


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("Here is advice.", {"says": "advice", "with": ["doctor"]}),
        ("Here is advice from a doctor.", {"says": "advice", "without": "doctor"}),
        ("Here is advice from a doctor.", {"says": "advice", "before": "doctor"}),
        ("Advice from a wise and patient doctor.", {"says": "advice", "with": ["doctor"], "near": 2}),
        ("Here is advice.", {"says": "advice", "start": True}),
        ("Advice for all who want it.", {"says": "advice", "ends": True}),
        ("Your neighbour gives advice.", {"says": "advice", "not_before": "other"}),
    ],
)
def test_what_must_not_be_missing_or_there(text: str, frame: dict[str, object]) -> None:
    assert not meets(text, **frame)


def test_what_stands_around_counts_only_for_frames_that_say_so() -> None:
    (clause,) = WORDS.read("Here is advice.")
    around = {"sentence": frozenset[str](), "page": frozenset({"doctor"})}
    assert met(frame_of({"says": "advice", "with": ["doctor"], "wide": "page"}), clause, around)
    assert met(frame_of({"says": "advice", "around": ["doctor"]}), clause, around)
    assert not met(frame_of({"says": "advice", "with": ["doctor"], "wide": "sentence"}), clause, around)
    assert not met(frame_of({"says": "advice", "around": ["doctor"]}), clause, NOWHERE)


def test_a_frame_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(TypeError):
        frame_of({"says": "advice", "colour": "red"})


@given(st.text(max_size=300))
def test_any_text_is_read_and_mentions_lie_in_it(text: str) -> None:
    for clause in WORDS.read(text):
        for mentions in clause.mentions.values():
            assert all(0 <= m.start < m.end <= len(text) for m in mentions)
            assert all(0 <= m.first <= m.last < len(clause.words) for m in mentions)
