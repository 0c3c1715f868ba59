"""What a page says about its sources, brought together: bodies, editions, listed documents and the registry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Literal, cast

from harness.resources import package_yaml
from harness.scorers.registry import (
    bodies,
    body_pattern,
    houses_of,
    index,
    is_organisation,
    normal,
    organisations_of,
    title_pattern,
)
from harness.text.phrases import fold, wordings
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
_ORDINAL = re.compile(
    r"\b(?:(\d{1,2})(?:st|nd|rd|th)|(first|second|third|fourth|fifth)|(\d{1,2})\.?ª)\s(?:ed\.|edition|edici[óo]n)",
    re.IGNORECASE,
)
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth")
_ISSUED = re.compile(
    r"\b(?:dated|published|released|issued|con fecha|publicad[oa])(?:\s(?:on|in|de|el|en))?"
    r"\s(?:[A-Za-z]{3,10}\.?\s)?(?:\d{1,2},?\s)?((?:19|20)\d\d)(?:-\d\d){0,2}",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\[\^?([\w-]{1,30})\]:?\s*|\^?(\d{1,3})[.):]?\s+|([⁰¹²³⁴-⁹]{1,3})\s?")
_FROM_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,500}|\S{1,80}\.(?:org|gov|com|net|edu)\b\S{0,300}", re.IGNORECASE)
_DEEP_URL = re.compile(r"(?:https?://)?[\w.-]{3,100}\.[a-z]{2,6}/\S{2,}", re.IGNORECASE)
_PAGE = re.compile(r"\b(?:pp?\.|pages?|sections?|chapters?|tables?|p[áa]ginas?|secci[óo]n)\s?\"?[\w\d]", re.IGNORECASE)
GUIDELINES = frozenset({"clinician_guideline", "patient_guideline", "recommendation"})
PINNING = ("marker", "author_year", "doi", "pmid", "pmcid", "nct", "link")


@cache
def lexicon(name: str) -> re.Pattern[str]:
    """The wordings of one list of ``lexicons/references.yaml``."""
    return wordings(package_yaml("lexicons/references.yaml")[name])


def is_nameless(target: str) -> bool:
    """Whether an attribution leans on nobody in particular ("studies", "experts")."""
    return target in package_yaml("lexicons/attributions.yaml")["nameless"]


def document_types(target: str) -> frozenset[str]:
    """Registry types that can bear out a nameless authority: trials and reviews for "studies"; empty if any can."""
    return frozenset(package_yaml("lexicons/references.yaml")["types"].get(target, ()))


@cache
def _scope_patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    raw: dict[str, dict[str, list[str]]] = package_yaml("lexicons/references.yaml")["scopes"]
    return {axis: {name: wordings(forms) for name, forms in values.items()} for axis, values in raw.items()}


@lru_cache(maxsize=4096)
def scopes(text: str) -> Mapping[str, frozenset[str]]:
    """What a text is about, along each axis on which it says so: cancer by site, stage, people."""
    found = {
        axis: frozenset(name for name, pattern in values.items() if pattern.search(text))
        for axis, values in _scope_patterns().items()
    }
    return {axis: values for axis, values in found.items() if values}


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
    foreign = "" if known else _owner(text, registry)
    plain = _without(text, known.title if known else "")
    told = (label[1] or label[2] or label[3].translate(_FROM_SUPERSCRIPT)) if label else ""
    return Listed(
        text=text,
        organisations=bodies(_ADDRESS.sub("", text)) | (organisations_of(known) if known else frozenset()),
        edition=edition_of(plain),
        source=known,
        locator=bool(_PAGE.search(text)) or (known is not None and bool(_own_words(plain, known.organisation))),
        address=bool(_DEEP_URL.search(text)),
        title=len(_own_words(text)) >= 2 and not lexicon("generic_pointers").search(text),
        label=told or str(number),
        foreign=foreign,
        citation=citation,
    )


def _own_words(text: str, organisation: str = "") -> list[str]:
    """Content stems of a reference that are neither names of bodies, nor editions and dates, nor addresses."""
    rest = _YEAR.sub("", _VERSION.sub("", _ISSUED.sub("", _EDITION.sub("", text))))
    for name in bodies(rest):
        rest = body_pattern(name).sub("", rest)
    return content_stems(_ADDRESS.sub("", _ACCESSED.sub("", rest)).replace(organisation, ""))


def _without(text: str, title: str) -> str:
    """A reference without the title in it, which may hold years of its own."""
    if not title:
        return text
    return title_pattern(title).sub(" ", text, count=1)


def edition_of(text: str) -> str:
    """The edition that a reference states: "3.2025" for "Version 3.2025" or "edition 3 (2025)", "2nd edition" for
    "second edition", else its last year.

    The day on which it was looked up is no edition.
    """
    plain = _ADDRESS.sub("", _ACCESSED.sub("", text))
    version, named, ordinal = _version(plain), _EDITION.search(plain), _ordinal(plain)
    if version:
        return f"{version[1]}.{version[0]}"
    if ordinal:
        return f"{ordinal}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(ordinal, 'th') } edition"
    years = [named["after"] or named["before"]] if named else _YEAR.findall(plain)
    return max(years) if years else ""


def issued(text: str) -> str:
    """The year in which a reference says that the document was issued ("dated 2025-03"), "" where it doesn't."""
    found = _ISSUED.search(_ADDRESS.sub("", _ACCESSED.sub("", text)))
    return found[1] if found else ""


def _version(text: str) -> tuple[int, int] | tuple[()]:
    """Year and number of a version in any spelling: "Version 4.2025", "v4.2025", "edition 4 (2025)", "4.2025"."""
    found = _VERSION.search(text)
    return (int(found[2] or found[4]), int(found[1] or found[3])) if found else ()


def _ordinal(text: str) -> int:
    """2 for "2nd edition" or "second edition", 0 where no edition is counted so."""
    found = _ORDINAL.search(text)
    if not found:
        return 0
    return int(found[1] or found[3] or 0) or _ORDINALS.index(found[2].lower())


def match(text: str, registry: Iterable[Source]) -> Source | None:
    """The registry's document whose title a reference tells; None where no title is told well enough, or by others.

    Of several the one told word for word wins, then the one told most fully, then the one of the edition stated.
    """
    known = tuple(registry)
    told = index(known).told_in(text)
    whole = [one for one in told if one[0]] or [one for one in told if _is_about(text, one[2].source.title)]
    found = [
        (exact, share, len(title.stems), title.source)
        for exact, share, title in whole
        if _is_named(text, title.source, known)
    ]
    if not found:
        return None
    edition = edition_of(text)
    return max(found, key=lambda f: (*f[:3], bool(edition) and edition_of(f[3].edition or f[3].date) == edition))[3]


def _is_about(text: str, title: str) -> bool:
    """Whether a reference that tells a title only in part agrees with it on what it is about."""
    told = scopes(text)
    return all(values & told.get(axis, frozenset()) for axis, values in scopes(title).items())


def _is_named(text: str, source: Source, registry: tuple[Source, ...]) -> bool:
    """Whether a reference names a document's own organisation as its author, or none."""
    names = (source.organisation, *source.aliases)
    return not names_stranger(text, source.title, organisations_of(source), names, registry)


def names_stranger(
    text: str, title: str, own: frozenset[str], names: Iterable[str], registry: tuple[Source, ...]
) -> bool:
    """Whether a reference puts a title under an organisation, and none of those that it is from stands beside it."""
    found = title_pattern(title).search(text)
    lead, rest = (text[: found.start()], text[found.end() :]) if found else (text, "")
    beside = _ADDRESS.sub(" ", f"{lead} {rest}").lower()
    told = f"{lead.lower()} {beside}"  # an author may look like an address: "ClinicalTrials.gov"
    if houses_of(own) & bodies(beside) or any(name.lower() in told for name in names if name and not bodies(name)):
        return False
    author = _ADDRESS.sub(" ", lead)
    return bool(bodies(author) or is_organisation(author) or index(registry).publishers & {normal(lead)})


def _owner(text: str, registry: tuple[Source, ...]) -> str:
    """The organisation of a document that a reference tells word for word but puts under another's name; "" if none."""
    told = [title.source for exact, _, title in index(registry).told_in(text) if exact]
    longest = max(told, key=lambda source: len(source.title), default=None)
    return longest.organisation if longest else ""


def currency(edition: str, source: Source, as_of: date) -> Currency:
    """How a listed edition stands against the registry on a day; what the registry can't vouch for is unknown.

    The year alone is incomplete where a document has several versions a year.
    """
    if not edition:
        return "incomplete"
    if not source.is_known_on(as_of):
        return "unknown"
    replaced = "recently superseded" if _days_since(source.date, as_of) <= GRACE_DAYS else "superseded"
    listed, newest = _rank(edition), _rank(source.edition) or _rank(source.date)
    if _ordinal(edition) and _ordinal(source.edition):
        listed, newest = (_ordinal(edition),), (_ordinal(source.edition),)
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
