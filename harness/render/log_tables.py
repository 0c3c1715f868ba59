"""Tables of an audited log for pandas and DuckDB: Parquet where pyarrow is there, CSV where it is not."""

from __future__ import annotations

import csv
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

from harness.errors import HarnessError, SuiteError
from harness.logs.folder import records_of
from harness.logs.words import Record
from harness.render.clean import spreadsheet_cell

Row = tuple[Any, ...]
ABOUT = {"row": int, "id": str, "day": str, "version": str, "scorer": str}
COLUMNS: Mapping[str, Mapping[str, type]] = {
    "outcomes": {**ABOUT, "status": str, "score": float, "reason": str},
    "findings": {
        **ABOUT,
        "code": str,
        "severity": int,
        "confidence": float,
        "likelihood": str,
        "reach": str,
        "message": str,
        "quote": str,
        "start": int,
        "end": int,
        "source": str,
    },
    "rejected": {"row": int, "place": str, "why": str},
}
_GROUP = 10_000  # rows of a row group, which is what is held in memory


def write_tables(folder: Path, gone: Collection[int] = ()) -> list[Path]:
    """Write outcomes, findings and rejected rows of an audit's folder, one after another, in flat memory.

    Rows are numbered from 1 as they were read; ``source`` is ``answer`` or the passage that a quote is from. Tables in
    the other format are removed.

    Args:
        gone: rows whose words are told as erased.

    Raises:
        HarnessError: where the folder can't be written.
    """
    write, suffix, other = (_parquet, "parquet", "csv") if _has_pyarrow() else (_csv, "csv", "parquet")
    written = []
    for name, columns in COLUMNS.items():
        path = folder / f"{name}.{suffix}"
        scratch = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            write(scratch, columns, _rows(name, records_of(folder, gone)))
            scratch.replace(path)
            path.with_suffix(f".{other}").unlink(missing_ok=True)
        except OSError as problem:
            raise HarnessError(f"{path}: can't write: {problem.strerror}", hint="make room, then --resume") from None
        finally:
            scratch.unlink(missing_ok=True)
        written.append(path)
    return written


def tables_of(folder: Path) -> list[Path]:
    """The tables that a folder has."""
    return [p for name in COLUMNS for suffix in ("parquet", "csv") if (p := folder / f"{name}.{suffix}").is_file()]


def altered_table(folder: Path) -> Path | None:
    """The first table that says something else than journal and words, or can't be read; None where none does.

    Raises:
        SuiteError: where a table is Parquet and pyarrow isn't installed.
    """
    for path in tables_of(folder):
        if path.suffix == ".parquet" and not _has_pyarrow():
            hint = "pip install 'patient-answer-harness[parquet]', or `harness erase` the folder to write it as CSV"
            raise SuiteError(f"{path}: pyarrow is needed to check it", hint=hint)
        read, cell = (_read_parquet, _whole) if path.suffix == ".parquet" else (_read_csv, _csv_cell)
        wanted = ([cell(c) for c in row] for row in _rows(path.stem, records_of(folder)))
        try:
            if any(row != other for row, other in zip_longest(wanted, read(path, list(COLUMNS[path.stem])))):
                return path
        except (OSError, ValueError, csv.Error):  # pyarrow's own errors are ValueErrors
            return path
    return None


def _has_pyarrow() -> bool:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return False
    return True


def _read_parquet(path: Path, columns: list[str]) -> Iterator[list[Any]]:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        if file.schema_arrow.names != columns:
            raise ValueError("other columns")
        for batch in file.iter_batches():
            yield from map(list, zip(*batch.to_pydict().values(), strict=True))


def _read_csv(path: Path, columns: list[str]) -> Iterator[list[Any]]:
    csv.field_size_limit(2**31 - 1)
    with path.open(newline="", encoding="utf-8", errors="strict") as file:
        rows = csv.reader(file)
        if next(rows, None) != columns:
            raise ValueError("other columns")
        yield from rows


def _csv_cell(cell: Any) -> str:
    """A cell as a reader of the CSV finds it."""
    told = spreadsheet_cell(cell) if isinstance(cell, str) else cell
    return "" if told is None else str(_whole(told))


def _rows(name: str, records: Iterable[Record]) -> Iterator[Row]:
    for number, record in enumerate(records, start=1):
        if "outcomes" not in record:
            if name == "rejected":
                yield number, record["where"], record.get("rejected") or record["lost"]
            continue
        about = (number, record["id"], record["day"], record["version"])
        for o in record["outcomes"]:
            if name == "outcomes":
                yield *about, o["scorer"], o["status"], o["score"], o["reason"]
            elif name == "findings":
                yield from (_finding((*about, o["scorer"]), f) for f in o["findings"])


def _finding(about: Row, finding: Mapping[str, Any]) -> Row:
    told = [finding[k] for k in ("code", "severity", "confidence", "likelihood", "reach", "message")]
    span = finding["span"]
    return *about, *told, span["quote"], span["start"], span["end"], span.get("source", "answer")


def _csv(path: Path, columns: Mapping[str, type], rows: Iterator[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([spreadsheet_cell(c) if isinstance(c, str) else c for c in row] for row in rows)


def _parquet(path: Path, columns: Mapping[str, type], rows: Iterator[Row]) -> None:
    import pyarrow
    from pyarrow import parquet

    kinds = {int: pyarrow.int64(), float: pyarrow.float64(), str: pyarrow.string()}
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in columns.items()])
    with parquet.ParquetWriter(path, schema) as writer:
        while group := list(islice(rows, _GROUP)):
            whole = [[_whole(cell) for cell in column] for column in zip(*group, strict=True)]
            writer.write_table(pyarrow.table(dict(zip(columns, whole, strict=True)), schema=schema))


def _whole(cell: Any) -> Any:
    """Text without lone surrogates, which Parquet refuses."""
    return cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell
