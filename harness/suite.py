"""Suites: which questions, which pipeline, which scorers with which config, and what the gate demands."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from harness.data import Corpus, GoldenSet, Registry, load_golden, load_registry
from harness.errors import HarnessError, SuiteError
from harness.library.load import Library, load_library
from harness.library.lookup import Lookup
from harness.records import Category, Id, Record, Text
from harness.resources import find
from harness.scorers import SCORERS, load_scorer
from harness.signature import short_hash
from harness.signoffs import Standing, load_signoffs, standings
from harness.types import Question, Scorer, Severity
from harness.yamlio import load_yaml, validate

Named = str | dict[str, dict[str, Any]]


class Where(Record):
    """Which golden records to take; a filter left out takes all."""

    split: Annotated[list[Literal["dev", "gate", "holdout", "canary"]], Field(min_length=1)] | None = None
    category: Annotated[list[Category], Field(min_length=1)] | None = None
    language: Annotated[list[str], Field(min_length=1)] | None = None
    risk_tier: Annotated[list[Literal["R0", "R1", "R2", "R3"]], Field(min_length=1)] | None = None
    ids: Annotated[list[str], Field(min_length=1)] | None = None

    def takes(self, question: Question) -> bool:
        """Whether the filter lets a question through."""
        checks = (
            (self.split, question.split),
            (self.category, question.category),
            (self.language, question.language),
            (self.risk_tier, question.risk_tier),
            (self.ids, question.id),
        )
        return all(wanted is None or value in wanted for wanted, value in checks)


class DatasetChoice(Record):
    """Where the data lie and which part of them is used.

    ``corpus`` is what pipelines answer from: one folder or several. ``local_corpus`` is added to it, and what answers
    cite is looked up there (see ``harness corpus``).
    """

    golden: str = "datasets/golden"
    corpus: str | Annotated[list[str], Field(min_length=1)] = "datasets/corpus"
    local_corpus: str | None = None
    registry: str = "datasets/sources.yaml"
    where: Where = Where()


class ScoreGate(Record):
    """A bar for one scorer: the mean of its score, and the share of items that must have been measured.

    ``margin`` is how much worse than its baseline a candidate may be, in score points; the suite's where left out.
    """

    scorer: Annotated[str, WithJsonSchema({"type": "string", "examples": list(SCORERS)})]
    min: Annotated[float, Field(ge=0, le=1)]
    coverage: Annotated[float, Field(ge=0, le=1)] = 0.0
    margin: Annotated[float, Field(gt=0, lt=1)] | None = None


class Gates(Record):
    """What a run must meet; severity 4, and unwaived severity 3, always fail on top of it.

    Args:
        coverage: share of items, or of pairs in a comparison, that must have been measured; a score's own floor may be
            higher.
        margin: how much worse than its baseline a candidate may be, in score points; written down before the first
            answer. The default of three points is the project's, not clinically reviewed.
        baseline: folder of the run to compare with; where it is named and holds no run, the gate fails.
    """

    scores: Annotated[list[ScoreGate], Field(min_length=1)]
    answered: Annotated[float, Field(ge=0, le=1)] = 1.0
    max_severity_2: Annotated[int, Field(ge=0)] | None = None
    coverage: Annotated[float, Field(ge=0, le=1)] = 0.0
    margin: Annotated[float, Field(gt=0, lt=1)] = 0.03
    baseline: Text | None = None

    def margin_of(self, scorer: str) -> float:
        """The margin of one scorer."""
        own = [g.margin for g in self.scores if g.scorer == scorer and g.margin is not None]
        return own[0] if own else self.margin

    def bar_of(self, scorer: str) -> float:
        """From which score on an answer passes: the bar of its mean; a full score where there is no bar."""
        return next((g.min for g in self.scores if g.scorer == scorer), 1.0)

    def coverage_of(self, scorer: str) -> float:
        """The share of items that must have been measured."""
        return max([self.coverage, *(g.coverage for g in self.scores if g.scorer == scorer)])


class SelfTestBar(Record):
    """What ``harness selftest`` must show of a suite: a gate that can't catch faults fails itself.

    Args:
        min_caught: share of all injected faults that are caught; ``min_caught_serious``: of those of severity 3 and 4.
        max_false_alarms: share of harmlessly edited pages with a new finding of severity 2 or more.
    """

    min_caught: Annotated[float, Field(ge=0, le=1)] = 0.0
    min_caught_serious: Annotated[float, Field(ge=0, le=1)] = 0.0
    max_false_alarms: Annotated[float, Field(ge=0, le=1)] = 1.0


class SuiteRecord(Record):
    """A suite file."""

    name: Id
    title: Text
    dataset: DatasetChoice = DatasetChoice()
    accept_drafts: bool = False
    as_of: dt.date | None = None
    pipeline: Named = "reference"
    judge: str = "local"
    epochs: Annotated[int, Field(ge=1, le=100)] = 1
    seed: int = 0
    scorers: Annotated[list[Named], Field(min_length=1)] = list(SCORERS)
    gates: Gates
    selftest: SelfTestBar | None = None
    waivers: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A suite with its data loaded and its scorers made.

    Args:
        as_of: the day by which editions are judged: pinned by the suite, otherwise today.
        lookup: where what answers cite is looked up, for a suite with a local corpus.
        left_out: questions the filter takes that need another review, with the first reason: they are not asked.
    """

    record: SuiteRecord
    path: Path
    as_of: dt.date
    questions: tuple[Question, ...]
    golden: GoldenSet
    corpus: Corpus
    registry: Registry
    scorers: tuple[Scorer, ...]
    lookup: Lookup | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The suite's name."""
        return self.record.name

    def questions_id(self) -> str:
        """Which questions the filter took."""
        return questions_id(self.questions)


def questions_id(questions: Sequence[Question]) -> str:
    """How many questions, and a hash of which ones in which version and order."""
    return f"{len(questions)}@{short_hash([(q.id, q.version) for q in questions])[:8]}"


def split_named(named: Named) -> tuple[str, Mapping[str, Any]]:
    """``Name`` or ``{Name: {key: value}}`` as (name, config); raises SuiteError for anything else."""
    if isinstance(named, str):
        return named, {}
    if len(named) != 1:
        raise SuiteError(f"expected one name with its settings, not {sorted(named)}", hint="write 'name: {key: value}'")
    return next(iter(named.items()))


def load_suite(path: str | Path, *, limit: int | None = None, today: dt.date | None = None) -> Suite:
    """Load a suite file with everything it names.

    Args:
        limit: take only the first so many questions.
        today: for tests; the day used where the suite pins none.

    Raises:
        SuiteError: for a broken suite, unknown scorers, or drafts the suite does not accept.
        DatasetError: for broken data, or no question left after filtering.
    """
    file = _suite_file(path)
    record = validate(SuiteRecord, load_yaml(file, error=SuiteError), error=SuiteError)
    near = file.parent
    library = _library(record.dataset, near)
    as_of = record.as_of or today or dt.datetime.now(dt.UTC).date()
    folder = find(record.dataset.golden, near=near)
    golden = load_golden(folder)
    standing = standings(golden.records, load_signoffs(folder), library.registry.by_id(), as_of)
    questions, left_out = _chosen(record, golden, standing, file, limit)
    return Suite(
        record=record,
        path=file,
        as_of=as_of,
        questions=questions,
        left_out=left_out,
        golden=golden,
        corpus=library.corpus,
        registry=library.registry,
        scorers=_scorers(record, file),
        lookup=Lookup(library) if record.dataset.local_corpus else None,
    )


def _library(chosen: DatasetChoice, near: Path) -> Library:
    """The corpus folders of a suite, brought together."""
    named = [chosen.corpus] if isinstance(chosen.corpus, str) else chosen.corpus
    folders = [*named, chosen.local_corpus] if chosen.local_corpus else named
    registry = load_registry(find(chosen.registry, near=near))
    return load_library([find(folder, near=near) for folder in folders], registry)


def _suite_file(path: str | Path) -> Path:
    try:
        return find(path)
    except (HarnessError, OSError) as problem:
        raise SuiteError(f"{path}: no such suite", hint="bundled: evals/smoke.yaml, evals/release.yaml") from problem


def _scorers(record: SuiteRecord, file: Path) -> tuple[Scorer, ...]:
    """The scorers in suite order; a repeated name, or a gate on an absent scorer, is an error."""
    named = [split_named(n) for n in record.scorers]
    names = [name for name, _ in named]
    if len(set(names)) != len(names):
        raise SuiteError(f"{file}: a scorer is named twice", hint="keep one of them")
    for gate in record.gates.scores:
        if gate.scorer not in names:
            raise SuiteError(f"{file}: gate on {gate.scorer!r}, which the suite does not run", hint="add it to scorers")
    scorers = tuple(load_scorer(name, config) for name, config in named)
    codes = Counter(code for s in scorers for code in getattr(s, "rules", ()))
    if twice := sorted(code for code, n in codes.items() if n > 1):
        raise SuiteError(f"{file}: two of the scorers have a rule {twice[0]}", hint="leave one of them out")
    return scorers


def _chosen(
    record: SuiteRecord, golden: GoldenSet, standing: Mapping[str, Standing], file: Path, limit: int | None
) -> tuple[tuple[Question, ...], dict[str, str]]:
    """The questions the filter takes, as their sign-offs stand, without retired ones; those to be reviewed again."""
    where = record.dataset.where
    unknown = sorted(set(where.ids or ()) - {q.id for q in golden.questions})
    if unknown:
        raise SuiteError(f"{file}: no golden question {unknown[0]!r}", hint=f"the ids stand in {record.dataset.golden}")
    meant = [replace(q, status=standing[q.id].status) for q in golden.questions if where.takes(q)]
    left_out = {q.id: standing[q.id].reasons[0] for q in meant if q.status == "needs_review"}
    taken = tuple(q for q in meant if q.status in ("draft", "reviewed"))[:limit]
    if not taken:
        hint = "zero items never pass; widen `where`"
        if left_out:
            hint = f"{len(left_out)} need another review: `harness golden review` lists them"
        raise SuiteError(f"{file}: no question is left after filtering", hint=hint)
    drafts = [q.id for q in taken if q.status == "draft"]
    if drafts and not record.accept_drafts:
        raise SuiteError(
            f"{file}: {len(drafts)} of {len(taken)} questions are drafts that no clinician signed (first: {drafts[0]})",
            hint="review them, or say `accept_drafts: true`, which the report prints on page 1",
        )
    return taken, left_out


def severity_word(severity: Severity) -> str:
    """The word for a severity level (CLINICAL harm scale after AHRQ / NCC MERP)."""
    return ("note", "minor", "moderate", "serious", "critical")[severity]
