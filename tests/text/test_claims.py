"""Checkable statements: what counts as a claim, and where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.text.claims import claims
from harness.text.document import parse


def texts(page: str) -> list[str]:
    return [claim.text for claim in claims(parse(page))]


@pytest.mark.parametrize(
    "page",
    [
        "Thank you for asking about this.",
        "It is understandable to feel afraid of the scan results.",
        "Ask your oncologist whether a heart scan makes sense.",
        "Your care team can explain which scan you need.",
        "Would a second opinion help with this choice?",
        "Rest when you feel tired and keep short notes.",
        "For informational purposes only.",
        "Yes.",
        "## Heart scans during trastuzumab treatment",
        "Si tiene dudas, hable con su equipo sobre el tratamiento.",
    ],
)
def test_no_claim_in_talk_questions_advice_and_headings(page: str) -> None:
    assert texts(page) == []


@pytest.mark.parametrize(
    "page",
    [
        "Trastuzumab can weaken the heart muscle.",
        "- Heart scans are repeated during treatment",
        "If you have HER2-positive cancer, trastuzumab is often part of treatment.",
        "El tamoxifeno baja el riesgo de recaída.",
    ],
)
def test_a_clinical_statement_is_a_claim(page: str) -> None:
    (claim,) = claims(parse(page))
    assert not claim.advice


def test_advice_with_a_clinical_fact_is_kept_apart() -> None:
    (claim,) = claims(parse("Call your team if your temperature is 38 °C or higher."))
    assert claim.advice


def test_markers_and_named_sources_are_not_part_of_the_statement() -> None:
    page = "According to the example society, heart scans are repeated every three months [1][2]."
    assert texts(page) == ["heart scans are repeated every three months."]


def test_coordinated_statements_are_judged_apart() -> None:
    page = "Heart scans are repeated during treatment; bone scans follow every second year afterwards."
    found = claims(parse(page))
    assert [claim.text for claim in found] == [
        "Heart scans are repeated during treatment",
        "bone scans follow every second year afterwards.",
    ]


@given(st.text(max_size=400))
def test_offsets_lie_within_their_sentence(page: str) -> None:
    document = parse(page)
    for claim in claims(document):
        sentence = document.sentences[claim.sentence]
        assert sentence.start <= claim.start < claim.end <= sentence.end
        assert claim.text
