"""Judges side by side as terminal text, Markdown, one HTML file, and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from rich.text import Text

from harness.render.clean import logged, markdown_cell, shorten
from harness.render.html import template
from harness.render.leaderboard import check_ending, markdown_table, plain_table, records_of, svg_of
from harness.render.terminal import console
from harness.side_by_side import Judges
from harness.store import write_text

NOTE = "Agreement is not truth: `harness calibrate grounding LABELLED.jsonl --judge JUDGE` measures a judge."
_WORDS = ("run", "scorer", "judge", "other", "question", "sides")
_SHOWN = 20
Rows = list[tuple[str, ...]]


def print_judges(judges: Judges) -> None:
    """What each judge scored and took, how far two agree, where they differ most, and why scores are missing."""
    out = console()
    for title, heads, rows in _tables(judges):
        out.print(Text(title, style="bold"))
        lost = [_is_short(row) if heads[3] == "scored" else False for row in rows]
        out.print(plain_table(heads, [(r, "yellow" if low else "") for r, low in zip(rows, lost, strict=True)], _WORDS))
        out.print()
    for sentence in sentences(judges):
        out.print(Text(f"  {logged(sentence)}"))
    out.print(Text(NOTE, style="dim"))


def sentences(judges: Judges) -> list[str]:
    """How many answers each judge scored of those it should have, over all runs, and why the others have no score."""
    told = [
        f"{judge} scored {scorer} of {measured} of {due} answers" for scorer, judge, measured, due in _covered(judges)
    ]
    return told + [f"no {scorer} by {judge}, {n}x: {shorten(why, 300)}" for scorer, judge, why, n in judges.causes()]


def _covered(judges: Judges) -> Iterator[tuple[str, str, int, int]]:
    """Scorer, judge, answers scored, and answers that should have been, of all runs."""
    frame = judges.to_frame()
    for scorer, named in judges.columns.items():
        for judge in named:
            of = frame[(frame.scorer == scorer) & (frame.judge == judge)]
            yield scorer, judge, int(of.measured.sum()), int((of.measured + of.missing).sum())


def _tables(judges: Judges) -> list[tuple[str, tuple[str, ...], Rows]]:
    """Titles, heads and cells."""
    scored = ("run", "scorer", "judge", "scored", "mean", "95 % interval", "pairs", "seconds", "tokens", "cost USD")
    pairs = ("scorer", "judge", "other", "answers", "agreement", "95 % interval", "kappa", "AC1", "difference")
    disputes = judges.disputes_frame().head(_SHOWN)
    named = [c for c in disputes.columns if c.startswith("score.")]
    place = ("run", "scorer", "question_id", "epoch")
    told = [
        (*(str(r[c]) for c in place), "yes" if r["sides"] else "no", *(_number(r[c], ".2f") for c in named))
        for r in records_of(disputes)
    ]
    differ = ("run", "scorer", "question", "epoch", "both sides of the bar", *(c.removeprefix("score.") for c in named))
    tables = [
        ("What each judge scored, and took", scored, [_scored(r) for r in records_of(judges.to_frame())]),
        ("On which side of the bar two judges stand", pairs, [_pair(r) for r in records_of(judges.agreement_frame())]),
        ("Where they differ most", differ, told),
    ]
    return [one for one in tables if one[2]]


def _scored(row: Mapping[str, object]) -> tuple[str, ...]:
    due = int(str(row["measured"])) + int(str(row["missing"]))
    return (
        str(row["run"]),
        str(row["scorer"]),
        f"{row['judge']}{' (gates)' if row['gates'] else ''}",
        f"{row['measured']}/{due}",
        _number(row["mean"], ".3f"),
        _interval(row["mean_low"], row["mean_high"], ".3f"),
        _number(row["pairs"], "d"),
        _number(row["seconds"], ".1f"),
        _number(row["tokens"], ",d"),
        _number(row["cost_usd"], ".2g"),
    )


def _pair(row: Mapping[str, object]) -> tuple[str, ...]:
    return (
        str(row["scorer"]),
        str(row["judge"]),
        str(row["other"]),
        str(row["answers"]),
        _number(row["agreement"], ".2f"),
        _interval(row["agreement_low"], row["agreement_high"], ".2f"),
        _number(row["kappa"], ".2f"),
        _number(row["ac1"], ".2f"),
        _number(row["difference"], "+.3f"),
    )


def _number(value: object, form: str) -> str:
    return format(value, form) if isinstance(value, int | float) else "-"


def _interval(low: object, high: object, form: str) -> str:
    return "-" if low is None or high is None else f"{_number(low, form)} to {_number(high, form)}"


def _is_short(row: tuple[str, ...]) -> bool:
    """Whether a judge scored fewer answers than it should have."""
    measured, _, due = row[3].partition("/")
    return measured != due


def judges_markdown(judges: Judges) -> str:
    """The tables and sentences as Markdown."""
    lines = [f"# Judges side by side: {markdown_cell(', '.join(judges.runs))}", ""]
    for title, heads, rows in _tables(judges):
        lines += [f"## {title}", "", *markdown_table(tuple(map(markdown_cell, heads)), rows), ""]
    return "\n".join([*lines, *(f"- {markdown_cell(s)}" for s in sentences(judges)), "", NOTE]) + "\n"


def judges_html(judges: Judges) -> str:
    """One HTML page without scripts, with a plot of each agreement matrix; every text from outside is escaped."""
    return template("judges.html.j2").render(
        names=", ".join(judges.runs),
        tables=_tables(judges),
        plots=[svg_of(partial(judges.plot, scorer)) for scorer in judges.columns],
        sentences=sentences(judges),
        note=NOTE.replace("`", ""),
        signatures={name: run.manifest["signature"] for name, run in judges.runs.items()},
    )


def judges_json(judges: Judges) -> str:
    """The three tables with the keys of ``harness.columns``, and why scores are missing; null for what is not known."""
    body = {
        "complete": judges.complete,
        "judges": records_of(judges.to_frame()),
        "agreement": records_of(judges.agreement_frame()),
        "disputes": records_of(judges.disputes_frame()),
        "missing": [dict(zip(("scorer", "judge", "reason", "answers"), c, strict=True)) for c in judges.causes()],
        "signatures": {name: run.manifest["signature"] for name, run in judges.runs.items()},
    }
    return json.dumps(body, ensure_ascii=True, indent=1, allow_nan=False) + "\n"


_TEXTS: Mapping[str, Callable[[Judges], str]] = {".html": judges_html, ".md": judges_markdown, ".json": judges_json}


def check_file(file: Path) -> None:
    """Raises SuiteError for a file whose ending names no format."""
    check_ending(file, _TEXTS)


def write_judges(judges: Judges, file: Path) -> None:
    """Write the format that a file's ending names.

    Raises:
        HarnessError: if the file can't be written, or its ending is not known.
    """
    check_file(file)
    write_text(file, _TEXTS[file.suffix.lower()](judges))
