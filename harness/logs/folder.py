"""The folder of an audit of a log: manifest, hash-chained journal, the words beside it, and the summary."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import DatasetError, HarnessError, IncompleteError
from harness.journal import GENESIS, Journal, read_journal
from harness.logs.words import Line, Record, joined, read_words, salted, split

MANIFEST = "manifest.json"
JOURNAL = "journal.jsonl"
WORDS = "words.jsonl"
SUMMARY = "summary.json"
VERSION = 2  # of the folder: since 2, words stand beside the journal


@dataclass(frozen=True, slots=True)
class Erasure:
    """What the journal says of erased words: the rows by number, from 1, why, and the day (ISO)."""

    rows: tuple[int, ...]
    reason: str
    day: str

    def to_json(self) -> dict[str, Any]:
        """The journal's form."""
        return {"erased": list(self.rows), "reason": self.reason, "day": self.day}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Erasure:
        """Read one back; raises KeyError, TypeError or ValueError where it isn't one."""
        return cls(tuple(int(row) for row in raw["erased"]), str(raw["reason"]), str(raw["day"]))


@dataclass(slots=True)
class State:
    """Where the files of a folder end, as far as they were read.

    Args:
        rows: how many rows were read; erasures: in their order; tombstones: rows whose words are gone.
    """

    last: str = GENESIS
    end: int = 0
    words_end: int = 0
    rows: int = 0
    manifest: dict[str, Any] | None = None
    erasures: list[Erasure] = field(default_factory=list)
    tombstones: set[int] = field(default_factory=set)

    @property
    def erased(self) -> frozenset[int]:
        """Rows of all erasures."""
        return frozenset(row for erasure in self.erasures for row in erasure.rows)

    @property
    def kept(self) -> frozenset[int]:
        """Rows of erasures that were begun and not finished."""
        return self.erased - self.tombstones


class Writer:
    """Appends records to an audit: their words first, then the journal, both flushed to the disk.

    The folder is locked as long as it is open. ``take_up`` cuts off what a crash left behind the last whole record.

    Raises:
        SuiteError: if another process is writing to the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._journal = Journal(folder / JOURNAL)
        self._path = folder / WORDS
        self._words = self._path.open("ab", buffering=0)

    def take_up(self, state: State) -> None:
        """Go on where the whole records end."""
        self._journal.take_up(state.last, state.end)
        self._words.truncate(state.words_end)

    def append(self, records: Sequence[Record]) -> None:
        """Store a batch; it survives a crash once this returns; raises HarnessError where the disk takes no more."""
        rows, lines = [], []
        for record in records:
            bare, words = split(record)
            sha, line = salted(words)
            rows.append({"record": bare, "words": sha})
            lines.append(line)
        block = b"".join(lines)
        try:
            if self._words.write(block) != len(block):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._words.fileno())
        except OSError as problem:
            hint = "make room, then go on with --resume"
            raise HarnessError(f"{self._path}: can't write: {problem.strerror}", hint=hint) from None
        self._journal.append({"rows": rows})

    def note(self, entry: Mapping[str, Any]) -> None:
        """Put something else than rows in the journal."""
        self._journal.append(dict(entry))

    def close(self) -> None:
        """Close both files."""
        self._words.close()
        self._journal.close()


def read_batches(folder: Path, state: State, gone: Collection[int] = ()) -> Iterator[list[Record]]:
    """The stored records, batch by batch, held against hash chain and commitments; ``state`` follows.

    Args:
        gone: rows whose words are taken for erased, even where they are still there.

    Raises:
        DatasetError: naming the first record whose journal or words were altered.
    """
    lines = _lines(folder)
    for sha, entry, end in read_journal(folder / JOURNAL):
        try:
            if "rows" in entry:
                yield [_stored(folder, row, next(lines, None), state, gone) for row in entry["rows"]]
            elif "erased" in entry:
                state.erasures.append(Erasure.from_json(entry))
            else:
                state.manifest = entry["audit"]
        except (KeyError, TypeError, ValueError):
            hint = "was it written by another version of the harness?"
            raise DatasetError(f"{folder / JOURNAL}: not the journal of an audit of a log", hint=hint) from None
        state.last, state.end = sha, end
    if untold := state.tombstones - state.erased:
        raise _altered(folder, min(untold), "are gone, and no erasure tells why")
    if unknown := {row for row in state.erased if not 1 <= row <= state.rows}:
        raise DatasetError(f"{folder / JOURNAL}: tells of an erased row {min(unknown)}, which it doesn't have")


def _lines(folder: Path) -> Iterator[Line]:
    if (folder / WORDS).is_file():
        yield from read_words(folder / WORDS)


def _stored(folder: Path, row: Mapping[str, Any], line: Line | None, state: State, gone: Collection[int]) -> Record:
    state.rows += 1
    if line is None:
        raise _altered(folder, state.rows, "are gone, and no erasure tells why")
    state.words_end = line.end
    if not line.kept:
        state.tombstones.add(state.rows)
    elif line.commitment != row["words"]:
        raise _altered(folder, state.rows, "differ from the journal's commitment")
    return joined(row["record"], None if state.rows in gone else line.words)


def _altered(folder: Path, row: int, what: str) -> DatasetError:
    return DatasetError(f"{folder / WORDS}:{row}: the words of row {row} {what}", hint="the file was altered")


def records_of(folder: Path, gone: Collection[int] = ()) -> Iterator[Record]:
    """The stored records of an audit, one at a time; raises DatasetError where one was altered."""
    for batch in read_batches(folder, State(), gone):
        yield from batch


def refuse_unfinished(folder: Path, state: State) -> None:
    """Raise IncompleteError where an erasure was begun and not finished."""
    if state.kept:
        told = f"{folder}: the erasure of row {min(state.kept)} was not finished"
        raise IncompleteError(told, hint=f"`harness erase {folder}` finishes it")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an audit's folder; raises DatasetError where there is none."""
    return _read_json(folder / MANIFEST, "not the manifest of an audit")


def is_audit(folder: Path) -> bool:
    """Whether a folder holds an audit of a log, and no run of a suite."""
    try:
        return "audit" in read_manifest(folder)
    except DatasetError:
        return False


def day_of(folder: Path) -> dt.date | None:
    """The day by which the audit in a folder judges editions; None where none was begun there."""
    if not (folder / MANIFEST).exists():
        return None
    try:
        return dt.date.fromisoformat(read_manifest(folder)["as_of"])
    except (KeyError, TypeError, ValueError):
        complaint = "not the manifest of an audit of a log"
        raise DatasetError(f"{folder / MANIFEST}: {complaint}", hint="name another folder with -o") from None


def read_summary(folder: Path) -> dict[str, Any]:
    """The summary of a finished audit; raises DatasetError where there is none."""
    return _read_json(folder / SUMMARY, "not the summary of an audit")


def _read_json(path: Path, complaint: str) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except OSError as problem:
        hint = "a finished audit's folder, as -o wrote it"
        raise DatasetError(f"{path}: {problem.strerror or problem}", hint=hint) from None
    except ValueError:
        raise DatasetError(f"{path}: {complaint}", hint="the file was altered") from None
    if not isinstance(data, dict):
        raise DatasetError(f"{path}: {complaint}", hint="the file was altered")
    return data
