"""The report command: a finished run in other forms."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from harness.cli_options import RunArg, WaiversOpt
from harness.errors import DatasetError


class ReportFormat(StrEnum):
    """The formats of ``harness report``."""

    HTML = "html"
    PDF = "pdf"
    MD = "md"
    JSON = "json"
    JUNIT = "junit"
    SARIF = "sarif"
    CSV = "csv"
    PARQUET = "parquet"
    MODEL_CARD = "model-card"
    GITHUB = "github"
    COMMENT = "comment"


def report(
    run: RunArg,
    format: Annotated[list[ReportFormat] | None, typer.Option(help="Format; repeat it for several.")] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(help="Run folder to compare with; reports for people, comment and sarif then tell what is new."),
    ] = None,
    waivers: WaiversOpt = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", help="File, or a folder for several formats; - for output.", show_default="the run folder"
        ),
    ] = None,
) -> None:
    """Write a finished run's report in other formats; nothing is run again.

    github prints workflow commands, and appends to GITHUB_STEP_SUMMARY where that is set. pdf needs Chromium, Chrome
    or Edge (HARNESS_BROWSER names another), parquet the extra of that name.
    """
    from harness import api
    from harness.render.files import render, step_summary, write_report

    formats = format or [ReportFormat.HTML]
    folder = out if len(set(formats)) > 1 and str(out) != "-" else None
    if folder and not folder.is_dir() and (folder.exists() or folder.suffix):
        raise DatasetError(f"{folder}: several formats need a folder", hint="name a folder, or one format")
    loaded = api.load_run(run)
    compared = api.compare(baseline, loaded) if baseline else None
    verdict = api.verdict(loaded, waivers=waivers, baseline=compared)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    for name in formats:
        if str(out) == "-" or (name == "github" and out is None):
            made = render(name, loaded, verdict, compared)
            sys.stdout.buffer.write(made) if isinstance(made, bytes) else sys.stdout.write(made)
        else:
            typer.echo(str(write_report(name, loaded, verdict, out, compared)))
        if name == "github":
            step_summary(loaded, verdict)
