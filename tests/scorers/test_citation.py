"""Citations: scores, the ladder, editions over time (its rules' examples are tested in test_examples)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from harness.judges.local import LocalJudge
from harness.scorers.cases import build_case
from harness.scorers.citation import Citations
from harness.scorers.editions import currency, edition_of
from harness.scorers.matching import match
from harness.types import Answer, CitationLink, Outcome, Passage, Source, Support

JUDGE = LocalJudge.load()
DAY = dt.date(2026, 11, 1)
GUIDE = Source(
    id="guide",
    organisation="National Comprehensive Cancer Network",
    title="Guidelines for Patients: Managing Low Blood Counts",
    type="patient_guideline",
    edition="2026",
    date="2026-09-01",
    url="https://example.org/guide",
    checked_on=dt.date(2026, 10, 1),
    valid_days=90,
    supersedes=("2024",),
    aliases=("NCCN",),
)
FULL = Passage(
    id="p1",
    text="Filgrastim is given as a shot under the skin.",
    title=GUIDE.title,
    organisation=GUIDE.organisation,
    source_id="guide",
    edition="2026",
    locator="p. 12",
    url="https://example.org/guide#12",
)
BARE = Passage(id="p2", text="Bone pain is a common side effect of filgrastim.")


def score(text: str, *passages: Passage, links: tuple[CitationLink, ...] = (), day: dt.date = DAY) -> Outcome:
    answer = Answer(text=text, passages=passages, citations=links)
    return Citations().score(build_case(answer, judge=JUDGE, as_of=day, registry=(GUIDE,)))


def codes(outcome: Outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


def test_the_score_is_the_share_of_citations_that_support_their_claim() -> None:
    text = "Filgrastim is given as a shot under the skin [1]. Camels cross wide deserts at night [2]."
    outcome = score(text, FULL, BARE)
    assert outcome.score == 0.5
    assert outcome.metrics["precision"] == 0.5
    assert outcome.metrics["coverage"] == 1.0
    assert codes(outcome) == ["CIT202"]


def test_links_decide_which_passage_a_marker_stands_for() -> None:
    links = (CitationLink(marker="1", passage_id="p2"), CitationLink(marker="2", passage_id="p1"))
    outcome = score("Filgrastim is given as a shot under the skin [2].", FULL, BARE, links=links)
    assert outcome.score == 1.0


def test_nothing_cited_is_not_applicable_with_one_finding_for_the_page() -> None:
    outcome = score("Filgrastim is given as a shot. Bone pain is a common side effect.")
    assert outcome.status == "not_applicable"
    assert codes(outcome) == ["CIT201"]


def test_an_attribution_with_place_and_support_is_at_the_top_of_the_ladder() -> None:
    outcome = score("According to the NCCN, filgrastim is given as a shot under the skin [1].", FULL)
    assert outcome.metrics["ladder_lowest"] == 5.0
    assert outcome.findings == ()


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Studies show that filgrastim is given as a shot.", 0.0),
        ("According to NCCN, filgrastim is given as a shot.", 1.0),
        (
            "According to NCCN, filgrastim is given as a shot.\n\n## Source Guidelines\n\n"
            "- NCCN Guidelines for Patients: Managing Low Blood Counts",
            2.0,
        ),
        (
            "According to NCCN, filgrastim is given as a shot.\n\n## Source Guidelines\n\n"
            "- NCCN Guidelines for Patients: Managing Low Blood Counts (2026)",
            3.0,
        ),
    ],
)
def test_the_ladder_of_an_attribution_without_pinpoint(text: str, level: float) -> None:
    outcome = score(text)
    assert outcome.metrics["ladder_lowest"] == level
    (found,) = [finding for finding in outcome.findings if finding.code == "CIT204"]
    assert found.severity == 2


def test_an_attribution_that_no_source_bears_out_is_graver() -> None:
    outcome = score("According to NCCN, camels cross wide deserts at night.", FULL)
    assert [finding.severity for finding in outcome.findings if finding.code == "CIT204"] == [3]


def test_a_contradicting_source_is_graver_for_a_dose() -> None:
    passage = Passage(id="p1", text="The usual dose of filgrastim is 300 mcg once a day.")
    outcome = score("The usual dose of filgrastim is 600 mcg once a day [1].", passage)
    (found,) = outcome.findings
    assert (found.code, found.severity) == ("CIT203", 4)
    assert found.related[0].quote == passage.text


@pytest.mark.parametrize(
    ("edition", "day", "state"),
    [
        ("2026", DAY, "current"),
        ("2024", DAY, "recently superseded"),
        ("2024", dt.date(2026, 12, 20), "superseded"),
        ("2019", dt.date(2026, 12, 20), "superseded"),
        ("2026", dt.date(2027, 6, 1), "unknown"),
        ("2026", dt.date(2026, 9, 1), "unknown"),
        ("2031", DAY, "unknown"),
        ("", DAY, "incomplete"),
    ],
)
def test_editions_are_judged_by_the_registry_on_a_day(edition: str, day: dt.date, state: str) -> None:
    assert currency(edition, GUIDE, day) == state


@pytest.mark.parametrize(
    ("edition", "state"),
    [
        ("3.2026", "current"),
        ("Version 3.2026", "current"),
        ("2.2026", "superseded"),
        ("5.2025", "superseded"),
        ("2026", "incomplete"),
        ("4.2026", "unknown"),
        ("2025", "superseded"),
    ],
)
def test_several_versions_a_year_are_told_apart(edition: str, state: str) -> None:
    source = replace(GUIDE, edition="Version 3.2026", date="2026-03-02", supersedes=())
    assert currency(edition, source, DAY) == state


@pytest.mark.parametrize(
    ("text", "edition"),
    [
        ("Breast Cancer, Version 4.2025", "4.2025"),
        ("Ports (2024), accessed 3 May 2026", "2024"),
        ("Edition 2023, dated 2024. https://example.org/2026/x", "2023"),
        ("Ports and other devices", ""),
    ],
)
def test_the_edition_is_read_from_the_reference_not_from_its_access_date(text: str, edition: str) -> None:
    assert edition_of(text) == edition


def test_a_title_is_matched_only_with_its_own_organisation() -> None:
    assert match("NCCN Guidelines for Patients: Managing Low Blood Counts (2024)", (GUIDE,)) is GUIDE
    assert match("American Cancer Society: Guidelines for Patients: Managing Low Blood Counts", (GUIDE,)) is None
    assert match("NCCN Guidelines for Patients: Ovarian Cancer", (GUIDE,)) is None


def test_an_identifier_that_nobody_looked_up_is_never_in_order() -> None:
    (malformed,) = [f for f in score("One trial looked at this (PMID: abc12).").findings if f.code == "CIT210"]
    unchecked = score("One trial looked at this (doi: 10.1000/xyz123).")
    (found,) = [f for f in unchecked.findings if f.code == "CIT210"]
    assert (malformed.severity, found.severity) == (3, 2)
    assert unchecked.metrics["check_resolvable_unchecked"] == 1.0
    assert unchecked.metrics["check_resolvable_ok"] == 0.0


def test_every_check_has_a_verdict_of_its_own() -> None:
    text = (
        "According to the NCCN, filgrastim is given as a shot under the skin [1]. "
        "Camels cross wide deserts at night [2]. See https://example.org/guide or https://example.org/elsewhere.\n\n"
        "## Sources\n\n1. NCCN Guidelines for Patients: Managing Low Blood Counts (2024)\n2. Published literature"
    )
    metrics = score(text, FULL, replace(BARE, title="Bone pain")).metrics
    assert (metrics["check_support_n"], metrics["check_support_ok"]) == (2.0, 1.0)
    assert (metrics["check_coverage_n"], metrics["check_coverage_ok"]) == (2.0, 2.0)
    assert (metrics["check_edition_n"], metrics["check_edition_ok"]) == (1.0, 0.0)
    assert (metrics["check_pointer_n"], metrics["check_pointer_ok"]) == (2.0, 1.0)
    assert metrics["check_resolvable_unchecked"] == 1.0
    assert metrics["check_quote_n"] == 0.0
    assert metrics["pairs_supported"] == 1.0
    assert metrics["recall"] == 0.5


def test_two_passages_may_bear_a_statement_out_together() -> None:
    """As in ALCE: recall takes the cited passages of a statement together."""

    class Needs:
        id = "needs-both"

        def support(self, pairs: list[tuple[str, str]]) -> list[Support]:
            both = [p.count("Filgrastim") + p.count("filgrastim") > 1 for p, _ in pairs]
            return [Support(probability=0.9 if b else 0.4, label="supported" if b else "not_found") for b in both]

    answer = Answer(text="Filgrastim is a shot that can cause bone pain [1][2].", passages=(FULL, BARE))
    outcome = Citations().score(build_case(answer, judge=Needs(), as_of=DAY, registry=(GUIDE,)))  # type: ignore[arg-type]
    assert (outcome.metrics["recall"], outcome.metrics["precision"], outcome.score) == (1.0, 1.0, 1.0)
    assert outcome.metrics["pairs_partly"] == 2.0
    assert "CIT202" not in codes(outcome)


def test_a_line_that_names_another_document_than_its_passage_is_a_misattribution() -> None:
    text = "Filgrastim is given as a shot under the skin [1].\n\n## Sources\n\n1. American Cancer Society. Hair Loss (2026)"
    assert "CIT205" in codes(score(text, FULL))
    text = text.replace("American Cancer Society. Hair Loss", "NCCN " + GUIDE.title)
    assert "CIT205" not in codes(score(text, FULL))


def test_an_edition_named_in_the_text_is_judged_too() -> None:
    old = score("Filgrastim is a shot, see NCCN Guidelines for Patients: Managing Low Blood Counts, 2024 [1].", FULL)
    assert [f.code for f in old.findings if f.code == "CIT207"]
    told = score("The NCCN Guidelines for Patients: Managing Low Blood Counts, 2024, is an old edition [1].", FULL)
    assert "CIT207" not in codes(told)


def test_pages_of_an_operators_own_document_count() -> None:
    second = replace(FULL, id="p3", text="Bone pain can follow filgrastim.", locator="p. 30")
    text = "Filgrastim is given as a shot under the skin [1]. Bone pain can follow filgrastim [2].\n\n## Sources\n\n"
    listed = "1. NCCN " + GUIDE.title + " (2026), pp. {}"
    assert "CIT213" not in codes(score(text + listed.format("12-30"), FULL, second))
    assert "CIT213" in codes(score(text + listed.format("44-46"), FULL, second))


def test_an_unknown_number_is_graver_where_no_supplied_passage_is_that_document() -> None:
    listed = "\n\n## Sources\n\n1. Mouth sores\n2. Annals of Rinsing. 2021;4:11-19. PMID: 31234567\n"
    passage = Passage(id="1", text="Mouth rinses can soothe sores.", title="Mouth sores")
    alone = score("Mouth rinses can soothe sores [2]." + listed)
    beside = score("Mouth rinses can soothe sores [2]." + listed, passage)
    severities = [[f.severity for f in o.findings if f.span.quote.endswith("31234567")] for o in (alone, beside)]
    assert severities == [[2], [3]]
