"""The files of a review: the sampling design, what a reader sends back, and the reader's votes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from harness.errors import DatasetError
from harness.records import Record
from harness.types import Severity
from harness.yamlio import read_text

FORMAT = "harness-review/1"
OVERALL = "overall"
SERIOUS = 3  # from this severity on the answer as a whole counts as a failure, as it does for the gate
MODERATE = 2  # from this severity on a category counts as failed in an answer: it may mislead

Stratum = Literal["serious", "tier R3", "informative", "random"]
Category = Literal[
    "grounding",
    "citation",
    "overreach",
    "disclaimer",
    "readability",
    "escalation",
    "privacy",
    "completeness",
    "other",
]
CATEGORIES: tuple[Category, ...] = Category.__args__  # type: ignore[attr-defined]
ReaderRole = Literal["reviewer", "adjudicator"]
Sha = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ItemId = Annotated[str, StringConstraints(pattern=r"^i\d{3,6}$")]
FindingId = Annotated[str, StringConstraints(pattern=r"^[fm]\d{1,5}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Comment = Annotated[str, StringConstraints(max_length=20_000)]
Model = TypeVar("Model", bound=BaseModel)


class Drawn(Record):
    """An answer that is read, why, and with which probability it came into the sample."""

    item: ItemId
    question: str
    epoch: int
    stratum: Stratum
    probability: Annotated[float, Field(gt=0, le=1)]


class Design(Record):
    """Which answers of a run are read: the same for every reader who draws with the same seed.

    Args:
        run: hash of the run. population: answers in each stratum, read or not. unanswered: planned items without one.
    """

    run: Sha
    seed: int
    share: Annotated[float, Field(gt=0, le=1)]
    population: dict[Stratum, int]
    unanswered: int
    items: list[Drawn]


class FindingVerdict(Record):
    """A reader's word on one finding; ``severity`` is the reader's own, given where it is confirmed."""

    finding: FindingId
    verdict: Literal["confirm", "reject", "unsure"]
    severity: Severity | None = None


class Mark(Record):
    """Words a reader marked; offsets are characters of the answer as shown, and ``before`` what the tool found."""

    start: Annotated[int, Field(ge=0)]
    end: int
    quote: Annotated[str, StringConstraints(min_length=1, max_length=250_000)]
    category: Category
    severity: Severity
    before: bool


class ItemReview(Record):
    """What a reader said of one answer; ``first`` is the severity given before the tool's findings were shown."""

    item: ItemId
    done: bool
    first: Severity | None = None
    severity: Severity | None = None
    likelihood: Literal["rare", "possible", "likely"] | None = None
    comment: Comment = ""
    findings: list[FindingVerdict] = Field(default_factory=list)
    marks: list[Mark] = Field(default_factory=list)

    def overall(self) -> int:
        """The severity of the answer: as given, or that of the worst problem confirmed or marked."""
        found = [f.severity or 0 for f in self.findings if f.verdict == "confirm"]
        return max([self.severity or 0, *found, *(m.severity for m in self.marks)])


class ReviewFile(Record):
    """The file that a reader's browser saves."""

    format: Literal["harness-review/1"]
    pack: Sha
    design: Sha
    run: Sha
    reviewer: Name
    role: ReaderRole
    items: list[ItemReview]


def person(name: str) -> str:
    """A name as it is compared: however it is spaced and capitalised, it is one person."""
    return " ".join(name.casefold().split())


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values, equal text."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def sha256_of(value: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def design_sha(design: Design) -> str:
    """What identifies a design."""
    return sha256_of(design.model_dump(mode="json"))


def parse(model: type[Model], raw: Any, name: str, *, hint: str) -> Model:
    """Plain data as a model; raises DatasetError with one line that names file and field."""
    try:
        return model.model_validate(raw)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(p) for p in first["loc"]) or "file"
        what = {"extra_forbidden": "unknown key", "missing": "is missing"}.get(first["type"], first["msg"].lower())
        raise DatasetError(f"{name}: {field}: {what}", hint=hint) from None


def read_json(path: Path, *, hint: str) -> Any:
    """A JSON file; raises DatasetError with one line where it isn't one."""
    text = read_text(path, max_bytes=50_000_000)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise DatasetError(f"{path}: not valid JSON: {problem}", hint=hint) from None


def read_review(path: Path) -> ReviewFile:
    """A reader's file; raises DatasetError naming file and field."""
    hint = "send the file as the review page saved it"
    return parse(ReviewFile, read_json(path, hint=hint), str(path), hint=hint)
