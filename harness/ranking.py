"""Ranks, fronts and paired differences of several systems on the same questions, each as sure as the questions allow.

The bootstrap draws whole questions, with all their repeats and all systems' scores, so that every figure is of the same
resamples (Davison & Hinkley 1997, ch. 2-3; for ranks: Hall & Miller 2009).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.stats import Interval, PairedDifference, Resamples

_SAME = 1e-9  # means as near as this are equal
_EXACT = 14  # 2^14 signs are tried one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """A place among systems, 1 for the best; those with equal means share one.

    Args:
        low, high: 95 % range over resampled questions; None below two questions.
    """

    place: int
    low: int | None
    high: int | None


def difference_interval(d: PairedDifference, *, rng: np.random.Generator) -> Interval | None:
    """95 % percentile interval of a mean paired difference, over resampled questions; None below two pairs.

    Where no question moved the other way, no resample can show one that would, and the bootstrap would claim more than
    is known; there the score interval stands in (see ``harness.means``).
    """
    values = np.array(d.differences)
    if len(values) < 2 or not (values.min() < 0.0 < values.max()):
        return d.interval
    means = Resamples([str(i) for i in range(len(values))], rng=rng).totals(values[:, None])[1:, 0] / len(values)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(low=float(low), high=float(high))


def sign_flip_p(differences: Sequence[float], *, rng: np.random.Generator, draws: int = 20_000) -> float | None:
    """Two-sided p value of "either system might as well have had the other's score", question by question.

    The randomisation test of paired differences (Fisher 1935, ch. 21; for comparing systems on one set of questions:
    Smucker et al. 2007): how often a mean as far from 0 comes up if each difference may bear either sign. Exact up to
    14 questions that differ; beyond, from random signs, with the one seen among them. No distribution is assumed, and
    few questions that differ can show little: five alike give 0.06. None below two pairs.
    """
    values = np.array([d for d in differences if abs(d) > _SAME])
    if len(differences) < 2:
        return None
    if len(values) <= _EXACT:
        signs = 1 - 2 * ((np.arange(2 ** len(values))[:, None] >> np.arange(len(values))) & 1)
        return float((np.abs(signs @ values) >= abs(values.sum()) - _SAME).mean())
    signs = 1 - 2 * rng.integers(0, 2, size=(draws, len(values)))
    as_far = int((np.abs(signs @ values) >= abs(values.sum()) - _SAME).sum())
    return (as_far + 1) / (draws + 1)


def ranks(scores: Sequence[Mapping[str, float]], *, rng: np.random.Generator) -> tuple[list[Rank] | None, int]:
    """The rank of each system by its mean over the questions that all of them have, and how many those are.

    Args:
        scores: of each system, by question; higher is better.
    """
    common = sorted(set.intersection(*(set(s) for s in scores)))
    if not common:
        return None, 0
    table = np.array([[s[key] for s in scores] for key in common])
    means = Resamples(common, rng=rng).totals(table) / len(common)
    above = (means[:, None, :] > means[:, :, None] + _SAME).sum(axis=2) + 1
    if len(common) < 2:
        return [Rank(place=int(p), low=None, high=None) for p in above[0]], len(common)
    low, high = np.quantile(above[1:], [0.025, 0.975], axis=0, method="inverted_cdf")
    return [Rank(place=int(p), low=int(a), high=int(b)) for p, a, b in zip(above[0], low, high, strict=True)], len(
        common
    )


def on_front(points: np.ndarray) -> np.ndarray:
    """Which systems no other dominates: none is at least as good in every measure and better in one (Pareto).

    Args:
        points: (... x systems x measures), higher is better.
    """
    mine, theirs = points[..., :, None, :], points[..., None, :, :]
    dominated = (theirs >= mine - _SAME).all(axis=-1) & (theirs > mine + _SAME).any(axis=-1)
    return np.asarray(~dominated.any(axis=-1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Where a system stands in several measures at once.

    Args:
        values, intervals: its means over the questions that all systems have, each in [0, 1], with 95 % intervals
            (``Resamples.figure``).
        on_front: whether no other system dominates it; share: in what share of resamples that holds.
    """

    values: tuple[float, ...]
    intervals: tuple[Interval | None, ...]
    on_front: bool
    share: float


def fronts(measures: Sequence[Sequence[Mapping[str, float]]], *, rng: np.random.Generator) -> list[Front] | None:
    """The Pareto front of some systems; None where no two questions have every measure of every system.

    Args:
        measures: for each measure the values of each system, by question; higher is better.
    """
    common = sorted(set.intersection(*(set(values) for systems in measures for values in systems)))
    if len(common) < 2:
        return None
    systems = len(measures[0])
    table = np.array([[values[key] for m in measures for values in m] for key in common])
    resamples = Resamples(common, rng=rng)
    means = resamples.totals(table) / len(common)
    points = means.reshape(len(means), len(measures), systems).transpose(0, 2, 1)
    front = on_front(points)
    return [
        Front(
            values=tuple(map(float, points[0, i])),
            intervals=tuple(resamples.figure(points[:, i, m]).interval for m in range(len(measures))),
            on_front=bool(front[0, i]),
            share=float(front[1:, i].mean()),
        )
        for i in range(systems)
    ]
