"""An audit of logged answers: journalled batch by batch, resumed where it stopped, told in counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar

from harness.errors import DatasetError, HarnessError, SuiteError
from harness.logs.cluster import connected, in_ray
from harness.logs.counts import Counts
from harness.logs.folder import (
    MANIFEST,
    SUMMARY,
    VERSION,
    State,
    Writer,
    read_batches,
    read_manifest,
    refuse_unfinished,
)
from harness.logs.scoring import NO_JUDGE, Ruler, Score
from harness.logs.sources import Rejected, Row, count, fingerprint, read_all
from harness.logs.words import Record
from harness.logs.workers import in_order
from harness.store import write_text

BATCH = 8  # rows that are scored, and journalled, together: what a kill can lose, for each worker
LIGHT_BATCH = 32  # ... where neither encoder nor judge reads, which are what takes long
Executor = Literal["local", "ray"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An audit of log files by a ruler.

    Args:
        workers: processes; they change nothing but the time it takes.
        executor: where the processes are: ``local``, or ``ray``.
        address: of a Ray cluster; "" for one of our own.
    """

    files: tuple[Path, ...]
    ruler: Ruler
    workers: int = 1
    executor: Executor = "local"
    address: str = ""

    def manifest(self) -> dict[str, Any]:
        """What the results depend on; loads the models."""
        return {
            "audit": VERSION,
            "inputs": [fingerprint(f) for f in self.files],
            "map": dict(self.ruler.paths),
            "keep_text": self.ruler.keep_text,
            "as_of": self.ruler.as_of.isoformat(),
            "signature": str(self.ruler.signature()),
        }

    def joined(self) -> AbstractContextManager[object]:
        """The cluster, for as long as the audit needs it; raises SuiteError where there is none."""
        return connected(self.workers, self.address) if self.executor == "ray" else nullcontext()

    def records(self, skip: int, warn: Callable[[str], None]) -> Iterator[list[Record]]:
        """The records of all rows after the first ``skip``, in the log's order, in batches."""
        rows: Iterable[Row | Rejected] = islice(read_all(self.files), skip, None)
        score = Score(self.ruler, str(self.ruler.signature()))
        is_light = self.ruler.light and self.ruler.judge == NO_JUDGE
        batches = _batches(rows, LIGHT_BATCH if is_light else BATCH)
        if self.executor == "ray":
            return in_ray(score, batches, workers=self.workers, address=self.address, warn=warn)
        return in_order(score, batches, workers=self.workers, warn=warn)


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
        _collect(job, counts, total, None, progress, warn)
        return counts
    with ExitStack() as stack:
        stack.enter_context(job.joined())
        _open(job, folder, resume=resume)
        writer, state = stack.enter_context(closing(Writer(folder))), State()
        for batch in read_batches(folder, state):
            for record in batch:
                counts.add(record)
        refuse_unfinished(folder, state)
        writer.take_up(state)
        if state.manifest is None:
            writer.note({"audit": read_manifest(folder)})
        _collect(job, counts, total, writer, progress, warn)
        write_summary(folder, counts)
    return counts


def write_summary(folder: Path, counts: Counts) -> None:
    """Write what an audit comes to."""
    write_text(folder / SUMMARY, json.dumps(counts.to_json(), indent=1, ensure_ascii=False) + "\n")


def _collect(
    job: Job,
    counts: Counts,
    total: int,
    writer: Writer | None,
    progress: Callable[[int, int], None],
    warn: Callable[[str], None],
) -> None:
    with closing(job.records(counts.rows, warn)) as batches:  # type: ignore[type-var]
        for batch in batches:
            if writer:
                writer.append(batch)
            for record in batch:
                counts.add(record)
                progress(counts.rows, total)


def _open(job: Job, folder: Path, *, resume: bool) -> None:
    """Make the folder, or refuse the one that is there."""
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
        return
    if not resume:
        raise SuiteError(f"{folder}: holds an audit already", hint="go on with --resume, or name a new folder")
    if differs := next((k for k in wanted if wanted[k] != known.get(k)), None):
        raise SuiteError(f"{folder}: holds an audit of something else: {differs} differs", hint="name a new folder")


def _batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


def inputs(sources: Sequence[Path]) -> str:
    """Files by name, shortened, for a title."""
    return str(sources[0]) if len(sources) == 1 else f"{sources[0]} and {len(sources) - 1} more"
