"""Figures of the benches: docs/performance.json, and the page and plot made of it.

Each bench writes sections of its own and leaves the others as they are, so that hours of measuring need not be one run.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).resolve().parents[1] / "docs"
WORDS = Path(__file__).with_suffix(".yaml")
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
class Section:
    """Figures that were taken in one run.

    Args:
        points: (answers, time of an answer, peak memory), both beside the shortest log.
    """

    figures: tuple[Figure, ...]
    points: tuple[Point, ...] = ()
    machine: str = field(default_factory=lambda: machine())
    day: str = field(default_factory=lambda: dt.datetime.now(dt.UTC).date().isoformat())

    def table(self) -> str:
        """The figures as a Markdown table."""
        rows = ["| what | ratio | bound | |", "|---|---|---|---|"]
        for f in self.figures:
            value = "" if f.value is None else f"{f.value:.2f}"
            verdict = ": ".join(word for word in (f.verdict, f.note) if word)
            rows.append(f"| {f.name} | {value} | {f.bound} | {verdict} |")
        return "\n".join(rows)

    def to_json(self) -> dict[str, Any]:
        """The section as plain data."""
        return {**asdict(self), "figures": [{**asdict(f), "verdict": f.verdict} for f in self.figures]}


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


def save(sections: Mapping[str, Section], folder: Path) -> None:
    """Write sections over those of the same name in performance.json, and page and plot anew."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "performance.json"
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    known |= {name: section.to_json() for name, section in sections.items()}
    words = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    found = {name: _section(known[name]) for name in words["sections"] if name in known}
    path.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "performance.md").write_text(_page(found, words), encoding="utf-8")
    _plot({words["sections"][name]["title"]: s.points for name, s in found.items() if s.points}, folder)


def _section(raw: Mapping[str, Any]) -> Section:
    figures = tuple(Figure(**{k: v for k, v in f.items() if k != "verdict"}) for f in raw["figures"])
    points = tuple((int(p[0]), p[1], p[2]) for p in raw["points"])
    return Section(figures=figures, points=points, machine=raw["machine"], day=raw["day"])


def _page(sections: Mapping[str, Section], words: Mapping[str, Any]) -> str:
    parts = [words["head"]]
    if any(s.points for s in sections.values()):
        parts.append("![Time of an answer and peak memory, beside the shortest log](performance.svg)\n")
    for name, section in sections.items():
        told = words["sections"][name]
        origin = f"`{told['command']}`, {section.day}, {section.machine}"
        parts.append(f"## {told['title']}\n\n{told['told']}\n\n{section.table()}\n\n{origin}\n")
    return "\n".join(parts)


def _plot(curves: Mapping[str, Sequence[Point]], folder: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    with mpl.rc_context({"svg.hashsalt": "performance"}):
        figure, panels = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
        for column, (ax, name, bound) in enumerate(
            zip(panels, ("time of an answer", "peak memory"), (1.1, 1.3), strict=True), start=1
        ):
            for (label, points), color in zip(curves.items(), ("#0072B2", "#D55E00"), strict=False):
                known = [(p[0], p[column]) for p in points if p[column] is not None]
                ax.plot([k[0] for k in known], [k[1] for k in known], "o-", color=color, label=label)
            ax.axhline(bound, color="0.4", linestyle="--", linewidth=1)
            ax.set(xscale="log", xlabel="answers in the log", title=f"{name}, beside the shortest log", ylim=(0, None))
        if curves:
            panels[0].legend()
        figure.savefig(folder / "performance.svg", metadata={"Date": None})
        plt.close(figure)
