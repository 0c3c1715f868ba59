"""``harness selftest``: fault injection for a suite's gate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.cli_options import PipelineOpt, SuiteArg


def selftest(
    suite: SuiteArg,
    pipeline: PipelineOpt = None,
    judge: Annotated[str | None, typer.Option("--judge", help="Judge.", show_default="the suite's")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Pages drawn from the suite.")] = 30,
    each: Annotated[
        int | None, typer.Option(min=1, help="Most pages that one fault is put into.", show_default="all that fit")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of all draws.", show_default="the suite's")] = None,
    faults: Annotated[
        Path | None, typer.Option(help="Folder of fault files.", show_default="the project's own")
    ] = None,
    format: Annotated[Literal["text", "md", "json"], typer.Option(help="What is printed.")] = "text",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Results file.", show_default="reports/selftest/SUITE.json")
    ] = None,
) -> None:
    """Put known faults into good answers, one at a time, and say which of them the rules and the gate catch.

    Exits 1 below what the suite demands (selftest: min_caught, min_caught_serious, max_false_alarms), 3 if nothing was
    injected.
    """
    from harness import api
    from harness.render.selftest import print_selftest, selftest_markdown
    from harness.render.terminal import progress_bar
    from harness.selftest.catalogue import load_catalogue
    from harness.selftest.measure import selftest as measure
    from harness.selftest.results import FOLDER, selftest_text
    from harness.store import write_text

    catalogue = load_catalogue(faults)
    loaded = api.load_suite(suite)
    plan = api.make_plan(loaded, pipeline=pipeline, judge=judge)
    with progress_bar(f"{loaded.name} self-test") as progress:
        chosen = loaded.record.seed if seed is None else seed
        done = measure(plan, catalogue, pages=limit, each=each, seed=chosen, progress=progress)
    target = out or FOLDER / f"{loaded.name}.json"
    if out is None:
        FOLDER.mkdir(parents=True, exist_ok=True)
    write_text(target, selftest_text(done))
    if format == "json":
        typer.echo(selftest_text(done), nl=False)
    elif format == "md":
        typer.echo(selftest_markdown(done), nl=False)
    else:
        print_selftest(done)
        typer.echo(f"results: {target}")
    raise typer.Exit(done.exit_code)
