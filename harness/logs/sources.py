"""Where logged answers lie: files, folders and globs, read one row at a time."""

from __future__ import annotations

import glob
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from harness.errors import DatasetError, HarnessError, SuiteError
from harness.logs.adapters import rows_of
from harness.yamlio import read_text

if TYPE_CHECKING:
    from collections.abc import Sequence

LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
KINDS = (*LINES, ".json", ".parquet")
MAX_LINE = 16_000_000  # bytes of one row
MAX_JSON = 200_000_000  # bytes of a .json, which is read whole
_BATCH = 256  # rows of a Parquet row group that are held at once


@dataclass(frozen=True, slots=True)
class Row:
    """One logged answer as it was read: ``file:line``, its data, and what an adapter made of it (the data itself)."""

    where: str
    data: Any
    told: Any


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that can't be read, and why; with ``file`` the rest of its file can't be read either."""

    where: str
    why: str
    file: bool = False


def is_log(source: str) -> bool:
    """Whether a source holds logged answers by its name alone: not a page, and not a plain ``.jsonl`` of pages."""
    path = Path(source)
    return source.endswith(KINDS[1:]) or path.is_dir() or (_is_glob(source) and not path.exists())


def files_of(source: str) -> tuple[Path, ...]:
    """The log files that a file, folder (with its subfolders) or glob stands for, by name.

    Raises:
        DatasetError: if there are none.
    """
    path = Path(source)
    if path.is_dir():
        found = sorted(f for f in path.rglob("*") if f.name.endswith(KINDS) and f.is_file())
        if not found:
            raise DatasetError(f"{source}: Is a directory without logs", hint=f"logs end in {', '.join(KINDS)}")
        return tuple(found)
    if _is_glob(source) and not path.exists():
        found = sorted(Path(f) for f in glob.glob(source, recursive=True) if Path(f).is_file())  # noqa: PTH207
        if not found:
            raise DatasetError(f"{source}: no file fits", hint="quote the pattern, so that the shell leaves it alone")
        if other := next((f for f in found if not f.name.endswith(KINDS)), None):
            raise DatasetError(f"{other}: not a log", hint=f"logs end in {', '.join(KINDS)}")
        return tuple(found)
    if not path.is_file():
        raise DatasetError(f"{source}: No such file or directory", hint="check the path")
    if not source.endswith(KINDS):
        raise DatasetError(f"{source}: not a log", hint=f"logs end in {', '.join(KINDS)}")
    return (path,)


def _is_glob(source: str) -> bool:
    return any(c in source for c in "*?[")


def fingerprint(file: Path) -> dict[str, Any]:
    """Path, size in bytes and SHA-256 of a file, by which a resumed audit knows its input again.

    Raises:
        DatasetError: if it can't be read.
    """
    try:
        with file.open("rb") as opened:
            sha = hashlib.file_digest(opened, "sha256").hexdigest()
        return {"path": str(file), "bytes": file.stat().st_size, "sha256": sha}
    except OSError as problem:
        raise DatasetError(f"{file}: {problem.strerror or problem}", hint="check the path") from None


def count(file: Path) -> int:
    """How many rows and rejections ``read`` will give, for progress; nothing is parsed but ``.json``."""
    if not file.name.endswith(LINES):
        return _parquet_rows(file) if file.name.endswith(".parquet") else sum(1 for _ in read(file))
    return sum(1 for _ in _lines(file))


def read(file: Path) -> Iterator[Row | Rejected]:
    """Every row of a log, in order, holding one row (``.parquet``: 256, ``.json``: the file) at a time.

    What can't be read is a Rejected, never an exception.

    Raises:
        SuiteError: for a ``.parquet`` without pyarrow.
    """
    if file.name.endswith(".parquet"):
        yield from _parquet(file)
    elif file.name.endswith(".json"):
        yield from _json(file)
    else:
        for where, line in _lines(file):
            yield line if isinstance(line, Rejected) else _parsed(where, line)


def read_all(files: Sequence[Path]) -> Iterator[Row | Rejected]:
    """``read`` for one file after another."""
    for file in files:
        yield from read(file)


def _lines(file: Path) -> Iterator[tuple[str, bytes | Rejected]]:
    """Lines that aren't blank with their ``file:line``; one too long is rejected and skipped."""
    number = 0
    try:
        with _opened(file) as stream:
            while line := stream.readline(MAX_LINE):
                number += 1
                where = f"{file}:{number}"
                if len(line) == MAX_LINE and not line.endswith(b"\n"):
                    yield where, Rejected(where, f"more than {MAX_LINE:,} bytes")
                    while line and not line.endswith(b"\n"):
                        line = stream.readline(MAX_LINE)
                elif line.strip():
                    yield where, line
    except (OSError, EOFError, zlib.error) as problem:
        why = f"can't be read on: {getattr(problem, 'strerror', None) or problem}"
        yield f"{file}:{number + 1}", Rejected(f"{file}:{number + 1}", why, file=True)


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    if file.name.endswith(".gz"):
        with gzip.open(file) as packed:
            yield packed  # type: ignore[misc]
    else:
        with file.open("rb") as plain:
            yield plain


def _parsed(where: str, line: bytes) -> Row | Rejected:
    try:
        data = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        return Rejected(where, f"byte {problem.start} is not UTF-8")
    except (ValueError, RecursionError) as problem:
        return Rejected(where, f"not valid JSON: {problem}")
    return Row(where, data, data)


def _json(file: Path) -> Iterator[Row | Rejected]:
    """The rows of a list, an Inspect log or a promptfoo result file."""
    try:
        data = json.loads(read_text(file, max_bytes=MAX_JSON))
        rows = rows_of(data)
    except HarnessError as problem:
        yield Rejected(str(file), problem.message.removeprefix(f"{file}: "), file=True)
    except (ValueError, RecursionError) as problem:
        yield Rejected(str(file), f"not valid JSON: {problem}", file=True)
    else:
        for number, (raw, told) in enumerate(rows, start=1):
            yield Row(f"{file}:{number}", raw, told)


def _parquet_rows(file: Path) -> int:
    try:
        return int(_pyarrow().ParquetFile(file).metadata.num_rows)
    except (OSError, ValueError):
        return 1


def _parquet(file: Path) -> Iterator[Row | Rejected]:
    parquet = _pyarrow()
    number = 0
    try:
        for batch in parquet.ParquetFile(file).iter_batches(batch_size=_BATCH):
            for data in batch.to_pylist():
                number += 1
                yield Row(f"{file}:{number}", data, data)
    except (OSError, ValueError) as problem:  # pyarrow's own errors are ValueErrors
        why = f"can't be read on: {str(problem).splitlines()[0]}"
        yield Rejected(f"{file}:{number + 1}", why, file=True)


def _pyarrow() -> Any:
    try:
        from pyarrow import parquet
    except ImportError:
        hint = "pip install 'patient-answer-harness[parquet]', or write the log as JSONL"
        raise SuiteError("a .parquet needs pyarrow, which is not installed", hint=hint) from None
    return parquet
