import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.text.document import parse


def found(text: str) -> list[tuple[str, str, str]]:
    document = parse(text)
    return [(c.kind, c.target, document.plain[c.start : c.end]) for c in document.citations]


def targets(text: str, kind: str) -> list[str]:
    return [target for k, target, _ in found(text) if k == kind]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rest helps [1].", ["1"]),
        ("Rest helps [1, 3].", ["1", "3"]),
        ("Rest helps [1-3].", ["1", "2", "3"]),
        ("Rest helps [2][4].", ["2", "4"]),
        ("Rest helps.[^1] More.", ["1"]),
        ("Rest helps.[^note] More.", ["note"]),
        ("Rest helps.¹ More.", ["1"]),
        ("Rest helps.¹,² More.", ["1", "2"]),
        ("<p>Rest helps.<sup>12</sup> More.</p>", ["12"]),
        ("Rest helps [1](https://example.org).", ["1"]),
        ("A dose of 80 mg/m² is used.", []),
        ("A count of 10⁹ is fine.", []),
        ("It cost [10,000] then [2020].", []),
        ("Use [brackets] well.", []),
    ],
)
def test_markers(text: str, expected: list[str]) -> None:
    assert targets(text, "marker") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("According to NCCN Guidelines, rest helps.", ["NCCN"]),
        ("The American Cancer Society recommends walks.", ["ACS"]),
        ("Studies have shown that rest helps.", ["studies"]),
        ("Some research suggests that rest helps.", ["research"]),
        ("Most experts agree that rest helps.", ["experts"]),
        ("Current guidelines strongly recommend rest.", ["guidelines"]),
        ("This is based on NCI pages and published literature.", ["NCI", "literature"]),
        ("Según la OMS, caminar ayuda.", ["WHO"]),
        ("Los estudios muestran que caminar ayuda.", ["studies"]),
        ("Según los expertos, caminar ayuda.", ["experts"]),
        ("According to your doctor, rest helps.", []),
        ("No studies show that it helps.", []),
        ("Ask about clinical trials near you.", []),
        ("People who rest feel better.", []),
        ("Your oncologist recommends a plan.", []),
    ],
)
def test_attributions(text: str, expected: list[str]) -> None:
    assert targets(text, "attribution") == expected


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("See https://example.org/a_(b). Then rest.", "link", "https://example.org/a_(b)"),
        ("See (www.example.org).", "link", "www.example.org"),
        ("Look at cancer.gov for more.", "link", "cancer.gov"),
        ("See doi:10.1000/xyz-1.2.", "doi", "10.1000/xyz-1.2"),
        ("See https://doi.org/10.1000/abc today.", "doi", "10.1000/abc"),
        ("A paper (PMID: 1234567) says so.", "pmid", "1234567"),
        ("Trial nct01234567 is open.", "nct", "NCT01234567"),
        ("It helps (Ruiz et al., 2019).", "author_year", "Ruiz et al 2019"),
        ("Ruiz and Lang (2019) saw it.", "author_year", "Ruiz and Lang 2019"),
        ("See [the page](https://example.org/p) now.", "link", "https://example.org/p"),
        (
            '<p>See <a href="https://example.org/p?a=1&amp;b=2">the page</a></p>',
            "link",
            "https://example.org/p?a=1&b=2",
        ),
        ("See [it](https://doi.org/10.1000/q).", "doi", "10.1000/q"),
    ],
)
def test_identifiers_and_links(text: str, kind: str, target: str) -> None:
    assert [(k, t) for k, t, _ in found(text) if k != "attribution"] == [(kind, target)]


@pytest.mark.parametrize("text", ["Call in March (2020) again.", "Write to me@example.org now.", "It was 3.5 in May."])
def test_no_citation(text: str) -> None:
    assert found(text) == []


def test_each_line_of_the_source_box_is_one_entry() -> None:
    text = "## Answer\n\nRest helps [1].\n\n## References\n\n1. NCI. Fatigue. 2024. https://example.org/f\n2. ACS. Sleep (2023)."
    entries = targets(text, "entry")
    assert entries == ["NCI. Fatigue. 2024. https://example.org/f", "ACS. Sleep (2023)."]
    assert targets(text, "marker") == ["1"]
    assert targets(text, "link") == ["https://example.org/f"]


@given(st.text(alphabet=st.sampled_from("[]()1,2–-^ .¹²aA/:#\nhtps20"), max_size=60))
def test_spans_lie_within_their_sentence(text: str) -> None:
    document = parse(text)
    for citation in document.citations:
        sentence = document.sentences[citation.sentence]
        assert citation.start < citation.end
        assert sentence.start <= citation.start
        assert citation.kind == "entry" or citation.end <= sentence.end


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Per ASCO, rest helps.", ["ASCO"]),
        ("Rest helps [NCCN].", ["NCCN"]),
        ("Rest helps (ACS, 2024).", ["ACS"]),
        ("NCCN: rest helps.", ["NCCN"]),
        ("Rest helps, says the NCCN.", ["NCCN"]),
        ("According to the Canadian Cancer Society, rest helps.", ["Canadian Cancer Society"]),
        ("The Royal College of Physicians says rest helps.", ["Royal College of Physicians"]),
        ("Based on guidance from the NCCN, rest helps.", ["NCCN"]),
        ("According to the U.S. Preventive Services Task Force, rest helps.", ["USPSTF"]),
        ("The American Cancer Society (ACS) has a line.", []),
        ("People who recommend rest are right.", []),
        ("Go to the Cancer Center and tell them.", []),
    ],
)
def test_bodies_that_are_named_in_other_ways(text: str, expected: list[str]) -> None:
    assert targets(text, "attribution") == expected


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("See https://pubmed.ncbi.nlm.nih.gov/1234567/ now.", "pmid", "1234567"),
        ("See PubMed ID 1234567 now.", "pmid", "1234567"),
        ("See https://clinicaltrials.gov/study/NCT01234567 now.", "nct", "NCT01234567"),
        ("See NCT 01234567 now.", "nct", "NCT01234567"),
        ("See PMC1234567 now.", "pmcid", "PMC1234567"),
        ("See [a trial](https://clinicaltrials.gov/study/NCT01234567).", "nct", "NCT01234567"),
        ("Rest helps [3, p. 45].", "marker", "3"),
        ("Rest helps.^2 More.", "marker", "2"),
    ],
)
def test_identifiers_in_any_form(text: str, kind: str, target: str) -> None:
    assert targets(text, kind) == [target]


def test_an_exponent_is_no_marker() -> None:
    assert targets("A dose of 80 mg/m^2 and 10^9 cells.", "marker") == []


@pytest.mark.parametrize(
    "listed",
    [
        "[1] NCI. Fatigue. 2024. https://example.org/f\n[2] ACS. Sleep (2023).",
        "1. NCI. Fatigue. 2024. https://example.org/f\n2. ACS. Sleep (2023).",
        "[^1]: NCI. Fatigue. 2024. https://example.org/f\n[^2]: ACS. Sleep (2023).",
        "¹ NCI. Fatigue. 2024. https://example.org/f\n² ACS. Sleep (2023).",
    ],
)
def test_a_reference_list_needs_no_heading(listed: str) -> None:
    page = f"Rest helps [1]. Sleep helps too [2].\n\n{listed}"
    assert len(targets(page, "entry")) == 2
    assert targets(page, "marker") == ["1", "2"]


def test_a_dated_list_of_statements_is_no_reference_list() -> None:
    assert (
        targets("It went like this:\n\n- Tamoxifen was approved in 1998.\n- A trial followed in 2019.", "entry") == []
    )


LIST = "\n\n## Sources\n\n1. American Cancer Society. Ports (2025)\n2. National Cancer Institute. Fatigue (2024)\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rest helps (1). Sleep helps too (1, 2)." + LIST, ["1", "1", "2"]),
        ("El descanso ayuda (2)." + LIST, ["2"]),
        ("Rest helps (1).", []),  # no list that it could lead to
        ("Rest helps [1]. There are four stages (2)." + LIST, ["1"]),  # the page's markers are others
        ("Rest helps (1). She was in ward (7)." + LIST, []),  # the list has no seventh line
        ("Bring (1) a list and (2) a friend." + LIST, []),
    ],
)
def test_round_brackets_are_markers_where_a_list_has_their_numbers(text: str, expected: list[str]) -> None:
    assert targets(text, "marker") == expected
