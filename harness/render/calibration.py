"""The measurement of a judge, or of a scorer, as a table."""

from __future__ import annotations

from rich.table import Table

from harness.accuracy import Measurement, RuleMeasurement, Triple
from harness.printing import printable
from harness.render.terminal import console

NAMES = {
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro-F1",
    "precision": "precision",
    "recall": "recall",
    "specificity": "specificity",
    "roc_auc": "AUC",
    "calibration_error": "calibration error",
    "brier": "Brier score",
    "false_alarms": "false alarms",
    "right_kind": "hits under the right kind",
    "pearson": "correlation (Pearson)",
    "spearman": "correlation of ranks (Spearman)",
    "pairs": "pairs of a group ordered right",
}


def cell(triple: Triple) -> str:
    """``0.712 (0.690 to 0.730)``; ``undefined`` where there was no row of the kind it counts."""
    value, low, high = triple
    if value is None:
        return "undefined"
    return f"{value:.3f}" + ("" if low is None or high is None else f" ({low:.3f} to {high:.3f})")


def print_measurement(m: Measurement) -> None:
    """Every figure with its 95 % interval, by the judge's own labels and at the picked threshold."""
    out = console()
    out.print(f"{m.scorer}: judge {printable(m.judge)} on {printable(m.data)} (sha256 {m.sha256[:12]})")
    left = f"; {m.left_out} rows without a source text left out" if m.left_out else ""
    sample = f", of {m.in_file}" if m.rows + m.left_out < m.in_file else ""
    out.print(f"{m.rows} rows{sample} in {m.groups} groups, {100 * m.prevalence:.1f} % of them supported{left}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("figure (95 % interval)")
    table.add_column("judge's own labels, all rows", justify="right")
    if m.picked:
        table.add_column(f"threshold {m.picked.threshold:.3f}, other half", justify="right")
    for name, triple in (m.own | m.scores).items():
        picked = [cell(m.picked.figures[name]) if name in m.picked.figures else ""] if m.picked else []
        table.add_row(NAMES[name], cell(triple), *picked)
    out.print(table)
    for c in m.classes:
        out.print(f"macro-F1 over {', '.join(c.names)}: {cell(c.macro_f1)} on {c.rows} rows, by {c.how}")
    if m.picked:
        tuned = f"picked on {m.picked.tuned_rows} rows and tried on the {m.picked.rows} rows of other groups"
        out.print(f"threshold {m.picked.threshold:.3f}: {tuned}")
    else:
        out.print("no threshold was picked: that takes two halves of whole groups, each with rows of both labels")
    out.print("intervals: percentile bootstrap over groups; supported is the positive class")


def print_rules(m: RuleMeasurement) -> None:
    """Every figure with its 95 % interval, over all rows and by kind."""
    out = console()
    out.print(f"{printable(m.scorer_id)} on {printable(m.data)} (sha256 {m.sha256[:12]})")
    part = "" if m.split == "all" else f" of split {printable(m.split)}"
    sample = f", of {m.in_file}" if m.rows < m.in_file else ""
    flawed = "" if m.prevalence is None else f", {100 * m.prevalence:.1f} % of them flawed"
    out.print(f"{m.rows} rows{part}{sample} in {m.groups} groups{flawed}")
    if m.unmeasured:
        counted = "left out" if m.prevalence is None else "counted as wrong"
        out.print(f"{m.unmeasured} rows could not be scored: {counted}", style="yellow")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("figure (95 % interval)")
    table.add_column("all rows", justify="right")
    for name, triple in m.figures.items():
        table.add_row(NAMES[name], cell(triple))
    if m.picked:
        for name, triple in m.picked.figures.items():
            table.add_row(f"{NAMES[name]} at threshold {m.picked.threshold:.3f}, other half", cell(triple))
    out.print(table)
    if m.kinds:
        table = Table("kind", box=None, pad_edge=False, header_style="bold")
        for name in ("rows (flawed)", "precision", "recall", "false alarms"):
            table.add_column(name, justify="right")
        for k in m.kinds:
            shares = (cell(k.precision), cell(k.recall), cell(k.false_alarms))
            table.add_row(printable(k.kind), f"{k.rows} ({k.flawed})", *shares)
        out.print(table)
    out.print("intervals: Wilson's, or percentile bootstrap over groups of several rows; flawed is the positive class")
