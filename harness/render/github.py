"""GitHub Actions: workflow annotations, and a Markdown comment for a pull request that is edited in place.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from urllib.parse import unquote

from harness.comparison import Comparison
from harness.gate import Status, Verdict
from harness.masking import told as shown_words
from harness.render.cells import SERIOUS, cells
from harness.render.clean import logged, markdown_cell, shorten
from harness.render.locate import Locator
from harness.render.markdown import dial_table, finding_table
from harness.render.view import ReportView, view
from harness.store import Run
from harness.summary import PlacedFinding, summarise

# GitHub shows ten annotations of one level a step.
_SHOWN = 10
_WORST = 10


def marker(run: Run) -> str:
    """The hidden first line by which the comment of a suite is found again."""
    return f"<!-- patient-answer-harness: {run.manifest['suite']} -->"


def report_annotations(run: Run, verdict: Verdict) -> str:
    """Workflow commands: the verdict first, then serious findings and what could not be measured, ten at most."""
    locator = Locator(run)
    lines = []
    for placed in _serious(summarise(run).findings, verdict):
        f, place = placed.finding, locator.place(placed.question_id, placed.epoch, placed.finding.span)
        title = f"{f.code} {placed.question_id}"
        words = f'{f.message} "{shorten(shown_words(f), 200)}"'
        columns = {"col": str(place.start), "endColumn": str(place.end)} if place.start else {}
        lines.append(_command("error", words, title=title, file=unquote(place.uri), line=str(place.line), **columns))
    causes: dict[str, int] = {}
    for cell in cells(run, verdict):
        if cell.outcome.status == "failed":
            causes[cell.reason] = causes.get(cell.reason, 0) + 1
    lines += [_command("error", f"{n} times: {cause}", title="not measured") for cause, n in causes.items()]
    left = f" (and {len(lines) - _SHOWN + 1} more in the report)" if len(lines) > _SHOWN - 1 else ""
    told = "; ".join(r.text for r in verdict.because())
    level = "notice" if verdict.status is Status.PASS else "error"
    first = _command(level, f"{told}{left}", title=f"{verdict}: {run.manifest['title']}")
    return "\n".join([first, *lines[: _SHOWN - 1]]) + "\n"


def _serious(findings: tuple[PlacedFinding, ...], verdict: Verdict) -> list[PlacedFinding]:
    return [f for f in findings if f.finding.severity >= SERIOUS and f not in verdict.waived]


def _command(name: str, text: str, **properties: str) -> str:
    """One workflow command; nothing in text or properties can end it or start another."""
    told = ",".join(f"{key}={_escape(value, ':,')}" for key, value in properties.items())
    return f"::{name} {told}::{_escape(text)}"


def _escape(text: str, more: str = "") -> str:
    """GitHub's own escapes: ``%``, CR and LF in data, also ``:`` and ``,`` in properties."""
    return "".join(f"%{ord(c):02X}" if c in f"%\r\n{more}" else c for c in logged(text))


def report_comment(run: Run, verdict: Verdict, comparison: Comparison | None = None) -> str:
    """The pull-request comment: hidden marker, verdict and why, dials, and the worst findings.

    With a comparison the findings are those that are new since the baseline, beside how many are gone.
    """
    shown = view(run, verdict)
    lines = [
        marker(run),
        f"### {verdict}: {markdown_cell(run.manifest['title'])}",
        "",
        f"Pipeline {markdown_cell(run.manifest['pipeline'])}, "
        f"{shown.summary.answered}/{shown.summary.planned} questions answered.",
        "",
        *(f"- **{r.status.value}** {markdown_cell(r.text)}" for r in verdict.because()),
        "",
        *dial_table(shown.dials),
        "",
        *_findings(shown, comparison),
        "",
        f"Signature: {markdown_cell(run.manifest['signature'])}",
        "",
    ]
    return "\n".join(lines)


def _findings(shown: ReportView, comparison: Comparison | None) -> list[str]:
    found = [f for f in shown.findings if f.severity >= 2]
    counted = ", ".join(f"{n} {word}" for word, n in shown.counts())
    head = f"Findings: {counted}."
    if comparison is not None:
        new = {f.identity for f in comparison.new}
        found = [f for f in found if (f.question_id, f.code, " ".join(f.excerpt.quote.lower().split())) in new]
        head += (
            f" Against the baseline: {len(comparison.new)} new, {len(comparison.gone)} gone, "
            f"{len(comparison.unchanged)} unchanged."
        )
    kind = "findings" if comparison is None else "new findings"
    if not found:
        return [head, "", f"No {kind} of severity 2 or more."]
    left = len(found) - _WORST
    more = [f"\n... and {left} more in the report."] if left > 0 else []
    return [head, "", f"Worst {kind}:", "", *finding_table(found[:_WORST]), *more]
