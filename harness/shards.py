"""Split work: a part of a suite for each job of a CI matrix, and the parts brought together into one run."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, TypeVar

from harness.errors import DatasetError, HarnessError, IncompleteError, SuiteError
from harness.seal import write_seal
from harness.signature import Signature
from harness.store import Records, Run, arrange, journal_head, verify_run, write_run
from harness.suite import questions_id

T = TypeVar("T")
_OWN = ("started", "python", "questions", "shard", "signature")  # what may differ between the shards of one run


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Part ``index`` of ``of``, counted from 1: every ``of``-th question, so that all parts are of the same kinds."""

    index: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read ``2/4``; raises SuiteError for anything but a part and a number of parts."""
        found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text.strip(), re.ASCII)
        index, of = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= index <= of:
            raise SuiteError(f"shard {text!r}: not a part of a suite", hint="the second of four is 2/4")
        return cls(index=index, of=of)

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"

    def take(self, questions: Sequence[T]) -> tuple[T, ...]:
        """The part's questions in suite order; raises SuiteError where none is left for it."""
        taken = tuple(questions[self.index - 1 :: self.of])
        if not taken:
            raise SuiteError(f"shard {self}: there are only {len(questions)} questions", hint="make fewer shards")
        return taken


def shard_of(run: Run) -> Shard | None:
    """Which part of its suite a run is; None for a whole one."""
    told = run.manifest.get("shard")
    return Shard.parse(told) if told else None


def refuse_shard(run: Run, what: str) -> None:
    """Raise SuiteError where a run is a part only: ``what`` needs a whole one."""
    if part := shard_of(run):
        hint = "`harness merge SHARD... -o RUN` brings the shards together"
        raise SuiteError(f"{run.path}: is shard {part}; {what} needs the whole run", hint=hint)


def merge_shards(folders: Sequence[str | Path], out: Path) -> Run:
    """Bring all shards of one run together, as if it had never been split.

    Outcomes and answers are those of an unsharded run, byte for byte where the pipeline repeats itself. The new journal
    has a hash chain of its own; ``merged`` in its manifest keeps the last link of every shard's.

    Args:
        folders: the shards in any order. out: the new run folder; written whole or not at all.

    Raises:
        SuiteError: for a run that is no shard, shards of different runs, one given twice, or a folder that is taken.
        DatasetError: if a shard was altered.
        IncompleteError: if a shard is missing or unfinished.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise SuiteError(f"{out}: exists already", hint="choose another -o; nothing is written over")
    shards = _whole_set([verify_run(folder) for folder in folders])
    questions = dealt([s.questions for s in shards])
    signature = _whole_signature(shards[0])
    if dict(signature.parts).get("questions") != questions_id(questions):
        raise DatasetError(f"{shards[0].path}: the questions of all shards don't add up to those of the suite")
    manifest = {
        **{k: v for k, v in shards[0].manifest.items() if k != "shard"},
        "started": min(s.manifest["started"] for s in shards),
        "signature": str(signature),
        "questions": list(dealt([s.manifest["questions"] for s in shards])),
        "merged": [journal_head(s.path) for s in shards],
    }
    items = [item for shard in shards for item in shard.items]
    records = Records(manifest=manifest, items={})
    for item in items:
        records.add(item)
    return _write(arrange(out, records, questions))


def _whole_set(runs: Sequence[Run]) -> list[Run]:
    """The runs in shard order, if they are all the shards of one run, each finished."""
    found: dict[int, Run] = {}
    of = 1
    for run in runs:
        part = shard_of(run)
        if part is None:
            hint = "`harness run SUITE --shard i/n` makes a shard"
            raise SuiteError(f"{run.path}: is a whole run, not a shard", hint=hint)
        if differences := _differences(runs[0], run):
            told = f"{runs[0].path} and {run.path} are shards of different runs: they differ in {differences[0]}"
            raise SuiteError(told, hint="run all shards from one checkout, with the same options")
        if part.index in found:
            told = f"shard {part} is given twice: {found[part.index].path} and {run.path}"
            raise SuiteError(told, hint="name each once")
        found[part.index], of = run, part.of
    missing = [f"{i}/{of}" for i in range(1, of + 1) if i not in found]
    if missing:
        raise IncompleteError(f"missing: shard {', '.join(missing)}", hint="did its job fail, or write elsewhere?")
    for index, run in found.items():
        if len(run.items) < run.planned:
            told = f"{run.path}: shard {index}/{of} has {len(run.items)} of {run.planned} items"
            raise IncompleteError(told, hint="`harness run SUITE --shard i/n --resume -o DIR` goes on with it")
    return [found[i] for i in range(1, of + 1)]


def _differences(first: Run, other: Run) -> list[str]:
    """What two shards of one run can't differ in, the parts of the signature before the rest of the manifest."""
    mine, theirs = (_whole_signature(run) for run in (first, other))
    told = mine.differences(theirs, tuple(dict([*mine.parts, *theirs.parts])))
    parts = [shard.of if (shard := shard_of(run)) else 0 for run in (first, other)]
    told += [f"the number of shards: {parts[0]} and {parts[1]}"] if parts[0] != parts[1] else []
    keys = [k for k in {**first.manifest, **other.manifest} if k not in _OWN]
    return told + [key for key in keys if first.manifest.get(key) != other.manifest.get(key)]


def _whole_signature(run: Run) -> Signature:
    return Signature(parts=tuple((k, v) for k, v in run.signature.parts if k != "shard"))


def dealt(hands: Sequence[Sequence[T]]) -> tuple[T, ...]:
    """What was dealt out one by one, gathered in the same order."""
    nothing: Any = object()
    return tuple(x for x in chain.from_iterable(zip_longest(*hands, fillvalue=nothing)) if x is not nothing)


def _write(run: Run) -> Run:
    """Write a run whole or not at all, and read it back."""
    scratch = run.path.with_name(f".{run.path.name}.{os.getpid()}.part")
    try:
        write_run(run, scratch)
        write_seal(scratch)
        scratch.rename(run.path)
    except OSError as problem:
        told = f"{run.path}: can't write: {problem.strerror}"
        raise HarnessError(told, hint="check the folder and the disk") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return verify_run(run.path)
