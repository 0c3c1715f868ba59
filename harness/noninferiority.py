"""Pre-declared non-inferiority: is a candidate worse than its baseline by more than the margin written down before?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from scipy.special import ndtri

from harness.means import lower_limit, p_above, score_z
from harness.stats import PairedDifference, holm

ALPHA = 0.05
_Z = float(ndtri(1 - ALPHA))
_MOST = 10_000  # more questions than this are no advice


@dataclass(frozen=True, slots=True, kw_only=True)
class NonInferiority:
    """What the pairs of one metric say about a margin.

    Args:
        decision: ``not worse`` (the one-sided 95 % bound lies above -margin), ``worse`` (the drop is significant after
            Holm's correction over all metrics, and the bound lies below -margin), or ``open``.
        lower: one-sided 95 % lower bound of the mean difference.
        p_margin: p value of "worse by the margin or more"; p_worse: Holm-adjusted p value of "no worse at all".
        advice: what would decide an open one; empty otherwise.
    """

    margin: float
    mean: float
    pairs: int
    lower: float
    p_margin: float
    p_worse: float
    decision: Literal["not worse", "worse", "open"]
    advice: str = ""


def noninferiority(
    differences: Mapping[str, PairedDifference], margins: Mapping[str, float]
) -> dict[str, NonInferiority]:
    """Test every metric that has two pairs or more against its margin.

    A release needs every metric to be not worse, so that each may be tested at 5 %: all of them pass by luck at most as
    often as one does (intersection-union test, Berger 1982). "Worse" is claimed where any metric is, and so Holm's
    correction applies to those p values. Questions that one side lacks count against the candidate for "not worse", and
    are left out for "worse".
    """
    told = {name: d for name, d in differences.items() if d.pairs >= 2}
    worse = holm({name: p_above(-np.array(d.differences), 0.0) for name, d in told.items()})
    return {name: _one(d, margins[name], worse[name]) for name, d in told.items()}


def _one(d: PairedDifference, margin: float, p_worse: float) -> NonInferiority:
    held = np.array(d.worst)
    p_margin = p_above(held, -margin)
    decision: Literal["not worse", "worse", "open"] = (
        "not worse" if p_margin <= ALPHA else "worse" if p_worse <= ALPHA else "open"
    )
    return NonInferiority(
        margin=margin,
        mean=float(np.mean(d.differences)),
        pairs=d.pairs,
        lower=lower_limit(held),
        p_margin=p_margin,
        p_worse=p_worse,
        decision=decision,
        advice=_advice(d, margin) if decision == "open" else "",
    )


def _advice(d: PairedDifference, margin: float) -> str:
    """How many more questions or epochs would decide, if the mean difference and the variances stay as they are."""
    values = np.array(d.differences)
    if d.one_sided and p_above(values, -margin) <= ALPHA:
        return f"measure the {d.one_sided} questions that only one side has: the others are enough"
    mean, n = float(values.mean()), len(values)
    goal = -margin if mean > -margin / 2 else 0.0
    z = abs(score_z(values, goal, low=-1.0, high=1.0))
    wanted = n * (_Z / z) ** 2 if z else float("inf")
    if mean > goal:
        start = max(mean, 0.0)
        wanted = max(wanted, float(np.log(ALPHA) / np.log1p(-(start + margin) / (start + 1.0))))
    if wanted > _MOST:
        return f"more than {_MOST:,} questions would be needed to decide at this difference"
    more = max(1, ceil(wanted) - n)
    told = f"about {more} more question{'s' * (more > 1)}"
    epochs = _more_epochs(d, values, mean - goal)
    return f"{told}{f' or {epochs} more epoch' + 's' * (epochs > 1) if epochs else ''} would decide"


def _more_epochs(d: PairedDifference, values: np.ndarray, gap: float) -> int:
    """Further epochs that bring the standard error down far enough; 0 where repeating can't, or is not known to."""
    if d.sampling_variance is None:
        return 0
    between = max(0.0, float(values.var(ddof=1)) - d.sampling_variance)
    allowed = len(values) * (gap / _Z) ** 2 - between
    if allowed <= 0 or d.sampling_variance <= allowed:
        return 0
    more = ceil(d.epochs * (d.sampling_variance / allowed - 1))
    return more if more <= 100 else 0
