"""Writing reports beside a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from harness.gate import Verdict
from harness.render.html import report_html
from harness.render.jsonform import report_json
from harness.render.markdown import report_markdown
from harness.store import Run, write_text

FORMATS: Mapping[str, Callable[[Run, Verdict], str]] = {
    "html": report_html,
    "md": report_markdown,
    "json": report_json,
}


def write_reports(run: Run, verdict: Verdict, folder: Path) -> list[Path]:
    """Write every format into a folder; returns the files, HTML first."""
    written = []
    for suffix, render in FORMATS.items():
        target = folder / f"report.{suffix}"
        write_text(target, render(run, verdict))
        written.append(target)
    return written
