"""``harness calibrate``: measure a judge on labelled rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def calibrate(
    scorer: Annotated[Literal["grounding", "citation"], typer.Argument(help="Whose judge is measured.")],
    labelled: Annotated[
        Path,
        typer.Argument(metavar="LABELLED.jsonl", help="Rows of source, claim or statement, and label 1 or 0."),
    ],
    judge: Annotated[str, typer.Option("--judge", help="Judge to measure.")] = "local",
    sources: Annotated[
        Path | None,
        typer.Option(help="JSONL of {id, sentences} that source_id stands for.", show_default="NAME.sources.jsonl"),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=2, help="Judge only so many rows, drawn at random.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draw, the halves and the bootstrap.")] = 0,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Results file.", show_default="in reports/calibration")
    ] = None,
) -> None:
    """Measure a judge on labelled rows; reports quote the figures from reports/calibration."""
    from harness.accuracy import LOCAL, measurements_text
    from harness.calibration import calibrate as measure
    from harness.calibration import read_labelled
    from harness.judges import load_judge
    from harness.render.calibration import print_measurement
    from harness.render.terminal import progress_bar
    from harness.store import write_text

    data = read_labelled(labelled, scorer, sources=sources)
    loaded = load_judge(judge)
    with progress_bar(f"{data.name} pairs") as progress:
        measured = measure(data, loaded, seed=seed, limit=limit, progress=progress)
    print_measurement(measured)
    slug = "".join(c if c.isalnum() else "-" for c in f"{scorer}-{data.name}-{measured.judge}")
    target = out or LOCAL / f"{slug}.json"
    if out is None:
        LOCAL.mkdir(parents=True, exist_ok=True)
    write_text(target, measurements_text([measured]))
    typer.echo(f"results: {target}")
