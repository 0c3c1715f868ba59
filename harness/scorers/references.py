"""What a page says about its sources, brought together: bodies, editions, listed documents and the registry."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal, cast

from harness.resources import package_yaml
from harness.text.phrases import wordings
from harness.text.words import content_stems
from harness.types import Case, Citation, Passage, Region, Source

Currency = Literal["current", "recently superseded", "superseded", "unknown", "incomplete"]

GRACE_DAYS = 90  # a superseded edition is only warned about for so long after its successor
_YEAR = re.compile(r"(?<![\d.])(?:19|20)\d\d(?!\d)")
_VERSION = re.compile(
    r"\b(?:v(?:er(?:si[oó]n)?)?|ed(?:ition|ici[oó]n)?)[.:]{0,2}\s?(\d{1,2})(?:\.|,\s?|\s\(|\sof\s|\sde\s)((?:19|20)\d\d)\b"
    r"|(?<![\d./-])(\d{1,2})\.((?:19|20)\d\d)(?![\d/])",
    re.IGNORECASE,
)
_EDITION = re.compile(
    r"\b(?:edition|edici[óo]n):?\s(?P<after>(?:19|20)\d\d)\b|\b(?P<before>(?:19|20)\d\d)\s(?:edition|edici[óo]n)\b",
    re.IGNORECASE,
)
_ACCESSED = re.compile(r"\b(?:accessed|retrieved|viewed|checked|consultad[oa])\b.{0,40}", re.IGNORECASE)
_URL = re.compile(r"https?://\S{1,500}", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,500}|\S{1,80}\.(?:org|gov|com|net|edu)\b\S{0,300}", re.IGNORECASE)
_DEEP_URL = re.compile(r"(?:https?://)?[\w.-]{3,100}\.[a-z]{2,6}/\S{2,}", re.IGNORECASE)
_PAGE = re.compile(r"\b(?:pp?\.|pages?|sections?|chapters?|tables?|p[áa]ginas?|secci[óo]n)\s?\"?[\w\d]", re.IGNORECASE)
_SAME_TITLE = 0.75
GUIDELINES = frozenset({"clinician_guideline", "patient_guideline", "recommendation"})
PINNING = ("marker", "author_year", "doi", "pmid", "nct", "link")


@cache
def lexicon(name: str) -> re.Pattern[str]:
    """The wordings of one list of ``lexicons/references.yaml``."""
    return wordings(package_yaml("lexicons/references.yaml")[name])


@cache
def _body_patterns() -> dict[str, re.Pattern[str]]:
    bodies = cast(dict[str, list[str]], package_yaml("lexicons/attributions.yaml")["bodies"])
    return {name: re.compile(rf"\b(?:{'|'.join(forms)})\b", re.IGNORECASE) for name, forms in bodies.items()}


def bodies(text: str) -> frozenset[str]:
    """Short names of the organisations that a text names."""
    return frozenset(name for name, pattern in _body_patterns().items() if pattern.search(text))


def is_nameless(target: str) -> bool:
    """Whether an attribution leans on nobody in particular ("studies", "experts")."""
    return target in package_yaml("lexicons/attributions.yaml")["nameless"]


def document_types(target: str) -> frozenset[str]:
    """Registry types that can bear out a nameless authority: trials and reviews for "studies"; empty if any can."""
    return frozenset(package_yaml("lexicons/references.yaml")["types"].get(target, ()))


@cache
def _site_patterns() -> dict[str, re.Pattern[str]]:
    return {name: wordings(forms) for name, forms in package_yaml("lexicons/references.yaml")["sites"].items()}


def sites(text: str) -> frozenset[str]:
    """The cancers by site that a text is about."""
    return frozenset(name for name, pattern in _site_patterns().items() if pattern.search(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A document that the page or its pipeline lists: a line of the source box, or a supplied passage.

    Args:
        text: the line, or title and organisation of the passage.
        source: the registry's entry for it, if there is one.
        edition: edition or date as listed, "" if none.
        citation: the line on the page; None for a passage.
    """

    text: str
    organisations: frozenset[str]
    edition: str
    source: Source | None
    locator: bool = False
    address: bool = False
    title: bool = True
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


def entries(case: Case) -> tuple[Listed, ...]:
    """The lines of the page's source box."""
    return tuple(_from_entry(c, case.registry) for c in case.document.citations if c.kind == "entry")


def from_passage(passage: Passage, registry: Iterable[Source]) -> Listed:
    """The document that a passage comes from."""
    known = next((s for s in registry if s.id == passage.source_id), None) if passage.source_id else None
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


def _from_entry(citation: Citation, registry: Iterable[Source]) -> Listed:
    text = citation.target
    known = match(text, registry)
    rest = _YEAR.sub("", _VERSION.sub("", text))
    for pattern in _body_patterns().values():
        rest = pattern.sub("", rest)
    rest = _ADDRESS.sub("", _ACCESSED.sub("", rest))
    return Listed(
        text=text,
        organisations=bodies(_ADDRESS.sub("", text)) | (organisations_of(known) if known else frozenset()),
        edition=edition_of(text),
        source=known,
        locator=bool(_PAGE.search(text)),
        address=bool(_DEEP_URL.search(text)),
        title=len(content_stems(rest)) >= 2 and not lexicon("generic_pointers").search(text),
        citation=citation,
    )


def organisations_of(source: Source) -> frozenset[str]:
    """Short names under which a registry entry's organisation may be cited."""
    return bodies(" ; ".join((source.organisation, *source.aliases)))


def edition_of(text: str) -> str:
    """The edition that a reference states: "3.2025" for "Version 3.2025" or "edition 3 (2025)", else its last year.

    The day on which it was looked up is no edition.
    """
    plain = _ADDRESS.sub("", _ACCESSED.sub("", text))
    version, named = _version(plain), _EDITION.search(plain)
    if version:
        return f"{version[1]}.{version[0]}"
    years = [named["after"] or named["before"]] if named else _YEAR.findall(plain)
    return max(years) if years else ""


def _version(text: str) -> tuple[int, int] | tuple[()]:
    """Year and number of a version in any spelling: "Version 4.2025", "v4.2025", "edition 4 (2025)", "4.2025"."""
    found = _VERSION.search(text)
    return (int(found[2] or found[4]), int(found[1] or found[3])) if found else ()


def match(text: str, registry: Iterable[Source]) -> Source | None:
    """The registry's document whose title a reference tells; None where no title is told well enough."""
    stems, told, edition = set(content_stems(_URL.sub("", text))), bodies(_ADDRESS.sub("", text)), edition_of(text)
    best: tuple[float, bool, int, Source] | None = None
    for source in registry:
        title = set(content_stems(source.title))
        share = len(title & stems) / len(title) if title else 0.0
        if share < _SAME_TITLE:
            continue
        named = not told or bool(told & organisations_of(source)) or source.organisation.lower() in text.lower()
        rank = (share, bool(edition) and edition_of(source.edition or source.date) == edition, len(title))
        if named and (best is None or rank > best[:3]):
            best = (*rank, source)
    return best[3] if best else None


def currency(edition: str, source: Source, as_of: date) -> Currency:
    """How a listed edition stands against the registry on a day; what the registry can't vouch for is unknown.

    The year alone is incomplete where a document has several versions a year.
    """
    if not edition:
        return "incomplete"
    if not source.is_known_on(as_of):
        return "unknown"
    listed, newest = _rank(edition), _rank(source.edition) or _rank(source.date)
    replaced = "recently superseded" if _days_since(source.date, as_of) <= GRACE_DAYS else "superseded"
    if edition in source.supersedes or (listed and listed in map(_rank, source.supersedes)):
        return cast(Currency, replaced)
    if edition in (source.edition, source.date) or (listed and listed == newest):
        return "current"
    if listed and newest and listed[0] == newest[0] and len(listed) < len(newest):
        return "incomplete"
    return cast(Currency, replaced) if listed and listed < newest else "unknown"


def _rank(edition: str) -> tuple[int, ...]:
    """Year and number of an edition, later ones greater: (2025, 4) for "Version 4.2025"; () without a year."""
    version = _version(edition)
    if version:
        return version
    years = _YEAR.findall(edition)
    return (int(max(years)),) if years else ()


def _days_since(told: str, as_of: date) -> int:
    """Days since a date told as year, month or day; the earliest day it can mean."""
    parts = [int(part) for part in re.findall(r"\d+", told)[:3]]
    try:
        return (as_of - date(*[*parts, 1, 1][:3])).days if parts else GRACE_DAYS + 1
    except ValueError:
        return GRACE_DAYS + 1


def page_citations(case: Case, *kinds: str) -> tuple[Citation, ...]:
    """Citations of some kinds within the answer's body."""
    inside = case.document.sentences
    return tuple(c for c in case.document.citations if c.kind in kinds and inside[c.sentence].region is Region.BODY)


def cited_passages(case: Case, sentence: int) -> tuple[Passage, ...]:
    """The passages that the markers of a sentence stand for, in order."""
    markers = [c.target for c in case.document.citations if c.kind == "marker" and c.sentence == sentence]
    found = [case.answer.cited(marker) for marker in markers]
    return tuple(dict.fromkeys(passage for passage in found if passage))
