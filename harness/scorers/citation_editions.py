"""Editions: is each document cited in its current edition, as far as the registry can vouch for it?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.scorers.citation_page import Checked, Page
from harness.scorers.editions import currency, edition_of, issued
from harness.scorers.references import GUIDELINES, Listed, lexicon
from harness.scorers.registry import bodies, organisations_of, title_pattern
from harness.types import Region, Severity, Source

_YEAR = r"(?:19|20)\d\d"
_STATED = (
    rf"(?:(?:edition|version|edición|versión|v\.?|ed\.|from|of|dated|published|the|in|de|la|del)[\s:,]{{1,3}}){{0,3}}"
    rf"(?:\d{{1,2}}\.{_YEAR}|(?:\d{{1,2}},?\s)?{_YEAR}|\d{{1,2}}(?:st|nd|rd|th)\sedition)(?![\d.]\d)(?:\s(?:edition|version|edición|versión))?"
)
_AFTER = re.compile(rf"[\s,;:.()\[\]\"”'–—-]{{0,5}}{_STATED}", re.IGNORECASE)
_BEFORE = re.compile(rf"\b{_STATED}(?:\s(?:of\sthe|of|de\sla|del|the))?[\s,:\"“'(]{{1,3}}$", re.IGNORECASE)
_NAMED_BEFORE = 60  # characters before "guidelines" in which their body is named
_NAMED = r"[^.;:,\n()\d]{0,60}"
_GUIDELINE = re.compile(
    rf"\b(?:guidelines?|guías?|directrices)\b(?:[^.;\n]{{0,70}}?\b(?:version|versión|edition|edición|v\.?|ed\.)\s?(?:\d{{1,2}}\.)?{_YEAR}\b"
    rf"|[^.;\n]{{0,70}}?(?<![\d.])\d{{1,2}}\.{_YEAR}\b|{_NAMED}[,(]\s?\(?{_YEAR}\b\)?|{_NAMED}\b(?:from|of|de|del)\s{_YEAR}\b)"
    rf"|(?<![\d.])(?:\b(?:version|versión|v)\.?\s?)?(?:\d{{1,2}}\.)?{_YEAR}\b(?:\s(?:version|edition|versión|edición))?"
    rf"{_NAMED}\b(?:guidelines?|guías?|recommendations?)\b|\b(?:version|versión|v)\.?\s?\d{{1,2}}\.{_YEAR}\b",
    re.IGNORECASE,
)


def edition_checks(page: Page) -> Iterator[Checked]:
    """CIT207 and CIT208 for lines of the source box, documents named in the text, and cited passages."""
    for one in page.listed:
        if one.citation and one.title and one.source:
            yield from _edition(page, one.edition, one.source, one.citation.start, one.citation.end, one.text)
        elif one.citation:
            for source, _, _, edition in _named(page, one.text):
                yield from _edition(page, edition, source, one.citation.start, one.citation.end)
    yield from _mentioned(page)
    yield from _cited(page)
    yield from _undated(page)


def _edition(page: Page, edition: str, source: Source, start: int, end: int, text: str = "") -> Iterator[Checked]:
    """The verdict on an edition of a document that the registry knows."""
    state = currency(edition, source, page.case.as_of)
    newest = source.edition or source.date
    wrong_date = _wrong_date(text, edition, source) if state == "current" else ""
    if wrong_date:
        message = f"edition {edition} was not issued in {wrong_date} (registry: {source.date})"
        finding = page.finding("CIT208", message, start, end, confidence=0.7)
        yield Checked(check="edition", verdict="wrong", finding=finding)
    elif state == "current" or (state == "incomplete" and source.type == "web_page"):
        yield Checked(check="edition", verdict="ok" if state == "current" else "unchecked")
    elif state == "incomplete":
        message = f"no edition or date; the newest known is {newest}"
        finding = page.finding("CIT208", message, start, end, confidence=0.8)
        yield Checked(check="edition", verdict="wrong", finding=finding)
    elif state == "unknown":
        until = f"last checked on {source.checked_on:%Y-%m-%d}, good for {source.valid_days} days"
        message = f"edition {edition} can't be confirmed (registry: {newest}, {until})"
        finding = page.finding("CIT208", message, start, end, confidence=0.9)
        yield Checked(check="edition", verdict="unchecked", finding=finding)
    else:
        severity: Severity = 2 if state == "superseded" else 1
        message = f"edition {edition} has been replaced by {newest}"
        finding = page.finding("CIT207", message, start, end, confidence=0.9, severity=severity)
        yield Checked(check="edition", verdict="wrong", finding=finding)


def _wrong_date(text: str, edition: str, source: Source) -> str:
    """The year that a reference says it was issued in, where the registry has another for this edition."""
    told = issued(text)
    years = re.findall(_YEAR, f"{source.date} {source.edition} {edition}")
    return told if told and told not in years else ""


def _cited(page: Page) -> Iterator[Checked]:
    """Editions of cited passages that the page's source box doesn't list, at their first marker."""
    seen = {one.source.id for one in page.listed if one.source}
    for citation in page.document.citations:
        passage = page.passage(citation.target) if citation.kind == "marker" else None
        if passage is None:
            continue
        one: Listed = page.held(passage)
        if one.source and one.source.id not in seen:
            seen.add(one.source.id)
            edition = edition_of(passage.edition) or passage.edition or passage.date
            yield from _edition(page, edition, one.source, citation.start, citation.end)


def _undated(page: Page) -> Iterator[Checked]:
    """A source box of web pages alone that dates none of them, though the documents have dates (others: ``_cited``)."""
    lines = [one for one in page.listed if one.citation and one.title]
    dated = [p for p in page.case.answer.passages if p.edition or p.date]
    others = any(one.source and one.source.type != "web_page" for one in lines)
    first = next((one.citation for one in lines if one.citation), None)
    if first is None or not dated or others or any(one.edition for one in lines):
        return
    message = "the list of sources gives no edition or date of any of its documents"
    finding = page.finding("CIT208", message, first.start, first.end, confidence=0.8, severity=1)
    yield Checked(check="edition", verdict="wrong", finding=finding)


def _mentioned(page: Page) -> Iterator[Checked]:
    """Documents named with an edition in the text itself, unless it speaks of them as old."""
    for sentence in page.document.sentences:
        if sentence.region in (Region.SOURCES, Region.RELATED, Region.ASK) or not re.search(_YEAR, sentence.text):
            continue
        if lexicon("outdated").search(sentence.text):
            continue
        for source, first, last, edition in _named(page, sentence.text):
            yield from _edition(page, edition, source, sentence.start + first, sentence.start + last)


def _named(page: Page, text: str) -> Iterator[tuple[Source, int, int, str]]:
    """Registry documents named in a text beside an edition: by their title, else by their body and "guidelines"."""
    taken: list[tuple[int, int]] = []
    titles = [title.source for exact, _, title in page.index.told_in(text, segment=False) if exact]
    for source in sorted(titles, key=lambda s: -len(s.title)):
        for hit in title_pattern(source.title).finditer(text):
            if any(s < hit.end() and hit.start() < e for s, e in taken):
                continue
            taken.append(hit.span())
            after, before = _AFTER.match(text, hit.end()), _BEFORE.search(text, max(0, hit.start() - 40), hit.start())
            if after or before:
                first, last = before.start() if before else hit.start(), after.end() if after else hit.end()
                stated = (after or before).group()  # type: ignore[union-attr]
                yield source, first, last, edition_of(stated)
    for hit in _GUIDELINE.finditer(text):
        if any(s < hit.end() and hit.start() < e for s, e in taken):
            continue
        lead = max(0, hit.start() - _NAMED_BEFORE)
        clause = re.split(r"[.;,(\[](?!\d)", text[lead : hit.start()])[-1]
        edition = edition_of(hit.group())
        nearest = _nearest_edition(page, bodies(f"{clause}{hit.group()}"), edition)
        if nearest:
            yield nearest, hit.start() - len(clause), hit.end(), edition


def _nearest_edition(page: Page, named: frozenset[str], edition: str) -> Source | None:
    """Of a body's guidelines the one that speaks best for an edition: one that it is current for, else any."""
    own = [t.source for t in page.index.titles if t.source.type in GUIDELINES and organisations_of(t.source) & named]
    rank = {"current": 0, "incomplete": 1, "recently superseded": 2, "superseded": 3, "unknown": 4}
    return min(own, key=lambda source: rank[currency(edition, source, page.case.as_of)], default=None)
