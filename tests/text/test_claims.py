"""Checkable statements: what counts as a claim, and where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.text.claims import claims
from harness.text.document import parse

GOLDEN: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "claims_golden.yaml").read_text("utf-8"))
PIECES = [
    "Tamoxifen", "It", "They", "Its", "blocks", "estrogen", "and", "but", ", and", "; ", "may", "cause", "lowers", "the risk",
    "hot flashes", ".", "\n\n", "## Letrozole\n", "- ", "Side effects include:\n\n", "[1]", "(", ")", "If", ",", "not", "es",
    "y", "Se toma", "puede", "el cáncer", "?", "38 °C", "Call your team", "“", "”", "is", "are", "that",
]  # fmt: skip


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


@pytest.mark.parametrize("case", GOLDEN, ids=[case["page"][:50] for case in GOLDEN])
def test_golden_pages(case: dict[str, Any]) -> None:
    found = [f"(advice) {c.text}" if c.advice else c.text for c in claims(parse(case["page"]))]
    assert found == case["claims"]


def test_there_are_enough_golden_pages() -> None:
    assert len(GOLDEN) >= 60


def test_a_split_claim_points_at_its_own_words() -> None:
    document = parse("According to the society, tamoxifen blocks estrogen and lowers the risk of recurrence [3].")
    first, second = claims(document)
    assert document.plain[first.start : first.end].endswith("tamoxifen blocks estrogen")
    assert document.plain[second.start : second.end] == "lowers the risk of recurrence [3]."
    assert (first.resolved, second.resolved) == (False, True)


def test_a_resolved_pronoun_changes_the_text_and_not_the_span() -> None:
    document = parse("## Tamoxifen\n\nIt is taken once a day, and it can cause hot flashes.")
    first, second = claims(document)
    assert first.text == "Tamoxifen is taken once a day"
    assert document.plain[first.start : first.end] == "It is taken once a day"
    assert document.plain[second.start : second.end] == "it can cause hot flashes."
    assert (first.resolved, second.resolved) == (True, True)


def test_a_list_item_is_joined_to_its_stem_and_keeps_its_span() -> None:
    document = parse("## Tamoxifen\n\nSide effects include:\n\n- **Hot** flashes [1]\n")
    (claim,) = claims(document)
    assert claim.text == "Side effects of Tamoxifen include hot flashes"
    assert document.plain[claim.start : claim.end] == "Hot flashes [1]"


def test_talk_above_a_list_does_not_hide_its_items() -> None:
    (claim,) = claims(parse("Here are some facts:\n\n- tamoxifen at 90 mg for sore throats"))
    assert claim.text == "tamoxifen at 90 mg for sore throats"


@pytest.mark.parametrize(
    "page",
    [
        "## Scans\n\nYour doctor may order a scan. It takes ten minutes in most clinics.",
        "Many people feel tired. It is often worse after lunch.",
        "Hormone pills can hold a cancer for years, but it may start to grow again.",
        "## Tamoxifen\n\nIt is important to sleep well.",
    ],
)
def test_a_pronoun_without_a_sure_owner_is_left_alone(page: str) -> None:
    assert not any(claim.resolved for claim in claims(parse(page)))


def check(page: str) -> None:
    document = parse(page)
    for claim in claims(document):
        sentence = document.sentences[claim.sentence]
        assert sentence.start <= claim.start < claim.end <= sentence.end
        assert document.plain[claim.start : claim.end].strip()
        assert claim.text.strip()


@given(st.text(max_size=400))
def test_offsets_lie_within_their_sentence(page: str) -> None:
    check(page)


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_offsets_lie_within_their_sentence_in_odd_grammar(pieces: list[str]) -> None:
    check(" ".join(pieces))
