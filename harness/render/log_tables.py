"""Tables of an audited log for pandas and DuckDB: Parquet where pyarrow is there, CSV where it is not."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.logs.audit import records_of
from harness.logs.scoring import Record
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


def write_tables(folder: Path) -> list[Path]:
    """Write outcomes, findings and rejected rows of an audit's folder, one after another, in flat memory.

    Rows are numbered from 1 as they were read; ``source`` is ``answer`` or the passage that a quote is from.

    Raises:
        HarnessError: where the folder can't be written.
    """
    try:
        import pyarrow  # noqa: F401

        write, suffix = _parquet, "parquet"
    except ImportError:
        write, suffix = _csv, "csv"
    written = []
    for name, columns in COLUMNS.items():
        path = folder / f"{name}.{suffix}"
        scratch = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            write(scratch, columns, _rows(name, records_of(folder)))
            scratch.replace(path)
        except OSError as problem:
            raise HarnessError(f"{path}: can't write: {problem.strerror}", hint="make room, then --resume") from None
        written.append(path)
    return written


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
