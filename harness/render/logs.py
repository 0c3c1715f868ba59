"""What the terminal shows of an audited log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from harness.rates import Rate
from harness.render.clean import logged, shorten
from harness.render.terminal import SEVERITY_STYLE, console
from harness.suite import severity_word

_WIDTH = 100


def print_summary(summary: Mapping[str, Any]) -> None:
    """Rejections, scorers, rules by severity and rate; counts last."""
    out = console()
    for one in summary["rejections"]:
        out.print(shorten(logged(f"rejected {one['where']}: {one['why']}"), 2 * _WIDTH))
    scorers = Table("scorer", "scored", "n/a", "failed", "mean", "answers with a finding", box=None)
    for name, t in summary["scorers"].items():
        mean = "-" if t["mean"] is None else f"{t['mean']:.3f}"
        cells = [str(t[k]) for k in ("scored", "not_applicable", "failed")]
        scorers.add_row(name, *cells, mean, str(rate_of(t["with_finding"])))
    out.print(scorers)
    if summary["rules"]:
        rules = Table("rule", "worst", "answers", box=None)
        ranked = sorted(summary["rules"].items(), key=lambda r: (-r[1]["severity"], -r[1]["share"], r[0]))
        for code, rule in ranked:
            word = Text(severity_word(rule["severity"]), style=SEVERITY_STYLE[rule["severity"]])
            rules.add_row(code, word, str(rate_of(rule)))
        out.print(rules)
    lost = f", {summary['lost']} lost" if summary["lost"] else ""
    broken = f", {summary['broken_files']} broken files" if summary["broken_files"] else ""
    out.print(f"{summary['answers']} of {summary['rows']} rows scored, {summary['rejected']} rejected{broken}{lost}")


def print_changes(changes: Mapping[str, Any]) -> None:
    """What the baseline's ruler differs in, and the rules that fire anew or whose rate clearly changed."""
    out = console()
    for difference in changes["ruler"]:
        out.print(logged(f"the baseline was measured by another ruler: {difference}"))
    told = [c for c in changes["rules"] if c["new"] or c["clear"]]
    table = Table("rule", "now", "baseline", "difference", "", box=None)
    for c in told:
        moved = f"{c['difference']:+.1%} ({c['low']:+.1%} to {c['high']:+.1%})"
        now, then = (logged(str(rate_of(c[side]))) for side in ("now", "then"))
        table.add_row(logged(c["code"]), now, then, moved, "new" if c["new"] else "")
    out.print(table if told else f"no clear change in {len(changes['rules'])} rules since the baseline")


def rate_of(told: Mapping[str, Any]) -> Rate:
    """A rate from its JSON form."""
    return Rate(events=told["events"], n=told["n"], low=told["low"], high=told["high"])
