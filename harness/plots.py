"""Plots with intervals, for notebooks and papers; matplotlib is imported only when one is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from harness.stats import Bin, Figure, Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE = "#0072B2"  # colour-blind safe (Okabe & Ito)


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
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(7, 0.5 + 0.45 * len(names)), layout="constrained")
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


_SERIES = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D"))  # Okabe & Ito 2008, and shapes


def grouped_plot(series: Mapping[str, Mapping[str, Figure]], *, label: str, ax: Axes | None = None) -> Axes:
    """Several series over the same names: a row a name, a colour and shape a series, with 95 % intervals.

    What is undefined leaves its place empty.

    Args:
        series: figures by name, by the series' name for the legend; at most four.
        label: what the horizontal axis measures, with its unit.

    Raises:
        ValueError: for more series than can be told apart.
    """
    import matplotlib.pyplot as plt

    if len(series) > len(_SERIES):
        raise ValueError(f"{len(series)} series can't be told apart; draw at most {len(_SERIES)}")
    names = list(dict.fromkeys(name for figures in series.values() for name in figures))
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 0.9 + 0.4 * len(names)), layout="constrained")
    for number, (title, figures) in enumerate(series.items()):
        colour, shape = _SERIES[number]
        shift = 0.22 * (number - (len(series) - 1) / 2)
        for row, name in enumerate(names):
            figure = figures.get(name)
            if figure is None or figure.value is None:
                continue
            if figure.interval is not None:
                ends = [figure.interval.low, figure.interval.high]
                ax.plot(ends, [row + shift] * 2, color=colour, linewidth=1.8, solid_capstyle="butt")
            ax.plot([figure.value], [row + shift], shape, color=colour, markersize=6)
        ax.plot([], [], shape, color=colour, label=title)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlabel(label)
    ax.grid(axis="x", color="0.9")
    ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def reliability_plot(bins: Sequence[Bin], *, ax: Axes | None = None) -> Axes:
    """A reliability curve: what a judge says against how often it was so, with 95 % intervals and rows per bin."""
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(5, 4.5), layout="constrained")
    ax.plot([0, 1], [0, 1], color="0.4", linestyle="--", linewidth=1, label="as it should be")
    for b in bins:
        ax.plot([b.probability] * 2, [b.interval.low, b.interval.high], color=_BLUE, linewidth=1.8)
        ax.annotate(f"{b.rows}", (b.probability, b.interval.high), (0, 3), textcoords="offset points", ha="center")
    ax.plot([b.probability for b in bins], [b.share for b in bins], "o-", color=_BLUE, label="measured (n above)")
    ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.1), xlabel="probability of support, as the judge says")
    ax.set_ylabel("share of pairs that are supported")
    ax.legend(frameon=False, loc="upper left")
    return ax
