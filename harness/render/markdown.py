"""``report.md``: the verdict, the dials and the worst findings, short enough for a pull-request comment."""

from __future__ import annotations

from collections.abc import Sequence

from harness.gate import Verdict
from harness.render.clean import markdown_cell, shorten
from harness.render.view import DialView, FindingView, ReportView, view
from harness.store import Run

_WORST = 20


def report_markdown(run: Run, verdict: Verdict) -> str:
    """The report as Markdown."""
    shown = view(run, verdict)
    lines = [
        f"# {verdict}: {markdown_cell(run.manifest['title'])}",
        "",
        f"Pipeline `{run.manifest['pipeline']}`, {shown.summary.answered}/{shown.summary.planned} questions answered, "
        f"editions judged as of {run.manifest['as_of']}.",
        "",
    ]
    if run.manifest["accept_drafts"] and shown.drafts:
        lines += [
            f"> {shown.drafts} of {len(run.questions)} golden questions are drafts that no clinician has signed.",
            "",
        ]
    if shown.left_out:
        named = ", ".join(sorted(shown.left_out))
        lines += [f"> {len(shown.left_out)} golden questions were not asked, as they need another review: {named}.", ""]
    lines += ["## Why", ""]
    lines += [f"- **{r.status.value}** {markdown_cell(r.text)}" for r in verdict.reasons]
    causes = shown.summary.causes()[:5]
    lines += ["", *(f"- could not be measured, {n} times: {markdown_cell(shorten(c, 200))}" for c, n in causes)]
    lines += ["", "## Dials", "", *dial_table(shown.dials), ""]
    repeats = [(d.dial.scorer, d.dial.repeats) for d in shown.dials if d.dial.repeats]
    if repeats:
        told = (f"- {name}: {r.sentence()}{': ' if r.unsteady else ''}{', '.join(r.unsteady)}" for name, r in repeats)
        lines += ["Repeats:", "", *map(markdown_cell, told), ""]
    if shown.trust:
        lines += ["How far to trust the judge:", "", *(f"- {markdown_cell(t.sentence())}" for t in shown.trust), ""]
    if shown.rule_trust:
        told = (f"- {markdown_cell(t.sentence())}" for t in shown.rule_trust)
        lines += ["How far to trust the other scorers:", "", *told, ""]
    lines += [f"Would this gate notice? {markdown_cell(shown.selftest)}.", ""]
    counted = ", ".join(f"{n} {word}" for word, n in shown.counts())
    lines += ["## Findings", "", f"{counted}.", "", *_findings(shown), ""]
    lines += [f"Signature: `{run.manifest['signature']}`", ""]
    return "\n".join(lines)


def dial_table(dials: Sequence[DialView]) -> list[str]:
    """The lines of a table with one row a score."""
    head = ["| Score | Mean | 95 % interval | Measured | Missing | Exempt | Bar |"]
    return [*head, "| --- | --- | --- | --- | --- | --- | --- |", *(_dial(d) for d in dials)]


def _dial(shown: DialView) -> str:
    e = shown.dial.estimate
    mean = "not measured" if e.mean is None else f"{e.mean:.3f}"
    interval = f"{e.interval.low:.3f} to {e.interval.high:.3f}" if e.interval else "-"
    bar = "-" if shown.minimum is None else f"at least {shown.minimum:g}"
    return f"| {shown.dial.scorer} | {mean} | {interval} | {e.measured}/{e.total} | {e.missing} | {e.exempt} | {bar} |"


def _findings(shown: ReportView) -> list[str]:
    worst = shown.worst(_WORST)
    if not worst:
        return ["None of severity 2 or more."]
    left = len([f for f in shown.findings if f.severity >= 2]) - len(worst)
    return finding_table(worst) + ([f"\n... and {left} more in report.html."] if left else [])


def finding_table(findings: Sequence[FindingView]) -> list[str]:
    """The lines of a table with one row a finding."""
    rows = ["| Severity | Rule | Question | Words | Why |", "| --- | --- | --- | --- | --- |"]
    for f in findings:
        asked = "" if f.excerpt.place == "answer" else f"{f.excerpt.place}: "
        words = markdown_cell(asked + shorten(f.excerpt.quote, 120))
        waived = " (waived)" if f.waived else ""
        why = markdown_cell(shorten(f.message, 160))
        rows.append(f"| {f.severity} {f.word}{waived} | {f.code} | {f.question_id} | {words} | {why} |")
    return rows
