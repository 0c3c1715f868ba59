"""An audit of logged answers: journalled batch by batch, resumed where it stopped, told in counts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from harness.errors import DatasetError, HarnessError, SuiteError
from harness.journal import GENESIS, Journal, read_journal
from harness.logs.counts import Counts
from harness.logs.scoring import Record, Ruler, Score
from harness.logs.sources import Rejected, Row, count, fingerprint, read_all
from harness.logs.workers import in_order
from harness.store import write_text

MANIFEST = "manifest.json"
JOURNAL = "journal.jsonl"
SUMMARY = "summary.json"
BATCH = 8  # rows that are scored, and journalled, together: what a kill can lose, for each worker
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An audit of log files by a ruler.

    Args:
        workers: processes; they change nothing but the time it takes.
    """

    files: tuple[Path, ...]
    ruler: Ruler
    workers: int = 1

    def manifest(self) -> dict[str, Any]:
        """What the results depend on; loads the models."""
        return {
            "audit": 1,
            "inputs": [fingerprint(f) for f in self.files],
            "map": dict(self.ruler.paths),
            "keep_text": self.ruler.keep_text,
            "as_of": self.ruler.as_of.isoformat(),
            "signature": str(self.ruler.signature()),
        }

    def records(self, skip: int, warn: Callable[[str], None]) -> Iterator[list[Record]]:
        """The records of all rows after the first ``skip``, in the log's order, in batches."""
        rows: Iterable[Row | Rejected] = islice(read_all(self.files), skip, None)
        return in_order(Score(self.ruler), _batches(rows, BATCH), workers=self.workers, warn=warn)


def audit_log(
    job: Job,
    folder: Path | None,
    *,
    resume: bool = False,
    progress: Callable[[int, int], None],
    warn: Callable[[str], None],
) -> Counts:
    """Score every row of a job; with a folder, every finished batch is on the disk before the next is taken.

    Args:
        folder: where manifest, journal and summary are written; None keeps nothing.
        resume: go on with the audit in the folder.
        progress: called with (rows done, rows in all) after every row.
        warn: is told one line where a worker process dies.

    Raises:
        DatasetError: if there isn't a single row.
        SuiteError: if the folder holds an audit already, or one of something else.
    """
    counts, total = Counts(), sum(count(f) for f in job.files)
    if not total:
        raise DatasetError(f"{job.files[0]}: no pages in it", hint="zero items never pass")
    if folder is None:
        job.ruler.signature()
        _collect(job, counts, total, None, progress, warn)
        return counts
    last, end = _open(job, folder, counts, resume=resume)
    with closing(Journal(folder / JOURNAL, last)) as journal:
        journal.take_up(last, end)
        _collect(job, counts, total, journal, progress, warn)
    write_text(folder / SUMMARY, json.dumps(counts.to_json(), indent=1, ensure_ascii=False) + "\n")
    return counts


def records_of(folder: Path) -> Iterator[Record]:
    """The stored records of an audit, one at a time; raises DatasetError where the hash chain breaks."""
    for _, batch, _ in read_journal(folder / JOURNAL):
        yield from batch["rows"]


def _collect(
    job: Job,
    counts: Counts,
    total: int,
    journal: Journal | None,
    progress: Callable[[int, int], None],
    warn: Callable[[str], None],
) -> None:
    with closing(job.records(counts.rows, warn)) as batches:  # type: ignore[type-var]
        for batch in batches:
            if journal:
                journal.append({"rows": batch})
            for record in batch:
                counts.add(record)
                progress(counts.rows, total)


def _open(job: Job, folder: Path, counts: Counts, *, resume: bool) -> tuple[str, int]:
    """Make the folder, or count what it holds; gives the journal's last hash and its end."""
    wanted = job.manifest()
    known = read_manifest(folder) if (folder / MANIFEST).exists() else None
    if known is None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise HarnessError(f"{folder}: {problem.strerror}", hint="name another folder with -o") from None
        if any(folder.iterdir()):
            raise SuiteError(f"{folder}: the folder is not empty", hint="name a new one with -o")
        write_text(folder / MANIFEST, json.dumps(wanted, indent=1, ensure_ascii=False) + "\n")
        return GENESIS, 0
    if not resume:
        raise SuiteError(f"{folder}: holds an audit already", hint="go on with --resume, or name a new folder")
    if differs := next((k for k in wanted if wanted[k] != known.get(k)), None):
        raise SuiteError(f"{folder}: holds an audit of something else: {differs} differs", hint="name a new folder")
    last, end = GENESIS, 0
    if (folder / JOURNAL).exists():
        for sha, batch, offset in read_journal(folder / JOURNAL):
            last, end = sha, offset
            for record in batch["rows"]:
                counts.add(record)
    return last, end


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an audit's folder; raises DatasetError where there is none."""
    return _read_json(folder / MANIFEST, "not the manifest of an audit")


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


def _batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


def inputs(sources: Sequence[Path]) -> str:
    """Files by name, shortened, for a title."""
    return str(sources[0]) if len(sources) == 1 else f"{sources[0]} and {len(sources) - 1} more"
