"""``harness robustness``: metamorphic relations on a pipeline's answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli_options import PipelineOpt


def robustness(
    file: Annotated[Path, typer.Argument(help="Robustness file, e.g. evals/robustness.yaml.", show_default=False)],
    pipeline: PipelineOpt = None,
    suite: Annotated[
        Path | None,
        typer.Option(
            help="Suite whose questions, pipeline and scorers are taken.", show_default="the file's, all its golden set"
        ),
    ] = None,
    each: Annotated[
        int | None, typer.Option(min=1, help="Most questions for each relation.", show_default="the file's")
    ] = None,
    shrink: Annotated[
        int | None,
        typer.Option(min=0, help="Most counter-examples of a relation that are made small.", show_default="all"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Results file.", show_default="reports/robustness/NAME.json")
    ] = None,
) -> None:
    """Put questions otherwise and say which answers changed that must not, or stayed that must not.

    Exits 1 below what the file demands (bar: min_invariance, min_change), 3 if nothing was measured.
    """
    from harness import api
    from harness.render.robustness import print_robustness
    from harness.render.terminal import progress_bar
    from harness.robustness.measure import robustness as measure
    from harness.robustness.relations import load_robustness
    from harness.robustness.results import FOLDER, robustness_text
    from harness.store import write_text

    record = load_robustness(file)
    plan = api.make_plan(api.load_suite(suite or record.suite), pipeline=pipeline)
    with progress_bar(f"{record.name} relations") as progress:
        asked = plan.suite.questions if suite else None
        done = measure(plan, record, questions=asked, each=each, shrink=shrink, progress=progress)
    target = out or FOLDER / f"{record.name}.json"
    if out is None:
        FOLDER.mkdir(parents=True, exist_ok=True)
    write_text(target, robustness_text(done))
    print_robustness(done)
    typer.echo(f"results: {target}")
    raise typer.Exit(done.exit_code)
