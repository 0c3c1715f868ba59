"""Coordinated statements, their shared subject, and what a pronoun stands for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.text.anaphora import Discourse, topic_of
from harness.text.clauses import clauses, is_plural, s_form, subject_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "Femara lowers estrogen and helps some women.",
            [("", "Femara lowers estrogen"), ("Femara", "helps some women.")],
        ),
        (
            "Chemo can lower blood counts and raise the risk of infection.",
            [("", "Chemo can lower blood counts"), ("Chemo can", "raise the risk of infection.")],
        ),
        (
            "Scans find spread; blood tests follow the markers.",
            [("", "Scans find spread"), ("", "blood tests follow the markers.")],
        ),
    ],
)
def test_split(text: str, parts: list[tuple[str, str]]) -> None:
    assert [(c.lead, text[c.start : c.end]) for c in clauses(text)] == parts


@pytest.mark.parametrize(
    "text",
    [
        "Nurses use warm packs to ease pain and relax muscles.",  # an infinitive's second half
        "It is a protein that helps cells grow and divides into parts.",  # inside a relative clause
        "The drug cannot cross the barrier and raise pressure.",  # under a negation
        "Rash can cause itching and work problems.",  # a noun that looks like a verb
        "Signs include vision changes and slow growth.",  # an adjective that looks like a verb
        "Low iron, poor sleep, and low mood can add up over time.",  # a list of subjects
        "This page can't tell, but your care team can.",  # an ellipsis
        'The report says "stable and unchanged is good" in its summary.',  # a quotation
        "If counts fall, chemo is delayed and antibiotics are given.",  # a condition for both
        "",
    ],
)
def test_not_split_where_it_is_not_safe(text: str) -> None:
    assert len(clauses(text)) <= 1


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Letrozole, an aromatase inhibitor, lowers estrogen.", "Letrozole"),
        ("In most people, the rash fades.", "the rash"),
        ("Paclitaxel and docetaxel can harm nerves.", "Paclitaxel and docetaxel"),
        ("If the rash spreads, call.", ""),
        ("Cancer that has spread can be treated.", ""),
        ("Take it with food.", ""),
    ],
)
def test_subject(text: str, subject: str) -> None:
    assert subject_of(text, "en") == subject


@pytest.mark.parametrize(
    ("subject", "plural"),
    [
        ("Hot flashes", True),
        ("The pelvis", False),
        ("Side effects of chemo", True),
        ("A loss of bone", False),
        ("Most lumps", True),
    ],
)
def test_number(subject: str, plural: bool) -> None:
    assert is_plural(subject, "en") is plural


def test_third_person() -> None:
    assert [s_form(v) for v in ("carry", "pass", "block", "stay", "reach")] == [
        "carries",
        "passes",
        "blocks",
        "stays",
        "reaches",
    ]


@pytest.mark.parametrize(
    ("heading", "topic"),
    [
        ("What is tamoxifen?", "tamoxifen"),
        ("How letrozole works", "letrozole"),
        ("1. Lymphedema", "Lymphedema"),
        ("Side effects", None),
        ("Letrozole or anastrozole", ""),
        ("When to call your team", ""),
        ("¿Qué es el tamoxifeno?", "tamoxifeno"),
    ],
)
def test_topic_of_a_heading(heading: str, topic: str | None) -> None:
    assert topic_of(heading, "es" if heading.startswith("¿") else "en") == topic


def test_a_pronoun_stands_for_the_subject_before_it_and_then_for_the_topic() -> None:
    talk = Discourse()
    talk.enter("Letrozole")
    assert talk.resolve("It lowers estrogen.") == "Letrozole lowers estrogen."
    talk.hear("Bone scans check the bones.")
    assert talk.resolve("They are painless.") == "Bone scans are painless."
    assert talk.resolve("This medicine is a pill.") == "Letrozole is a pill."
    assert talk.resolve("It's a pill.") == "Letrozole is a pill."
    assert talk.resolve("It is important to rest.") == "It is important to rest."


@given(st.text(max_size=300), st.sampled_from(["en", "es"]))
def test_clauses_lie_in_order_within_any_text(text: str, language: str) -> None:
    position = 0
    for clause in clauses(text, language):
        assert position <= clause.start < clause.end <= len(text)
        position = clause.end
