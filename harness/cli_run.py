"""What ``harness run`` needs around a run: its limits, and an end that waits for nothing that hangs."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from harness.dispatch import Limits
    from harness.runner import Plan
    from harness.store import Run

BudgetOpt = Annotated[
    float | None, typer.Option("--budget", min=0, help="Most to spend, in USD; needs prices.", show_default="none")
]
TokensOpt = Annotated[
    int | None, typer.Option("--token-budget", min=1, help="Most tokens to spend.", show_default="none")
]
DeadlineOpt = Annotated[
    float | None, typer.Option("--deadline", min=0, help="Seconds the whole run may take.", show_default="none")
]
ItemDeadlineOpt = Annotated[
    float, typer.Option("--item-deadline", min=0, help="Seconds one question may take, answer and scores.")
]
CacheOpt = Annotated[Path | None, typer.Option("--cache", help="Folder of answers that need not be asked for again.")]
PromptOpt = Annotated[Path | None, typer.Option("--prompt", help="Prompt file for pipelines that take one.")]
PromptsOpt = Annotated[
    Path | None,
    typer.Option("--prompt", help="Prompt file for pipelines that take one; a quoted pattern makes a run of each."),
]
INTERRUPTED = 130


def limits_of(
    deadline: float | None, item_deadline: float, budget: float | None, tokens: int | None, prices: tuple[float, float]
) -> Limits:
    """The limits of a run; raises SuiteError for impossible ones."""
    from harness.budget import Budget
    from harness.dispatch import Limits

    spend = Budget(usd=budget, tokens=tokens, price_in=prices[0], price_out=prices[1])
    return Limits(item_s=item_deadline, run_s=deadline, budget=spend)


@contextmanager
def interruptible() -> Iterator[None]:
    """Take SIGTERM, which CI systems send to jobs they cancel, for Ctrl-C."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def finish(run: Run, plan: Plan) -> NoReturn:
    """Write the reports, print the run with its verdict, and exit with the verdict's code."""
    from harness import api
    from harness.render.files import write_reports
    from harness.render.terminal import print_run

    verdict = api.verdict(run)
    print_run(run, verdict, write_reports(run, verdict, run.path))
    _tell(run, plan)
    leave(verdict.status.exit_code)


def _tell(run: Run, plan: Plan) -> None:
    """On standard error: what was spent, what came from the cache, and why the run was stopped, where that is so."""
    budget = plan.limits.budget
    if budget and (budget.usd or budget.tokens):
        counted = budget.told(run.spent) if run.spent != type(run.spent)() else "no tokens were told, so none counted"
        typer.echo(f"spent: {counted}", err=True)
    if plan.cache:
        typer.echo(f"from the cache: {sum(i.cached for i in run.items)} of {len(run.items)} answers", err=True)
    if run.stopped:
        typer.echo(f"stopped: {run.stopped}; go on with --resume -o {run.path}", err=True)


def interrupted(folder: Path | None) -> NoReturn:
    """Write the reports on what there is, say how to go on, and exit 130."""
    from harness import api
    from harness.render.files import write_reports
    from harness.store import MANIFEST

    if folder is None or not (folder / MANIFEST).is_file():
        typer.echo("interrupted before the first question", err=True)
        leave(INTERRUPTED)
    done = api.load_run(folder)
    write_reports(done, api.verdict(done), folder)
    told = f"interrupted; {len(done.items)} of {done.planned} items are kept: go on with --resume -o {folder}"
    typer.echo(told, err=True)
    leave(INTERRUPTED)


def leave(code: int) -> NoReturn:
    """Exit; without waiting for threads of questions that were given up, as they may never end."""
    from harness.dispatch import THREAD

    if any(thread.name == THREAD for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    raise typer.Exit(code)
