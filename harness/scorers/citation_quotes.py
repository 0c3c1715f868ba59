"""Words and places: are quoted words in the source, and is the page or section named where they stand?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from harness.scorers.citation_page import Checked, Page
from harness.scorers.references import Listed, lexicon
from harness.scorers.registry import normal
from harness.text.patterns import is_question, quoted_spans
from harness.text.words import content_stems
from harness.types import Citation, Passage, Region

_FEWEST_QUOTED = 4  # words from which a quotation counts as taken from a source
_LEFT_OUT = re.compile(r"\[[^\]]{0,60}\]|\(?(?:\.\s?){3,4}\)?|…")
_PAGE = re.compile(
    r"(?<![\w.])(?:pp?|pgs?|pages?|p[áa]gs?|p[áa]ginas?)\.?\s?(?P<first>\d{1,4})(?:\s?[-–]\s?(?P<last>\d{1,4}))?(?!\w)",
    re.IGNORECASE,
)
_SECTION = re.compile(
    r"\b(?:section|chapter|table|figure|appendix|secci[óo]n|cap[íi]tulo|tabla)s?\b[^.\n]{2,120}", re.IGNORECASE
)
_BESIDE = 24  # characters around a marker in which a page belongs to it
_LONGEST_BOOK = 3000


def quote_checks(page: Page) -> Iterator[Checked]:
    """CIT211: words in quotation marks, given as a source's, that the source does not hold."""
    sentences = page.document.sentences
    body = [i for i, s in enumerate(sentences) if s.region is Region.BODY and s.kind != "heading"]
    given = {c.sentence for c in page.document.citations if c.kind in ("marker", "attribution")}
    held: dict[str, str] = {}
    for _, group in groupby(body, key=lambda i: sentences[i].block):
        block = list(group)
        first, last = sentences[block[0]].start, sentences[block[-1]].end
        for start, end in quoted_spans(page.document.plain[first:last]):
            quote = page.document.plain[first + start + 1 : first + end - 1]
            around = [i for i in block if sentences[i].start < first + end and sentences[i].end > first + start]
            pieces = [p for p in map(normal, _LEFT_OUT.split(quote)) if len(p.split()) > 1]
            if sum(len(p.split()) for p in pieces) < _FEWEST_QUOTED or is_question(quote):
                continue
            if not given & set(around) and not lexicon("quoting").search(
                page.document.plain, max(first, first + start - 60), first + start
            ):
                continue
            yield _quote(page, pieces, around, (first + start, first + end), held)


def _quote(page: Page, pieces: list[str], around: list[int], place: tuple[int, int], held: dict[str, str]) -> Checked:
    """Whether every piece of a quotation stands in one of the passages cited for it; in any where none is cited."""
    passages = page.case.answer.passages
    if not passages:
        return Checked(check="quote", verdict="unchecked")
    looked_at = [p for i in around for p in page.cited.passages(i)] or list(passages)
    for passage in looked_at:
        held.setdefault(passage.id, normal(passage.text))
    if any(all(piece in held[p.id] for piece in pieces) for p in looked_at):
        return Checked(check="quote", verdict="ok")
    message = "these words are quoted from a source that does not hold them"
    return Checked(check="quote", verdict="wrong", finding=page.finding("CIT211", message, *place, confidence=0.85))


def locator_checks(page: Page) -> Iterator[Checked]:
    """CIT213: pages and sections, in the source box and beside markers, where the passage does not stand."""
    for one in page.listed:
        if one.citation and one.title:
            yield from _listed(page, one, one.citation)
    plain = page.document.plain
    for sentence, markers in page.markers.items():
        for citation in {(m.start, m.end): m for m in markers}.values():
            last = page.document.sentences[sentence].end
            beside = plain[citation.start : min(citation.end + _BESIDE, last)]
            told = _PAGE.search(beside)
            if told and "[" not in beside[1 : told.start()]:
                start, end = citation.start + told.start(), citation.start + told.end()
                behind = page.behind(citation.target)
                yield _page(page, behind, page.passage(citation.target), told, (start, end))


def _listed(page: Page, one: Listed, line: Citation) -> Iterator[Checked]:
    """The page or section that a line of the source box names."""
    text = page.document.plain[line.start : line.end]
    passage = page.passage(one.label)
    told = _PAGE.search(text)
    if told:
        yield _page(page, one, passage, told, (line.start + told.start(), line.start + told.end()))
        return
    section = _SECTION.search(text)
    if section is None or passage is None or not passage.locator:
        yield from [Checked(check="locator", verdict="unchecked")] if section else []
        return
    place = section.group().partition(" ")[2]
    if set(content_stems(passage.locator)) & set(content_stems(place)) or normal(passage.locator) in normal(text):
        yield Checked(check="locator", verdict="ok")
    else:
        yield _elsewhere(
            page, section.group(), passage.locator, (line.start + section.start(), line.start + section.end())
        )


def _page(
    page: Page, one: Listed | None, passage: Passage | None, told: re.Match[str], place: tuple[int, int]
) -> Checked:
    """Whether a page that is named is one of those on which the document's passages stand."""
    pages = _span(told)
    own = [p for p in page.case.answer.passages if passage and p.source_id == passage.source_id and p.source_id]
    places = [found for p in own or ([passage] if passage else []) if (found := _PAGE.search(p.locator))]
    source = one.source if one else None
    if places:
        if any(pages & _span(found) for found in places):
            return Checked(check="locator", verdict="ok")
        return _elsewhere(page, told.group(), ", ".join(sorted({p.group() for p in places})), place)
    if source and source.type == "web_page":
        message = f"“{told.group()}” of a web page, which has no pages"
        return Checked(
            check="locator", verdict="wrong", finding=page.finding("CIT213", message, *place, confidence=0.7)
        )
    if passage and passage.locator:
        return _elsewhere(page, told.group(), passage.locator, place)
    return Checked(check="locator", verdict="unchecked")


def _span(found: re.Match[str]) -> set[int]:
    """The pages that a locator names; "pp. 12-14" is three."""
    first, last = int(found["first"]), int(found["last"] or found["first"])
    return set(range(first, min(last, first + _LONGEST_BOOK) + 1)) or {first}


def _elsewhere(page: Page, told: str, really: str, place: tuple[int, int]) -> Checked:
    message = f"“{told.strip()}” is not where the passage stands ({really})"
    return Checked(check="locator", verdict="wrong", finding=page.finding("CIT213", message, *place, confidence=0.8))
