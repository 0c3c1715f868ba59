"""Score tests and intervals for the mean of bounded values, one value a question.

A test of a mean needs the variance that the values would have *if the mean were the tested one*. Where losses are
rare, the variance seen is too small just when none was met, and a t test or a bootstrap then claims more than is
known. The score test takes the variance from the most likely distribution that has the tested mean: the restricted
maximum likelihood estimate, nonparametric here, so that values need not be 0 or 1. For one pass/fail value a question
it is Wilson's test (Wilson 1927), for paired ones Tango's (Tango 1998, Statistics in Medicine 17:891); for smooth
values it tends to the t test.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor, inf, sqrt

import numpy as np
from scipy.special import bdtr, ndtr, ndtri

_EDGE = 1e-10


def score_z(values: np.ndarray, mu: float, *, low: float, high: float) -> float:
    """Signed z of the score test that the mean is ``mu``; positive where the values lie above it.

    With y = value - mu, the restricted likelihood puts the weight 1 / (n (1 + t y)) on each value, and what is left on
    the end of the range; t solves sum(y / (1 + t y)) = 0, or is as large as the range allows. Its variance is mean(y) /
    t, so that z is the root of n mean(y) t.

    Args:
        values: one a question, independent of each other.
        low, high: the range a value may have, met or not.
    """
    mean = float(values.mean())
    if abs(mean - mu) < _EDGE:
        return 0.0
    if mean < mu:
        return -score_z(-values, -mu, low=-high, high=-low)
    if mu - low < _EDGE:
        return inf
    y, count = np.unique(values - mu, return_counts=True)
    most = 1.0 / (mu - low)

    def slope(t: float) -> float:
        return float((count * y / (1.0 + t * y)).sum())

    last = most * (1.0 - _EDGE)
    t = most if slope(last) > 0.0 else _root(slope, 0.0, last, xtol=1e-12)
    return sqrt(len(values) * (mean - mu) * t)


def score_bound(values: np.ndarray, z: float, *, low: float, high: float) -> float:
    """The mean below the one seen that the score test just doesn't reject at ``z``; ``low`` where it rejects none."""
    mean = float(values.mean())
    first, last = low + 1e-9, mean - 1e-9
    if last <= first or score_z(values, first, low=low, high=high) < z:
        return low
    return _root(lambda mu: score_z(values, mu, low=low, high=high) - z, first, last, xtol=1e-9)


def score_interval(values: np.ndarray, *, low: float, high: float, level: float = 0.95) -> tuple[float, float]:
    """Two-sided score interval of a mean: every mean that ``score_z`` does not reject."""
    z = float(ndtri(0.5 + level / 2))
    return score_bound(values, z, low=low, high=high), -score_bound(-values, z, low=-high, high=-low)


def p_above(differences: np.ndarray, mu: float) -> float:
    """One-sided p value of "the mean difference is ``mu`` or less"; small where the differences show that it is more.

    The larger of two p values, so that neither way of lying at ``mu`` is overlooked: that of the score test, and the
    exact chance of losing as little as was seen if the rest of the way down to ``mu`` were questions lost outright (by
    a whole point). Without a loss that chance is the rule of three: below 3 / margin questions nothing is shown.

    Args:
        differences: candidate minus baseline, one a question, in [-1, 1].
    """
    mean, n = float(differences.mean()), len(differences)
    if mean <= mu:
        return 1.0
    start = max(mean, 0.0)
    unseen = float(bdtr(floor(max(-mean, 0.0) * n + 1e-9), n, (start - mu) / (start + 1.0)))
    return max(float(ndtr(-score_z(differences, mu, low=-1.0, high=1.0))), unseen)


def lower_limit(differences: np.ndarray, *, level: float = 0.95) -> float:
    """One-sided lower bound of a mean difference: the largest that ``p_above`` rejects; -1 where it rejects none."""
    alpha = 1.0 - level
    bottom, top = -1.0 + 1e-9, float(differences.mean())
    if p_above(differences, bottom) > alpha:
        return -1.0
    return _root(lambda mu: p_above(differences, mu) - alpha, bottom, top, xtol=1e-7)


def _root(function: Callable[[float], float], low: float, high: float, *, xtol: float) -> float:
    """Where a function crosses zero between two points of opposite sign."""
    from scipy.optimize import brentq  # takes 0.1 s to import

    return float(brentq(function, low, high, xtol=xtol))
