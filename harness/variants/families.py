"""Families of wordings: the same question as other people would put it, as data that a reviewer reads and corrects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Annotated, Literal

import yaml
from pydantic import Field

from harness.errors import DatasetError
from harness.records import Id, Pattern, Record, Text
from harness.resources import package_file
from harness.signature import short_hash
from harness.types import Question
from harness.variants.edits import QuestionEdit, reworded
from harness.yamlio import load_yaml, validate

KINDS = "variants/families.yaml"
_TIERS = ("R2", "R3")
_HEAD = """\
# Wordings derived by `harness golden families`. Drafts until a person has read them: correct the question and set the
# status to reviewed, or retired. Drafts are written again by each call; others only where their question has changed.
"""


class FamilyKind(Record):
    """One way to put questions otherwise.

    Args:
        patients_only: only what patients ask for themselves. escalation: only where an urgent action is required.
        never: not where the question matches.
    """

    id: Id
    title: Text
    patients_only: bool = False
    escalation: bool = False
    never: Pattern | None = None
    do: Annotated[list[QuestionEdit], Field(min_length=1)]

    def takes(self, question: Question) -> bool:
        """Whether a question is one to derive this wording from."""
        return (
            (not self.patients_only or question.persona.role == "patient")
            and (not self.escalation or question.required_escalation is not None)
            and (self.never is None or re.search(self.never, question.text, re.IGNORECASE) is None)
        )


class Wording(Record):
    """A derived wording.

    Args:
        id: ``MED-001.typo``. of: the golden question; kind: of the wording. source: hash of the question's text.
    """

    id: Id
    of: Id
    kind: Id
    question: Text
    status: Literal["draft", "reviewed", "retired"] = "draft"
    source: Text


def load_kinds() -> tuple[FamilyKind, ...]:
    """The kinds that the project derives."""
    loaded = load_yaml(package_file(KINDS))
    return tuple(validate(FamilyKind, loaded, (i,)) for i in range(len(loaded.data)))


def derive(questions: Sequence[Question], kinds: Sequence[FamilyKind], *, seed: int) -> Iterator[Wording]:
    """A wording of each kind for every English question of tier R2 and R3 that it fits; equal seeds, equal wordings."""
    for question in questions:
        if question.risk_tier not in _TIERS or question.language != "en" or question.status == "retired":
            continue
        for kind in kinds:
            rng = Random(f"{seed}:{question.id}:{kind.id}")
            text = reworded(question.text, question.language, kind.do, rng) if kind.takes(question) else None
            if text is not None:
                source = short_hash(question.text)
                yield Wording(id=f"{question.id}.{kind.id}", of=question.id, kind=kind.id, question=text, source=source)


def load_wordings(path: Path) -> tuple[Wording, ...]:
    """A file of wordings; raises DatasetError naming file, line and field."""
    loaded = load_yaml(path)
    if not isinstance(loaded.data, list):
        raise DatasetError(f"{path}:1: not a list", hint="write it again with `harness golden families`")
    return tuple(validate(Wording, loaded, (i,)) for i in range(len(loaded.data)))


def merged(old: Sequence[Wording], new: Sequence[Wording]) -> list[Wording]:
    """The new wordings; one that a person has reviewed or retired stays, as long as its question's text does."""
    kept = {w.id: w for w in old if w.status != "draft"}
    return [kept[w.id] if w.id in kept and kept[w.id].source == w.source else w for w in new]


def wordings_text(wordings: Sequence[Wording]) -> str:
    """A file of wordings."""
    rows = [w.model_dump() for w in wordings]
    return _HEAD + yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=10_000)
