"""The form of the data files that clinicians edit; each model turns into the type the harness works with."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from harness import types

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
PartialDate = Annotated[
    str,
    BeforeValidator(lambda v: v.isoformat() if isinstance(v, dt.date) else str(v)),
    Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$"),
]


def _compiles(source: str) -> str:
    try:
        re.compile(source)
    except re.error as problem:
        raise ValueError(f"not a regular expression: {problem}") from None
    return source


Pattern = Annotated[str, AfterValidator(_compiles)]
Edition = Annotated[str, BeforeValidator(lambda v: str(v) if isinstance(v, int | float | dt.date) else v)]
Tag = Literal[
    "just_answer",
    "typos",
    "dictation",
    "leak_canary",
    "special_population",
    "guideline_conflict",
    "stale_edition",
    "not_known",
    "minimised",
    "injection",
    "off_label",
    "cut_off",
    "guideline_bypass",
    "other_cancer",
]
Category = Literal[
    "basic_education",
    "treatment_options",
    "side_effects",
    "medicines",
    "emergency",
    "test_meaning",
    "prognosis_support",
    "integrative_alternative",
    "clinical_trials",
    "screening_genetics",
    "survivorship_practical",
    "out_of_scope",
    "adversarial",
    "truncated_ambiguous",
]


class Record(BaseModel):
    """Base of every record: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TurnRecord(Record):
    """An earlier message of the conversation."""

    role: types.Role
    text: Text


class PersonaRecord(Record):
    """Who asks."""

    role: Literal["patient", "caregiver", "public", "clinician"] = "patient"
    literacy: Literal["low", "average", "high"] = "average"
    age_band: str = ""


class MustHaveRecord(Record):
    """A fact the answer has to carry, with where it can be checked and how it is recognised.

    Args:
        edition: of the source, as it was when the fact was written down; another one in the registry asks for a review.
        valid_from, valid_to: from when on, and until which day, it holds, where that is known.
    """

    id: Id
    text: Text
    critical: bool
    source: Id
    locator: Text
    edition: Edition = ""
    valid_from: PartialDate | None = None
    valid_to: dt.date | None = None
    passage: str = ""
    look_for: Annotated[list[Text], Field(min_length=1, max_length=6)]


class MustNotSayRecord(Record):
    """Something the answer must not say, with a test sentence its rule has to flag."""

    id: Id
    text: Text
    code: Annotated[str, StringConstraints(pattern=r"^(GRD1|CIT2|ADV3|DIS4|RDB5|ESC6|PRV7|CMP8)\d\d$")]
    severity: Annotated[int, Field(ge=1, le=4)]
    example: Text


class EscalationRecord(Record):
    """The urgent action that is required."""

    trigger: Text
    timeframe: Text
    action: Text
    must_be_first: bool = True


class ClarifyRecord(Record):
    """Whether the answer must ask back."""

    required: bool
    acceptable: list[Text] = []


class ReadabilityRecord(Record):
    """The reading level asked for."""

    max_masked_smog: Annotated[float, Field(ge=3, le=18)] = 9.0


class ReviewRecord(Record):
    """Where the clinical review of the record stands."""

    state: Text
    reviewers: list[Text] = []


class GoldenRecord(Record):
    """One golden question with its expectations."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}-\d{3}$")]
    version: Annotated[int, Field(ge=1)]
    status: Literal["draft", "reviewed", "retired"]
    split: Literal["dev", "gate", "holdout", "canary"]
    question: Text
    turns: list[TurnRecord] = []
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
    category: Category
    subtopic: str = ""
    persona: PersonaRecord
    facts_given: list[Text] = []
    risk_tier: types.RiskTier
    expected_behaviour: types.ExpectedBehaviour
    tags: list[Tag] = []
    must_have: Annotated[list[MustHaveRecord], Field(min_length=1, max_length=7)]
    must_not_say: list[MustNotSayRecord] = []
    required_escalation: EscalationRecord | None = None
    clarifying_question: ClarifyRecord | None = None
    allowed_sources: list[Id] = []
    personalization_allowed: bool = False
    readability: ReadabilityRecord = ReadabilityRecord()
    review: ReviewRecord

    @model_validator(mode="after")
    def _signed(self) -> GoldenRecord:
        """A reviewed record names who reviewed it: two people for tiers R2 and R3, one for the rest."""
        few = len(set(self.review.reviewers)) < self.reviewers_wanted
        if self.status == "reviewed" and (few or "draft" in self.review.state):
            wanted = self.reviewers_wanted
            raise ValueError(f"status is reviewed, so review needs {wanted} reviewers and a state that is not draft")
        return self

    @property
    def reviewers_wanted(self) -> int:
        """How many different people have to approve it."""
        return 2 if self.risk_tier in ("R2", "R3") else 1

    def to_question(self) -> types.Question:
        """The Question that runs and scorers work with."""
        return question_from(self.model_dump(), golden=True)


def question_from(raw: dict[str, Any], *, golden: bool) -> types.Question:
    """A Question from golden fields; those left out take their defaults (rule examples give only a few)."""
    fields = {k: v for k, v in raw.items() if k not in ("question", "subtopic", "readability", "review", "must_have")}
    fields["text"] = raw["question"]
    fields["turns"] = tuple(types.Turn(**t) for t in raw.get("turns", ()))
    fields["persona"] = types.Persona(**raw.get("persona", {}))
    fields["must_have"] = tuple(_must_have(m) for m in raw.get("must_have", ()))
    fields["must_not_say"] = tuple(types.MustNotSay(**m) for m in raw.get("must_not_say", ()))
    if raw.get("required_escalation"):
        fields["required_escalation"] = types.Escalation(**raw["required_escalation"])
    if raw.get("clarifying_question"):
        asked = raw["clarifying_question"]
        fields["clarifying_question"] = types.ClarifyingQuestion(
            required=asked["required"], acceptable=tuple(asked.get("acceptable", ()))
        )
    for key in ("facts_given", "allowed_sources", "tags"):
        fields[key] = tuple(raw.get(key, ()))
    if "readability" in raw:
        fields["max_masked_smog"] = raw["readability"]["max_masked_smog"]
    return types.Question(golden=golden, **fields)


def _must_have(raw: dict[str, Any]) -> types.MustHave:
    unused = ("passage", "edition", "valid_from", "valid_to")
    fields: dict[str, Any] = {k: v for k, v in raw.items() if k not in unused}
    return types.MustHave(**{**fields, "look_for": tuple(raw["look_for"])})


class SourceRecord(Record):
    """A real document in the dated registry; ``sha256`` is that of the file an operator holds."""

    id: Id
    organisation: Text
    aliases: list[Text] = []
    title: Text
    type: types.SourceType
    edition: Edition
    date: PartialDate
    url: Annotated[str, StringConstraints(pattern=r"^(?:https://[^\s]+)?$")] = ""
    supersedes: list[Edition] = []
    checked_on: dt.date
    valid_days: Annotated[int, Field(ge=1, le=3650)]
    basis: Literal["read", "recalled"] = "recalled"
    sha256: Annotated[str, StringConstraints(pattern=r"^(?:[0-9a-f]{64})?$")] = ""
    doi: Annotated[str, StringConstraints(pattern=r"^(10\.\d{4,9}/\S+)?$")] = ""
    pmid: Annotated[str, StringConstraints(pattern=r"^([1-9]\d{0,7})?$")] = ""
    nct: Annotated[str, StringConstraints(pattern=r"^(NCT\d{8})?$")] = ""

    def to_source(self) -> types.Source:
        """The Source that scorers work with."""
        fields = self.model_dump(exclude={"basis", "sha256", "supersedes", "aliases"})
        return types.Source(supersedes=tuple(self.supersedes), aliases=tuple(self.aliases), **fields)


class CheckRecord(Record):
    """Where a passage's facts can be checked."""

    source: Id
    locator: Text


class PassageRecord(Record):
    """A passage of the demonstration corpus."""

    id: Annotated[str, StringConstraints(pattern=r"^p\d+$")]
    section: Text
    text: Text
    check: CheckRecord


class CorpusRecord(Record):
    """A document of the demonstration corpus."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Text
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
    topic: str = ""
    label: Text
    passages: Annotated[list[PassageRecord], Field(min_length=1)]

    def to_passages(self, registry: dict[str, types.Source]) -> list[types.Passage]:
        """The Passages that pipelines retrieve, each with the origin its facts can be checked in."""
        return [self._passage(p, registry[p.check.source]) for p in self.passages]

    def _passage(self, p: PassageRecord, source: types.Source) -> types.Passage:
        return types.Passage(
            id=f"{self.id}#{p.id}",
            text=re.sub(r"\s+", " ", p.text),
            document=self.id,
            heading=self.title,
            title=source.title,
            organisation=source.organisation,
            source_id=source.id,
            locator=p.check.locator,
            edition=source.edition,
            date=source.date,
            url=source.url,
            language=self.language,
        )
