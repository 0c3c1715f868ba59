from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.text.sentences import split


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Take 2.5 mg once. Then rest.", ["Take 2.5 mg once.", "Then rest."]),
        ("Dr. Ruiz called. She was kind.", ["Dr. Ruiz called.", "She was kind."]),
        ("See J. Smith today. Rest.", ["See J. Smith today.", "Rest."]),
        ("Take vitamin D. Then rest.", ["Take vitamin D.", "Then rest."]),
        ("Soft food, e.g. soup, helps. Eat.", ["Soft food, e.g. soup, helps.", "Eat."]),
        ("It helps.[1] More follows. [2] So be it.", ["It helps.[1]", "More follows. [2]", "So be it."]),
        ("It helps [1]. It lasts.¹ End", ["It helps [1].", "It lasts.¹", "End"]),
        (
            "Look at www.example.org/a.b today. Or at Cancer.Net now.",
            ["Look at www.example.org/a.b today.", "Or at Cancer.Net now."],
        ),
        ("1. Walk. 2. Rest.", ["1. Walk.", "2. Rest."]),
        ("im on chemo. my feet hurt. why", ["im on chemo.", "my feet hurt.", "why"]),
        ("It ends here.The next is glued.", ["It ends here.", "The next is glued."]),
        ("Is it safe? Yes! Good.", ["Is it safe?", "Yes!", "Good."]),
        ('"Is it safe?" she asked. He left.', ['"Is it safe?" she asked.', "He left."]),
        ("At 5 p.m. call us. Then wait.", ["At 5 p.m. call us.", "Then wait."]),
        ("La Dra. Gil llamó. Descanse.", ["La Dra. Gil llamó.", "Descanse."]),
        ("Bring:\n- water\n- socks\n\nGo.", ["Bring:", "- water", "- socks", "Go."]),
        ("one line\ngoes on here", ["one line\ngoes on here"]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_split(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


@given(st.text(alphabet=st.sampled_from("aB1 .?!…\n\"')[]-–:;¹é\tDr\x00"), max_size=80))
def test_spans_are_trimmed_ordered_and_lose_nothing(text: str) -> None:
    spans = split(text)
    assert all(text[s:e] == text[s:e].strip() and s < e for s, e in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert "".join("".join(text[s:e].split()) for s, e in spans) == "".join(text.split())


def test_a_dated_source_in_brackets_belongs_to_the_sentence_before_it() -> None:
    text = 'They write: "It is not known." (Task Force, 2024). Scans cost more. (See below.)'
    assert [text[a:b] for a, b in split(text)] == [
        'They write: "It is not known." (Task Force, 2024).',
        "Scans cost more.",
        "(See below.)",
    ]
