"""``harness verify`` and ``harness erase``: what was written is unaltered, but for words that were erased."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from harness.errors import DatasetError, SuiteError


def verify(
    run: Annotated[Path, typer.Argument(help="Folder of a run, or of an audit of a log (-o).", show_default=False)],
) -> None:
    """Check a run's hash chain, what follows from it, its reports, and its review; names what was altered or erased."""
    from harness.logs.folder import is_audit
    from harness.review.ledger import check, described
    from harness.seal import unsealed, verify_sealed

    if is_audit(run):
        _verify_audit(run)
    checked = verify_sealed(run)
    reviewed = check(run)
    whole = len(checked.items) == checked.planned
    state = "intact" if whole else "intact but incomplete"
    typer.echo(f"{state}: {len(checked.items)} of {checked.planned} items, {checked.signature}")
    if reviewed:
        typer.echo(described(reviewed))
    elif others := unsealed(checked):
        typer.echo(f"not part of the run: {', '.join(others)}")
    raise typer.Exit(0 if whole else 3)


def _verify_audit(folder: Path) -> NoReturn:
    from harness.logs.verify import OWN, verify_audit
    from harness.render.log_tables import altered_table, tables_of

    checked = verify_audit(folder)
    if altered := altered_table(folder):
        raise DatasetError(f"{altered}: differs from the journal", hint="`harness audit ... --resume` writes it again")
    for line in checked.lines():
        typer.echo(line)
    known = {*OWN, *(path.name for path in tables_of(folder))}
    if others := sorted(path.name for path in folder.iterdir() if path.name not in known):
        typer.echo(f"not part of the audit: {', '.join(others)}")
    raise typer.Exit(0 if checked.whole else 3)


def erase(
    run: Annotated[Path, typer.Argument(help="Folder of an audit of a log (-o).", show_default=False)],
    id: Annotated[
        list[str] | None, typer.Option("--id", help="Id of rows, as the log tells it; repeat it for several.")
    ] = None,
    row: Annotated[list[int] | None, typer.Option("--row", min=1, help="Number of a row; may be given again.")] = None,
    before: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="All rows of earlier days.", show_default="none")
    ] = None,
    undated: Annotated[bool, typer.Option("--undated", help="With --before: rows that tell no day, too.")] = False,
    reason: Annotated[str, typer.Option(help="Why; kept for good, so name no person.", show_default="")] = "",
) -> None:
    """Erase the words of rows from an audit of a log: ids, questions, answers, quotes and messages.

    Rates stay, and so does the hash chain: `harness verify` passes, and tells what was erased. Without --id, --row and
    --before an erasure that was cut off is finished.
    """
    from harness.logs.erasure import Choice, erase
    from harness.render.log_tables import tables_of, write_tables

    choice = Choice(ids=id or (), rows=row or (), before=before.date() if before else None, undated=undated)
    if choice and not reason.strip():
        raise SuiteError("an erasure needs a --reason", hint='--reason "asked for by the person", naming nobody')
    if undated and not before:
        raise SuiteError("--undated goes with --before", hint="--row names single rows")
    done = erase(
        run,
        choice,
        reason=" ".join(reason.split()),
        day=dt.datetime.now(dt.UTC).date(),
        tables=lambda folder, gone: write_tables(folder, gone) if tables_of(folder) else [],
    )
    if not choice and not done.rows:
        raise SuiteError("nothing to erase, and no erasure to finish", hint="--id ID, --row N or --before DATE")
    typer.echo(f"erased the words of {len(done.rows)} rows; copies elsewhere (the log, backups) are not touched")
    if done.undated:
        typer.echo(f"{len(done.undated)} rows tell no day and stay: --undated erases them too", err=True)
        raise typer.Exit(3)
