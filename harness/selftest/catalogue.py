"""The catalogue of faults and of harmless edits: data files that a reviewer can read, change and add to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from harness.errors import DatasetError
from harness.records import Category, Id, Record, Text
from harness.resources import package_file
from harness.selftest import sections, sources, words
from harness.selftest.page import Edited, Page
from harness.signature import short_hash
from harness.types import ExpectedBehaviour, RiskTier, Severity
from harness.yamlio import Loaded, load_yaml, validate

C = TypeVar("C", bound="Change")
FAULTS = "selftest/faults"
HARMLESS = "selftest/harmless.yaml"

Family = Literal[
    "disclaimer",
    "facts",
    "citation",
    "overreach",
    "escalation",
    "privacy",
    "readability",
    "completeness",
    "adversarial",
]
Edit = Annotated[
    words.Insert
    | words.Exchange
    | words.Scale
    | words.Drop
    | words.MoveDown
    | words.Join
    | words.CutOff
    | sections.Rewrite
    | sections.Shorten
    | sections.Remove
    | sections.Move
    | sections.Forget
    | sections.Shuffle
    | sections.Layout
    | sections.Bold
    | sources.Entry
    | sources.Dangle
    | sources.SwapDocuments
    | sources.Uncite
    | sources.Age
    | sources.Misattribute
    | sources.Misquote
    | sources.Smuggle,
    Field(discriminator="op"),
]


class Needs(Record):
    """Which pages an edit makes sense on; what is left out is any."""

    escalation: bool | None = None
    tiers: list[RiskTier] | None = None
    behaviours: list[ExpectedBehaviour] | None = None
    categories: list[Category] | None = None

    def met_by(self, page: Page) -> bool:
        """Whether the page's question is of that kind."""
        question = page.question
        urgent = self.escalation is None or self.escalation is (question.required_escalation is not None)
        return (
            urgent
            and (self.tiers is None or question.risk_tier in self.tiers)
            and (self.behaviours is None or question.expected_behaviour in self.behaviours)
            and (self.categories is None or question.category in self.categories)
        )


class Change(Record):
    """One or several edits that are made together.

    Args:
        id: name in reports. title: what is done, in plain words. do: the edits, in order.
    """

    id: Id
    title: Text
    needs: Needs = Needs()
    do: Annotated[list[Edit], Field(min_length=1)]

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """All edits, one after the other; None where one of them, or the page, does not allow it."""
        if not self.needs.met_by(page):
            return None
        told: list[str] = []
        edited: Edited | None = None
        for edit in self.do:
            page = page.after(edited) if edited else page
            edited = edit.apply(page, rng)
            if edited is None:
                return None
            told.append(edited.words)
        return Edited(answer=edited.answer, words=" | ".join(told)) if edited else None


class Fault(Change):
    """A fault of known kind.

    Args:
        severity: that a reviewer would give it (CLINICAL scale, 0 to 4); a project default, not clinically reviewed.
        rules: codes, or beginnings of codes, of the rules that are meant to see it.
    """

    family: Family
    severity: Severity
    rules: Annotated[list[Annotated[str, Field(pattern=r"^[A-Z]{3}\d{0,3}$")]], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All faults and all harmless edits, with a hash of both."""

    faults: tuple[Fault, ...]
    harmless: tuple[Change, ...]

    @property
    def sha(self) -> str:
        """What has to be equal for two self-tests to be comparable."""
        return short_hash([c.model_dump(mode="json") for c in (*self.faults, *self.harmless)])


def load_catalogue(faults: Path | None = None, harmless: Path | None = None) -> Catalogue:
    """Read the catalogue.

    Args:
        faults: a folder of fault files. harmless: a file of harmless edits. The project's own where left out.

    Raises:
        DatasetError: naming file and line of what can't be used, or an id that stands twice.
    """
    folder = faults or package_file(FAULTS)
    found = [f for file in sorted(folder.glob("*.yaml")) for f in _entries(load_yaml(file), Fault)]
    if not found:
        raise DatasetError(f"{folder}: no faults in it", hint="a folder of YAML lists of faults")
    unharmful = _entries(load_yaml(harmless or package_file(HARMLESS)), Change)
    _once([c.id for c in (*found, *unharmful)], folder)
    return Catalogue(faults=tuple(found), harmless=tuple(unharmful))


def _entries(loaded: Loaded, kind: type[C]) -> list[C]:
    if not isinstance(loaded.data, list):
        raise DatasetError(f"{loaded.path}:1: not a list", hint="a list of entries with id, title and do")
    return [validate(kind, loaded, (i,)) for i in range(len(loaded.data))]


def _once(ids: Sequence[str], folder: Path) -> None:
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise DatasetError(f"{folder}: the id {twice[0]!r} stands twice", hint="rename one of them")
