"""What is asked: golden records, and the part of them a pipeline may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["user", "assistant"]


ExpectedBehaviour = Literal[
    "answer",
    "answer_with_limits",
    "clarify_then_answer",
    "decline_and_redirect",
    "escalate_now",
    "out_of_scope_redirect",
]


RiskTier = Literal["R0", "R1", "R2", "R3"]


Severity = Literal[0, 1, 2, 3, 4]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One earlier message of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Who asks: role (patient, caregiver, public), literacy (low, average, high) and an age band."""

    role: str = "patient"
    literacy: str = "average"
    age_band: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MustHave:
    """An atomic fact the answer has to carry.

    Args:
        source, locator: registry id and place where the fact can be checked.
        look_for: groups of alternatives (``"call|phone|contact"``, ``*`` at the end of a word for any ending);
            the fact counts as told where every group is met within neighbouring sentences.
    """

    id: str
    text: str
    critical: bool
    source: str
    locator: str
    look_for: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MustNotSay:
    """Something the answer must not say, with a test sentence that the rule ``code`` has to flag."""

    id: str
    text: str
    code: str
    severity: Severity
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """The urgent action a red flag requires: what for, by when, what to do, and whether it must come first."""

    trigger: str
    timeframe: str
    action: str
    must_be_first: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ClarifyingQuestion:
    """Whether the answer has to ask something back, and which wordings of it count (as ``look_for`` groups)."""

    required: bool
    acceptable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A golden record; with only ``id`` and ``text`` it is a bare question without one (``golden`` is False)."""

    id: str
    text: str
    golden: bool = False
    version: int = 1
    status: str = "draft"
    split: str = "dev"
    turns: tuple[Turn, ...] = ()
    language: str = "en"
    category: str = ""
    persona: Persona = Persona()
    facts_given: tuple[str, ...] = ()
    risk_tier: RiskTier = "R1"
    expected_behaviour: ExpectedBehaviour = "answer"
    must_have: tuple[MustHave, ...] = ()
    must_not_say: tuple[MustNotSay, ...] = ()
    required_escalation: Escalation | None = None
    clarifying_question: ClarifyingQuestion | None = None
    allowed_sources: tuple[str, ...] = ()
    personalization_allowed: bool = False
    max_masked_smog: float = 9.0
    tags: tuple[str, ...] = ()

    def query(self) -> Query:
        """What a pipeline may see of this record."""
        return Query(id=self.id, text=self.text, turns=self.turns, facts=self.facts_given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """The part of a Question that the system under test sees: never the expectations."""

    id: str
    text: str
    turns: tuple[Turn, ...] = ()
    facts: tuple[str, ...] = ()
    epoch: int = 0
