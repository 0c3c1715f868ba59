"""Numbers of documents (DOI, PubMed, PubMed Central, trial registration): their form and what can't be one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

KINDS = ("doi", "pmid", "pmcid", "nct")
NAMES = {"doi": "DOI", "pmid": "PubMed number", "pmcid": "PubMed Central number", "nct": "trial number"}

# Suffixes may hold nearly anything (DOI Handbook, 2.2); prefixes are given out in order and have not passed 10.7xxxx.
_DOI = re.compile(r"10\.(?!0)\d{4,5}(?:\.\d+)*/[-._;()/:<>+\w]*[\w)>]", re.IGNORECASE)
_LAST_DOI_PREFIX = 80_000
# Given in order: some 41 million articles and 7.4 million trials by the end of 2026; room for several years.
_LAST = {"pmid": 50_000_000, "pmcid": 16_000_000, "nct": 9_000_000}
_REPEATED = re.compile(r"(\d)\1{6,}|12345678|01234567|98765432")
_MADE_UP = re.compile(r"/(?:.*\b)?(?:fake|example|xxxx+|dummy|placeholder)\b", re.IGNORECASE)
_ALMOST = (
    re.compile(
        r"(?:(?<![\w./])|(?<=//)|(?<=//dx\.))doi(?:\s?:\s{0,2}|\s|\.org/)(?!10\.\d{4,9}/)(?!https?://)(?=[\w./-]*\d)[\w./-]{3,60}",
        re.IGNORECASE,
    ),
    re.compile(r"\bPMID\s?[:#]?\s{0,2}(?!\d{4,12}\b)(?=[A-Za-z]*-?\d|[a-z]+\d)[\w-]{1,20}", re.IGNORECASE),
    re.compile(r"\bNCT[\s-]?(?!\d{8}\b)\d{3,12}\b", re.IGNORECASE),
)

_OUT_OF_REACH = re.compile(
    r"(?:file:|(?:\w+://)?(?:[\w.-]+@)?(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+"
    r"|172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+|169\.254\.\d+\.\d+|[\w-]+(?:\.[\w-]+)*\.(?:local|localhost|internal|lan|test|example|invalid))"
    r"(?=[:/?#]|$))",
    re.IGNORECASE,
)

# Other registers of trials, on the WHO's list of primary registries.
_REGISTRATION = re.compile(
    r"\b(?:ISRCTN\s?\d{8}|(?:EudraCT|EUCTR|EU\sCT)\W{0,3}(?:number|no\.?|n\.º)?\W{0,3}\d{4}-\d{6}-\d{2}(?:-\d\d)?"
    r"|ACTRN\s?\d{14}|ChiCTR[\w-]{5,20}|UMIN\s?\d{9}|CTRI/\d{4}/\d{2,3}/\d{6}|DRKS\s?\d{8}|NTR\s?\d{3,4}|PACTR\s?\d{15})\b",
    re.IGNORECASE,
)


def registrations(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of trial numbers of other registers than ClinicalTrials.gov (ISRCTN, EudraCT and their like)."""
    yield from (match.span() for match in _REGISTRATION.finditer(text))


def is_out_of_reach(address: str) -> bool:
    """Whether no reader can open an address: a file, a private network (RFC 1918), a reserved name (RFC 6761)."""
    return bool(_OUT_OF_REACH.match(address))


def malformed(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of words that pose as a number of a document and don't have its form ("NCT12345", "doi: 11.2/x")."""
    for pattern in _ALMOST:
        yield from (match.span() for match in pattern.finditer(text))


def impossible(kind: str, number: str) -> str:
    """Why no document can have this number, in words; "" where it has the right form, which doesn't make it real."""
    if _REPEATED.search(number):
        return "its digits are a filler"
    if kind == "doi":
        if not _DOI.fullmatch(number):
            return "it does not have the form of a DOI"
        prefix = int(re.match(r"10\.(\d+)", number)[1])  # type: ignore[index]
        return "no such prefix has been given out" if prefix > _LAST_DOI_PREFIX or _MADE_UP.search(number) else ""
    digits = re.sub(r"\D", "", number)
    if kind != "nct" and digits.startswith("0"):
        return "such numbers don't begin with 0"
    if kind == "nct" and len(digits) != 8:
        return "a trial number has eight digits"
    return "" if 0 < int(digits) <= _LAST[kind] else "numbers have not got that far"
