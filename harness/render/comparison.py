"""A comparison as terminal text and as one HTML file."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.comparison import Comparison, Flip, GroupChange
from harness.gate import Verdict
from harness.masking import told
from harness.render.clean import logged, shorten
from harness.render.html import template
from harness.render.page import unnamed
from harness.render.regression import SIDE_BY_SIDE, regressions
from harness.render.terminal import SEVERITY_STYLE, console, print_verdict
from harness.stats import PairedDifference
from harness.suite import severity_word

_SHOWN = 3


def print_comparison(comparison: Comparison, verdict: Verdict) -> None:
    """Findings new and gone, paired differences, groups that moved, flips with both answers, drift, and the verdict."""
    out = console()
    out.print(
        f"findings: {len(comparison.new)} new, {len(comparison.unchanged)} unchanged, {len(comparison.gone)} gone"
    )
    for name, found in (("new", comparison.new), ("gone", comparison.gone)):
        for f in [p for p in found if p.finding.severity >= 2][:10]:
            words = logged(shorten(told(f.finding), 110))
            head = f"  {name} {f.question_id} {f.finding.code} {severity_word(f.finding.severity)}: "
            out.print(Text(head, style=SEVERITY_STYLE[f.finding.severity]) + Text(words))
    out.print()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("score")
    for name in ("difference", "95 % interval", "if missing", "pairs", "one-sided", "lost", "won", "McNemar p"):
        table.add_column(name, justify="right")
    for c in comparison.changes:
        lost = sum(f.worse for f in c.flips)
        table.add_row(c.scorer, *_cells(c.difference), str(lost), str(len(c.flips) - lost), f"{c.p_value:.3f}")
    out.print(table)
    for g in moved_groups(comparison):
        low, high = (g.difference.interval.low, g.difference.interval.high) if g.difference.interval else (0.0, 0.0)
        name = f"  {g.scorer}, {g.kind} {logged(g.name)}: {g.difference.mean:+.3f} [{low:+.3f}, {high:+.3f}]"
        out.print(f"{name} over {g.difference.pairs} pairs")
    out.print()
    flips = all_flips(comparison)
    for flip in flips[:_SHOWN]:
        _print_flip(out, flip)
    if len(flips) > _SHOWN:
        out.print(f"... and {len(flips) - _SHOWN} more flips (harness compare ... --html FILE shows all)")
    for d in comparison.drift:
        if d.judge or d.rest:
            out.print(f"drift in {d.text}")
    print_verdict(out, verdict)


def all_flips(comparison: Comparison) -> list[Flip]:
    """The flips of all scorers, lost ones first."""
    return sorted((f for c in comparison.changes for f in c.flips), key=lambda f: not f.worse)


def moved_groups(comparison: Comparison) -> Iterator[GroupChange]:
    """Categories and tiers whose interval leaves out 0: where to look, not a test (nothing is corrected for here)."""
    for change in comparison.changes:
        for g in change.groups:
            i = g.difference.interval
            if i is not None and (i.low > 0 or i.high < 0):
                yield g


def _cells(d: PairedDifference) -> tuple[str, str, str, str, str]:
    mean = "not measured" if d.mean is None else f"{d.mean:+.3f}"
    interval = f"{d.interval.low:+.3f} to {d.interval.high:+.3f}" if d.interval else "-"
    bounds = f"{d.low_if_missing:+.3f} to {d.high_if_missing:+.3f}" if d.one_sided else "-"
    return mean, interval, bounds, str(d.pairs), str(d.one_sided)


def _print_flip(out: Console, flip: Flip) -> None:
    word, style = ("lost", "red") if flip.worse else ("won", "green")
    head = f"{flip.scorer} {word} {flip.question_id} ({flip.baseline:.2f} -> {flip.candidate:.2f}): "
    out.print(Text(head, style=style) + Text(logged(shorten(flip.question, 100))))
    table = Table(box=box.SQUARE, header_style="dim", width=100)  # its edge keeps words from the start of a line
    table.add_column("baseline", ratio=1)
    table.add_column("candidate", ratio=1)
    table.add_row(*(Text(logged(shorten(unnamed(t), 600))) for t in (flip.before, flip.after)))
    out.print(table)
    out.print()


def comparison_html(comparison: Comparison, verdict: Verdict) -> str:
    """The comparison as one HTML page without scripts, what got worse first; every text from outside is escaped."""
    changed = regressions(comparison)
    worse = [c for c in changed if c.worse]
    return template("comparison.html.j2").render(
        c=comparison,
        verdict=verdict,
        worse=worse[:SIDE_BY_SIDE],
        better=[c for c in changed if not c.worse][: max(0, SIDE_BY_SIDE - len(worse))],
        left=max(0, len(changed) - SIDE_BY_SIDE),
        cells=_cells,
    )
