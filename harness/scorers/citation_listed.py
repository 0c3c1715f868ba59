"""Rules on the documents and identifiers that a page lists, apart from what they are cited for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from harness.scorers.base import rules
from harness.scorers.references import (
    Listed,
    cited_passages,
    currency,
    edition_of,
    entries,
    from_passage,
    lexicon,
    organisations_of,
)
from harness.text.patterns import quoted_spans
from harness.text.words import words
from harness.types import Case, Citation, Finding, Region, Severity

_DOI = re.compile(r"10\.\d{4,9}/[-._;()/:\w]*[\w)]", re.IGNORECASE)
_LAST_PMID = 60_000_000  # numbers are given in order; this is far beyond the newest
_ALMOST_DOI = re.compile(r"(?<![\w./])doi(?:\s?:\s{0,2}|\s)(?!10\.\d{4,9}/)(?!https?://)[\w./-]{3,60}", re.IGNORECASE)
_ALMOST_PMID = re.compile(r"\bPMID:?\s{0,2}(?!\d{4,8}\b)[\w-]{2,20}", re.IGNORECASE)
_ALMOST_NCT = re.compile(r"\bNCT[\s-]?(?!\d{8}\b)\d{3,12}\b", re.IGNORECASE)
_REPEATED = re.compile(r"(\d)\1{6,}|12345678|01234567")
_FEWEST_QUOTED = 4  # words from which a quotation counts as taken from a source


def listed_findings(case: Case) -> Iterator[Finding]:
    """CIT207 to CIT212: editions, orphan markers, identifiers, quotations and pointers that are no source."""
    for one in entries(case):
        yield from _entry(case, one)
    yield from _cited_editions(case)
    yield from _orphans(case)
    yield from _identifiers(case)
    yield from _quotes(case)
    yield from _pointers(case)


def _finding(case: Case, code: str, message: str, start: int, end: int, **more: Any) -> Finding:
    return rules("citation")[code].finding(message, case.document.span(start, end), **more)


def _entry(case: Case, one: Listed) -> Iterator[Finding]:
    """What is wrong with one line of the source box."""
    line = one.citation
    if line is None or not one.title:
        return  # a pointer without a document is judged by CIT212
    if one.source is None:
        if _has_identifier(case, line):
            return
        listed_body = one.organisations & {name for s in case.registry for name in organisations_of(s)}
        code = "CIT210" if listed_body else "CIT208"
        message = (
            f"not in the registry of {' and '.join(sorted(listed_body))} documents: whether it exists was not checked"
            if listed_body
            else "the registry has no such document: its edition is unknown"
        )
        yield _finding(case, code, message, line.start, line.end, confidence=0.5, severity=2)
        return
    yield from _edition(case, one.edition, one, line.start, line.end)


def _has_identifier(case: Case, line: Citation) -> bool:
    return any(c.kind in ("doi", "pmid", "nct") and line.start <= c.start < line.end for c in case.document.citations)


def _edition(case: Case, edition: str, one: Listed, start: int, end: int) -> Iterator[Finding]:
    """CIT207 and CIT208 for a document that the registry knows."""
    source = one.source
    if source is None:
        return
    state = currency(edition, source, case.as_of)
    newest = source.edition or source.date
    if state in ("superseded", "recently superseded"):
        severity: Severity = 2 if state == "superseded" else 1
        message = f"edition {edition} has been replaced by {newest}"
        yield _finding(case, "CIT207", message, start, end, confidence=0.9, severity=severity)
    elif state == "incomplete" and source.type != "web_page":
        yield _finding(case, "CIT208", f"no edition or date; the newest known is {newest}", start, end, confidence=0.8)
    elif state == "unknown":
        until = f"last checked on {source.checked_on:%Y-%m-%d}, good for {source.valid_days} days"
        message = f"edition {edition} can't be confirmed (registry: {newest}, {until})"
        yield _finding(case, "CIT208", message, start, end, confidence=0.9)


def _cited_editions(case: Case) -> Iterator[Finding]:
    """Editions of cited passages that the page's source box doesn't list, at their first marker."""
    seen = {one.source.id for one in entries(case) if one.source}
    for citation in case.document.citations:
        passage = case.answer.cited(citation.target) if citation.kind == "marker" else None
        if passage is None:
            continue
        one = from_passage(passage, case.registry)
        if one.source and one.source.id not in seen:
            seen.add(one.source.id)
            edition = edition_of(passage.edition) or passage.edition or passage.date
            yield from _edition(case, edition, one, citation.start, citation.end)


def _orphans(case: Case) -> Iterator[Finding]:
    """CIT209: markers that stand for nothing."""
    numbered = len(entries(case))
    for citation in case.document.citations:
        if citation.kind != "marker" or case.answer.cited(citation.target):
            continue
        number = int(citation.target) if citation.target.isdigit() and len(citation.target) < 6 else 0
        if case.answer.passages or case.answer.citations or not 1 <= number <= numbered:
            message = f"[{citation.target}] stands for no source on this page"
            yield _finding(case, "CIT209", message, citation.start, citation.end, confidence=0.9)


def _identifiers(case: Case) -> Iterator[Finding]:
    """CIT210: identifiers that can't exist. Well-formed ones are not looked up, and not called real."""
    for citation in case.document.citations:
        target = citation.target
        wrong = (
            (citation.kind == "doi" and not _DOI.fullmatch(target))
            or (citation.kind == "pmid" and not 0 < int(target) < _LAST_PMID)
            or (citation.kind in ("doi", "pmid", "nct") and bool(_REPEATED.search(target)))
        )
        if wrong:
            message = f"{citation.kind.upper()} {target} can't be a real one"
            yield _finding(case, "CIT210", message, citation.start, citation.end, confidence=0.85)
    for pattern in (_ALMOST_DOI, _ALMOST_PMID, _ALMOST_NCT):
        for match in pattern.finditer(case.document.plain):
            message = f"“{match.group()}” does not have the form of such a number"
            yield _finding(case, "CIT210", message, *match.span(), confidence=0.85)


def _quotes(case: Case) -> Iterator[Finding]:
    """CIT211: words in quotation marks, given as a source's, that the source does not hold."""
    if not case.answer.passages:
        return
    held = {p.id: _plain(p.text) for p in case.answer.passages}
    attributed = {c.sentence for c in case.document.citations if c.kind in ("marker", "attribution")}
    for index in sorted(attributed):
        sentence = case.document.sentences[index]
        if sentence.region is not Region.BODY:
            continue
        cited = [held[p.id] for p in cited_passages(case, index)] or list(held.values())
        for start, end in quoted_spans(sentence.text):
            quote = _plain(sentence.text[start:end])
            if len(quote.split()) >= _FEWEST_QUOTED and not any(quote in text for text in cited):
                message = "these words are quoted from a source that does not hold them"
                yield _finding(case, "CIT211", message, sentence.start + start, sentence.start + end, confidence=0.85)


def _plain(text: str) -> str:
    """Words in a row, so that case and punctuation don't matter; blanks at both ends keep word bounds."""
    return f" {' '.join(word.text for word in words(text))} "


def _pointers(case: Case) -> Iterator[Finding]:
    """CIT212: a pointer that names no document but stands where a source should."""
    for one in entries(case):
        if one.citation and not one.title and not _has_identifier(case, one.citation):
            message = "names no document, edition or page that a reader could look up"
            yield _finding(case, "CIT212", message, one.citation.start, one.citation.end, confidence=0.8)
    for sentence in case.document.region(Region.LEARN):
        hit = lexicon("generic_pointers").search(sentence.text)
        if sentence.kind != "heading" and hit:
            message = f"“{hit.group()}” stands for no document, edition or page that a reader could look up"
            yield _finding(case, "CIT212", message, sentence.start, sentence.end, confidence=0.8)
