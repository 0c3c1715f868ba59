"""Editions as references state them, and how they stand against the registry."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, cast

from harness.types import Source

Currency = Literal["current", "recently superseded", "superseded", "unknown", "incomplete"]

GRACE_DAYS = 90  # a superseded edition is only warned about for so long after its successor
YEAR = re.compile(r"(?<![\d.])(?:19|20)\d\d(?!\d)")
VERSION = re.compile(
    r"\b(?:v(?:er(?:si[oó]n)?)?|ed(?:ition|ici[oó]n)?)[.:]{0,2}\s?(\d{1,2})(?:\.|,\s?|\s\(|\sof\s|\sde\s)((?:19|20)\d\d)\b"
    r"|(?<![\d./-])(\d{1,2})\.((?:19|20)\d\d)(?![\d/])",
    re.IGNORECASE,
)
EDITION = re.compile(
    r"\b(?:edition|edici[óo]n):?\s(?P<after>(?:19|20)\d\d)\b|\b(?P<before>(?:19|20)\d\d)\s(?:edition|edici[óo]n)\b",
    re.IGNORECASE,
)
ACCESSED = re.compile(r"\b(?:accessed|retrieved|viewed|checked|consultad[oa])\b.{0,40}", re.IGNORECASE)
_ORDINAL = re.compile(
    r"\b(?:(\d{1,2})(?:st|nd|rd|th)|(first|second|third|fourth|fifth)|(\d{1,2})\.?ª)\s(?:ed\.|edition|edici[óo]n)",
    re.IGNORECASE,
)
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth")
ISSUED = re.compile(
    r"\b(?:dated|published|released|issued|con fecha|publicad[oa])(?:\s(?:on|in|de|el|en))?"
    r"\s(?:[A-Za-z]{3,10}\.?\s)?(?:\d{1,2},?\s)?((?:19|20)\d\d)(?:-\d\d){0,2}",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,500}|\S{1,80}\.(?:org|gov|com|net|edu)\b\S{0,300}", re.IGNORECASE)


def edition_of(text: str) -> str:
    """The edition that a reference states: "3.2025" for "Version 3.2025" or "edition 3 (2025)", "2nd edition" for
    "second edition", else its last year.

    The day on which it was looked up is no edition.
    """
    plain = ADDRESS.sub("", ACCESSED.sub("", text))
    version, named, ordinal = _version(plain), EDITION.search(plain), _ordinal(plain)
    if version:
        return f"{version[1]}.{version[0]}"
    if ordinal:
        return f"{ordinal}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(ordinal, 'th') } edition"
    years = [named["after"] or named["before"]] if named else YEAR.findall(plain)
    return max(years) if years else ""


def issued(text: str) -> str:
    """The year in which a reference says that the document was issued ("dated 2025-03"), "" where it doesn't."""
    found = ISSUED.search(ADDRESS.sub("", ACCESSED.sub("", text)))
    return found[1] if found else ""


def _version(text: str) -> tuple[int, int] | tuple[()]:
    """Year and number of a version in any spelling: "Version 4.2025", "v4.2025", "edition 4 (2025)", "4.2025"."""
    found = VERSION.search(text)
    return (int(found[2] or found[4]), int(found[1] or found[3])) if found else ()


def _ordinal(text: str) -> int:
    """2 for "2nd edition" or "second edition", 0 where no edition is counted so."""
    found = _ORDINAL.search(text)
    if not found:
        return 0
    return int(found[1] or found[3] or 0) or _ORDINALS.index(found[2].lower())


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
    years = YEAR.findall(edition)
    return (int(max(years)),) if years else ()


def _days_since(told: str, as_of: date) -> int:
    """Days since a date told as year, month or day; the earliest day it can mean."""
    parts = [int(part) for part in re.findall(r"\d+", told)[:3]]
    try:
        return (as_of - date(*[*parts, 1, 1][:3])).days if parts else GRACE_DAYS + 1
    except ValueError:
        return GRACE_DAYS + 1
