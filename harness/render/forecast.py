"""A plan as terminal text."""

from __future__ import annotations

from rich.table import Table

from harness.planning import Forecast
from harness.render.terminal import console


def print_forecast(plan: Forecast) -> None:
    """Calls, tokens, cost and time, then what each metric can tell; says what is assumed."""
    out = console()
    out.print(f"calls: {plan.calls} ({plan.questions} questions x {plan.epochs} epoch{'s' * (plan.epochs > 1)})")
    if plan.judged:
        out.print(f"judge: at least {plan.judged} batches, not in the figures below")
    tokens = f"{plan.prompt_tokens:,} in, {plan.completion_tokens:,} out"
    cost = "" if plan.cost is None else f"; cost {plan.cost:,.2f}"
    basis = "as in the earlier run" if plan.measured else "assumed, not measured"
    out.print(f"tokens: {tokens}{cost} ({basis})")
    out.print(f"time: about {_duration(plan.seconds)} ({basis})")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("score")
    for name in ("questions", "margin", "sd", "detectable drop", "equal one passes", "questions for 80 %"):
        table.add_column(name, justify="right")
    for m in plan.metrics:
        row = (str(m.questions), f"{m.margin:g}", f"{m.deviation:.3f}", f"{m.detectable:.3f}", f"{m.passes:.0%}")
        table.add_row(m.scorer, *row, str(m.wanted))
    out.print(table)
    out.print("sd: of a question's difference between runs of equally good systems; drops are found with 80 % chance")
    if not plan.measured:
        out.print("without --from RUN every score is taken for pass/fail at its bar, and to apply to every question")


def _duration(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )
