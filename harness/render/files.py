"""Writing reports beside a run: any number of formats from one run, which is never run again for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.comparison import Comparison
from harness.errors import SuiteError
from harness.gate import Verdict
from harness.render.github import report_annotations, report_comment
from harness.render.html import report_html
from harness.render.jsonform import report_json
from harness.render.junit import report_junit
from harness.render.markdown import report_markdown
from harness.render.modelcard import model_card_json
from harness.render.pdf import report_pdf
from harness.render.sarif import report_sarif
from harness.render.table import report_csv, report_parquet
from harness.review.ledger import ReportEntry, append, has_record
from harness.seal import SEAL, seal_files
from harness.store import Run, write_bytes

FORMATS: Mapping[str, Callable[[Run, Verdict], str | bytes]] = {
    "html": report_html,
    "pdf": report_pdf,
    "md": report_markdown,
    "json": report_json,
    "junit": report_junit,
    "sarif": report_sarif,
    "csv": report_csv,
    "parquet": report_parquet,
    "model-card": model_card_json,
    "github": report_annotations,
    "comment": report_comment,
}
BESIDE_A_RUN = ("html", "md", "json")
_COMPARING: Mapping[str, Callable[[Run, Verdict, Comparison], str]] = {
    "sarif": report_sarif,
    "comment": report_comment,
}
_NAMES = {
    "junit": "report.junit.xml",
    "github": "annotations.txt",
    "comment": "comment.md",
    "model-card": "model_card.json",
}
# what a baseline is told by: these take the verdict's own, the others have no place for one
_BY_VERDICT = ("html", "pdf", "md", "json")


def write_reports(run: Run, verdict: Verdict, folder: Path) -> list[Path]:
    """Write the formats that lie beside every run into a folder; returns the files, HTML first."""
    return [write_report(name, run, verdict, folder) for name in BESIDE_A_RUN]


def write_report(
    name: str, run: Run, verdict: Verdict, out: Path | None = None, comparison: Comparison | None = None
) -> Path:
    """Write one format. Where the run was reviewed, its record vouches for the report from then on.

    Args:
        out: a file, or an existing folder that gets the format's usual name; default: the run folder.
        comparison: only for the formats that tell what is new.
    """
    target = out or run.path
    if target.is_dir():
        target = target / _NAMES.get(name, f"report.{name}")
    made = render(name, run, verdict, comparison)
    write_bytes(target, made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass"))
    seal_files(run.path, [target])
    if has_record(run.path) and target.resolve().is_relative_to(run.path.resolve()):
        append(run.path, ReportEntry(name=target.name), wrote=[target, run.path / SEAL])
    return target


def render(name: str, run: Run, verdict: Verdict, comparison: Comparison | None = None) -> str | bytes:
    """One format, as text unless it is a binary one.

    Raises:
        SuiteError: for a comparison with a format that has no place for it.
        HarnessError: where a format needs a program or package that isn't there.
    """
    if comparison is None or name in _BY_VERDICT:
        return FORMATS[name](run, verdict)
    if name not in _COMPARING:
        able = ", ".join((*_BY_VERDICT, *_COMPARING))
        raise SuiteError(f"--baseline says nothing to the format {name}", hint=f"use it with {able}")
    return _COMPARING[name](run, verdict, comparison)


def step_summary(run: Run, verdict: Verdict) -> None:
    """Append the Markdown report to the file that GitHub shows as the step's summary; does nothing elsewhere."""
    named = os.environ.get("GITHUB_STEP_SUMMARY")
    if named:
        with Path(named).open("a", encoding="utf-8", errors="replace") as file:
            file.write(report_markdown(run, verdict))
