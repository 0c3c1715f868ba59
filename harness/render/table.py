"""``report.csv``: one row a finding, and one for every outcome without any, so that no cell of the run is left out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from harness.gate import Verdict
from harness.masking import blotted, words_at
from harness.render.cells import Cell, cells
from harness.render.clean import spreadsheet_cell
from harness.scorers import title_of
from harness.store import Run
from harness.types import Answer, Finding

COLUMNS = (
    "question_id",
    "category",
    "risk_tier",
    "epoch",
    "scorer",
    "status",
    "score",
    "reason",
    "code",
    "title",
    "severity",
    "confidence",
    "waived",
    "place",
    "start",
    "end",
    "words",
    "message",
)


def report_csv(run: Run, verdict: Verdict) -> str:
    """The run as CSV (RFC 4180); texts that a spreadsheet would run as formulas begin with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for cell in cells(run, verdict, beside=True):
        findings: tuple[Finding | None, ...] = cell.outcome.findings or (None,)
        for finding in findings:
            writer.writerow(spreadsheet_cell(str(value)) for value in _row(cell, finding))
    return out.getvalue()


def _row(cell: Cell, finding: Finding | None) -> Iterator[object]:
    question, outcome = cell.question, cell.outcome
    yield from (question.id, question.category, question.risk_tier, cell.epoch, cell.scorer, outcome.status)
    yield "" if outcome.score is None else f"{outcome.score:.6g}"
    yield cell.reason
    if finding is None:
        yield from [""] * 10
        return
    span = finding.span
    page = cell.answer.text if isinstance(cell.answer, Answer) else ""
    words = words_at(span, blotted(page, cell.on_page)) if span.source == "answer" else span.quote
    yield from (finding.code, title_of(finding.code), finding.severity, f"{finding.confidence:.6g}")
    yield from (finding in cell.waived, span.source, span.start, span.end, words, finding.message)
