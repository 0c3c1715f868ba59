"""What ``harness run`` does where ``--prompt`` names several prompts: one run for each."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from harness.cli_run import INTERRUPTED, interruptible, leave
from harness.errors import SuiteError

if TYPE_CHECKING:
    from harness.gate import Verdict
    from harness.runner import Plan
    from harness.store import Run


def run_variants(
    suite: Path,
    prompts: Path,
    settings: Mapping[str, Any],
    *,
    limit: int | None,
    offline: bool,
    resume: bool,
    out: Path | None,
) -> NoReturn:
    """Run a suite once for each prompt into folders of their names under ``out``; exit with the worst run's code.

    Args:
        settings: what ``api.make_plan`` takes besides the prompt.
    """
    from harness import api
    from harness.matrix import each_run
    from harness.offline import offline as guard
    from harness.render.terminal import progress_bar

    if settings["shard"]:
        raise SuiteError("--shard runs a part of one prompt's run", hint="give a job each prompt, not a pattern")
    plans: Mapping[str, Plan] = {}
    folder, codes = out, []
    try:
        with interruptible(), guard() if offline else nullcontext():
            plans = api.make_plans(api.load_suite(suite, limit=limit), prompts, **settings)
            folder = out or api.variants_folder(plans)
            for name, done in each_run(plans, folder, resume=resume, watch=progress_bar):
                codes.append(_told(name, done).status.exit_code)
    except KeyboardInterrupt:
        _interrupted(plans, folder)
    _end(plans, folder, codes)


def _told(name: str, run: Run) -> Verdict:
    """Write a run's reports and say in one line how it ended."""
    from harness import api
    from harness.render.clean import logged
    from harness.render.files import write_reports
    from harness.summary import summarise

    verdict = api.verdict(run)
    report = write_reports(run, verdict, run.path)[0]
    s = summarise(run)
    told = f"{name}: {verdict}, {s.answered}/{s.planned} answered, {s.count(4)} critical, {s.count(3)} serious"
    typer.echo(logged(f"{told}; {report}"))
    if run.stopped:
        typer.echo(logged(f"{name} was stopped: {run.stopped}"), err=True)
    return verdict


def _interrupted(plans: Mapping[str, Plan], folder: Path | None) -> NoReturn:
    """Write the report of the run that was cut off, say how to go on, and exit 130."""
    from harness import api
    from harness.store import MANIFEST

    begun = [name for name in plans if folder and (folder / name / MANIFEST).is_file()]
    if folder is None or not begun:
        typer.echo("interrupted before the first question", err=True)
        leave(INTERRUPTED)
    _told(begun[-1], api.load_run(folder / begun[-1]))
    typer.echo(f"interrupted; go on with --resume -o {folder}", err=True)
    leave(INTERRUPTED)


def _end(plans: Mapping[str, Plan], folder: Path, codes: list[int]) -> NoReturn:
    """Say what was not begun and what to do with the runs; fail comes before inconclusive before pass."""
    names = list(plans)
    if left := names[len(codes) :]:
        typer.echo(f"not begun, as the deadline or the budget is used up: {', '.join(left)}", err=True)
        typer.echo(f"go on with --resume -o {folder}", err=True)
        codes.append(3)
    done = [str(folder / name) for name in names[: len(codes)]]
    if len(done) > 1:
        typer.echo(f"side by side: harness compare {' '.join(done)}")
    leave(next((code for code in (1, 3) if code in codes), 0))
