"""``harness review``: answers read by clinicians, their files merged, and the decision signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from harness.cli_options import RunArg, WaiversOpt
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.review.app.database import Database
    from harness.store import Run

review_app = typer.Typer(
    name="review",
    help="Have clinicians read answers, correct the rates by what they found, and sign the decision.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
token_app = typer.Typer(
    name="token",
    help="Give people tokens for `harness review serve`, list them, and take them back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
review_app.add_typer(token_app)

DbOpt = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="FILE|URL",
        envvar="HARNESS_REVIEW_DB",
        help="SQLite file, or postgresql://USER@HOST/NAME.",
        show_default="RUN.review.sqlite beside the run folder",
    ),
]
NameOpt = Annotated[str, typer.Option("--name", help="Who it is for.", show_default=False)]


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


@review_app.command()
def serve(
    run: RunArg,
    db: DbOpt = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any that is free.")] = 8765,
    proxy: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="The TLS proxy before it, whose X-Forwarded headers count.", show_default="none"
        ),
    ] = "",
) -> None:
    """Serve the review to a team: the pack's screens in the browser, with every judgement kept in a database.

    Who has no token sees nothing. Make tokens with `harness review token add`; stop it with Ctrl-C.
    """
    try:
        from harness.review.app.server import serve as listen
        from harness.review.app.web import build_app
    except ImportError:
        from harness.review.app.database import EXTRA

        raise HarnessError("review serve needs the extra `serve`", hint=EXTRA) from None
    from harness.render.desk import Screens
    from harness.review.ledger import check, run_hash

    loaded, database = _desk(run, db, create=True)
    check(loaded.path)
    app = build_app(database, run_hash(loaded.path), Screens(), secure=bool(proxy))

    def started(url: str) -> None:
        typer.echo(f"serving {loaded.path} on {url}, kept in {database.name}; stop with Ctrl-C")

    listen(app, host, port, proxy=proxy, started=started)


@review_app.command()
def export(
    run: RunArg,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the files.", show_default=False)],
    db: DbOpt = None,
) -> None:
    """Write what a team decided: each reader's file, for `review merge`, and all decisions with who and when."""
    from harness.review.app.enrol import export as write

    loaded, database = _desk(run, db)
    for path, told in write(database, loaded, out):
        typer.echo(f"{path}: {told}")


@token_app.command("add")
def add_token(
    run: RunArg,
    name: NameOpt,
    role: Annotated[
        Literal["reviewer", "adjudicator", "viewer"], typer.Option(help="What they may do.", show_default=False)
    ],
    seed: Annotated[int, typer.Option(min=0, help="Of the random sample: the same for all readers.")] = 0,
    share: Annotated[float, typer.Option(min=0.01, max=1, help="Share of the rest that is read.")] = 0.2,
    adjudicate: Annotated[
        Path | None,
        typer.Option(metavar="MERGED", help="For an adjudicator: the merged file to decide on.", show_default=False),
    ] = None,
    db: DbOpt = None,
) -> None:
    """Give a person a token, printed this once and stored nowhere."""
    from harness.review.app.enrol import enrol

    loaded, database = _desk(run, db, create=True)
    token = enrol(database, loaded, name, role, seed=seed, share=share, adjudicate=adjudicate)
    typer.echo(f"token for {name}, {role}; it is shown this once:", err=True)
    typer.echo(token)


@token_app.command("list")
def list_tokens(run: RunArg, db: DbOpt = None) -> None:
    """List who was given a token, and when; never the tokens."""
    from harness.review.app.access import given
    from harness.review.ledger import run_hash

    loaded, database = _desk(run, db)
    with database.transaction() as t:
        for one in given(t, run_hash(loaded.path)):
            until = f"revoked {one.revoked[:19]}Z" if one.revoked else "in use"
            typer.echo(f"{one.name}\t{one.role}\t{one.at[:19]}Z\t{until}")


@token_app.command("revoke")
def revoke_token(run: RunArg, name: NameOpt, db: DbOpt = None) -> None:
    """Take a person's token back and sign them out; what they decided stays."""
    from harness.review.app.access import revoke
    from harness.review.ledger import run_hash

    loaded, database = _desk(run, db)
    with database.transaction(write=True) as t:
        revoke(t, run_hash(loaded.path), name)
    typer.echo(f"revoked: {name}")


def _desk(run: Path, db: str | None, *, create: bool = False) -> tuple[Run, Database]:
    """The run, held against its journal, and the database of its review."""
    from harness.review.app.database import open_database
    from harness.review.app.enrol import default_database
    from harness.store import verify_run

    loaded = verify_run(run)
    return loaded, open_database(db or default_database(loaded.path), create=create)
