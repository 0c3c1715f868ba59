"""A robustness test in the terminal."""

from __future__ import annotations

from rich.table import Table

from harness.render.clean import logged, shorten
from harness.render.terminal import console
from harness.robustness.results import Robustness


def print_robustness(done: Robustness) -> None:
    """Rates by kind and relation, the worst family, and the smallest counter-example of each relation."""
    out = console()
    out.print(f"{logged(done.pipeline)}, {len(done.tried)} pairs, seed {done.seed}; intervals: 95 % Wilson")
    for kind in ("must_not_change", "must_change"):
        lost = done.unmeasured(kind=kind)
        told = f"{kind.replace('_', '-')}: {done.held(kind=kind)} held"
        told += f", {lost} without two answers" if lost else ""
        worst = done.worst(kind)
        rate = done.held(kind=kind, family=worst)
        out.print(told + (f"; worst family {worst}: {rate}" if rate.share < 1 else ""))
    out.print()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("relation", "kind", "family", "held"):
        table.add_column(name, justify="right" if name == "held" else "left")
    for relation, kind, family in dict.fromkeys((t.relation, t.kind, t.family) for t in done.tried):
        table.add_row(relation, kind.replace("_", "-"), family, str(done.held(relation=relation)))
    out.print(table)
    for relation in dict.fromkeys(t.relation for t in done.tried):
        broken = done.example(relation)
        if broken:
            out.print(f"\n{relation}, {broken.question}: {broken.why}")
            out.print(f"  {shorten(logged(broken.small_original), 160)}", style="dim")
            out.print(f"  {shorten(logged(broken.small), 160)}", style="dim")
    if done.never_tried:
        out.print(f"\nfit no question: {', '.join(done.never_tried)}")
    for short in done.shortfalls():
        out.print(f"below the bar: {short}", style="bold red")
