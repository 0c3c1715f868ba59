"""What the documents that a page names really say: their cited pages, and the passages nearest to its claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from harness.library.load import Library, plain_name
from harness.pipelines.retrieval import Bm25, words
from harness.scorers.editions import edition_of
from harness.scorers.matching import match
from harness.scorers.registry import organisations_of
from harness.text.claims import claims
from harness.text.document import parse
from harness.types import Answer, CitationLink, Document, Passage, Region, Source

MOST_PASSAGES = 20  # supplied for a page: a judge reads each of them with every claim
_NEAREST = 2  # passages of a named document that are fetched for a claim
_LONGEST_RANGE = 20  # pages
_LABEL = r"(?:\d{1,4}|[ivxlc]{1,8}|[A-Za-z]{1,8}-\d{1,4})"
_PAGES = re.compile(
    rf"\b(?:pp?\.?|pages?|p[áa]gs?\.?|p[áa]ginas?)\s?(?P<first>{_LABEL})(?:\s?[-–]\s?(?P<last>{_LABEL}))?(?!\w)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\W{0,4}(?:\[\^?(?P<boxed>\d{1,3})\]|(?P<bare>\d{1,3})[.):]\s)")
_ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?|[/#?]*$")


def pages_of(text: str) -> frozenset[str]:
    """Labels of the pages that a reference or locator tells: {"12", "13"} for "pp. 12-13".

    Where a locator tells printed numbers and those of the PDF, the printed ones count.
    """
    found: set[str] = set()
    for told in _PAGES.finditer(re.sub(r"\(PDF [^)]*\)", "", text)):
        first, last = told["first"].lower(), (told["last"] or told["first"]).lower()
        if first.isdigit() and last.isdigit() and 0 <= int(last) - int(first) <= _LONGEST_RANGE:
            found.update(str(number) for number in range(int(first), int(last) + 1))
        else:
            found.update((first, last))
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A line of the page's source box: ``source`` is the registry's document, ``held`` the one that passages are of."""

    text: str
    source: Source | None
    held: Source | None
    pages: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cite:
    """A sentence that leans on held documents, and the pages of them that it or its source box tells."""

    text: str
    sources: tuple[str, ...]
    pages: frozenset[str]
    markers: tuple[str, ...]


class Lookup:
    """Finds the passages of a library that a page's citations and claims are about; safe to share between threads."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._passages = library.corpus.passages
        self._index = Bm25([passage.text for passage in self._passages], words)
        self._of_source: dict[str, list[int]] = {}
        for number, passage in enumerate(self._passages):
            self._of_source.setdefault(passage.source_id, []).append(number)
        known = [source for source in library.sources if source.id in self._of_source]
        self._held = {(plain_name(s.organisation), plain_name(s.title)): s for s in reversed(known)}
        self._known = tuple(known)

    def supply(self, answer: Answer, *, question: str | None = None) -> Answer:
        """The answer with passages of the held documents that it names, so that they can be checked.

        Its own passages come first and keep their markers. A marker whose line in the source box names a held document
        stands for the pages told there, or else for the passages nearest to the sentences it marks; one whose
        document nobody holds stands for a passage without text. An answer that names no held document is given back
        as it is.
        """
        document = parse(answer.text, question=question)
        listed = self._entries(document)
        cites = list(self._cites(document, listed))
        if not cites:
            return answer
        markers = {c.target for c in document.citations if c.kind == "marker"}
        links = _own_links(answer, markers)
        behind = {m: self._behind(m, listed[m], cites) for m in sorted(markers & listed.keys() - links.keys())}
        links |= {marker: passage.id for marker, passage in behind.items()}
        passages = {p.id: p for p in (*answer.passages, *behind.values())}
        covered = {part for passage in behind.values() for part in _parts(passage)}
        for number in self._nearest_first(document, cites):
            passage = self._passages[number]
            if passage.id not in covered and len(passages) < MOST_PASSAGES + len(answer.passages):
                passages.setdefault(passage.id, passage)
        citations = tuple(CitationLink(marker=marker, passage_id=id) for marker, id in links.items())
        return replace(answer, passages=tuple(passages.values()), citations=citations)

    def _entries(self, document: Document) -> dict[str, _Entry]:
        """The lines of the source box by their number."""
        found: dict[str, _Entry] = {}
        lines = [c for c in document.citations if c.kind == "entry"]
        for position, citation in enumerate(lines, start=1):
            text = citation.target
            numbered = _NUMBER.match(text)
            number = (numbered["boxed"] or numbered["bare"]) if numbered else str(position)
            source = match(text, self.library.sources)
            entry = _Entry(text=text, source=source, held=self._document(source), pages=pages_of(text))
            found.setdefault(number, entry)
        return found

    def _document(self, source: Source | None) -> Source | None:
        """The held document that a registry entry is, or another edition of it."""
        if source is None or source.id in self._of_source:
            return source
        return self._held.get((plain_name(source.organisation), plain_name(source.title)))

    def _cites(self, document: Document, listed: dict[str, _Entry]) -> Iterator[_Cite]:
        """The sentences of the body that lean on held documents."""
        for index, sentence in enumerate(document.sentences):
            here = [c for c in document.citations if c.sentence == index]
            if sentence.region is not Region.BODY or not here:
                continue
            markers = tuple(c.target for c in here if c.kind == "marker")
            entries = [listed[marker] for marker in markers if marker in listed]
            sources = [entry.held for entry in entries if entry.held]
            pages = pages_of(sentence.text) or frozenset(label for entry in entries for label in entry.pages)
            bodies = {c.target for c in here if c.kind == "attribution"}
            addresses = {_bare(c.target) for c in here if c.kind in ("link", "doi")}
            if not sources:
                named = self._document(match(sentence.text, self.library.sources)) if bodies else None
                sources = [named] if named else self._by_body(bodies, listed)
            sources += [s for s in self._known if s.url and _bare(s.url) in addresses]
            ids = tuple(dict.fromkeys(source.id for source in sources))
            if ids:
                yield _Cite(text=sentence.text, sources=ids, pages=pages, markers=markers)

    def _by_body(self, bodies: set[str], listed: dict[str, _Entry]) -> list[Source]:
        """Held documents of the bodies that a sentence names: those the page lists, else all there are."""
        ours = [e.held for e in listed.values() if e.held and organisations_of(e.held) & bodies]
        return ours or [source for source in self._known if organisations_of(source) & bodies]

    def _behind(self, marker: str, entry: _Entry, cites: Sequence[_Cite]) -> Passage:
        """The passage that a marker stands for."""
        if entry.held is None:
            return _unheld(marker, entry)
        using = [cite for cite in cites if marker in cite.markers]
        pages = frozenset(label for cite in using for label in cite.pages) or entry.pages
        numbers = self._on_pages(entry.held.id, pages)
        if not numbers:
            nearest = [self._nearest(cite.text, [entry.held.id])[:1] for cite in using]
            numbers = sorted({number for found in nearest for number in found})
        return _merged([self._passages[number] for number in numbers]) if numbers else _unheld(marker, entry)

    def _on_pages(self, source_id: str, pages: frozenset[str]) -> list[int]:
        return [n for n in self._of_source[source_id] if pages & pages_of(self._passages[n].locator)]

    def _nearest(self, text: str, sources: Iterable[str]) -> list[int]:
        """The passages of some documents that share words with a text, nearest first."""
        scores = self._index.scores(text)
        among = np.array(sorted({number for source in sources for number in self._of_source[source]}), dtype=np.intp)
        order = among[np.lexsort((among, -scores[among]))]
        return [int(number) for number in order[:_NEAREST] if scores[number] > 0]

    def _nearest_first(self, document: Document, cites: Sequence[_Cite]) -> list[int]:
        """Passages on cited pages, then the nearest of every claim, then the second of every claim."""
        cited = [n for cite in cites for source in cite.sources for n in self._on_pages(source, cite.pages)]
        named = tuple(dict.fromkeys(source for cite in cites for source in cite.sources))
        rows = [self._nearest(cite.text, cite.sources) for cite in cites]
        rows += [self._nearest(claim.text, named) for claim in claims(document)]
        ranked = [n for rank in zip_longest(*rows) for n in rank if n is not None]
        return list(dict.fromkeys([*cited, *ranked]))


def _own_links(answer: Answer, markers: set[str]) -> dict[str, str]:
    """What the markers of a page stand for in its own passages."""
    own = {marker: answer.cited(marker) for marker in sorted(markers)}
    return {marker: passage.id for marker, passage in own.items() if passage}


def _unheld(marker: str, entry: _Entry) -> Passage:
    """A document that the page lists and nobody holds: a passage without text, which supports nothing."""
    known, edition = entry.source, edition_of(entry.text)
    if known is None:
        return Passage(id=f"listed-{marker}", text="", title=entry.text, edition=edition)
    return Passage(
        id=f"listed-{marker}",
        text="",
        title=known.title,
        organisation=known.organisation,
        source_id=known.id,
        locator=", ".join(f"p. {label}" for label in sorted(entry.pages)),
        edition=edition,
        url=known.url,
    )


def _merged(passages: Sequence[Passage]) -> Passage:
    """Several passages of a document as one, with all their places."""
    if len(passages) == 1:
        return passages[0]
    locators = "; ".join(dict.fromkeys(passage.locator for passage in passages))
    parts = "+".join(passage.id.rpartition("#")[2] for passage in passages)
    text = " ".join(passage.text for passage in passages)
    return replace(passages[0], id=f"{passages[0].document}#{parts}", text=text, locator=locators)


def _parts(passage: Passage) -> list[str]:
    """The ids of the passages that a merged one holds."""
    document, _, parts = passage.id.rpartition("#")
    return [f"{document}#{part}" for part in parts.split("+")]


def _bare(address: str) -> str:
    return _ADDRESS.sub("", address.lower()).removeprefix("doi.org/")
