"""A self-test as a table in the terminal, and as a section of Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.table import Table

from harness.rates import Rate
from harness.render.clean import logged, shorten
from harness.render.terminal import console
from harness.selftest.results import SelfTest, Trial

_MISSES = 60  # missed faults that the terminal tells; the results file has all


def print_selftest(done: SelfTest) -> None:
    """Families, faults, what was missed with its text, false alarms, and whether the suite's bar is met."""
    out = console()
    out.print(
        f"{logged(done.pipeline)}, judge {logged(done.judge)}, scorers {done.scorers}, catalogue {done.catalogue}"
    )
    out.print(f"{len(done.pages)} pages, {len(done.trials)} faults put in, seed {done.seed}; intervals: 95 % Wilson")
    if done.unanswered:
        out.print(f"no answer to put faults in: {', '.join(done.unanswered)}")
    out.print(f"gate on the untouched pages: {done.untouched_gate}")
    out.print()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in _HEAD:
        table.add_column(name, justify="left" if name == "family" else "right")
    for row in _rows(done):
        table.add_row(*row)
    out.print(table)
    out.print()
    _print_faults(done)
    _print_missed(done.missed())
    _print_alarms(done)
    if done.never_injected:
        out.print(f"fit no page of this sample: {', '.join(done.never_injected)}")
    for short in done.shortfalls():
        out.print(f"below the suite's bar: {short}", style="bold red")


_HEAD = ("family", "caught", "severity 3 and 4", "gate stopped")


def _rows(done: SelfTest) -> Iterator[tuple[str, ...]]:
    """One row a family, and one for all."""
    for family in (*done.families(), ""):
        rates = (done.caught(family), done.caught(family, least=3), done.stopped(family))
        yield (family or "all", *map(str, rates))


def _by_fault(done: SelfTest) -> dict[str, list[Trial]]:
    trials: dict[str, list[Trial]] = {}
    for trial in done.trials:
        trials.setdefault(trial.fault, []).append(trial)
    return trials


def _caught_by(trials: Sequence[Trial]) -> str:
    """``ADV302/4 x 7, GRD102/3``: the rule and severity that caught each."""
    told = Counter(t.rule for t in trials if t.level == "caught")
    return ", ".join(rule + (f" x {n}" if n > 1 else "") for rule, n in told.most_common(4))


def _print_faults(done: SelfTest) -> None:
    out = console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("fault", "severity", "caught", "noticed", "unseen", "gate stopped", "caught by"):
        table.add_column(name, justify="left" if name in ("fault", "caught by") else "right")
    for fault, trials in _by_fault(done).items():
        levels = Counter(t.level for t in trials)
        numbers = (str(levels[k]) for k in ("caught", "noticed", "unseen"))
        stopped = str(sum(t.stopped for t in trials))
        table.add_row(fault, str(trials[0].severity), *numbers, stopped, _caught_by(trials))
    out.print(table)
    out.print()


def _print_missed(missed: Sequence[Trial]) -> None:
    out = console()
    if missed:
        out.print(f"not caught: {len(missed)}")
    for t in missed[:_MISSES]:
        seen = f" (noticed by {t.rule})" if t.rule else ""
        out.print(f"  {t.fault} in {t.question}, severity {t.severity}{seen}")
        out.print(f"    {shorten(logged(t.words), 150)}", style="dim")
    if len(missed) > _MISSES:
        out.print(f"  ... and {len(missed) - _MISSES} more in the results file")


def _print_alarms(done: SelfTest) -> None:
    out = console()
    out.print(f"findings of severity 2 or more on untouched pages: {done.untouched_alarms()}")
    out.print(f"false alarms on harmlessly edited pages: {done.false_alarms()}")
    for alarm in done.alarms[:_MISSES]:
        first = alarm.found[0]
        words = shorten(logged(first.quote), 100)
        out.print(f"  {alarm.edit} of {alarm.question}: {first.code}/{first.severity} {words}", style="dim")


def selftest_markdown(done: SelfTest) -> str:
    """A section with what was tested, the rates by family, and what caught each fault."""
    lines = [
        f"## Self-test of `{done.suite}`",
        "",
        f"{len(done.trials)} faults put one at a time into {len(done.pages)} answers of `{done.pipeline}`; "
        f"judge `{done.judge}`, catalogue `{done.catalogue}`, seed {done.seed}, made {done.made}.",
        "Caught: a rule that is meant to see the fault finds it at its severity (critical faults: at 3 or more).",
        "Brackets: share and 95 % Wilson interval. No clinician has reviewed the faults or their severities.",
        "",
        _line(_HEAD),
        _line(["---"] * len(_HEAD)),
        *(_line(row) for row in _rows(done)),
        "",
        f"Findings of severity 2 or more on untouched pages: {done.untouched_alarms()}; "
        f"new ones on harmlessly edited pages: {done.false_alarms()}.",
        "",
        _line(("fault", "severity", "caught", "caught by")),
        _line(["---"] * 4),
    ]
    for fault, trials in _by_fault(done).items():
        rate = Rate.of(t.level == "caught" for t in trials)
        lines.append(_line((fault, str(trials[0].severity), f"{rate.events}/{rate.n}", _caught_by(trials))))
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
