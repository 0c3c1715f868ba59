"""What the terminal shows: carets under the words, dials with their denominators, and the verdict last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from harness.gate import Verdict
from harness.masking import texts_of
from harness.render.clean import logged, shorten
from harness.render.view import view
from harness.render.words import Drawn, draw
from harness.store import Run
from harness.suite import severity_word
from harness.summary import Dial
from harness.types import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.auditor import Audit
    from harness.datalint import Complaint

SEVERITY_STYLE = {4: "bold red", 3: "red", 2: "yellow", 1: "cyan", 0: "dim"}
_VERDICT = {"PASS": "bold green", "FAIL": "bold red", "INCONCLUSIVE": "bold yellow"}
_WIDTH = 100


def console() -> Console:
    """A console on standard output; plain where that is not a terminal, or NO_COLOR is set."""
    out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not out.is_terminal:
        out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True, width=120)
    return out


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar with rate and time left on standard error; a line every tenth where that is no terminal."""
    out = Console(stderr=True, highlight=False, markup=False)
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=out, disable=not out.is_terminal) as bar:
        task = bar.add_task(logged(title), total=None, rate="")

        def update(done: int, total: int) -> None:
            speed = bar.tasks[0].speed
            bar.update(task, completed=done, total=total, rate=f"{speed:.1f}/s" if speed else "")
            if not out.is_terminal and (done == total or done % max(1, total // 10) == 0):
                out.print(f"{logged(title)}: {done}/{total}")

        yield update


def print_run(run: Run, verdict: Verdict, files: Sequence[Path]) -> None:
    """Dials, repeats, worst findings, where the reports lie, the signature, reasons; the last line is the verdict."""
    out = console()
    shown = view(run, verdict)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, side in (("score", "left"), ("mean", "right"), ("95 % interval", "right"), ("measured", "right")):
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    for name in ("missing", "exempt", "bar"):
        table.add_column(name, justify="right")
    for d in shown.dials:
        e = d.dial.estimate
        mean = "not measured" if e.mean is None else f"{e.mean:.3f}"
        interval = f"{e.interval.low:.3f} to {e.interval.high:.3f}" if e.interval else "-"
        bar = "-" if d.minimum is None else f">= {d.minimum:g}"
        numbers = (mean, interval, f"{e.measured}/{e.total}", str(e.missing), str(e.exempt), bar)
        style = {"ok": "", "free": ""}.get(d.state, "yellow")
        table.add_row(d.dial.scorer, *numbers, style=style)
    out.print(table)
    _print_repeats(out, [d.dial for d in shown.dials])
    out.print()
    out.print("findings: " + ", ".join(f"{n} {word}" for word, n in shown.counts()))
    for f in shown.worst(12):
        where = f"{f.question_id} {f.code} {f.word}{' (waived)' if f.waived else ''}"
        out.print(Text(f"  {where}: ", style=SEVERITY_STYLE[f.severity]) + Text(shorten(logged(f.message), 140)))
        asked = "" if f.excerpt.place == "answer" else f"{f.excerpt.place}: "
        out.print(Text(f"    {asked}{logged(shorten(f.excerpt.quote, 140))}", style="dim"))
    left = sum(f.severity >= 2 for f in shown.findings) - len(shown.worst(12))
    if left > 0:
        out.print(f"  ... and {left} more of severity 2 or more in the report")
    out.print()
    for cause, n in shown.summary.causes()[:5]:
        out.print(Text(f"not measured, {n}x: ", style="yellow") + Text(shorten(logged(cause), 200)))
    if run.manifest["accept_drafts"] and shown.drafts:
        out.print(
            f"drafts accepted: {shown.drafts} of {len(run.questions)} golden questions are not clinically reviewed"
        )
    if shown.left_out:
        first, why = next(iter(shown.left_out.items()))
        told_of = f"not asked: {len(shown.left_out)} golden questions that need another review (first: {first}: {why})"
        out.print(Text(logged(told_of), style="yellow"))
    told = [(t.sentence(), bool(t.measured)) for t in shown.trust]
    told += [(t.sentence(), bool(t.measured)) for t in shown.rule_trust]
    for sentence, measured in told:
        out.print(Text(logged(sentence), style="" if measured else "yellow"))
    for file in files[:1]:
        out.print(f"report: {file}")
    out.print(f"signature: {logged(run.manifest['signature'])}")
    print_verdict(out, verdict)


def _print_repeats(out: Console, dials: Sequence[Dial]) -> None:
    """With repeats: how often all of them reach the bar, the worst of tier R3, and which questions flip."""
    for d in dials:
        if (r := d.repeats) is None:
            continue
        some = f"{', '.join(r.unsteady[:6])}{' ...' if len(r.unsteady) > 6 else ''}"
        out.print(f"{logged(d.scorer)}: {r.sentence()}{': ' + some if some else ''}")


def print_verdict(out: Console, verdict: Verdict) -> None:
    """Every reason, then the verdict with the number of findings that were waived."""
    for r in verdict.reasons:
        out.print(Text(f"  {r.status.value.lower():<13}", style=_VERDICT[r.status.value]) + Text(logged(r.text)))
    out.print(Text(f"verdict: {verdict}", style=_VERDICT[verdict.status.value]))


def print_audit(audit: Audit) -> None:
    """Every finding with carets under its words, then one line a score."""
    out = console()
    texts = texts_of(audit.case.answer, audit.case.question, audit.findings)
    for finding in audit.findings:
        _print_finding(out, draw(audit.id, finding, texts), SEVERITY_STYLE[finding.severity])
    for o in audit.outcomes:
        told = f"{o.score:.2f}" if o.score is not None else o.status.replace("_", " ")
        reason = f"  {shorten(logged(o.reason), _WIDTH)}" if o.reason else ""
        out.print(f"{o.scorer:<14}{told:<16}{reason}".rstrip())
    counts = ", ".join(
        f"{n} {severity_word(s)}" for s in (4, 3, 2, 1, 0) if (n := sum(f.severity == s for f in audit.findings))
    )
    out.print(f"{logged(audit.id)}: {counts or 'no findings'}")
    out.print(f"signature: {audit.signature}")


def _print_finding(out: Console, drawn: Drawn, style: str) -> None:
    out.print(Text(f"{drawn.where} ") + Text(drawn.head, style=style) + Text(f" {drawn.title}"))
    out.print(drawn.words)
    out.print(Text(drawn.carets, style=style))
    for note in drawn.notes:
        out.print(note)
    out.print()


def print_answer(answer: Answer) -> None:
    """The page as it is, without control characters."""
    out = console()
    for line in answer.text.splitlines():
        out.print(logged(line))
    out.print()


def print_complaints(complaints: Sequence[Complaint]) -> None:
    """One line a complaint, then the count."""
    out = console()
    for c in complaints:
        where = f"{c.where}: " if c.where else ""
        hint = f" ({c.hint})" if c.hint else ""
        out.print(
            Text(f"{c.level}: ", style="red" if c.level == "error" else "yellow")
            + Text(logged(f"{where}{c.text}{hint}"))
        )
    errors = sum(c.level == "error" for c in complaints)
    out.print(f"{errors} errors, {len(complaints) - errors} warnings")
