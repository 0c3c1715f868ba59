"""Existence: numbers of documents that can't be real, belong to another document, or that nobody has checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.scorers.citation_page import Checked, Page
from harness.scorers.document_ids import KINDS, NAMES, impossible, malformed, registrations
from harness.scorers.evidence import weight
from harness.scorers.references import Listed, page_citations
from harness.scorers.registry import bodies
from harness.text.claims import Claim
from harness.text.words import content_stems
from harness.types import Citation, Finding, Severity, Source

_YEAR = re.compile(r"(?:19|20)\d\d")
_ITS_TITLE = 0.5  # share of a document's title that a line with its number has to tell


def identifier_checks(page: Page, claims: Sequence[Claim]) -> Iterator[Checked]:
    """CIT210 for identifiers, graver behind a dose or urgent advice, and for names with years that lead nowhere."""
    taken: set[tuple[int, int]] = set()
    for citation in page.document.citations:
        if citation.kind in KINDS and (citation.start, citation.end) not in taken:
            taken.add((citation.start, citation.end))
            yield from _identifier(page, citation, claims)
    for start, end in malformed(page.document.plain):
        if not any(s < end and start < e for s, e in taken):
            message = f"“{page.document.plain[start:end]}” does not have the form of such a number"
            yield _wrong(page.finding("CIT210", message, start, end, confidence=0.85))
    for start, end in registrations(page.document.plain):
        yield from _unchecked(page, f"trial number {page.document.plain[start:end]}", start, end)
    for citation in page_citations(page.case, "author_year"):
        yield from _author_year(page, citation)


def _wrong(finding: Finding) -> Checked:
    return Checked(check="existence", verdict="wrong", finding=finding)


def _unchecked(page: Page, told: str, start: int, end: int, line: Listed | None = None) -> Iterator[Checked]:
    """A number that nobody looked up; graver in a line of the source box that is none of the passages supplied."""
    message = f"the registry has no {told}: whether it exists was not checked"
    severity: Severity = 2
    if line and page.case.answer.passages and page.passage(line.label) is None:
        message, severity = f"{message}, and no passage of it was supplied", 3
    finding = page.finding("CIT210", message, start, end, confidence=0.5, severity=severity)
    yield Checked(check="resolvable", verdict="unchecked", finding=finding)
    yield Checked(check="existence", verdict="unchecked")


def _identifier(page: Page, citation: Citation, claims: Sequence[Claim]) -> Iterator[Checked]:
    name, number = NAMES[citation.kind], citation.target
    start, end = citation.start, citation.end
    why = impossible(citation.kind, number)
    if why:
        message = f"{name} {number} can't be a real one: {why}"
        yield _wrong(page.finding("CIT210", message, start, end, confidence=0.85, severity=_grave(citation, claims)))
        return
    known = page.index.by_identifier.get((citation.kind, number.lower() if citation.kind == "doi" else number))
    line = next((x for x in page.listed if x.citation and x.citation.start <= start < x.citation.end), None)
    if known is None:
        yield from _unchecked(page, f"{name} {number}", start, end, line)
        return
    yield Checked(check="resolvable", verdict="ok")
    if line and _is_another(line, known):
        message = f"{name} {number} belongs to “{known.title}”"
        yield _wrong(page.finding("CIT210", message, start, end, confidence=0.85, severity=_grave(citation, claims)))
    else:
        yield Checked(check="existence", verdict="ok")


def _grave(citation: Citation, claims: Sequence[Claim]) -> Severity:
    """How grave it is that a number is false: 4 where its sentence gives a dose or says how urgent something is."""
    backed = (claim for claim in claims if claim.sentence == citation.sentence and not claim.advice)
    return 4 if any(weight(claim) == 3 for claim in backed) else 3


def _is_another(line: Listed, owner: Source) -> bool:
    """Whether a line of the source box tells another document than the owner of its number."""
    if line.source:
        return line.source.id != owner.id
    title = set(content_stems(owner.title))
    return line.title and len(title & set(content_stems(line.text))) < _ITS_TITLE * len(title)


def _author_year(page: Page, citation: Citation) -> Iterator[Checked]:
    """A name with a year has to lead to a line of the source box or to a supplied passage."""
    name, _, year = citation.target.rpartition(" ")
    surname = name.split()[0].lower() if name else ""
    known = [(one.text, one.organisations) for one in page.listed]
    known += [
        (f"{p.organisation} {p.title} {p.edition} {p.date}", page.held(p).organisations)
        for p in page.case.answer.passages
    ]
    named = [text for text, organisations in known if surname in text.lower() or bodies(name) & organisations]
    if any(year in _YEAR.findall(text) for text in named):
        yield Checked(check="resolvable", verdict="ok")
        return
    if named and not any(_YEAR.search(text) for text in named):  # listed without a date: the edition checks say so
        yield Checked(check="resolvable", verdict="unchecked")
        return
    message = f"no reference of that name and year is listed ({citation.target}): whether it exists was not checked"
    finding = page.finding("CIT210", message, citation.start, citation.end, confidence=0.6, severity=2)
    yield Checked(check="resolvable", verdict="unchecked", finding=finding)
