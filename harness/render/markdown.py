"""``report.md``: the verdict, the dials and the worst findings, short enough for a pull-request comment."""

from __future__ import annotations

from collections.abc import Sequence

from harness.gate import Verdict
from harness.render.clean import markdown_cell, shorten
from harness.render.pageone import since
from harness.render.review import corrected_words, day, label, percent, review_sentence, small_words, written
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
    lines += ["## Since the last release", "", f"{markdown_cell(since(verdict.compared))}", "", *_people(shown)]
    lines += [f"Signature: `{run.manifest['signature']}`", ""]
    return "\n".join(lines)


def _people(shown: ReportView) -> list[str]:
    """What readers found, how far they agree, the corrected rates, and who signed what."""
    evidence, review = shown.evidence, shown.evidence.review
    lines = ["## Clinical review and human decision", ""]
    if evidence.outdated:
        lines += ["> A review or signature was given over another state of this run. It does not count.", ""]
    lines += [markdown_cell(review_sentence(review)), ""]
    if review is not None:
        lines += ["| Answers with | The tool says | Corrected by the review |", "| --- | --- | --- |"]
        lines += [
            f"| {markdown_cell(label(r.key))} | {percent(r.raw)} | {corrected_words(r)}"
            f"{f' ({small_words(r)})' if r.small else ''} |"
            for r in review.rates
        ]
        lines += ["", "| Do readers agree on | n | Agree | On yes | On no | Kappa | AC1 |"]
        lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
        for a in review.agreement:
            figures = " | ".join(written(f) for f in (a.raw, a.positive, a.negative, a.kappa, a.ac1))
            lines.append(f"| {markdown_cell(label(a.key))} | {a.n} | {figures} |")
        lines.append("")
    decision = evidence.decision.replace("-", " ") or "none yet"
    lines += [f"Human decision: **{decision}**.", ""]
    for entry, s in evidence.signed:
        who = f"{s.name}, {s.role}, {day(entry.when)}: {s.decision.replace('-', ' ')}. {s.statement}"
        lines.append(f"- {markdown_cell(who)}")
    return [*lines, ""] if evidence.signed else lines


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
