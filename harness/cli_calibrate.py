"""``harness calibrate``: measure a judge, or a scorer that needs none, on labelled rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def calibrate(
    scorer: Annotated[
        Literal["grounding", "citation", "overreach", "escalation", "disclaimer", "privacy", "readability"],
        typer.Argument(help="What is measured; grounding and citation: their judge."),
    ],
    labelled: Annotated[
        Path,
        typer.Argument(
            metavar="LABELLED.jsonl",
            help="Rows of source, claim or statement, and label 1 or 0; else of text, question, label 1 (flawed) or 0, "
            "kind; for readability of text and target.",
        ),
    ],
    judge: Annotated[str, typer.Option("--judge", help="Judge to measure.")] = "local",
    sources: Annotated[
        Path | None,
        typer.Option(help="JSONL of {id, sentences} that source_id stands for.", show_default="NAME.sources.jsonl"),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(help="Part of the rows to measure, by their field split.", show_default="test if told, else all"),
    ] = None,
    easier: Annotated[
        bool, typer.Option("--easier", help="Readability: a higher target is easier, not harder.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=2, help="Judge only so many rows, drawn at random.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draw, the halves and the bootstrap.")] = 0,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Results file.", show_default="in reports/calibration")
    ] = None,
) -> None:
    """Measure a judge or a scorer on labelled rows; reports quote the figures from reports/calibration."""
    if scorer == "grounding" or scorer == "citation":
        slug, text = _judged(scorer, labelled, judge, sources, limit, seed)
    else:
        slug, text = _ruled(scorer, labelled, split, easier, limit, seed)
    _write(slug, text, out)


def _judged(
    scorer: Literal["grounding", "citation"],
    labelled: Path,
    judge: str,
    sources: Path | None,
    limit: int | None,
    seed: int,
) -> tuple[str, str]:
    """Measure a judge; the name and the text of the results file."""
    from harness.accuracy import measurements_text
    from harness.calibration import calibrate as measure
    from harness.calibration import read_labelled
    from harness.judges import load_judge
    from harness.render.calibration import print_measurement
    from harness.render.terminal import progress_bar

    data = read_labelled(labelled, scorer, sources=sources)
    loaded = load_judge(judge)
    with progress_bar(f"{data.name} pairs") as progress:
        measured = measure(data, loaded, seed=seed, limit=limit, progress=progress)
    print_measurement(measured)
    return f"{scorer}-{data.name}-{measured.judge}", measurements_text([measured])


def _ruled(
    scorer: Literal["overreach", "escalation", "disclaimer", "privacy", "readability"],
    labelled: Path,
    split: str | None,
    easier: bool,
    limit: int | None,
    seed: int,
) -> tuple[str, str]:
    """Measure a scorer that needs no judge; the name and the text of the results file."""
    from harness.accuracy import rules_text
    from harness.render.calibration import print_rules
    from harness.render.terminal import progress_bar
    from harness.rule_calibration import measure_rules, read_texts

    data = read_texts([labelled], scorer, split=split)
    with progress_bar(f"{data.name} rows") as progress:
        measured = measure_rules(data, seed=seed, limit=limit, easier=easier, progress=progress)
    print_rules(measured)
    return f"{scorer}-{data.name}", rules_text([measured])


def _write(slug: str, text: str, out: Path | None) -> None:
    from harness.accuracy import LOCAL
    from harness.store import write_text

    target = out or LOCAL / f"{''.join(c if c.isalnum() else '-' for c in slug)}.json"
    if out is None:
        LOCAL.mkdir(parents=True, exist_ok=True)
    write_text(target, text)
    typer.echo(f"results: {target}")
