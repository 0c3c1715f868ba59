"""Measure a judge on public labelled sets: python tools/measure_judges.py DATA_DIR [--judge local]

DATA_DIR holds the files that ``tools/accuracy_sets.yaml`` names; no row of them is written out. Writes the figures
into ``harness/judges/accuracy.json``, which reports quote by judge id, and ``docs/accuracy.md``. Without DATA_DIR the
page is written again from the figures; with ``--check`` nothing is written and an outdated page is an error.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from scorer_tables import section, table

from harness.accuracy import (
    JudgedScorer,
    Measurement,
    Seen,
    mean_of,
    measurements_text,
    read_measurements,
    read_results,
    trust,
    written,
)
from harness.calibration import Labelled, calibrate, read_labelled
from harness.errors import HarnessError
from harness.judges import load_judge
from harness.printing import printable
from harness.render.calibration import cell
from harness.render.terminal import progress_bar
from harness.resources import package_file
from harness.rule_accuracy import SHIPPED

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "harness/judges/accuracy.json"
PAGE = ROOT / "docs/accuracy.md"
TEXT = ROOT / "tools/accuracy.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSet:
    """A line of ``accuracy_sets.yaml``."""

    file: Path
    scorer: JudgedScorer
    trained: bool
    floor: float
    licence: str
    what: str
    core: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """The scorer and the set's name, as measurements have them."""
        return self.scorer, self.file.stem


def public_sets() -> list[PublicSet]:
    """The sets, in the order of the tables."""
    rows = yaml.safe_load((ROOT / "tools/accuracy_sets.yaml").read_text(encoding="utf-8"))
    return [PublicSet(**{**row, "file": Path(row["file"])}) for row in rows]


def held_out(data: Labelled, every: int) -> Labelled:
    """The rows of one group in ``every``, by a hash of the group: those that training left out."""
    rows = tuple(r for r in data.rows if zlib.crc32(r.group.encode()) % every == 0)
    return replace(data, rows=rows)


def measure(told: argparse.Namespace) -> list[Measurement]:
    """Judge every set; raises HarnessError where a file is missing or broken."""
    judge = load_judge(told.judge)
    is_local = judge.id.startswith("local@")
    found = []
    for one in public_sets():
        if told.only and one.file.stem not in told.only:
            continue
        data = read_labelled(told.data_dir / one.file, one.scorer)
        seen: Seen = "no"
        if one.trained and is_local:
            seen = "other rows" if told.held_out else "these rows"
            data = held_out(data, told.held_out) if told.held_out else data
        with progress_bar(f"{one.scorer} {data.name} pairs") as progress:
            found.append(calibrate(data, judge, seed=told.seed, limit=told.limit, seen=seen, progress=progress))
    return found


def merged(old: Sequence[Measurement], new: Sequence[Measurement]) -> list[Measurement]:
    """The new figures beside those of other judges; of an older local judge nothing is kept."""
    local = {m.judge for m in new if m.judge.startswith("local@")}
    fresh = {(m.judge, m.scorer, m.data) for m in new}
    kept = [m for m in old if (m.judge, m.scorer, m.data) not in fresh]
    return [*new, *(m for m in kept if not local or m.judge in local or not m.judge.startswith("local@"))]


def judge_section(judge: str, measured: Sequence[Measurement]) -> list[str]:
    """The figures of one judge."""
    sets = {s.key: s for s in public_sets()}
    order = list(sets)
    mine = sorted((m for m in measured if m.judge == judge), key=lambda m: order.index((m.scorer, m.data)))
    lines = [f"## `{printable(judge)}`", ""]
    lines += [f"- {printable(t.sentence())}" for t in trust(judge, ["grounding", "citation"], measured)]
    core = [m for m in mine if sets[m.scorer, m.data].core]
    if len(core) == sum(s.core for s in sets.values()) and all(m.picked for m in core):
        mean = written(mean_of([m.picked.figures["balanced_accuracy"] for m in core if m.picked]))
        lines.append(f"- mean balanced accuracy over {', '.join(m.data for m in core)} at picked thresholds: {mean}")
    head = ["set", "rows (groups)", "supported", "trained on", "own labels", "picked threshold", "AUC", "floor"]
    lines += ["", "Balanced accuracy, with 95 % intervals:", "", *table(head, [_accuracy(m, sets) for m in mine])]
    head = ["set", "precision", "recall", "specificity", "calibration error", "Brier score"]
    names = ("precision", "recall", "specificity", "calibration_error", "brier")
    rows = [[_name(m), *(cell((m.own | m.scores)[n]) for n in names)] for m in mine]
    lines += ["By the judge's own labels, and of its probabilities:", "", *table(head, rows)]
    classes = [[_name(m), ", ".join(c.names), c.how, str(c.rows), cell(c.macro_f1)] for m in mine for c in m.classes]
    if classes:
        lines += ["Over three classes:", "", *table(["set", "classes", "by", "rows", "macro-F1"], classes)]
    return lines


def _name(m: Measurement) -> str:
    return f"{m.scorer} {m.data}"


def _accuracy(m: Measurement, sets: dict[tuple[str, str], PublicSet]) -> list[str]:
    rows = f"{m.rows} ({m.groups})" + (f" of {m.in_file}" if m.rows + m.left_out < m.in_file else "")
    picked = "-"
    if m.picked:
        picked = f"{cell(m.picked.figures['balanced_accuracy'])} at {m.picked.threshold:.2f}"
    own, auc = cell(m.own["balanced_accuracy"]), cell(m.scores["roc_auc"])
    floor = f"{sets[m.scorer, m.data].floor:.2f}"
    return [_name(m), rows, f"{100 * m.prevalence:.0f} %", m.seen, own, picked, auc, floor]


def page(measured: Sequence[Measurement]) -> str:
    """``docs/accuracy.md``."""
    rows = [[f"{s.scorer} {s.file.stem}", s.what, s.licence] for s in public_sets()]
    sections = [line for judge in sorted({m.judge for m in measured}) for line in judge_section(judge, measured)]
    text = TEXT.read_text(encoding="utf-8")
    text = text.replace("{{judges}}", "\n".join(sections or ["No judge has been measured yet.", ""]).rstrip())
    shipped = package_file(SHIPPED)
    text = text.replace("{{scorers}}", section(read_results(shipped).rules if shipped.is_file() else ()))
    return text.replace("{{sets}}", "\n".join(table(["set", "what", "licence"], rows)).rstrip())


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and write the figures and the page; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path, nargs="?")
    parser.add_argument("--judge", default="local")
    parser.add_argument("--limit", type=int, help="judge only so many rows of each set, drawn at random")
    parser.add_argument("--held-out", type=int, metavar="K", help="of trained sets, only groups whose crc32 %% K is 0")
    parser.add_argument("--only", nargs="+", metavar="SET", help="only these sets")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the page is out of date")
    told = parser.parse_args(argv)
    if told.check:
        fresh = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page(read_measurements(FIGURES))
        print("up to date" if fresh else f"out of date: {PAGE.relative_to(ROOT)}")
        return 0 if fresh else 1
    try:
        if told.data_dir:
            text = measurements_text(merged(read_measurements(FIGURES), measure(told)))
            FIGURES.write_text(text, encoding="utf-8")
        PAGE.write_text(page(read_measurements(FIGURES)), encoding="utf-8")
    except HarnessError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
