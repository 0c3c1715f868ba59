"""``harness audit`` of a log: logged answers as a stream."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from harness.errors import SuiteError

MapOpt = Annotated[
    str, typer.Option("--map", metavar="FIELD=PATH,...", help="Fields of a log, e.g. answer=output.text,id=key.")
]
MaxBadOpt = Annotated[int, typer.Option(min=0, help="Rows of a log that may be unreadable; more exit 2.")]
WorkersOpt = Annotated[int, typer.Option(min=1, max=256, help="Processes that score a log.")]
OutOpt = Annotated[
    Path | None, typer.Option("-o", "--out", help="Folder for a log's results.", show_default="only a summary")
]
ResumeOpt = Annotated[bool, typer.Option("--resume", help="Go on with the audit in -o.")]
KeepOpt = Annotated[
    bool, typer.Option("--keep-text", help="Store questions and answers of a log, with a person's words in them.")
]
BaselineOpt = Annotated[
    Path | None, typer.Option(help="Folder of an earlier audit of a log (-o), to tell what changed since.")
]
LightOpt = Annotated[
    bool,
    typer.Option("--light", help="Score a log without the sentence encoder; with --judge none no model is loaded."),
]
ExecutorOpt = Annotated[Literal["local", "ray"], typer.Option(help="Where a log's --workers are; ray needs [ray].")]
RayOpt = Annotated[
    str, typer.Option("--ray-address", help="A Ray cluster: auto, or HOST:PORT.", show_default="one of our own")
]
Format = Literal["text", "json", "sarif"]


def audit_log(
    source: str,
    *,
    paths: str,
    judge: str,
    as_of: dt.date | None,
    corpus: Sequence[Path],
    format: Format,
    fail_on: int,
    max_bad: int,
    workers: int,
    out: Path | None,
    resume: bool,
    keep_text: bool,
    baseline: Path | None,
    light: bool,
    executor: Literal["local", "ray"],
    ray_address: str,
) -> NoReturn:
    """Audit the logs that a file, folder or glob stands for, print the summary, and exit.

    Exits 1 at a finding of ``fail_on`` or worse, else 2 for a broken file or more than ``max_bad`` unreadable rows,
    else 3 where something could not be measured, or a mapped field is in no row.
    """
    from harness.cli_run import INTERRUPTED, interruptible
    from harness.logs.audit import Job, audit_log, inputs
    from harness.logs.change import told_changes
    from harness.logs.fields import parse_map
    from harness.logs.folder import day_of, read_manifest, read_summary
    from harness.logs.scoring import Ruler
    from harness.logs.sources import files_of
    from harness.render.log_tables import write_tables
    from harness.render.logs import print_changes, print_summary
    from harness.render.terminal import progress_bar

    if format == "sarif":
        raise SuiteError("--format sarif is for pages, not for logs", hint="text or json")
    if out is None and (resume or keep_text):
        raise SuiteError("--resume and --keep-text need a folder", hint="name it with -o DIR")
    if ray_address and executor != "ray":
        raise SuiteError("--ray-address goes with --executor ray", hint="add --executor ray")
    if resume and out and as_of is None:
        as_of = day_of(out)  # a night later the results are still the same
    mapped = parse_map(paths)
    ruler = Ruler(
        judge=judge,
        as_of=as_of or dt.datetime.now(dt.UTC).date(),
        corpus=tuple(map(str, corpus)),
        paths=tuple(sorted(mapped.items())),
        keep_text=keep_text,
        light=light,
    )
    before = (read_manifest(baseline), read_summary(baseline)) if baseline else None
    job = Job(files=files_of(source), ruler=ruler, workers=workers, executor=executor, address=ray_address)
    try:
        with interruptible(), progress_bar(inputs(job.files)) as progress:
            counts = audit_log(job, out, resume=resume, progress=progress, warn=_warn)
    except KeyboardInterrupt:
        _warn(
            f"interrupted; go on with --resume -o {out}"
            if out
            else "interrupted; nothing was kept, as -o was not given"
        )
        raise typer.Exit(INTERRUPTED) from None
    summary = counts.to_json()
    if before:
        summary["changes"] = told_changes(str(ruler.signature()), summary, *before)
    tables = write_tables(out) if out else []
    if format == "json":
        typer.echo(json.dumps(summary, ensure_ascii=True))
    else:
        print_summary(summary)
        if before:
            print_changes(summary["changes"])
        for table in tables:
            typer.echo(str(table))
    absent = sorted(set(mapped) - set(counts.has))
    if absent:
        _warn(f"no row has {', '.join(f'{f} (at {mapped[f]})' for f in absent)}: is --map right?")
    if counts.worst >= fail_on:
        raise typer.Exit(1)
    if counts.broken or counts.rejected > max_bad:
        raise typer.Exit(2)
    raise typer.Exit(3 if counts.unmeasured or absent else 0)


def _warn(line: str) -> None:
    typer.echo(line, err=True)
