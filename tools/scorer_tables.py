"""The labelled sets of ``tools/scorer_sets.yaml``, and their figures as a part of ``docs/accuracy.md``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from harness.accuracy import Kind, RuleMeasurement, RuleScorer
from harness.render.calibration import NAMES, cell

SETS = Path(__file__).resolve().parent / "scorer_sets.yaml"
ORDER = ("recall", "false_alarms", "precision", "balanced_accuracy", "right_kind", "roc_auc")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSet:
    """An entry of ``scorer_sets.yaml``."""

    name: str
    scorer: RuleScorer
    files: list[str]
    what: str
    seen: str
    public: bool = False
    easier: bool = False
    split: str | None = None
    aside: dict[str, Any] = field(default_factory=dict)


def labelled_sets() -> list[LabelledSet]:
    """The sets, in the order of the tables."""
    return [LabelledSet(**raw) for raw in yaml.safe_load(SETS.read_text(encoding="utf-8"))]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines] + [""]


def section(measured: Sequence[RuleMeasurement]) -> str:
    """The part of ``docs/accuracy.md`` on these scorers."""
    sets = {one.name: one for one in labelled_sets()}
    mine = sorted((m for m in measured if m.data in sets), key=lambda m: list(sets).index(m.data))
    if not mine:
        return "Not measured yet."
    flags, reading = ([m for m in mine if (m.scorer == "readability") is told] for told in (False, True))
    lines: list[str] = []
    if flags:
        head = ["scorer", "set", "rows (flawed)", "not scored", *(NAMES[name] for name in ORDER)]
        lines += table(head, [_flags(m) for m in flags])
    if reading:
        names = ("pearson", "spearman", "pairs")
        head = ["set", "texts", "not scored", *(NAMES[name] for name in names)]
        rows = [[m.data, str(m.rows), str(m.unmeasured), *(_cell(m, name) for name in names)] for m in reading]
        lines += ["Learned ease beside people's judgement of ease:", "", *table(head, rows)]
    for m in (m for m in flags if m.kinds):
        head = ["kind", "rows (flawed)", "precision", "recall", "false alarms"]
        lines += [f"### {m.data}, by kind", "", *table(head, [_kind(k) for k in m.kinds])]
    told = [[one.name, one.what, one.seen, "public" if one.public else "this repository"] for one in sets.values()]
    lines += ["### These sets", "", *table(["set", "what", "seen in the making", "from"], told)]
    return "\n".join(lines).rstrip()


def _flags(m: RuleMeasurement) -> list[str]:
    flawed = round((m.prevalence or 0.0) * m.rows)
    return [f"`{m.scorer_id}`", m.data, f"{m.rows} ({flawed})", str(m.unmeasured), *(_cell(m, n) for n in ORDER)]


def _cell(m: RuleMeasurement, name: str) -> str:
    return cell(m.figures[name]) if name in m.figures else "-"


def _kind(k: Kind) -> list[str]:
    shares = (cell(k.precision), cell(k.recall), cell(k.false_alarms))
    return [k.kind, f"{k.rows} ({k.flawed})", *("-" if told == "undefined" else told for told in shares)]
