"""Which document of the registry a reference tells, and whether it names the organisation that it is from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from harness.resources import package_yaml
from harness.scorers.editions import ACCESSED, ADDRESS, EDITION, ISSUED, VERSION, YEAR, edition_of
from harness.scorers.registry import (
    bodies,
    body_pattern,
    houses_of,
    index,
    is_organisation,
    journals,
    normal,
    organisations_of,
    title_pattern,
)
from harness.text.phrases import wordings
from harness.text.words import content_stems
from harness.types import Source

_PART = re.compile(r"[.;|()\[\]\n—–]|,\s(?=\d|(?:edition|edición|version|versión|v\.)\W?\s?\d)", re.IGNORECASE)
_AFTER_TITLE = re.compile(r"\W*(?:(?:by|from|de|por)\s)?((?:U\.?S\.?\s)?[A-ZÁÉÍÓÚÑ][^.;|()\[\]\d\n]{1,80})")


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


def own_words(text: str, organisation: str = "") -> list[str]:
    """Content stems of a reference that are neither names of bodies, nor editions and dates, nor addresses."""
    rest = YEAR.sub("", VERSION.sub("", ISSUED.sub("", EDITION.sub("", text))))
    for name in bodies(rest):
        rest = body_pattern(name).sub("", rest)
    return content_stems(ADDRESS.sub("", ACCESSED.sub("", rest)).replace(organisation, ""))


def match(text: str, registry: Iterable[Source]) -> Source | None:
    """The registry's document whose title a reference tells; None where no title is told well enough, or by others.

    Of several the one told word for word wins, then the one told most fully, then the one of the edition stated.
    """
    return _match(text, tuple(registry))


@lru_cache(maxsize=4096)
def _match(text: str, known: tuple[Source, ...]) -> Source | None:
    told = index(known).told_in(text)
    whole = [one for one in told if one[0]] or [one for one in told if _is_meant(text, one[2].source)]
    found = [
        (exact, share, len(title.stems), title.source)
        for exact, share, title in whole
        if _is_named(text, title.source, known)
    ]
    if not found:
        return None
    edition = edition_of(text)
    return max(found, key=lambda f: (*f[:3], bool(edition) and edition_of(f[3].edition or f[3].date) == edition))[3]


def _is_meant(text: str, source: Source) -> bool:
    """Whether a reference that tells a title only in part agrees with it on what it is about.

    It doesn't if it has other words where the title's should be, as many as are missing or more.
    """
    about = scopes(text)
    if not all(values & about.get(axis, frozenset()) for axis, values in scopes(source.title).items()):
        return False
    title = set(content_stems(source.title))
    parts = [set(content_stems(part)) for part in _PART.split(ADDRESS.sub(" ", text))]
    missing = title - set().union(*parts)
    told = max(parts, key=lambda part: len(part & title))
    author = content_stems(" ".join((source.organisation, *source.aliases)))
    others = [stem for stem in told - title - set(author) if stem.isalpha()]
    return not missing or len(others) < len(missing)


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
    beside = ADDRESS.sub(" ", f"{lead} {rest}").lower()
    told = f"{lead.lower()} {beside}"  # an author may look like an address: "ClinicalTrials.gov"
    if houses_of(own) & bodies(beside) or any(name.lower() in told for name in names if name and not bodies(name)):
        return False
    author = ADDRESS.sub(" ", lead)
    if found and not re.search(r"\w{2}", lead):
        after = _AFTER_TITLE.match(ADDRESS.sub(" ", rest))
        author = lead = after[1] if after else ""
    return bool(bodies(author) - journals() or is_organisation(author) or index(registry).publishers & {normal(lead)})


def owner(text: str, registry: tuple[Source, ...]) -> str:
    """The organisation of a document that a reference tells word for word but puts under another's name; "" if none."""
    told = [title.source for exact, _, title in index(registry).told_in(text) if exact]
    longest = max(told, key=lambda source: len(source.title), default=None)
    return longest.organisation if longest else ""
