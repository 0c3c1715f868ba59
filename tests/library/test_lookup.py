"""Looking up: which passages a page's markers stand for, and what else is fetched for its claims."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data import Registry
from harness.library.load import load_library
from harness.library.lookup import MOST_PASSAGES, Lookup, pages_of
from harness.library.shelf import Details, add
from harness.types import Answer, CitationLink, Passage, Source

from .pdfs import HOTLINE, INFUSION, SCANS, guide

ELSEWHERE = Source(
    id="elsewhere",
    organisation="National Cancer Institute",
    title="Pain Control Handbook",
    type="web_page",
    edition="2025",
    date="2025",
    url="https://www.cancer.gov/pain",
    checked_on=dt.date(2026, 1, 1),
    valid_days=300,
)
GUIDE = "Green Valley Cancer Network. Green Valley Guide, 2026"


@pytest.fixture(scope="module")
def lookup(tmp_path_factory: pytest.TempPathFactory) -> Lookup:
    folder = tmp_path_factory.mktemp("shelf")
    (folder / "g.pdf").write_bytes(guide())
    details = Details(
        title="Green Valley Guide",
        organisation="Green Valley Cancer Network",
        edition="2026",
        date="2026-02",
        url="https://example.org/guide",
        aliases=("NCCN",),
    )
    add(folder / "local", folder / "g.pdf", details)
    return Lookup(load_library([folder / "local"], Registry(sources=(ELSEWHERE,), sha="x")))


def page(body: str, *sources: str) -> Answer:
    listed = "".join(f"- [{n}] {line}\n" for n, line in enumerate(sources, start=1))
    return Answer(text=f"# Question\n\n{body}\n\n## Sources\n\n{listed}")


def behind(answer: Answer, marker: str = "1") -> Passage:
    found = answer.cited(marker)
    assert found is not None
    return found


def test_a_marker_stands_for_the_page_that_its_line_tells(lookup: Lookup) -> None:
    told = lookup.supply(page(f"{SCANS[:-1]} [1].", f"{GUIDE}, p. 3."))
    assert (behind(told).locator, behind(told).source_id) == ("p. 3", "local-green-valley-guide-2026")
    assert SCANS in behind(told).text


def test_text_that_stands_on_another_page_is_fetched_beside_the_cited_one(lookup: Lookup) -> None:
    told = lookup.supply(page(f"{SCANS[:-1]} [1].", f"{GUIDE}, p. 2."))
    assert behind(told).locator == "p. 2"
    assert SCANS not in behind(told).text
    assert "p. 3" in [p.locator for p in told.passages if SCANS in p.text]


def test_without_a_page_the_nearest_passages_stand_behind_the_marker(lookup: Lookup) -> None:
    told = lookup.supply(page(f"{SCANS[:-1]} [1]. {HOTLINE[:-1]} [1].", f"{GUIDE}."))
    assert behind(told).locator == "p. 3; p. 4"
    assert len({p.id for p in told.passages}) == len(told.passages)


def test_a_page_that_the_document_has_not_falls_back_to_the_nearest(lookup: Lookup) -> None:
    assert behind(lookup.supply(page(f"{SCANS[:-1]} [1].", f"{GUIDE}, p. 77."))).locator == "p. 3"


def test_a_page_named_in_the_sentence_counts_before_the_source_box(lookup: Lookup) -> None:
    told = lookup.supply(page(f"{SCANS[:-1]} (p. 4) [1].", f"{GUIDE}, p. 3."))
    assert behind(told).locator == "p. 4"


def test_an_older_edition_is_checked_against_the_one_that_is_held(lookup: Lookup) -> None:
    told = lookup.supply(page(f"{SCANS[:-1]} [1].", "Green Valley Cancer Network. Green Valley Guide, 2019, p. 3."))
    assert (behind(told).edition, behind(told).locator) == ("2026", "p. 3")


def test_markers_of_documents_nobody_holds_stand_for_an_empty_passage(lookup: Lookup) -> None:
    told = lookup.supply(page(f"{SCANS[:-1]} [1]. Rest helps [2]. Tea helps [3].", f"{GUIDE}, p. 3", *OTHERS))
    assert (behind(told, "2").text, behind(told, "2").source_id) == ("", "elsewhere")
    assert (behind(told, "3").text, behind(told, "3").source_id) == ("", "")
    assert told.cited("4") is None


OTHERS = ("National Cancer Institute. Pain Control Handbook, 2025.", "Nowhere Press: A Lost Leaflet, 2011.")


@pytest.mark.parametrize(
    "body",
    [
        f"According to NCCN, {SCANS[0].lower()}{SCANS[1:]}",
        f"{SCANS} See https://www.example.org/guide/.",
        f"According to the NCCN Green Valley Guide 2026, p. 3, {SCANS[0].lower()}{SCANS[1:]}",
    ],
    ids=["body", "address", "title and page"],
)
def test_documents_named_without_a_source_box_are_fetched(lookup: Lookup, body: str) -> None:
    told = lookup.supply(Answer(text=f"# Question\n\n{body}\n"))
    assert told.passages
    assert SCANS in told.passages[0].text
    assert told.citations == ()


def test_a_page_that_names_no_held_document_is_given_back(lookup: Lookup) -> None:
    for answer in (page("Rest helps [1].", OTHERS[0]), Answer(text="Rest helps."), Answer(text="")):
        assert lookup.supply(answer) is answer


def test_an_answers_own_passages_keep_their_markers(lookup: Lookup) -> None:
    own = Passage(id="own", text="Rest helps many people.")
    body = page(f"Rest helps [1]. {SCANS[:-1]} [2].", "Own notes on rest and sleep.", f"{GUIDE}, p. 3.")
    told = lookup.supply(Answer(text=body.text, passages=(own,)))
    assert (behind(told, "1"), behind(told, "2").locator) == (own, "p. 3")
    linked = lookup.supply(
        Answer(text=body.text, passages=(own,), citations=(CitationLink(marker="2", passage_id="own"),))
    )
    assert behind(linked, "2") == own


def test_what_is_supplied_is_bounded_and_the_same_every_time(lookup: Lookup) -> None:
    answer = page(" ".join(f"{INFUSION[:-1]} [1]. {SCANS}" for _ in range(40)), f"{GUIDE}, pp. 1-5.")
    told = lookup.supply(answer)
    assert len(told.passages) <= MOST_PASSAGES
    assert lookup.supply(answer) == told


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("p. 12", {"12"}),
        ("Pages 12–14, table 2", {"12", "13", "14"}),
        ("pp. ix-x (PDF pages 3-4)", {"ix", "x"}),
        ("PDF page 3", {"3"}),
        ("página 7", {"7"}),
        ("p. BINV-12", {"binv-12"}),
        ("pp. 5-5000", {"5", "5000"}),
        ("the app. 12 times; p < 0.05; page title", set()),
    ],
)
def test_pages_told(text: str, labels: set[str]) -> None:
    assert pages_of(text) == labels


@given(st.text(max_size=400))
def test_any_text_has_pages_or_none(text: str) -> None:
    assert all(label == label.lower() for label in pages_of(text))
