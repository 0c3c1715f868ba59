"""Plots with intervals, for notebooks and papers; matplotlib is imported only when one is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.stats import Interval

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
    if ax is None:
        import matplotlib.pyplot as plt

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
