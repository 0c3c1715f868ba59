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
    from harness.render.pack import pack_html
    from harness.review.desk import prepare_pack, record_pack
    from harness.store import verify_run, write_text

    prepared = prepare_pack(verify_run(run), reviewer, seed=seed, share=share, adjudicate=adjudicate)
    target = prepared.target(out)
    write_text(target, pack_html(prepared.data))
    record_pack(prepared, target)
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
    from harness import api
    from harness.render.files import write_reports
    from harness.review.desk import record_decision
    from harness.store import verify_run

    loaded = verify_run(run)
    verdict = api.verdict(loaded, waivers=waivers)
    head = record_decision(
        loaded,
        {
            "decision": decision,
            "name": name,
            "role": role,
            "statement": statement,
            "credential": credential,
            "conflict": conflict,
            "verdict": verdict.status.value,
        },
    )
    write_reports(loaded, verdict, loaded.path)
    typer.echo(f"signed by {name}, {role}: {decision}; the tool's verdict is {verdict.status.value}")
    typer.echo(f"record {head}: keep this number elsewhere; it proves that nothing before it was changed")
