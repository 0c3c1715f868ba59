"""The registry made ready for many look-ups: by title, organisation, address and identifier."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from harness.resources import package_yaml
from harness.text.phrases import fold
from harness.text.words import content_stems, words
from harness.types import Source

_SAME_TITLE = 0.75  # share of a title's stems that a reference has to tell
_SHORT_TITLE = 4  # stems up to which a title has to be told whole, as its own segment of the reference
_URL = re.compile(r"(?:https?://|www\.)\S{1,500}", re.IGNORECASE)
_DOI_ADDRESS = re.compile(r"https?://(?:dx\.)?doi\.org/(10\.\S+)", re.IGNORECASE)
_NCT = re.compile(r"\bNCT\d{8}\b", re.IGNORECASE)


@cache
def _body_patterns() -> dict[str, re.Pattern[str]]:
    raw: dict[str, list[str]] = package_yaml("lexicons/attributions.yaml")["bodies"]
    return {name: re.compile(rf"\b(?:{'|'.join(forms)})\b", re.IGNORECASE) for name, forms in raw.items()}


def body_pattern(name: str) -> re.Pattern[str]:
    """The wordings of an organisation's name."""
    return _body_patterns()[name]


@lru_cache(maxsize=20_000)
def bodies(text: str) -> frozenset[str]:
    """Short names of the organisations that a text names."""
    return frozenset(name for name, pattern in _body_patterns().items() if pattern.search(text))


@lru_cache(maxsize=4096)
def organisations_of(source: Source) -> frozenset[str]:
    """Short names under which a registry entry's organisation may be cited."""
    return bodies(" ; ".join((source.organisation, *source.aliases)))


def houses_of(names: frozenset[str]) -> frozenset[str]:
    """The names with those of the houses that they belong to: an NCI page is one of the NIH too."""
    houses: dict[str, list[str]] = package_yaml("lexicons/attributions.yaml")["houses"]
    return names | {house for house, members in houses.items() if names & set(members)}


@cache
def journals() -> frozenset[str]:
    """Short names of the bodies that are journals: a document may appear there without being theirs."""
    return frozenset(package_yaml("lexicons/attributions.yaml")["journals"])


def is_organisation(text: str) -> bool:
    """Whether a text has a word in it that makes it the name of an organisation ("Society")."""
    return _organisation_words().search(text) is not None


@cache
def _organisation_words() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(package_yaml('lexicons/attributions.yaml')['organisation_words'])})\b")


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """Words in a row with a blank at both ends, so that case and punctuation don't matter."""
    return f" {' '.join(word.text for word in words(text))} "


@dataclass(frozen=True, slots=True)
class _Title:
    source: Source
    stems: frozenset[str]
    words: str
    folded: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Index:
    """A registry with what is looked up in it again and again. Made once for a registry: see ``index``.

    ``addresses`` lead to the ids of the documents there, ``hosts`` from an organisation's names to its sites.
    """

    by_id: Mapping[str, Source]
    by_identifier: Mapping[tuple[str, str], Source]
    addresses: Mapping[str, frozenset[str]]
    hosts: Mapping[str, frozenset[str]]
    organisations: frozenset[str]
    publishers: frozenset[str]
    titles: tuple[_Title, ...]
    by_stem: Mapping[str, tuple[int, ...]]

    def sites_of(self, source: Source) -> frozenset[str]:
        """The sites on which the organisation of a document has some."""
        return frozenset().union(*(self.hosts[name] for name in (source.organisation, *organisations_of(source))))

    def candidates(self, stems: frozenset[str]) -> list[tuple[float, _Title]]:
        """Documents with a title of which ``stems`` tell enough, and the share told."""
        told = Counter(i for stem in stems for i in self.by_stem.get(stem, ()))
        shares = ((count / len(self.titles[i].stems), self.titles[i]) for i, count in told.items())
        return [(share, title) for share, title in shares if share >= _SAME_TITLE]

    def told_in(self, text: str, *, segment: bool = True) -> list[tuple[bool, float, _Title]]:
        """Documents whose titles a reference tells, whoever it says they are from: whole or not, share of the stems.

        Args:
            segment: short titles have to stand apart from other words, as they do in a reference.
        """
        plain = _URL.sub(" ", text)
        whole = normal(plain)
        folded = fold(plain)
        found = []
        for share, title in self.candidates(frozenset(content_stems(plain))):
            exact = title.words in whole
            if exact and segment and len(title.stems) <= _SHORT_TITLE:
                exact = _is_segment(title, folded)
            if exact or len(title.stems) > _SHORT_TITLE:
                found.append((exact, share, title))
        return found


def _is_segment(title: _Title, folded: str) -> bool:
    """Whether a short title stands for itself in a reference, not as part of a longer one."""
    before = rf"(?:^|[.:;,()\[\]–—\"'-]\s*|{re.escape(title.organisation)}\W{{1,3}}|\b[a-z]{{3,6}}\s)"
    after = r"(?=\s*(?:$|[.:;,()\[\]–—\"'-]|\W{0,3}(?:edition|version|edicion|v\.?\s?\d|(?:19|20)\d\d)))"
    return re.search(before + _spelt(title.folded) + after, folded) is not None


def without_titles(text: str, registry: tuple[Source, ...]) -> str | None:
    """A text, folded, without the titles of registry documents in it; None where it names none."""
    folded = rest = fold(text)
    for title in _folded_titles(registry):
        rest = rest.replace(title, " ")
    return rest if rest != folded else None


@lru_cache(maxsize=8)
def _folded_titles(registry: tuple[Source, ...]) -> tuple[str, ...]:
    """The titles of two words or more, longest first."""
    return tuple(sorted((fold(s.title) for s in registry if " " in s.title.strip()), key=len, reverse=True))


@lru_cache(maxsize=4096)
def title_pattern(title: str) -> re.Pattern[str]:
    """A pattern for a title, whatever stands between its words."""
    return re.compile(_spelt(title), re.IGNORECASE)


def _spelt(title: str) -> str:
    return r"\W{1,4}".join(map(re.escape, re.findall(r"\w+", title)))


@lru_cache(maxsize=8)
def index(registry: tuple[Source, ...]) -> Index:
    """The index of a registry; the same registry is indexed once."""
    titles = tuple(
        _Title(s, frozenset(content_stems(s.title)), normal(s.title), fold(s.title), fold(s.organisation))
        for s in registry
    )
    by_stem: dict[str, list[int]] = {}
    for number, title in enumerate(titles):
        for stem in title.stems:
            by_stem.setdefault(stem, []).append(number)
    return Index(
        by_id={s.id: s for s in registry},
        by_identifier={key: s for s in reversed(registry) for key in identifiers_of(s)},
        addresses=_grouped((address(s.url), s.id) for s in registry),
        hosts=_grouped((name, host(s.url)) for s in registry for name in (s.organisation, *organisations_of(s))),
        organisations=frozenset(name for s in registry for name in organisations_of(s)),
        publishers=frozenset(normal(s.organisation) for s in registry),
        titles=titles,
        by_stem={stem: tuple(numbers) for stem, numbers in by_stem.items()},
    )


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in found.items()}


def host(url: str) -> str:
    """The site that an address is of, without its parts: "cancer.gov" for "https://visuals.cancer.gov/a"."""
    parts = address(url).partition("/")[0].split(".")
    return ".".join(parts[-3 if len(parts) > 2 and len(parts[-1]) == 2 and len(parts[-2]) <= 3 else -2 :])


def identifiers_of(source: Source) -> frozenset[tuple[str, str]]:
    """Kind and number of every identifier that a registry entry vouches for, those in its address included."""
    told = {("doi", source.doi.lower()), ("pmid", source.pmid), ("nct", source.nct.upper())}
    doi, nct = _DOI_ADDRESS.match(source.url), _NCT.search(source.url)
    told |= {("doi", doi[1].lower())} if doi else set()
    told |= {("nct", nct[0].upper())} if nct else set()
    return frozenset((kind, number) for kind, number in told if number)


def address(url: str) -> str:
    """An address without what doesn't tell pages apart: scheme, ``www``, fragment and the final slash."""
    return re.sub(r"^https?://|^www\.|#.*$", "", re.sub(r"^https?://", "", url.strip().lower())).rstrip("/")
