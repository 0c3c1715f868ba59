"""An answer page after it has been read: regions, sentences, citations, all with offsets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Words that a finding points at.

    Args:
        start, end: character offsets into ``source`` as it was given, end exclusive.
        quote: exactly ``source[start:end]``; never empty.
        source: ``"answer"``, ``"question"``, ``"turn:<i>"`` or ``"passage:<id>"``.

    Raises:
        ValueError: if offsets and quote don't agree in length, or the quote is empty.
    """

    start: int
    end: int
    quote: str
    source: str = "answer"

    def __post_init__(self) -> None:
        if self.start < 0 or not self.quote or self.end - self.start != len(self.quote):
            raise ValueError(f"span {self.start}:{self.end} does not fit its quote {self.quote!r}")

    @classmethod
    def of(cls, text: str, start: int, end: int, source: str = "answer") -> Span:
        """Cut a span out of ``text``; raises ValueError where the offsets lie outside it."""
        if end > len(text):
            raise ValueError(f"span {start}:{end} ends after its text ({len(text)} characters)")
        return cls(start=start, end=end, quote=text[start:end], source=source)


class Region(StrEnum):
    """What a part of the page is for."""

    TITLE = "title"
    NOTICE = "notice"
    BODY = "body"
    ASK = "questions_to_ask"
    LEARN = "learn_more"
    SOURCES = "sources"
    PROMOTION = "promotion"
    RELATED = "related"
    NAVIGATION = "navigation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence (or bullet, or heading) of ``Document.plain``.

    Args:
        start, end: offsets into ``Document.plain``; ``text`` is ``plain[start:end]``.
        section: nearest heading above, "" if none.
        kind: ``sentence``, ``bullet`` (a list item, or one sentence of it), ``heading`` or ``cell``.
        block: number of the paragraph or list item it stands in; sentences of one block share it.
    """

    text: str
    start: int
    end: int
    region: Region
    section: str = ""
    kind: Literal["sentence", "bullet", "heading", "cell"] = "sentence"
    block: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A mention of a source in the text.

    Args:
        kind: ``marker`` ([1]), ``attribution`` ("According to NCCN"), ``author_year``, ``link``,
            ``doi``, ``pmid``, ``nct`` or ``entry`` (a line of the source box).
        target: the marker's number, the identifier, the URL or the attributed body, normalised.
        start, end: offsets into ``Document.plain``.
        sentence: index into ``Document.sentences``.
    """

    kind: str
    target: str
    start: int
    end: int
    sentence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedQuestion:
    """A related question with the preview of its answer; offsets into ``Document.plain``, preview may be empty."""

    question: str
    preview: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An answer page, parsed once.

    Args:
        text: the page exactly as given.
        plain: the same words without markup; sentences, citations and findings are worked out on it.
        offsets: the offset in ``text`` of every character of ``plain`` and of its end; length ``len(plain) + 1``.
        language: ``en``, ``es`` or another ISO 639-1 code, detected.
    """

    text: str
    plain: str
    offsets: tuple[int, ...]
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...] = ()
    related: tuple[RelatedQuestion, ...] = ()
    language: str = "en"

    def span(self, start: int, end: int) -> Span:
        """The span in the page as given for ``plain[start:end]``."""
        first = self.offsets[start]
        last = self.offsets[end - 1] + 1 if end > start else first
        return Span.of(self.text, first, last)

    def region(self, *regions: Region) -> tuple[Sentence, ...]:
        """The sentences of some regions, in page order, headings included."""
        return tuple(s for s in self.sentences if s.region in regions)

    @property
    def body(self) -> tuple[Sentence, ...]:
        """The answer itself: body sentences and bullets without headings."""
        return tuple(s for s in self.sentences if s.region is Region.BODY and s.kind != "heading")
