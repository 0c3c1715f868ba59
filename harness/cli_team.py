"""Commands for a team that adopts the gate: merge the shards of a run, draft a golden record, start a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.cli_golden import review

golden_app = typer.Typer(
    name="golden",
    help="Turn what was found into golden questions.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


golden_app.command()(review)


@golden_app.callback()
def golden() -> None:
    """Turn what was found into golden questions."""


@golden_app.command()
def add(
    finding: Annotated[
        str, typer.Argument(metavar="FINDING", help="Question and rule, e.g. EDU-003:ADV302.", show_default=False)
    ],
    run: Annotated[Path, typer.Option("--from", help="Run folder that has the finding.", show_default=False)],
    to: Annotated[Path | None, typer.Option(help="Golden file to add the draft to.", show_default="print it")] = None,
    id: Annotated[str | None, typer.Option(help="Id of the new record.", show_default="the next free one")] = None,
) -> None:
    """Draft a golden record from a finding of a run: the question again, with its words forbidden.

    People's details are masked as far as they are recognised; read the draft before you commit it.
    """
    from harness import drafts
    from harness.store import verify_run

    loaded = verify_run(run)
    placed = drafts.find_finding(loaded, finding)
    folder = to.parent if to else Path("datasets/golden")
    draft = drafts.draft_record(loaded, placed, id=id or drafts.next_id(loaded, placed.question_id, folder))
    if to:
        drafts.append_record(draft, to)
        typer.echo(f"{to}: {draft.record['id']} added as a draft; `harness check-data` says what is left to do")
    else:
        typer.echo(draft.as_yaml(), nl=False)
    if not draft.flagged:
        told = f"note: {placed.finding.code} does not flag these words when they stand alone: reword the example"
        typer.echo(told, err=True)


def merge(
    shards: Annotated[
        list[Path], typer.Argument(metavar="SHARD...", help="All shards of one run.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Run folder to write.", show_default=False)],
) -> None:
    """Bring all shards of one run together: verify them, and end like a run, with verdict and reports."""
    from harness import api
    from harness.render.files import write_reports
    from harness.render.terminal import print_run
    from harness.shards import merge_shards

    merged = merge_shards(shards, out)
    verdict = api.verdict(merged)
    print_run(merged, verdict, write_reports(merged, verdict, merged.path))
    raise typer.Exit(verdict.status.exit_code)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write to.", show_default=False)],
    pipeline: Annotated[
        Literal["function", "http", "openai"], typer.Option("--pipeline", help="How your system is called.")
    ] = "http",
) -> None:
    """Write a start of your own: suite, three questions to replace, sources, waivers and a workflow."""
    from harness.starter import start

    for path in start(folder, pipeline):
        typer.echo(str(path))
    typer.echo(f"next: read {folder / 'evals/README.md'}")
