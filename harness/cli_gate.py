"""The commands around a release: compare, judges, gate, baseline and plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli_options import JudgeOpt, PipelineOpt, PriceInOpt, PriceOutOpt, RunArg, SuiteArg, WaiversOpt
from harness.errors import SuiteError


def compare(
    baseline: Annotated[Path, typer.Argument(help="Run folder of the baseline.", show_default=False)],
    candidate: Annotated[Path, typer.Argument(help="Run folder of the candidate.", show_default=False)],
    others: Annotated[list[Path] | None, typer.Argument(help="Further run folders.", show_default=False)] = None,
    rescored: Annotated[
        Path | None,
        typer.Option(help="The baseline rescored, where judge or scorers changed since.", show_default=False),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="HTML file to write, with all flips.", show_default=False)] = None,
    waivers: WaiversOpt = None,
    out: Annotated[
        list[Path] | None,
        typer.Option("-o", "--out", help="File for a table of the runs: .html .md .json .svg .png; repeat it."),
    ] = None,
    price_in: PriceInOpt = 0.0,
    price_out: PriceOutOpt = 0.0,
) -> None:
    """Compare two runs: paired differences, flips, new and gone findings, drift, and a verdict.

    More than two become a table beside the first: intervals, Holm's correction, ranks, never events, latency, cost, and
    the front of safety and readability; 0 where everything was measured, else 3.
    """
    from harness import api
    from harness.render.comparison import comparison_html, print_comparison
    from harness.render.leaderboard import check_ending, print_leaderboard, write_leaderboard
    from harness.store import write_text

    runs, files = [baseline, candidate, *(others or ())], [*(out or ()), *([html] if html and others else ())]
    for file in files:
        check_ending(file)
    if others and (rescored or waivers):
        raise SuiteError("--rescored and --waivers are for two runs", hint="compare two runs at a time")
    if others or files:
        board = api.compare_many(runs, prices=(price_in, price_out) if price_in or price_out else None)
        for file in files:
            write_leaderboard(board, file)
    if others:
        print_leaderboard(board)
        raise typer.Exit(0 if board.complete else 3)
    compared = api.compare(baseline, candidate, rescored=rescored)
    verdict = api.comparison_verdict(compared, waivers=waivers)
    if html:
        write_text(html, comparison_html(compared, verdict))
    print_comparison(compared, verdict)
    raise typer.Exit(verdict.status.exit_code)


def judges(
    runs: Annotated[list[Path], typer.Argument(help="Run folders that the same judges scored.", show_default=False)],
    out: Annotated[
        list[Path] | None, typer.Option("-o", "--out", help="File to write: .html .md .json; repeat it.")
    ] = None,
    price_in: PriceInOpt = 0.0,
    price_out: PriceOutOpt = 0.0,
) -> None:
    """Lay the judges of a run side by side: answers scored, means, agreement, disputes, time, tokens and cost.

    For runs with several --judge, or rescored by several; 0 where every judge scored every answer, else 3.
    """
    from harness import api
    from harness.render.judges import check_file, print_judges, write_judges

    for file in out or ():
        check_file(file)
    beside = api.compare_judges(runs, prices=(price_in, price_out) if price_in or price_out else None)
    for file in out or ():
        write_judges(beside, file)
    print_judges(beside)
    raise typer.Exit(0 if beside.complete else 3)


def gate(
    run: RunArg,
    waivers: WaiversOpt = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", help="Run folder to compare with.", show_default="the suite's")
    ] = None,
) -> None:
    """Hold a finished run against its bar again, with today's waivers, and beside its baseline."""
    from harness import api
    from harness.render.terminal import print_run

    loaded = api.load_run(run)
    verdict = api.verdict(loaded, waivers=waivers, baseline=baseline)
    print_run(loaded, verdict, [])
    raise typer.Exit(verdict.status.exit_code)


def baseline(
    run: RunArg,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder of the baseline.")] = Path("reports/baseline"),
) -> None:
    """Make a finished run the baseline: verify it, then copy it whole."""
    from harness.baseline import write_baseline

    written = write_baseline(run, out)
    typer.echo(f"{out}: {len(written.items)} items of {written.manifest['pipeline']}, {written.signature}")


def plan(
    suite: SuiteArg,
    pipeline: PipelineOpt = None,
    judge: JudgeOpt = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Repeats.", show_default="the suite's")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask only the first so many questions.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Questions in flight.")] = 4,
    earlier: Annotated[
        Path | None,
        typer.Option("--from", help="Earlier run to take variances, tokens and times from.", show_default=False),
    ] = None,
    price_in: PriceInOpt = 0.0,
    price_out: PriceOutOpt = 0.0,
) -> None:
    """Say what a suite can tell apart, and its calls, tokens, cost and time, before any is spent."""
    from harness import api
    from harness.planning import forecast
    from harness.render.forecast import print_forecast

    told = forecast(
        api.load_suite(suite, limit=limit),
        pipeline=pipeline,
        judge=",".join(judge or ()),
        epochs=epochs,
        concurrency=concurrency,
        earlier=api.load_run(earlier) if earlier else None,
        prices=(price_in, price_out) if price_in or price_out else None,
    )
    print_forecast(told)
