"""Plots with intervals, for notebooks and papers; matplotlib is imported only when one is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from harness.printing import printable
from harness.stats import Bin, Figure, Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE = "#0072B2"
# Colour-blind safe (Okabe & Ito 2008); markers tell systems apart in black and white too.
_COLOURS = (_BLUE, "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#B8A800")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

_LONG_NAME = 12  # letters, from which on names stand below each other


def interval_plot(
    names: Sequence[str],
    means: Sequence[float],
    intervals: Sequence[Interval | None],
    *,
    reference: float,
    label: str,
    ax: Axes | None = None,
) -> Axes:
    """One row a name: its mean, its 95 % interval where there is one, and a dashed line at ``reference``.

    Args:
        names, means, intervals: of equal length, drawn from top to bottom.
        label: what the horizontal axis measures, with its unit.
        ax: axes to draw on; new ones where left out.
    """
    ax = ax or _axes(width=7, height=0.5 + 0.45 * len(names))
    rows = range(len(names))
    for row, mean, interval in zip(rows, means, intervals, strict=True):
        if interval is not None:
            ax.plot([interval.low, interval.high], [row, row], color=_BLUE, linewidth=2, solid_capstyle="butt")
        ax.plot([mean], [row], "o", color=_BLUE)
    ax.axvline(reference, color="0.4", linestyle="--", linewidth=1)
    ax.set_yticks(list(rows), list(names))
    ax.invert_yaxis()
    ax.set_xlabel(label)
    return ax


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One system in a plot: a mean and an interval for each row, None where there is none."""

    name: str
    means: Sequence[float | None]
    intervals: Sequence[Interval | None]


def grouped_interval_plot(
    rows: Sequence[str], series: Sequence[Series], *, reference: float | None, label: str, ax: Axes | None = None
) -> Axes:
    """Several systems in each row, told apart by colour and by marker, with 95 % intervals.

    Args:
        rows: names of the rows, drawn from top to bottom; each series has a value for each.
        reference: where a dashed line stands; None for none.
        label: what the horizontal axis measures, with its unit.
    """
    ax = ax or _axes(width=7.5, height=1.1 + len(rows) * (0.2 + 0.2 * len(series)))
    step = 0.7 / max(1, len(series))
    for place, one in enumerate(series):
        colour, marker = style(place)
        shift = (place - (len(series) - 1) / 2) * step
        known = [
            (y + shift, m, i) for y, (m, i) in enumerate(zip(one.means, one.intervals, strict=True)) if m is not None
        ]
        for y, _, interval in known:
            if interval is not None:
                ax.plot([interval.low, interval.high], [y, y], color=colour, linewidth=2, solid_capstyle="butt")
        ax.plot([m for _, m, _ in known], [y for y, _, _ in known], marker, color=colour, label=plain(one.name))
    if reference is not None:
        ax.axvline(reference, color="0.4", linestyle="--", linewidth=1)
    ax.set_yticks(list(range(len(rows))), [plain(r) for r in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlabel(label)
    _legend(ax)
    return ax


def grouped_plot(series: Mapping[str, Mapping[str, Figure]], *, label: str, ax: Axes | None = None) -> Axes:
    """``grouped_interval_plot`` of figures by name; what is undefined, or lacks in a series, leaves its place empty.

    Args:
        series: figures by the name of their row, by the name of the series for the legend.
        label: what the horizontal axis measures, with its unit.
    """
    rows = list(dict.fromkeys(row for figures in series.values() for row in figures))
    none = Figure(value=None, interval=None)
    drawn = []
    for name, figures in series.items():
        told = [figures.get(row, none) for row in rows]
        drawn.append(Series(name=name, means=[f.value for f in told], intervals=[f.interval for f in told]))
    return grouped_interval_plot(rows, drawn, reference=None, label=label, ax=ax)


def reliability_plot(bins: Sequence[Bin], *, ax: Axes | None = None) -> Axes:
    """A reliability curve: what a judge says against how often it was so, with 95 % intervals and rows per bin."""
    ax = ax or _axes(width=5, height=4.5)
    ax.plot([0, 1], [0, 1], color="0.4", linestyle="--", linewidth=1, label="as it should be")
    for b in bins:
        ax.plot([b.probability] * 2, [b.interval.low, b.interval.high], color=_BLUE, linewidth=1.8)
        ax.annotate(f"{b.rows}", (b.probability, b.interval.high), (0, 3), textcoords="offset points", ha="center")
    ax.plot([b.probability for b in bins], [b.share for b in bins], "o-", color=_BLUE, label="measured (n above)")
    ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.1), xlabel="probability of support, as the judge says")
    ax.set_ylabel("share of pairs that are supported")
    ax.legend(frameon=False, loc="upper left")
    return ax


def front_plot(
    names: Sequence[str],
    points: Sequence[tuple[float, float]],
    intervals: Sequence[tuple[Interval | None, Interval | None]],
    on_front: Sequence[bool],
    *,
    labels: tuple[str, str],
    ax: Axes | None = None,
) -> Axes:
    """Two measures of several systems, up and right is better; a line joins those that no other dominates.

    Args:
        points, intervals: (horizontal, vertical) of each system.
        labels: of the two axes, with units.
    """
    ax = ax or _axes(width=5.5, height=4.2)
    front = sorted(p for p, on in zip(points, on_front, strict=True) if on)
    ax.plot([x for x, _ in front], [y for _, y in front], color="0.6", linewidth=1, linestyle="--", zorder=0)
    for place, (name, (x, y), (across, up)) in enumerate(zip(names, points, intervals, strict=True)):
        colour, marker = style(place)
        if across:
            ax.plot([across.low, across.high], [y, y], color=colour, linewidth=1.5)
        if up:
            ax.plot([x, x], [up.low, up.high], color=colour, linewidth=1.5)
        told = plain(f"{name} (on the front)" if on_front[place] else name)
        ax.plot([x], [y], marker, color=colour, markersize=8, label=told)
    ax.set_xlabel(labels[0])
    ax.set_ylabel(labels[1])
    _legend(ax)
    return ax


def matrix_plot(
    names: Sequence[str], values: Sequence[Sequence[float | None]], *, label: str, ax: Axes | None = None
) -> Axes:
    """A square matrix of shares in [0, 1] as shades with the number in each cell; cells without a value are empty."""
    import numpy as np

    size = 1.6 + 0.9 * len(names)
    ax = ax or _axes(width=size + 0.6, height=size)
    table = np.array([[np.nan if v is None else v for v in row] for row in values], dtype=float)
    image = ax.imshow(table, vmin=0.0, vmax=1.0, cmap="cividis")
    for (row, column), value in np.ndenumerate(table):
        if np.isfinite(value):
            ink = "black" if value > 0.6 else "white"
            ax.text(column, row, f"{value:.2f}", ha="center", va="center", color=ink)
    ticks = list(range(len(names)))
    ax.set_xticks(ticks, [plain(n) for n in names], rotation=30, ha="right")
    ax.set_yticks(ticks, [plain(n) for n in names])
    ax.figure.colorbar(image, ax=ax, shrink=0.8)
    ax.set_title(plain(label), fontsize="small", wrap=True)
    return ax


def style(place: int) -> tuple[str, str]:
    """Colour and marker of the system at a place, from 0: no two of the first eight share either."""
    return _COLOURS[place % len(_COLOURS)], _MARKERS[place % len(_MARKERS)]


def plain(name: str) -> str:
    """A name as matplotlib shows it, which takes dollars for mathematics."""
    return printable(name).replace("$", r"\$")


def picture(ax: Axes, kind: Literal["svg", "png"]) -> bytes:
    """The figure of some axes as a picture, after which it is closed; an SVG of the same figure has the same bytes."""
    import io

    import matplotlib as mpl
    import matplotlib.pyplot as plt

    out, figure = io.BytesIO(), ax.get_figure(root=True)
    assert figure is not None  # noqa: S101 - axes on no figure can't be drawn on
    metadata = {"Date": None, "Creator": None} if kind == "svg" else None
    with mpl.rc_context({"svg.hashsalt": "harness", "svg.fonttype": "path"}):
        figure.savefig(out, format=kind, dpi=160, metadata=metadata)
    plt.close(figure)
    return out.getvalue()


def _legend(ax: Axes) -> None:
    """Names above the plot, where they hide nothing."""
    names = ax.get_legend_handles_labels()[1]
    columns = 1 if max(map(len, names), default=0) > _LONG_NAME else 3
    ax.legend(fontsize="small", loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, frameon=False)


def _axes(*, width: float, height: float) -> Axes:
    """Axes of a new figure, which a notebook shows by itself."""
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]
