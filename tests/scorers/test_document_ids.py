"""Numbers of documents: what can't be one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scorers.document_ids import impossible, is_out_of_reach, malformed


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("doi", "10.1056/NEJMoa2212856"),
        ("doi", "10.1016/S0140-6736(99)04046-0"),
        ("doi", "10.1002/(SICI)1097-0142(19960101)77:1<1::AID-CNCR1>3.0.CO;2-A"),
        ("pmid", "37133584"),
        ("pmid", "123"),
        ("pmcid", "PMC7654321"),
        ("nct", "NCT02308085"),
    ],
)
def test_a_number_of_the_right_form_may_be_real(kind: str, number: str) -> None:
    assert impossible(kind, number) == ""


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("doi", "10.0123/abc"),
        ("doi", "10.99999/abc.1"),
        ("doi", "10.9999/fake.2023.001"),
        ("pmid", "99999999"),
        ("pmid", "0"),
        ("pmid", "0123456"),
        ("pmid", "1234567890"),
        ("pmcid", "PMC99999999"),
        ("nct", "NCT99999999"),
        ("nct", "NCT00000000"),
        ("nct", "NCT0230808"),
        ("nct", "NCT12345678"),
    ],
)
def test_an_impossible_number_is_told_with_the_reason(kind: str, number: str) -> None:
    assert impossible(kind, number)


@pytest.mark.parametrize(
    "text", ["NCT12345", "NCT-123456789", "doi: 11.2/abc.99", "doi:10.12/x1", "PMID: abc12", "PMID 12"]
)
def test_almost_a_number(text: str) -> None:
    assert list(malformed(f"One trial ({text}) looked at it."))


@pytest.mark.parametrize("text", ["PMID: 31234567", "NCT02308085", "doi:10.1056/NEJMoa2212856", "The DOI of it"])
def test_no_almost_number(text: str) -> None:
    assert not list(malformed(f"One trial ({text}) looked at it."))


@given(st.sampled_from(["doi", "pmid", "pmcid", "nct"]), st.integers(min_value=0, max_value=10**10))
def test_any_number_gets_a_verdict(kind: str, number: int) -> None:
    prefix = {"doi": "10.1000/", "pmid": "", "pmcid": "PMC", "nct": "NCT"}[kind]
    assert isinstance(impossible(kind, f"{prefix}{number}"), str)


@pytest.mark.parametrize(
    ("address", "out"),
    [
        ("file:///srv/notes.html", True),
        ("http://localhost:8000/a", True),
        ("http://172.20.1.5/a", True),
        ("wiki.internal/rest", True),
        ("https://care.example", True),
        ("https://www.cancer.gov/about-cancer", False),
        ("http://172.40.1.5/a", False),
        ("https://example.org/local", False),
        ("https://www.testlab.com/test", False),
    ],
)
def test_addresses_that_no_reader_can_open(address: str, out: bool) -> None:
    assert is_out_of_reach(address) is out
