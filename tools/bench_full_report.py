"""Part of the long bench: its figures as a table, a page and a plot."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PAGE = """\
# Performance of audits of logs

Written by `make bench-full`; don't edit it. Figures are ratios of measurements taken in one session on one machine, so
that they can be compared between machines. An audit's peak memory is that of its largest process; the time of an answer
is that of the whole audit without start-up, which an audit of eight answers stands for. "Not measured" is no pass.

Machine: {machine}

{table}

![Time of an answer and peak memory, beside the shortest log](performance.svg)
"""

Point = tuple[int, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio and its bound.

    Args:
        value: None where it could not be measured; ``note`` says why.
    """

    name: str
    value: float | None
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """``met``, ``missed``, ``not measured``, or "" without a bound."""
        if self.value is None:
            return "not measured"
        if self.most is None and self.least is None:
            return ""
        low = self.least is not None and self.value < self.least
        return "missed" if low or (self.most is not None and self.value > self.most) else "met"

    @property
    def bound(self) -> str:
        """The bound in words."""
        told = [] if self.most is None else [f"at most {self.most:g}"]
        return ", ".join(told if self.least is None else [*told, f"at least {self.least:g}"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures.

    Args:
        lines: by name of a curve, (answers, time of an answer, peak memory), both beside the shortest log.
    """

    machine: str
    figures: tuple[Figure, ...]
    lines: dict[str, list[Point]]

    def table(self) -> str:
        """The figures as a Markdown table."""
        rows = ["| what | ratio | bound | |", "|---|---|---|---|"]
        for f in self.figures:
            value = "" if f.value is None else f"{f.value:.2f}"
            verdict = f"{f.verdict}: {f.note}" if f.note else f.verdict
            rows.append(f"| {f.name} | {value} | {f.bound} | {verdict} |")
        return "\n".join(rows)

    def to_json(self) -> dict[str, Any]:
        """The figures as plain data."""
        figures = [{**asdict(f), "verdict": f.verdict} for f in self.figures]
        return {"machine": self.machine, "figures": figures, "lines": self.lines}


def machine() -> str:
    """This machine: processor, cores, memory, system and Python."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        named = [line for line in cpuinfo.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        model = named[0].partition(":")[2].strip() if named else model
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = f"{len(os.sched_getaffinity(0))} cores"
    return f"{model}, {cores}, {gib:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def write_report(report: Report, folder: Path) -> list[Path]:
    """Write performance.md, performance.json and performance.svg into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"performance.{suffix}" for suffix in ("md", "json", "svg")]
    paths[0].write_text(PAGE.format(machine=report.machine, table=report.table()), encoding="utf-8")
    paths[1].write_text(json.dumps(report.to_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _plot(report, paths[2])
    return paths


def _plot(report: Report, path: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    with mpl.rc_context({"svg.hashsalt": "performance"}):
        figure, panels = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
        for column, (ax, name, bound) in enumerate(
            zip(panels, ("time of an answer", "peak memory"), (1.1, 1.3), strict=True), start=1
        ):
            for (label, points), color in zip(report.lines.items(), ("#0072B2", "#D55E00"), strict=False):
                known = [(p[0], p[column]) for p in points if p[column] is not None]
                ax.plot([k[0] for k in known], [k[1] for k in known], "o-", color=color, label=label)
            ax.axhline(bound, color="0.4", linestyle="--", linewidth=1)
            ax.set(xscale="log", xlabel="answers in the log", title=f"{name}, beside the shortest log", ylim=(0, None))
        if report.lines:
            panels[0].legend()
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)
