import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.text.patterns import hedged, is_question, look_for, negated, quoted_spans


def test_look_for_meets_every_group_with_its_first_hit() -> None:
    text = "Please phone your oncologists about over the counter drugs."
    spans = look_for(["call|phone", "oncolog*", "over-the-counter"], text)
    assert spans is not None
    assert [text[s:e] for s, e in spans] == ["phone", "oncologists", "over the counter"]


@pytest.mark.parametrize(
    ("groups", "text"),
    [
        (["call", "nurse"], "Call the doctor."),
        (["call"], "You may recall it."),
        (["rest"], "Restless legs"),
        ([""], "x"),
    ],
)
def test_look_for_is_none_where_a_group_is_missing(groups: list[str], text: str) -> None:
    assert look_for(groups, text) is None


def test_look_for_takes_curly_apostrophes_numbers_and_symbols() -> None:
    assert look_for(["don't", "100.4", "15%"], "Don’t wait at 100.4 degrees, 15% do") is not None
    assert look_for(["100.4"], "it was 1100.4") is None
    assert look_for(["c++ (x"], "a c++ (x b") == [(2, 8)]


@pytest.mark.parametrize(
    "text",
    ["Is it safe?", '"Can I swim?"', "can i swim", "how do i sleep", "is radiation painful", "What foods should I avoid", "¿Puedo nadar?",
     "cómo puedo dormir", "what is a biopsy", "Does it hurt", "should my sister come", "whats the dose"],
)  # fmt: skip
def test_questions(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    ["How It Works", "What to Bring", "Do not stop", "Do the exercises daily", "Have a snack", "When you feel ill, call.", "It is safe.",
     "Will power helps", "Can you swim.", "my feet hurt", "Why this matters"],
)  # fmt: skip
def test_statements(text: str) -> None:
    assert not is_question(text)


@pytest.mark.parametrize(
    ("text", "word"),
    [("Don't stop it", "stop"), ("You should never stop it", "stop"), ("There is no need to call", "call"), ("No deje de comer", "deje"),
     ("do not under any circumstances stop", "stop"), ("Rest rather than run", "run"), ("Don’t ever stop", "stop"),
     ("You shouldn't, on your own, stop it", "stop"), ("dont stop", "stop")],
)  # fmt: skip
def test_negated(text: str, word: str) -> None:
    assert negated(text, text.index(word))


@pytest.mark.parametrize(
    ("text", "word"),
    [("Stop it", "Stop"), ("Don't forget to call", "call"), ("Don't hesitate to call", "call"), ("No, stop it", "stop"),
     ("If you don't feel well, call", "call"), ("It isn't safe. Stop it", "Stop"), ("Stop it, not the other", "Stop"),
     ("This isn't advice, but stop it", "stop"), ("Not only rest but stop", "stop"), ("It is not good so stop", "stop"),
     ("No olvide llamar", "llamar")],
)  # fmt: skip
def test_not_negated(text: str, word: str) -> None:
    assert not negated(text, text.index(word))


def test_quoted_spans() -> None:
    text = "He said \"stop it\", “go”, «ven» and ‘don’t’, but it's the doctors' call"
    assert [text[s:e] for s, e in quoted_spans(text)] == ['"stop it"', "“go”", "«ven»", "‘don’t’"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It may help", True),
        ("Puede ayudar", True),
        ("It helps", False),
        ("In some cases it works", True),
        ("Mayor Smith won", False),
    ],
)
def test_hedged(text: str, expected: bool) -> None:
    assert hedged(text) is expected


@given(st.text(max_size=60), st.lists(st.text(max_size=12), max_size=3))
def test_never_raises(text: str, groups: list[str]) -> None:
    look_for(groups, text)
    quoted_spans(text)
    is_question(text)
    hedged(text)
    negated(text, len(text) // 2)


@pytest.mark.parametrize("piece", ['"', "‘", "'", "not ", "what ", "n't", "if a ", "?"])
def test_hostile_text_takes_no_more_than_linear_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    began = time.perf_counter()
    quoted_spans(text)
    is_question(text)
    hedged(text)
    negated(text, len(text))
    assert time.perf_counter() - began < 5
