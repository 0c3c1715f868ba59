"""``harness review``: answers read by clinicians, their files merged, and the decision signed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.cli_options import RunArg, WaiversOpt

review_app = typer.Typer(
    name="review",
    help="Have clinicians read answers, correct the rates by what they found, and sign the decision.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@review_app.command()
def pack(
    run: RunArg,
    reviewer: Annotated[str, typer.Option(help="Who will read it; the file names them.", show_default=False)],
    seed: Annotated[int, typer.Option(min=0, help="Of the random sample: the same for both readers.")] = 0,
    share: Annotated[float, typer.Option(min=0.01, max=1, help="Share of the rest that is read.")] = 0.2,
    adjudicate: Annotated[
        Path | None,
        typer.Option(metavar="MERGED", help="A merged file: ask only where its readers differ.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="HTML file.", show_default="review/ in the run folder")
    ] = None,
) -> None:
    """Write one blinded page for a reader: it opens from a mail attachment and needs no network.

    It asks for every answer with a finding of severity 3 or worse, all of tier R3, those the tool is least sure of, and
    a random share of the rest.
    """
    from harness.api_review import write_pack
    from harness.store import verify_run

    loaded = verify_run(run)
    target, prepared = write_pack(loaded, reviewer, seed=seed, share=share, adjudicate=adjudicate, out=out)
    typer.echo(f"{target}: {prepared.described()}")


@review_app.command()
def merge(
    run: RunArg,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Readers' saved files.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="File for a copy.", show_default="review/ in the run folder")
    ] = None,
) -> None:
    """Check readers' files, pair them, list what they differ in, and work out agreement and corrected rates.

    Give the two readers' files, and then both again with the adjudicator's.
    """
    from harness.render.review import review_lines
    from harness.review.desk import merge_files
    from harness.store import verify_run

    target, merged, review = merge_files(verify_run(run), files, out)
    for line in review_lines(merged, review):
        typer.echo(line)
    typer.echo(f"written: {target}")


@review_app.command()
def sign(
    run: RunArg,
    decision: Annotated[
        Literal["release", "conditional", "do-not-release"], typer.Option(help="The decision.", show_default=False)
    ],
    name: Annotated[str, typer.Option(help="Who decides.", show_default=False)],
    role: Annotated[str, typer.Option(help="In which role.", show_default=False)],
    statement: Annotated[str, typer.Option(help="Why, and under which conditions.", show_default=False)],
    credential: Annotated[str, typer.Option(help="Professional credential.", show_default=False)] = "",
    conflict: Annotated[str, typer.Option(help="Conflicts of interest.", show_default="none stated")] = "",
    waivers: WaiversOpt = None,
) -> None:
    """Sign the decision over a run and its review, and write its reports again with it.

    What was signed stays in the record: a later sign-off by the same person stands beside it.
    """
    from harness import api_review
    from harness.store import verify_run

    verdict, head = api_review.sign(
        verify_run(run),
        decision=decision,
        name=name,
        role=role,
        statement=statement,
        credential=credential,
        conflict=conflict,
        waivers=waivers,
    )
    typer.echo(f"signed by {name}, {role}: {decision}; the tool's verdict is {verdict}")
    typer.echo(f"record {head}: keep this number elsewhere; it proves that nothing before it was changed")
