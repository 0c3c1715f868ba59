"""``harness corpus``: the operator's own licensed documents, in a folder that stays on this machine."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from harness.types import SourceType

corpus_app = typer.Typer(
    name="corpus",
    help="Keep licensed documents in a local folder, so that citations of them can be checked.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

FolderOpt = Annotated[Path, typer.Option("--corpus", help="Folder of the documents; git ignores it.")]
_LOCAL = Path("datasets/local")


@corpus_app.command()
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE.pdf", help="The document.", show_default=False)],
    title: Annotated[str, typer.Option(help="Its title, as the registry or the cover has it.")],
    organisation: Annotated[str, typer.Option(help="Who publishes it.")],
    edition: Annotated[str, typer.Option(help='As on the cover: "2026", "Version 4.2025".')],
    date: Annotated[str, typer.Option(help="When it was published: 2026, 2026-03 or 2026-03-31.")],
    type: Annotated[
        SourceType,
        typer.Option(help="What kind of document it is."),
    ] = "clinician_guideline",
    url: Annotated[str, typer.Option(help="Where readers find it; https.", show_default=False)] = "",
    supersedes: Annotated[
        list[str] | None, typer.Option(metavar="EDITION", help="An edition that it replaces; may be given twice.")
    ] = None,
    alias: Annotated[
        list[str] | None, typer.Option(help="Another name of the organisation; may be given twice.")
    ] = None,
    valid_days: Annotated[
        int, typer.Option(min=1, max=3650, help="For how many days this look at the edition is good.")
    ] = 180,
    checked_on: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="When the edition was looked up.", show_default="today"),
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the text, in two letters.")] = "en",
    copy: Annotated[bool, typer.Option("--copy", help="Keep a copy of the PDF in the folder, too.")] = False,
    corpus: FolderOpt = _LOCAL,
) -> None:
    """Read a PDF with its page numbers into the local corpus."""
    from harness.library.shelf import Details
    from harness.library.shelf import add as add_document

    details = Details(
        title=title,
        organisation=organisation,
        edition=edition,
        date=date,
        type=type,
        url=url,
        supersedes=supersedes or (),
        aliases=alias or (),
        valid_days=valid_days,
        language=language,
        checked_on=checked_on.date() if checked_on else None,
    )
    added = add_document(corpus, file, details, copy=copy)
    typer.echo(f"{added.held.source.id}: {added.held.passages} passages from {added.pages} pages, in {corpus}")
    if added.without_text:
        few = ", ".join(map(str, added.without_text[:8])) + (" ..." if len(added.without_text) > 8 else "")
        typer.echo(
            f"warning: no text on {len(added.without_text)} pages (PDF page {few}): pictures or scans?", err=True
        )


@corpus_app.command("list")
def list_command(corpus: FolderOpt = _LOCAL) -> None:
    """List the documents of the local corpus."""
    from harness.library.shelf import held

    documents = held(corpus)
    for one in documents:
        source = one.source
        good = f"good to {source.checked_on + dt.timedelta(days=source.valid_days)}"
        told = f"{source.organisation}: {source.title}, edition {source.edition} ({source.date})"
        typer.echo(f"{source.id}  {told}; {source.type}, {one.passages} passages, {good}")
    if not documents:
        typer.echo(f"{corpus}: no documents yet (harness corpus add FILE.pdf --title ...)")


@corpus_app.command()
def remove(
    id: Annotated[str, typer.Argument(help="Id of the document, as in `harness corpus list`.", show_default=False)],
    corpus: FolderOpt = _LOCAL,
) -> None:
    """Take a document out of the local corpus."""
    from harness.library.shelf import remove as remove_document

    remove_document(corpus, id)
    typer.echo(f"removed {id}")
