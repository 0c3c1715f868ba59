"""The relations of a robustness file, and the suite whose questions, pipeline and scorers they are tried on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from harness.errors import HarnessError, SuiteError
from harness.records import Category, Id, Pattern, Record, Text
from harness.resources import find
from harness.suite import Where
from harness.types import Question, RiskTier
from harness.variants.edits import QuestionEdit
from harness.yamlio import load_yaml, validate

Kind = Literal["must_not_change", "must_change"]


class Relation(Record):
    """One way to put a question otherwise, and what has to follow.

    Args:
        family: relations that are told together, e.g. typos.
        kind: ``must_not_change``: escalation, critical facts and citations stay. ``must_change``: the answer differs.
        escalates: for ``must_change``: the changed question has to be answered with an urgent action first.
        asks: only questions that match; never: none that match.
        do: the edits, in order.
    """

    id: Id
    family: Id
    title: Text
    kind: Kind
    escalates: bool = False
    asks: Pattern | None = None
    never: Pattern | None = None
    tiers: list[RiskTier] | None = None
    categories: list[Category] | None = None
    do: Annotated[list[QuestionEdit], Field(min_length=1)]


class RobustnessBar(Record):
    """What must be met: shares of the relations that held."""

    min_invariance: Annotated[float, Field(ge=0, le=1)] = 0.0
    min_change: Annotated[float, Field(ge=0, le=1)] = 0.0


class RobustnessRecord(Record):
    """A robustness file.

    Args:
        suite: whose questions, corpus, pipeline and scorers are used. where: which of its questions.
        each: most questions for each relation. keep_citations: share of the cited documents that must be cited again.
    """

    name: Id
    title: Text
    suite: Text
    where: Where = Where()
    each: Annotated[int, Field(ge=1)] = 20
    seed: int = 0
    keep_citations: Annotated[float, Field(ge=0, le=1)] = 0.5
    bar: RobustnessBar = RobustnessBar()
    relations: Annotated[list[Relation], Field(min_length=1)]


def load_robustness(path: str | Path) -> RobustnessRecord:
    """Read a robustness file; raises SuiteError with file, line and field where it can't be used."""
    try:
        file = find(path)
    except (HarnessError, OSError) as problem:
        raise SuiteError(f"{path}: no such robustness file", hint="bundled: evals/robustness.yaml") from problem
    record = validate(RobustnessRecord, load_yaml(file, error=SuiteError), error=SuiteError)
    ids = [r.id for r in record.relations]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise SuiteError(f"{file}: the relation {twice[0]!r} stands twice", hint="rename one of them")
    wrong = [r.id for r in record.relations if r.escalates and r.kind != "must_change"]
    if wrong:
        raise SuiteError(f"{file}: {wrong[0]}: only must_change relations escalate", hint="leave out escalates")
    return record


def takes(relation: Relation, question: Question) -> bool:
    """Whether a relation is meant for a question."""
    text = question.text
    return (
        (relation.asks is None or re.search(relation.asks, text, re.IGNORECASE) is not None)
        and (relation.never is None or re.search(relation.never, text, re.IGNORECASE) is None)
        and (relation.tiers is None or question.risk_tier in relation.tiers)
        and (relation.categories is None or question.category in relation.categories)
    )
