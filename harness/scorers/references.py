"""What a page says about its sources, brought together: bodies, editions, listed documents and the registry."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from harness.resources import package_yaml
from harness.scorers.editions import ADDRESS, edition_of
from harness.scorers.matching import match, own_words, owner
from harness.scorers.registry import bodies, houses_of, index, organisations_of, title_pattern
from harness.text.phrases import fold, wordings
from harness.types import Case, Citation, Passage, Region, Source

_LABEL = re.compile(r"\[\^?([\w-]{1,30})\]:?\s*|\^?(\d{1,3})[.):]?\s+|([⁰¹²³⁴-⁹]{1,3})\s?")
_FROM_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_DEEP_URL = re.compile(r"(?:https?://)?[\w.-]{3,100}\.[a-z]{2,6}/\S{2,}", re.IGNORECASE)
_PAGE = re.compile(r"\b(?:pp?\.|pages?|sections?|chapters?|tables?|p[áa]ginas?|secci[óo]n)\s?\"?[\w\d]", re.IGNORECASE)
GUIDELINES = frozenset({"clinician_guideline", "patient_guideline", "recommendation"})
PINNING = ("marker", "author_year", "doi", "pmid", "pmcid", "nct", "link")


@cache
def lexicon(name: str) -> re.Pattern[str]:
    """The wordings of one list of ``lexicons/references.yaml``."""
    return wordings(package_yaml("lexicons/references.yaml")[name])


def lookups() -> list[str]:
    """Sites that lead to documents of any publisher: resolvers, indexes and archives."""
    found: list[str] = package_yaml("lexicons/references.yaml")["lookups"]
    return found


def is_nameless(target: str) -> bool:
    """Whether an attribution leans on nobody in particular ("studies", "experts")."""
    return target in package_yaml("lexicons/attributions.yaml")["nameless"]


def document_types(target: str) -> frozenset[str]:
    """Registry types that can bear out a nameless authority: trials and reviews for "studies"; empty if any can."""
    return frozenset(package_yaml("lexicons/references.yaml")["types"].get(target, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A document that the page or its pipeline lists: a line of the source box, or a supplied passage.

    Args:
        text: the line, or title and organisation of the passage.
        source: the registry's entry for it, if there is one.
        edition: edition or date as listed, "" if none.
        label: the marker that the line answers to: its own number, else its place in the list; "" for a passage.
        foreign: the organisation that the document really is of, where the line puts it under another's name; else "".
        citation: the line on the page; None for a passage.
    """

    text: str
    organisations: frozenset[str]
    edition: str
    source: Source | None
    locator: bool = False
    address: bool = False
    title: bool = True
    label: str = ""
    foreign: str = ""
    citation: Citation | None = None
    passage: Passage | None = None

    @property
    def level(self) -> int:
        """its step on the citation ladder: 1 body, 2 title, 3 edition, 4 place and address."""
        if not self.title:
            return 1
        if not self.edition:
            return 2
        return 4 if self.locator and self.address else 3


def publisher(one: Listed) -> str:
    """Who a document is from, in words; "" where nothing tells."""
    if one.passage and one.passage.organisation:
        return one.passage.organisation
    return one.source.organisation if one.source else " and ".join(sorted(one.organisations))


def is_from(one: Listed, target: str) -> bool:
    """Whether a document is the named body's own, or of a part of it."""
    named = fold(target)
    return target in houses_of(one.organisations) or named in fold(publisher(one)) or named in fold(one.text)


def entries(case: Case) -> tuple[Listed, ...]:
    """The lines of the page's source box."""
    lines = [c for c in case.document.citations if c.kind == "entry"]
    return tuple(_from_entry(c, number, case.registry) for number, c in enumerate(lines, start=1))


def from_passage(passage: Passage, registry: Iterable[Source]) -> Listed:
    """The document that a passage comes from."""
    known = index(tuple(registry)).by_id.get(passage.source_id) if passage.source_id else None
    text = f"{passage.organisation} {passage.title}"
    return Listed(
        text=passage.title,
        organisations=bodies(text) | (organisations_of(known) if known else frozenset()),
        edition=passage.edition or passage.date,
        source=known or match(text, registry),
        locator=bool(passage.locator),
        address=bool(passage.url),
        title=bool(passage.title),
        passage=passage,
    )


def _from_entry(citation: Citation, number: int, registry: tuple[Source, ...]) -> Listed:
    label = _LABEL.match(citation.target)
    text = citation.target[label.end() :] if label else citation.target
    known = match(text, registry)
    foreign = "" if known else owner(text, registry)
    plain = _without(text, known.title if known else "")
    told = (label[1] or label[2] or label[3].translate(_FROM_SUPERSCRIPT)) if label else ""
    return Listed(
        text=text,
        organisations=bodies(ADDRESS.sub("", text)) | (organisations_of(known) if known else frozenset()),
        edition=edition_of(plain),
        source=known,
        locator=bool(_PAGE.search(text)) or (known is not None and bool(own_words(plain, known.organisation))),
        address=bool(_DEEP_URL.search(text)),
        title=len(own_words(text)) >= 2 and not lexicon("generic_pointers").search(text),
        label=told or str(number),
        foreign=foreign,
        citation=citation,
    )


def _without(text: str, title: str) -> str:
    """A reference without the title in it, which may hold years of its own."""
    if not title:
        return text
    return title_pattern(title).sub(" ", text, count=1)


def page_citations(case: Case, *kinds: str) -> tuple[Citation, ...]:
    """Citations of some kinds within the answer's body."""
    inside = case.document.sentences
    return tuple(c for c in case.document.citations if c.kind in kinds and inside[c.sentence].region is Region.BODY)


def cited_passages(case: Case, sentence: int) -> tuple[Passage, ...]:
    """The passages that the markers of a sentence stand for, in order."""
    markers = [c.target for c in case.document.citations if c.kind == "marker" and c.sentence == sentence]
    found = [case.answer.cited(marker) for marker in markers]
    return tuple(dict.fromkeys(passage for passage in found if passage))
