"""The lines of the source box and the markers that lead to them: real, of the body named, and no mere pointers?"""

from __future__ import annotations

from collections.abc import Iterator

from harness.scorers.citation_page import Checked, Page
from harness.scorers.document_ids import KINDS, is_out_of_reach
from harness.scorers.matching import names_stranger
from harness.scorers.references import Listed, lexicon, lookups, tells_title
from harness.scorers.registry import address, host, normal
from harness.text.language import is_foreign
from harness.text.words import content_stems
from harness.types import Citation, Passage, Region, Severity, Source


def listed_checks(page: Page) -> Iterator[Checked]:
    """CIT205, CIT208 and CIT210 for each line of the source box, CIT209 for markers, CIT212 for pointers."""
    for one in page.listed:
        yield from _entry(page, one)
    yield from _orphans(page)
    yield from _links(page)
    yield from _pointers(page)


def _entry(page: Page, one: Listed) -> Iterator[Checked]:
    """Whether one line names a document, that of its marker, and one that is known."""
    line = one.citation
    if line is None:
        return
    identified = _has_identifier(page, line)
    if not one.title and not identified:
        message = "names no document, edition or page that a reader could look up"
        finding = page.finding("CIT212", message, line.start, line.end, confidence=0.8)
        yield Checked(check="pointer", verdict="wrong", finding=finding)
        return
    yield Checked(check="pointer", verdict="ok")
    passage = page.passage(one.label)
    wrong = _not_the_passage(page, one, passage) if passage else _of_another(one)
    if wrong:
        finding = page.finding("CIT205", wrong, line.start, line.end, confidence=0.85)
        yield Checked(check="attribution", verdict="wrong", finding=finding)
    elif one.source or passage:
        yield Checked(check="attribution", verdict="ok")
    if one.source:
        yield from _addresses(page, one.source, line)
    elif not identified and not wrong:  # a number is judged by citation_ids
        yield from _unknown(page, one, line)


def _addresses(page: Page, source: Source, line: Citation) -> Iterator[Checked]:
    """Whether the addresses in a line are the registry's for its document, another's, or nobody has looked them up."""
    told = [c for c in page.document.citations if c.kind == "link" and line.start <= c.start < line.end]
    others = [c for c in told if source.id not in page.index.addresses.get(address(c.target), ())]
    if not others:
        yield Checked(check="resolvable", verdict="ok")
    home = page.index.sites_of(source) | {host(site) for site in lookups()}
    for link in others:
        place = address(link.target)
        at_home = not source.url or host(place) in home
        owners = sorted(page.index.addresses.get(place, ()))
        if owners and not (at_home and "/" not in place):
            message = f"the address is that of “{page.index.by_id[owners[0]].title}”"
            finding = page.finding("CIT205", message, link.start, link.end, confidence=0.85)
            yield Checked(check="resolvable", verdict="wrong", finding=finding)
        elif at_home:
            yield Checked(check="resolvable", verdict="unchecked")
        else:
            message = f"no known site of {source.organisation}: whether the document is there was not checked"
            finding = page.finding("CIT210", message, link.start, link.end, confidence=0.5, severity=2)
            yield Checked(check="resolvable", verdict="unchecked", finding=finding)


def _of_another(one: Listed) -> str:
    return f"the document of that title is from {one.foreign}" if one.foreign else ""


def _not_the_passage(page: Page, one: Listed, passage: Passage) -> str:
    """How a line differs from the document of the passage behind its number, in words; "" where it does not."""
    if not passage.title:
        return _of_another(one)
    held = page.held(passage)
    really = f"the passage cited is from {passage.organisation or 'another body'}: {passage.title}"
    translated = is_foreign(passage.text, page.document.language)
    if not translated and not tells_title(one.text, passage.title):
        return really
    other = one.source if one.source and held.source and one.source.id != held.source.id else None
    in_part = not set(content_stems(passage.title)) <= set(content_stems(one.text))
    if other and (in_part or normal(passage.title) in normal(other.title) != normal(passage.title)):
        return really
    names = (passage.organisation, *((held.source.organisation, *held.source.aliases) if held.source else ()))
    stranger = names_stranger(one.text, passage.title, held.organisations, names, page.case.registry)
    return really if passage.organisation and stranger else ""


def _unknown(page: Page, one: Listed, line: Citation) -> Iterator[Checked]:
    """CIT210, and CIT208 where not even its body is known: nobody has checked whether the document exists."""
    known = one.organisations & page.index.organisations
    where = f"the registry of {' and '.join(sorted(known))} documents" if known else "the registry"
    message = f"not in {where}: whether it exists was not checked"
    severity: Severity = 2
    if not page.is_supplied(one):
        message, severity = f"{message}, and no passage of it was supplied", 3
    finding = page.finding("CIT210", message, line.start, line.end, confidence=0.5, severity=severity)
    yield Checked(check="resolvable", verdict="unchecked", finding=finding)
    yield Checked(check="existence", verdict="unchecked")
    if known:
        yield Checked(check="edition", verdict="unchecked")
    else:
        message = "the registry has no such document: its edition is unknown"
        finding = page.finding("CIT208", message, line.start, line.end, confidence=0.5)
        yield Checked(check="edition", verdict="unchecked", finding=finding)


def _has_identifier(page: Page, line: Citation) -> bool:
    return any(c.kind in KINDS and line.start <= c.start < line.end for c in page.document.citations)


def _orphans(page: Page) -> Iterator[Checked]:
    """CIT209: markers that stand for nothing, or for nothing that the reader is shown."""
    whole = any(s.region in (Region.ASK, Region.LEARN, Region.RELATED) for s in page.document.sentences)
    if whole and page.markers and not page.listed:
        first = next(c for c in page.document.citations if c.kind == "marker")
        message = f"the page doesn't show what [{first.target}] stands for: it has no list of sources"
        finding = page.finding("CIT209", message, first.start, first.end, confidence=0.8)
        yield Checked(check="resolvable", verdict="wrong", finding=finding)
    for citation in page.document.citations:
        if citation.kind != "marker":
            continue
        if page.behind(citation.target):
            yield Checked(check="resolvable", verdict="ok")
        else:
            message = f"[{citation.target}] stands for no source on this page"
            finding = page.finding("CIT209", message, citation.start, citation.end, confidence=0.9)
            yield Checked(check="resolvable", verdict="wrong", finding=finding)


def _links(page: Page) -> Iterator[Checked]:
    """Addresses in the text and under further reading: those that the registry doesn't have are not checked."""
    for citation in page.document.citations:
        region = page.document.sentences[citation.sentence].region
        if citation.kind == "link" and region in (Region.BODY, Region.LEARN):
            if is_out_of_reach(citation.target):
                message = "no reader can open this address"
                finding = page.finding("CIT210", message, citation.start, citation.end, confidence=0.9, severity=2)
                yield Checked(check="resolvable", verdict="wrong", finding=finding)
                continue
            known = address(citation.target) in page.index.addresses
            yield Checked(check="resolvable", verdict="ok" if known else "unchecked")


def _pointers(page: Page) -> Iterator[Checked]:
    """CIT212: further reading that names no document but stands where a source should."""
    for sentence in page.document.region(Region.LEARN):
        if sentence.kind == "heading":
            continue
        hit = lexicon("generic_pointers").search(sentence.text)
        if hit is None:
            yield Checked(check="pointer", verdict="ok")
            continue
        message = f"“{hit.group()}” stands for no document, edition or page that a reader could look up"
        finding = page.finding("CIT212", message, sentence.start, sentence.end, confidence=0.8)
        yield Checked(check="pointer", verdict="wrong", finding=finding)
