"""The review record: an append-only, hash-chained file in the run folder that vouches for every file beside it.

Each entry holds what was done, by whom and when, and the SHA-256 of all files of the run folder afterwards. An entry
is only added if the files still are as the entry before it left them, so that no alteration is ever taken over.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from harness.errors import DatasetError
from harness.journal import GENESIS, Journal, read_journal
from harness.records import Record, Text
from harness.review.records import Design, Name, ReaderRole, Sha, parse, person
from harness.store import journal_head

FOLDER = "review"
LEDGER = "ledger.jsonl"
_HINT = "restore the file from a copy, or review the run anew"
_KINDS = {"pack": "pack", "merge": "merge", "sign": "sign-off", "report": "report"}
Decision = Literal["release", "conditional", "do-not-release"]
When = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class PackEntry(Record):
    """A pack was made: what it asks, so that the reader's file can be checked against it.

    Args:
        candidates: item -> finding id -> category.
        reviews: hash of the readers' files that an adjudicator's pack follows; "" for a reviewer's.
    """

    kind: Literal["pack"] = "pack"
    reader: Name
    role: ReaderRole
    pack: Sha
    design: Design
    candidates: dict[str, dict[str, str]]
    reviews: str = ""


class MergeEntry(Record):
    """Readers' files were merged."""

    kind: Literal["merge"] = "merge"
    readers: list[Name]
    merged: Sha


class SignEntry(Record):
    """A person's decision over the run.

    Args:
        run: hash of the run; merged: of the review it rests on, "" where there was none; verdict: the tool's.
    """

    kind: Literal["sign"] = "sign"
    decision: Decision
    name: Name
    role: Name
    credential: Annotated[str, StringConstraints(max_length=200)] = ""
    statement: Text
    conflict: Annotated[str, StringConstraints(max_length=2000)] = ""
    run: Sha
    merged: str
    verdict: str


class ReportEntry(Record):
    """A report was written anew."""

    kind: Literal["report"] = "report"
    name: str


Body = Annotated[PackEntry | MergeEntry | SignEntry | ReportEntry, Field(discriminator="kind")]


class Entry(Record):
    """One line of the record: what, when, and the files as they were left."""

    when: When
    body: Body
    files: dict[str, Sha]


def run_hash(run: Path) -> str:
    """The hash of a run: the last link of its journal's chain. It changes with every record."""
    return journal_head(run)


def has_record(run: Path) -> bool:
    """Whether the run was ever given to a reader or signed."""
    return _path(run).is_file()


def read_ledger(run: Path) -> tuple[Entry, ...]:
    """All entries, in order; none where there is no record.

    Raises:
        DatasetError: naming the first line that was altered or cut.
    """
    return tuple(entry for _, entry in _entries(run))


def append(run: Path, body: PackEntry | MergeEntry | SignEntry | ReportEntry, *, wrote: Iterable[Path] = ()) -> str:
    """Add an entry and return its hash.

    Args:
        wrote: the files that were just written; all others have to be as the last entry left them.

    Raises:
        DatasetError: naming what was altered since, or if another command is writing.
    """
    new = {_name(run, path) for path in wrote}
    with _alone(run):
        entries = list(_entries(run))
        if entries:
            complain({k: v for k, v in differences(run, entries[-1][1]).items() if k not in new}, run)
        now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        entry = Entry(when=now, body=body, files=snapshot(run))
        journal = Journal(_path(run), last=entries[-1][0] if entries else GENESIS)
        try:
            return journal.append(entry.model_dump(mode="json"))
        finally:
            journal.close()


def check(run: Path, *, besides: Iterable[Path] = ()) -> tuple[Entry, ...]:
    """Hold every file of the run folder, but for some, against the record, and return the record.

    Raises:
        DatasetError: naming each file that was altered, is gone or was added.
    """
    entries = read_ledger(run)
    left_out = {_name(run, path) for path in besides}
    if entries:
        complain({k: v for k, v in differences(run, entries[-1]).items() if k not in left_out}, run)
    return entries


def snapshot(run: Path) -> dict[str, str]:
    """SHA-256 of every file of the run folder, but for the record itself and files in the making."""
    files = [p for p in sorted(run.rglob("*")) if p.is_file() and not p.name.startswith(".") and p != _path(run)]
    return {_name(run, p): _sha256(p) for p in files}


def differences(run: Path, entry: Entry) -> dict[str, str]:
    """File -> ``altered``, ``gone`` or ``not in the record``."""
    now = snapshot(run)
    told = {name: "altered" for name, sha in entry.files.items() if now.get(name, sha) != sha}
    told |= {name: "gone" for name in entry.files if name not in now}
    return dict(sorted((told | {name: "not in the record" for name in now if name not in entry.files}).items()))


def complain(found: dict[str, str], run: Path) -> None:
    """Raise DatasetError where anything differs."""
    if found:
        named = ", ".join(f"{name} ({what})" for name, what in found.items())
        raise DatasetError(f"{run}: not as the review record left it: {named}", hint=_HINT)


def _entries(run: Path) -> Iterator[tuple[str, Entry]]:
    path = _path(run)
    if not path.is_file():
        return
    end = 0
    for number, (sha, raw, offset) in enumerate(read_journal(path), start=1):
        yield sha, parse(Entry, raw, f"{path}:{number}", hint="was it written by a newer harness?")
        end = offset
    if end != path.stat().st_size:
        raise DatasetError(f"{path}: the last line is cut off", hint=_HINT)


@contextmanager
def _alone(run: Path) -> Iterator[None]:
    """One writer at a time: two entries on the same link would break the chain."""
    lock = _path(run).with_name(".lock")
    lock.parent.mkdir(exist_ok=True)
    try:
        lock.touch(exist_ok=False)
    except FileExistsError:
        hint = f"try again; if nothing else runs, remove {lock}"
        raise DatasetError(f"{run}: another command is writing the review record", hint=hint) from None
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _path(run: Path) -> Path:
    return run / FOLDER / LEDGER


def _name(run: Path, path: Path) -> str:
    return path.resolve().relative_to(run.resolve()).as_posix()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def latest_decisions(entries: Iterable[Entry]) -> tuple[tuple[Entry, SignEntry], ...]:
    """The sign-offs that count: the last one of each person, in the order of signing; the record keeps them all."""
    signed = {person(e.body.name): (e, e.body) for e in entries if isinstance(e.body, SignEntry)}
    return tuple(sorted(signed.values(), key=lambda pair: pair[0].when))


def described(entries: Sequence[Entry]) -> str:
    """The record in a line: what it holds and who signed what."""
    kinds = Counter[str](e.body.kind for e in entries)
    counts = [_many(kinds[kind], name) for kind, name in _KINDS.items() if kinds[kind]]
    held = ", ".join([*counts, _many(len(entries[-1].files), "file")])
    signed = "; ".join(f"{s.name} ({s.role}): {s.decision}, {e.when}" for e, s in latest_decisions(entries))
    return f"review record intact: {held}" + (f"; signed: {signed}" if signed else "")


def _many(n: int, name: str) -> str:
    return f"{n} {name}" if n == 1 else f"{n} {name}s"
