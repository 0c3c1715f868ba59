"""What is answered: sources, passages, and the page that a pipeline wrote."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, Protocol

from harness.types.questions import Query

SourceType = Literal[
    "clinician_guideline",
    "patient_guideline",
    "label",
    "trial",
    "review",
    "web_page",
    "recommendation",
    "statistics",
    "law",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of source text that a pipeline was given, with enough of its origin to be cited.

    Args:
        document, heading: where the text stands: id and title of the document it was cut from.
        title, organisation, source_id, locator, edition, date, url: the source to cite for it.
    """

    id: str
    text: str
    document: str = ""
    heading: str = ""
    title: str = ""
    organisation: str = ""
    source_id: str = ""
    locator: str = ""
    edition: str = ""
    date: str = ""
    url: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A real document in the dated registry; ``supersedes`` lists the older editions it replaces.

    Args:
        doi, pmid, nct: its identifiers, "" where none is known; those in ``url`` need not be told again.
    """

    id: str
    organisation: str
    title: str
    type: str
    edition: str
    date: str
    url: str
    checked_on: dt.date
    valid_days: int
    supersedes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    doi: str = ""
    pmid: str = ""
    nct: str = ""

    def __hash__(self) -> int:
        """By id alone: registries are looked up by all their entries again and again."""
        return hash(self.id)

    def is_known_on(self, day: dt.date) -> bool:
        """Whether the entry was checked recently enough to vouch for the edition on ``day``."""
        return self.checked_on <= day <= self.checked_on + dt.timedelta(days=self.valid_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationLink:
    """Which passage a marker in the text stands for, e.g. marker ``"1"`` -> passage ``"tamoxifen#p2"``."""

    marker: str
    passage_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens spent on one answer; zero where the pipeline has no tokens."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def plus(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a pipeline wrote for one question. Without ``citations``, ``[n]`` stands for the n-th passage."""

    text: str
    citations: tuple[CitationLink, ...] = ()
    passages: tuple[Passage, ...] = ()
    model: str = ""
    usage: Usage = Usage()
    latency_s: float = 0.0

    def cited(self, marker: str) -> Passage | None:
        """The passage a marker stands for, or None where it stands for nothing."""
        if self.citations:
            ids = {link.marker: link.passage_id for link in self.citations}
            return next((p for p in self.passages if p.id == ids.get(marker)), None)
        number = int(marker) if marker.isdigit() and len(marker) < 6 else 0
        return self.passages[number - 1] if 1 <= number <= len(self.passages) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerError:
    """Why there is no answer: an error as a value, counted as missing and never scored.

    Args:
        kind: ``timeout``, ``http``, ``connection``, ``format``, ``missing``, ``crash`` or ``empty``.
        message: one line; never holds a secret.
        attempts: how many times it was tried.
    """

    kind: str
    message: str
    attempts: int = 1


class Pipeline(Protocol):
    """A system under test. ``id`` is part of the signature."""

    @property
    def id(self) -> str:
        """Name, version and whatever changes its answers, e.g. ``reference@1:extractive``."""
        ...

    def answer(self, query: Query) -> Answer | AnswerError:
        """Answer one question; what goes wrong is returned as an AnswerError."""
        ...
