"""Judgements, findings and outcomes."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from harness.types.answers import Answer, Source
from harness.types.documents import Document, Span
from harness.types.questions import Question, Severity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Label = Literal["supported", "not_found", "contradicted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A clinical fact told one way in the claim and another way in the evidence (typed: dose, percent, stage ...).

    Args:
        kind: dose, percent, stage, receptor, negation, certainty ...
        claim, evidence: the words on either side.
        claim_start, claim_end, evidence_start, evidence_end: where those words stand in the two texts that were
            compared; all 0 where the words have no one place.
    """

    kind: str
    claim: str
    evidence: str
    claim_start: int = 0
    claim_end: int = 0
    evidence_start: int = 0
    evidence_end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """A judge's word on one (passage, claim) pair.

    Args:
        probability: that the passage supports the claim, in [0, 1].
        label: ``supported``, ``not_found`` or ``contradicted``.
        start, end: offsets of the deciding sentence in the passage; both 0 where there is none.
        mismatches: facts that differ.
    """

    probability: float
    label: Label
    start: int = 0
    end: int = 0
    mismatches: tuple[Mismatch, ...] = ()


class Judge(Protocol):
    """Decides whether a passage supports a claim. ``id`` is part of the signature.

    A judge that can't lay a passage beside a claim in another language says so: ``crosses_languages = False``.
    """

    @property
    def id(self) -> str:
        """Name, version and content hash, e.g. ``local@1:3f2a9c10``."""
        ...

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        """One Support for each (passage, claim), in order; raises JudgeError where it can't judge."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """What the sentence encoder makes of one sentence beside its question.

    Args:
        embedding: 384 numbers, a unit vector that depends on the sentence alone.
        logits: calibrated log odds by head: ``overreach``, ``T1`` to ``T11``, ``directive``, ``ease`` (plain words).
    """

    embedding: NDArray[np.float32]
    logits: Mapping[str, float]

    def probability(self, head: str) -> float:
        """The head's calibrated probability, in (0, 1)."""
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self.logits[head]))))


class SentenceReader(Protocol):
    """Reads sentences with a trained encoder. ``id`` is part of the signature."""

    @property
    def id(self) -> str:
        """Name, version and content hash, e.g. ``sentences@1:3f2a9c10``."""
        ...

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        """One Reading for each (sentence, question or ""), in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a scorer may look at: the question, the parsed answer, the sources, the judge and the day.

    ``question`` is None where a page is audited without one; ``question.golden`` tells whether expectations exist.
    ``reader`` is the sentence encoder that learned parts share; None where there is none.
    """

    answer: Answer
    document: Document
    judge: Judge
    as_of: dt.date
    question: Question | None = None
    registry: tuple[Source, ...] = ()
    reader: SentenceReader | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule broken at one place.

    Args:
        code: rule code such as ``ADV302``.
        severity: potential severity 0-4; never averaged.
        confidence: how sure the scorer is, in (0, 1].
        likelihood: ``rare``, ``possible`` or ``likely`` harm if the reader acts on it.
        reach: ``one answer`` or ``template`` (repeated on every page).
    """

    code: str
    severity: Severity
    confidence: float
    message: str
    span: Span
    related: tuple[Span, ...] = ()
    likelihood: Literal["rare", "possible", "likely"] = "possible"
    reach: Literal["one answer", "template"] = "one answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A statement of the answer beside the passage that decides about it, kept as evidence for readers of a report.

    Args:
        span: the statement's own words in the answer.
        label, probability: the judge's word on it.
        passage: id of the passage that says most about it.
        evidence: the deciding words of that passage; empty where there are none.
    """

    span: Span
    label: Label
    probability: float
    passage: str
    evidence: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A measurement: ``score`` in [0, 1], higher is better, named numbers in ``metrics``, and how it came about.

    ``checked`` holds the statements that the score counts, where it counts statements.
    """

    scorer: str
    score: float
    findings: tuple[Finding, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    checked: tuple[Checked, ...] = ()
    status: ClassVar[Literal["scored"]] = "scored"

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"{self.scorer}: score {self.score} is outside [0, 1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable:
    """The rule has nothing to measure here, and why. It has no score; it may still carry findings."""

    scorer: str
    reason: str
    findings: tuple[Finding, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    score: ClassVar[None] = None
    status: ClassVar[Literal["not_applicable"]] = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It should have been measured and could not be: counted as missing, never as a pass."""

    scorer: str
    reason: str
    findings: tuple[Finding, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    score: ClassVar[None] = None
    status: ClassVar[Literal["failed"]] = "failed"


Outcome = Scored | NotApplicable | Failed


class Scorer(Protocol):
    """One rule family: pure and synchronous. Implementations are frozen dataclasses whose fields are their config."""

    name: ClassVar[str]
    version: ClassVar[int]

    def score(self, case: Case) -> Outcome:
        """Measure one case. Says Failed or NotApplicable where it can't; never guesses."""
        ...
