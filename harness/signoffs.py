"""Sign-offs of golden records: who stands behind a record, in exactly the words that they read.

A record goes ``draft -> reviewed -> retired``. It is reviewed while enough different people approve it as it is today:
two for tiers R2 and R3, one for the others. A sign-off is bound to the hash of the record and to the lexicons that
decide how it is measured, and a fact to the edition of its source: when one of them changes, the record needs another
review, and until then no suite asks it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import StringConstraints

from harness.errors import DatasetError
from harness.records import GoldenRecord, Id, Record, Text
from harness.scorers import lexicon_hash
from harness.signature import short_hash
from harness.types import Source
from harness.yamlio import load_yaml, validate

FILE = "signoffs/signoffs.yaml"  # in the folder of the golden set
HEADER = """\
# Sign-offs of golden records, one a line of history; `harness golden review ID --name ... --role ...` adds one.
# None is ever changed: a later sign-off of the same person counts in place of the earlier one.
"""
Status = Literal["draft", "reviewed", "needs_review", "retired"]
Decision = Literal["approve", "revise", "retire"]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]


class SignOff(Record):
    """One person's decision on one record.

    Args:
        record: its id; ``hash``: of the record as it was read; ``lexicons``: of the word lists that measured it.
        decision: ``approve`` it, ask to ``revise`` it, or ``retire`` it.
    """

    record: Id
    decision: Decision
    who: Text
    role: Text
    note: str = ""
    on: dt.date
    hash: Hash
    lexicons: Hash

    @property
    def person(self) -> str:
        """Who it is: one person in two spellings is one."""
        return " ".join(self.who.casefold().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a record stands, and why it is not reviewed."""

    status: Status
    reasons: tuple[str, ...] = ()


def record_hash(record: GoldenRecord) -> str:
    """The hash of what a reviewer reads: all of a record but its status and review notes.

    Fields at their default don't count, so that a field added to the form changes no hash.
    """
    return short_hash(record.model_dump(mode="json", exclude={"status", "review"}, exclude_defaults=True))


def load_signoffs(golden: Path) -> tuple[SignOff, ...]:
    """The sign-offs beside a golden set, in the order of signing; none where the folder holds no file of them.

    Raises:
        DatasetError: naming file, line and field of the first fault.
    """
    file = golden / FILE
    if not file.is_file():
        return ()
    loaded = load_yaml(file)
    if loaded.data is None:
        return ()
    if not isinstance(loaded.data, list):
        raise DatasetError(f"{file}:1: expected a list of sign-offs", hint="`harness golden review` writes it")
    return tuple(validate(SignOff, loaded, (i,)) for i in range(len(loaded.data)))


def signoffs_text(signed: Iterable[SignOff]) -> str:
    """The file of sign-offs."""
    rows = [s.model_dump(mode="json", exclude_defaults=True) for s in signed]
    return HEADER + (yaml.safe_dump(rows, sort_keys=False, allow_unicode=True, width=110) if rows else "[]\n")


def sign(
    records: Sequence[GoldenRecord], *, decision: Decision, who: str, role: str, note: str, on: dt.date
) -> list[SignOff]:
    """One person's decision on each of some records, bound to what they hold now."""
    return [
        SignOff(
            record=record.id,
            decision=decision,
            who=who,
            role=role,
            note=note,
            on=on,
            hash=record_hash(record),
            lexicons=lexicon_hash(),
        )
        for record in records
    ]


def standings(
    records: Iterable[GoldenRecord], signed: Iterable[SignOff], sources: Mapping[str, Source], day: dt.date
) -> dict[str, Standing]:
    """Where each record stands on a day.

    Args:
        sources: the registry, by id: facts have to stand on its editions.
    """
    by_record: dict[str, list[SignOff]] = {}
    for signoff in signed:
        by_record.setdefault(signoff.record, []).append(signoff)
    return {r.id: standing(r, by_record.get(r.id, ()), sources, day) for r in records}


def standing(record: GoldenRecord, signed: Iterable[SignOff], sources: Mapping[str, Source], day: dt.date) -> Standing:
    """Where one record stands on a day by its own sign-offs: retired, out of date, or by who still approves it."""
    latest = {s.person: s for s in signed}.values()
    retiring = [s for s in latest if s.decision == "retire"]
    if record.status == "retired" or retiring:
        return Standing(status="retired", reasons=tuple(f"{s.who} retired it" for s in retiring))
    outdated = tuple(_outdated(record, sources, day))
    if outdated:
        return Standing(status="needs_review", reasons=outdated)
    now = record_hash(record)
    changes = [s for s in latest if s.decision == "revise" and s.hash == now]
    if changes:
        reasons = (f"{s.who} asks for changes{': ' if s.note else ''}{s.note}" for s in changes)
        return Standing(status="draft", reasons=tuple(reasons))
    approvals = [s for s in latest if s.decision == "approve"]
    lapsed = tuple(reason for s in approvals if (reason := _lapsed(s, now)))
    valid = len(approvals) - len(lapsed)
    if valid >= record.reviewers_wanted:
        return Standing(status="reviewed")
    if lapsed:
        return Standing(status="needs_review", reasons=lapsed)
    if record.status == "reviewed":
        return Standing(
            status="needs_review", reasons=("its status is reviewed, but the sign-offs for it are missing",)
        )
    return Standing(status="draft", reasons=(f"{valid} of {record.reviewers_wanted} sign-offs",))


def _outdated(record: GoldenRecord, sources: Mapping[str, Source], day: dt.date) -> Iterator[str]:
    """Facts whose source has another edition by now, or whose time is over."""
    for fact in record.must_have:
        source = sources.get(fact.source)
        if source and fact.edition and fact.edition != source.edition:
            yield f"{fact.id} stands on edition {fact.edition} of {source.id}, the registry has {source.edition}"
        if fact.valid_to and fact.valid_to < day:
            yield f"{fact.id} was valid until {fact.valid_to}"


def _lapsed(signoff: SignOff, now: str) -> str:
    """Why an approval no longer holds; "" where it does."""
    if signoff.hash != now:
        return f"{signoff.who} signed it before it was changed"
    return f"{signoff.who} signed it with other lexicons" if signoff.lexicons != lexicon_hash() else ""
