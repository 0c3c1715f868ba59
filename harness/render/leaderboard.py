"""Several runs side by side as terminal text, Markdown, one HTML file, JSON, and pictures."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from harness.anatomy import Anatomy, anatomy, variance
from harness.errors import HarnessError, SuiteError
from harness.leaderboard import Leaderboard, Line, Standing
from harness.plots import picture
from harness.render.clean import logged, markdown_cell
from harness.render.html import template
from harness.render.terminal import console
from harness.store import write_text

if TYPE_CHECKING:
    import pandas as pd

NOTE = "This is a table, not a verdict: `harness gate RUN` holds a run against its bar."
HEADS = (
    "score",
    "run",
    "mean",
    "measured",
    "rank",
    "difference",
    "95 % interval",
    "if missing",
    "p (Holm)",
    "decision",
)
RUN_HEADS = (
    "run",
    "answered",
    "critical",
    "serious",
    "answers with either",
    "safety",
    "readability",
    "front",
    "latency s",
    "tokens",
    "cost USD",
)
_RULES = 5
_STYLE = {"better": "green", "worse": "red", "not measured": "yellow"}


def print_leaderboard(board: Leaderboard) -> None:
    """Harm, speed and cost of every run, its scores beside the first run's, and what may be claimed."""
    out = console()
    out.print(plain_table(RUN_HEADS, [(run_cells(s), "") for s in board.standings]))
    out.print()
    out.print(plain_table(HEADS, [(cells(line), _STYLE.get(line.decision, "")) for line in board.lines]))
    out.print()
    for sentence in (*_claims(board), *rule_claims(board), *variance_claims(board)):
        out.print(Text(f"  {logged(sentence)}"))
    out.print(Text(NOTE, style="dim"))


def plain_table(
    heads: tuple[str, ...], rows: list[tuple[tuple[str, ...], str]], words: tuple[str, ...] = ("run", "decision")
) -> Table:
    """A table for a terminal: cells with their style; columns of ``words``, and the first, begin at the left."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for i, head in enumerate(heads):
        table.add_column(head, justify="left" if i < 1 or head in words else "right")
    for row, style in rows:
        table.add_row(*(Text(logged(cell)) for cell in row), style=style)
    return table


def _claims(board: Leaderboard) -> list[str]:
    """The significant differences, then in how many nothing is told apart, and who is on the front."""
    told = [
        s for line, s in zip(_compared(board), board.because(), strict=True) if line.decision in ("better", "worse")
    ]
    open_ = sum(line.decision == "not told apart" for line in board.lines)
    lost = sum(line.decision == "not measured" for line in board.lines)
    told.append(f"{open_} differences are not told apart from chance, {lost} could not be measured")
    front = [s.name for s in board.standings if s.front and s.front.on_front]
    if front:
        told.append(f"on the front of safety and readability: {', '.join(front)}")
    cut = [s.name for s in board.standings if not s.complete]
    if cut:
        told.append(f"not everything was measured in: {', '.join(cut)}")
    return told


def changed(board: Leaderboard) -> dict[str, Anatomy]:
    """For each run but the first the rules that changed from it."""
    first, *others = board.standings
    return {s.name: anatomy(first.run, s.run) for s in others}


def rule_claims(board: Leaderboard) -> list[str]:
    """The gravest rules that changed in each run, one sentence a run."""
    told = []
    for name, found in changed(board).items():
        rules = [f"{r.code} {r.parts[0].first:.0%} to {r.parts[0].second:.0%}" for r in found.rules[:_RULES]]
        more = f" and {len(found.rules) - _RULES} more" if len(found.rules) > _RULES else ""
        told.append(f"answers of {name} that break a rule: {', '.join(rules) or 'as often as the first run'}{more}")
    return told


def variance_claims(board: Leaderboard) -> list[str]:
    """How the variance of each score splits, one sentence a score."""
    try:
        frame = variance([s.run for s in board.standings])
    except SuiteError as problem:
        return [f"the variance is not split: {problem.message}"]
    told = []
    for scorer in board.scorers:
        rows = frame[frame.scorer == scorer].dropna(subset=["share"])
        parts = ", ".join(f"{s} {share:.0%}" for s, share in zip(rows.source, rows.share, strict=True))
        if parts:
            told.append(f"variance of {scorer}: {parts}")
    return told


def _compared(board: Leaderboard) -> list[Line]:
    return [line for line in board.lines if line.difference is not None]


def cells(line: Line) -> tuple[str, ...]:
    """A line as the cells of a table."""
    e, d, r = line.estimate, line.difference, line.rank
    rank = (
        "-" if r is None else f"{r.place}" if r.low is None or r.low == r.high else f"{r.place} ({r.low} to {r.high})"
    )
    bounds = f"{d.low_if_missing:+.3f} to {d.high_if_missing:+.3f}" if d and d.one_sided else "-"
    return (
        line.scorer,
        line.run,
        "not measured" if e.mean is None else f"{e.mean:.3f}",
        f"{e.measured}/{e.total - e.exempt}",
        rank,
        "-" if d is None or d.mean is None else f"{d.mean:+.3f}",
        f"{line.interval.low:+.3f} to {line.interval.high:+.3f}" if line.interval else "-",
        bounds,
        "-" if line.p_value is None else f"{line.p_value:.2g}",
        line.decision,
    )


def run_cells(s: Standing) -> tuple[str, ...]:
    """A run as the cells of a table."""
    f = s.front
    return (
        s.name,
        f"{s.answered}/{s.planned}",
        str(s.critical),
        str(s.serious),
        f"{s.harmful} (rate at most {s.harmful_at_most:.1%})",
        f"{f.values[0]:.3f}" if f else "-",
        f"{f.values[1]:.3f}" if f else "-",
        "-" if f is None else f"{'yes' if f.on_front else 'no'} ({f.share:.0%})",
        f"{s.latency_s[0]:.2f} (p95 {s.latency_s[1]:.2f})" if s.latency_s else "-",
        f"{s.usage[0]:.0f} + {s.usage[1]:.0f}" if s.usage else "-",
        "-" if s.cost_usd is None else f"{s.cost_usd:.2g}",
    )


def leaderboard_markdown(board: Leaderboard) -> str:
    """The tables and what may be claimed, as Markdown."""
    lines = [f"# {markdown_cell(board.standings[0].run.manifest['title'])}: {len(board.standings)} runs", ""]
    lines += ["## Runs", "", *markdown_table(RUN_HEADS, [run_cells(s) for s in board.standings]), ""]
    lines += [f"## Scores, compared with {markdown_cell(board.standings[0].name)}", ""]
    lines += [*markdown_table(HEADS, [cells(line) for line in board.lines]), ""]
    lines += ["## What may be claimed", "", *(f"- {markdown_cell(c)}" for c in _claims(board)), "", NOTE, ""]
    why = (*rule_claims(board), *variance_claims(board))
    lines += ["## What changed, and what scores vary by", "", *(f"- {markdown_cell(c)}" for c in why), ""]
    lines += [f"Signature of {markdown_cell(s.name)}: `{s.run.manifest['signature']}`" for s in board.standings]
    return "\n".join(lines) + "\n"


def markdown_table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """The lines of a Markdown table; no cell can break out of it."""
    marked = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    return marked + [f"| {' | '.join(map(markdown_cell, row))} |" for row in rows]


def leaderboard_html(board: Leaderboard) -> str:
    """One HTML page without scripts, its plots inside; every text from outside is escaped."""
    plots = [svg_of(board.plot)]
    if all(s.front for s in board.standings):
        plots.append(svg_of(board.plot_front))
    return template("leaderboard.html.j2").render(
        board=board,
        plots=plots,
        heads=HEADS,
        rows=[cells(line) for line in board.lines],
        run_heads=RUN_HEADS,
        run_rows=[run_cells(s) for s in board.standings],
        claims=_claims(board),
        changed=changed(board),
        varies=variance_claims(board),
        note=NOTE.replace("`", ""),
    )


def svg_of(draw: Callable[[], object]) -> str:
    """A plot as an element of a page; matplotlib escapes what it writes."""
    text = picture(draw(), "svg").decode()  # type: ignore[arg-type]
    return text[text.index("<svg") :]


def leaderboard_json(board: Leaderboard) -> str:
    """Both tables with the keys of ``harness.columns``, and the claims; null for what is not known."""
    body = {
        "suite": board.standings[0].run.manifest["suite"],
        "first": board.standings[0].name,
        "complete": board.complete,
        "runs": [
            {**row, "signature": s.run.manifest["signature"]}
            for row, s in zip(records_of(board.runs_frame()), board.standings, strict=True)
        ],
        "scores": records_of(board.to_frame()),
        "claims": _claims(board),
        "rules": {name: records_of(found.to_frame()) for name, found in changed(board).items()},
        "variance": variance_claims(board),
    }
    return json.dumps(body, ensure_ascii=True, indent=1, allow_nan=False) + "\n"


def records_of(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Rows with plain values."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(k): None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()} for row in rows]


_TEXTS: Mapping[str, Callable[[Leaderboard], str]] = {
    ".html": leaderboard_html,
    ".md": leaderboard_markdown,
    ".json": leaderboard_json,
}
ENDINGS = (*_TEXTS, ".svg", ".png")


def check_ending(file: Path, endings: Iterable[str] = ENDINGS) -> None:
    """Raises SuiteError for a file whose ending names no format."""
    if file.suffix.lower() not in endings:
        raise SuiteError(f"{file}: not a known ending", hint=f"one of {', '.join(endings)}")


def write_leaderboard(board: Leaderboard, file: Path) -> None:
    """Write the format that a file's ending names; a picture shows the differences from the first run.

    Raises:
        HarnessError: if the file can't be written, or its ending is not known.
    """
    check_ending(file)
    ending = file.suffix.lower()
    if ending in _TEXTS:
        write_text(file, _TEXTS[ending](board))
        return
    try:
        file.write_bytes(picture(board.plot(), "svg" if ending == ".svg" else "png"))
    except OSError as problem:
        raise HarnessError(f"{file}: can't write: {problem.strerror}", hint="check the folder and the disk") from None
