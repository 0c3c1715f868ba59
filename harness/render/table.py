"""``report.csv`` and ``.parquet``: a row for each finding, and for each outcome without one: no cell is left out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from harness.errors import HarnessError
from harness.gate import Verdict
from harness.masking import blotted, told, words_at
from harness.printing import printable
from harness.render.cells import Cell, cells
from harness.render.clean import spreadsheet_cell
from harness.render.page import Hide, hider
from harness.scorers import title_of
from harness.store import Run
from harness.types import Answer, Finding

COLUMNS: Mapping[str, type] = {
    "question_id": str,
    "category": str,
    "risk_tier": str,
    "epoch": int,
    "scorer": str,
    "status": str,
    "score": float,
    "reason": str,
    "code": str,
    "title": str,
    "severity": int,
    "confidence": float,
    "waived": bool,
    "place": str,
    "start": int,
    "end": int,
    "words": str,
    "message": str,
}
Value = str | int | float | bool | None


def report_csv(run: Run, verdict: Verdict) -> str:
    """The run as CSV (RFC 4180); texts that a spreadsheet would run as formulas begin with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([spreadsheet_cell(_written(value)) for value in row] for row in rows(run, verdict))
    return out.getvalue()


def _written(value: Value) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def report_parquet(run: Run, verdict: Verdict) -> bytes:
    """The same rows with their types, null where a row has no such value.

    Raises:
        HarnessError: without pyarrow.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise HarnessError("Parquet needs pyarrow", hint="pip install 'patient-answer-harness[parquet]'") from None
    kinds = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_()}
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
    columns = list(zip(*rows(run, verdict), strict=True)) or [()] * len(COLUMNS)
    out = io.BytesIO()
    parquet.write_table(pyarrow.table(dict(zip(COLUMNS, columns, strict=True)), schema=schema), out)
    return out.getvalue()


def rows(run: Run, verdict: Verdict) -> Iterator[tuple[Value, ...]]:
    """The values of ``COLUMNS``; texts are printable, and what identifies a person is hidden in them."""
    hiders: dict[str, Hide] = {}
    for cell in cells(run, verdict, beside=True):
        findings: tuple[Finding | None, ...] = cell.outcome.findings or (None,)
        if cell.outcome.findings and cell.name not in hiders:
            hiders[cell.name] = hider(cell.question, cell.item)
        for finding in findings:
            row = _row(cell, finding, hiders.get(cell.name, str))
            yield tuple(printable(v) if isinstance(v, str) else v for v in row)


def _row(cell: Cell, finding: Finding | None, hide: Hide) -> Iterator[Value]:
    question, outcome = cell.question, cell.outcome
    yield from (question.id, question.category, question.risk_tier, cell.epoch, cell.scorer, outcome.status)
    yield from (outcome.score, cell.reason)
    if finding is None:
        yield from [None] * 10
        return
    span = finding.span
    page = cell.answer.text if isinstance(cell.answer, Answer) else ""
    words = words_at(span, blotted(page, cell.on_page)) if span.source == "answer" else told(finding)
    yield from (finding.code, title_of(finding.code), finding.severity, finding.confidence)
    yield from (finding in cell.waived, span.source, span.start, span.end, hide(words), hide(finding.message))
