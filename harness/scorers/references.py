"""What a page says about its sources, brought together: bodies, editions, listed documents and the registry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from harness.resources import package_yaml
from harness.scorers.editions import ADDRESS, edition_of
from harness.scorers.matching import match, own_words, owner
from harness.scorers.registry import bodies, houses_of, index, normal, organisations_of, title_pattern
from harness.text.language import is_foreign
from harness.text.phrases import fold, wordings
from harness.text.words import content_stems
from harness.types import Case, Citation, Passage, Region, Source

_LABEL = re.compile(r"\[\^?([\w-]{1,30})\]:?\s*|\^?(\d{1,3})[.):]?\s+|([⁰¹²³⁴-⁹]{1,3})\s?")
_FROM_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_DEEP_URL = re.compile(r"(?:https?://)?[\w.-]{3,100}\.[a-z]{2,6}/\S{2,}", re.IGNORECASE)
_PAGE = re.compile(r"\b(?:pp?\.|pages?|sections?|chapters?|tables?|p[áa]ginas?|secci[óo]n)\s?\"?[\w\d]", re.IGNORECASE)
_SAME_TITLE = 0.6  # share of a title that a reference to its document has to tell
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


class Cited:
    """The passages that the numbers on a page stand for.

    ``[2]`` is the second passage that the pipeline was given, unless the page numbers its sources itself: its own line
    2 names another document that was given, and the statements marked with it are told in the words of that one.
    """

    def __init__(self, case: Case, listed: Iterable[Listed]) -> None:
        self._answer, self._registry, self._language = case.answer, case.registry, case.document.language
        self._markers: dict[int, list[str]] = {}
        for citation in case.document.citations:
            if citation.kind == "marker":
                self._markers.setdefault(citation.sentence, []).append(citation.target)
        self._own: dict[str, tuple[Passage, ...]] = {}
        if not self._answer.citations and self._answer.passages:
            texts = [sentence.text for sentence in case.document.sentences]
            self._own = {one.label: own for one in listed if one.label if (own := self._of_own_list(one, texts))}

    def by(self, marker: str) -> tuple[Passage, ...]:
        """The passages behind one number, () where it stands for none."""
        given = self._answer.cited(marker)
        return self._own.get(marker) or ((given,) if given else ())

    def passages(self, sentence: int) -> tuple[Passage, ...]:
        """The passages behind all markers of a sentence, in order."""
        found = (passage for marker in self._markers.get(sentence, ()) for passage in self.by(marker))
        return tuple(dict.fromkeys(found))

    def _of_own_list(self, one: Listed, texts: Sequence[str]) -> tuple[Passage, ...]:
        """The passages of the document that a line names, where the page goes by its own numbers; else ()."""
        given = self._answer.cited(one.label)
        named = tuple(p for p in self._answer.passages if self.is_of(one, p))
        if not named or given is None or given in named:
            return ()
        marked = (texts[sentence] for sentence, markers in self._markers.items() if one.label in markers)
        told = frozenset(stem for text in marked for stem in content_stems(text))
        by_order, by_name = (max(len(told & set(content_stems(p.text))) for p in some) for some in ((given,), named))
        return named if by_name > by_order else ()

    def is_of(self, one: Listed, passage: Passage) -> bool:
        """Whether a line names the document of a passage, and not one of that title by somebody else.

        On a page in another language its title may be translated: there the body named has to do.
        """
        held = from_passage(passage, self._registry)
        own, named = houses_of(held.organisations), houses_of(one.organisations)
        aliases = held.source.aliases if held.source else ()
        by_its_body = bool(own & named) or any(name.lower() in one.text.lower() for name in aliases)
        if is_foreign(passage.text, self._language):
            return by_its_body
        return tells_title(one.text, passage.title) and (by_its_body or not own or not named)


def tells_title(text: str, title: str) -> bool:
    """Whether a reference names a document of that title, if not in its very words."""
    wanted = set(content_stems(title))
    return normal(title) in normal(text) or len(wanted & set(content_stems(text))) >= _SAME_TITLE * max(1, len(wanted))
