"""Words of a person taken out of an audit of a log: one row, a person's rows, or all that are old.

The journal, which is never rewritten, gets a note of the rows, the reason and the day; then summary and tables are
written without the words; last, the words file with a tombstone in place of each row's salt and words. Where that is
cut off, every step can be done again, and until then ``harness verify`` doesn't pass.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from harness.errors import DatasetError, HarnessError
from harness.logs.audit import write_summary
from harness.logs.counts import Counts
from harness.logs.folder import (
    JOURNAL,
    SUMMARY,
    VERSION,
    WORDS,
    Erasure,
    State,
    Writer,
    read_batches,
    read_manifest,
    records_of,
)
from harness.logs.words import Record, read_words, tombstone
from harness.masking import BLOT

_LISTED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which rows are meant: any that fits one of these.

    Args:
        ids: as they stand in the log. rows: numbers from 1. before: rows of earlier days.
        undated: with ``before``, also rows that tell no day (rejected rows never do).
    """

    ids: Sequence[str] = ()
    rows: Sequence[int] = ()
    before: dt.date | None = None
    undated: bool = False

    def __bool__(self) -> bool:
        return bool(self.ids or self.rows or self.before)


@dataclass(slots=True)
class Chosen:
    """What fits a choice.

    Args:
        undated: rows that a choice by day can't judge; ids: those that were found.
        masked: rows whose stored id fits an id of the choice as far as it isn't hidden.
    """

    rows: set[int] = field(default_factory=set)
    undated: set[int] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    masked: dict[str, list[int]] = field(default_factory=dict)

    def look(self, choice: Choice, number: int, record: Record) -> None:
        """Take in a row that still has its words."""
        known = record.get("id", "")
        if known in choice.ids:
            self.ids.add(known)
            self.rows.add(number)
        elif BLOT in known:
            for id in choice.ids:
                if _fits(known, id):
                    self.masked.setdefault(id, []).append(number)
        if number in choice.rows:
            self.rows.add(number)
        if choice.before and "lost" not in record:
            day = record.get("day")
            if day and day < choice.before.isoformat():
                self.rows.add(number)
            elif not day:
                (self.rows if choice.undated else self.undated).add(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure did: the rows whose words are gone now, and those that tell no day and stay."""

    rows: tuple[int, ...]
    undated: tuple[int, ...]


def erase(
    folder: Path, choice: Choice, *, reason: str, day: dt.date, tables: Callable[[Path, Collection[int]], object]
) -> Erased:
    """Erase the words of rows, and finish an erasure that was cut off; rates stay what they are.

    Args:
        reason: stays in the journal for good; it must not name the person. day: of the erasure.
        tables: writes the tables of a folder anew without the words of some rows.

    Raises:
        DatasetError: where the folder holds no audit, is altered, or has no such row or id.
        SuiteError: while an audit is writing to the folder.
    """
    if read_manifest(folder).get("audit") != VERSION or not (folder / JOURNAL).is_file():
        hint = "a folder that `harness audit LOG -o` wrote; of an older harness: delete it, and audit again"
        raise DatasetError(f"{folder}: holds no audit of a log whose rows can be erased", hint=hint)
    state, chosen = State(), Chosen()
    with closing(Writer(folder)) as writer:
        records = chain.from_iterable(read_batches(folder, state))
        for number, record in enumerate(records, start=1):
            if number not in state.tombstones:
                chosen.look(choice, number, record)
        _refuse_unknown(folder, choice, chosen, state.rows)
        fresh = tuple(sorted(chosen.rows - state.erased))
        writer.take_up(state)
        if fresh:
            writer.note(Erasure(fresh, reason, day.isoformat()).to_json())
        gone = state.erased | set(fresh)
        if gone - state.tombstones:
            _without(folder, gone, state.rows, tables)
    return Erased(rows=tuple(sorted(gone - state.tombstones)), undated=tuple(sorted(chosen.undated - gone)))


def _refuse_unknown(folder: Path, choice: Choice, chosen: Chosen, rows: int) -> None:
    for id in choice.ids:
        if id in chosen.ids:
            continue
        if near := chosen.masked.get(id):
            shown = ", ".join(map(str, near[:_LISTED])) + (" ..." if len(near) > _LISTED else "")
            told = f"{folder}: ids are stored with words hidden, and {id!r} may be that of {len(near)} rows: {shown}"
            raise DatasetError(told, hint="find the row in the log, and name it with --row")
        raise DatasetError(f"{folder}: no row with words has the id {id!r}", hint="--row names a row by its number")
    for row in choice.rows:
        if not 1 <= row <= rows:
            raise DatasetError(f"{folder}: there is no row {row}", hint=f"rows are numbered from 1 to {rows}")


def _fits(stored: str, id: str) -> bool:
    return len(stored) == len(id) and all(a in (b, BLOT) for a, b in zip(stored, id, strict=True))


def _without(folder: Path, gone: Collection[int], rows: int, tables: Callable[[Path, Collection[int]], object]) -> None:
    """Write what holds words anew, without those of some rows; the words file, which tells what is left to do, last."""
    for left in folder.glob(".*.part"):
        left.unlink()
    if (folder / SUMMARY).is_file():
        counts = Counts()
        for record in records_of(folder, gone):
            counts.add(record)
        write_summary(folder, counts)
    tables(folder, gone)
    path, scratch = folder / WORDS, folder / f".{WORDS}.{os.getpid()}.part"
    try:
        with scratch.open("wb") as file:
            for number, line in enumerate(read_words(path), start=1):
                if number <= rows:
                    file.write(tombstone() if number in gone else line.raw)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
        _flush_folder(folder)
    except OSError as problem:
        hint = f"make room; then `harness erase {folder}` finishes it"
        raise HarnessError(f"{path}: can't write: {problem.strerror}", hint=hint) from None
    finally:
        scratch.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """Make the replacing of a file survive the end of the machine."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
