"""How far two readers agree: raw, by kind of answer, and beyond chance, each with a 95 % interval.

With rare events no single figure is enough: 95 % agreement at 5 % prevalence is a kappa of 0.47 and an AC1 of 0.94. So
positive agreement always stands beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.stats import Figure, Interval, Resamples, clopper_pearson, confusion

AC1_WANTED = 0.70  # start rule of the review protocol, ours: below either, mend the rubric before using the score
POSITIVE_WANTED = 0.60


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two readers on one yes/no question.

    Args:
        n: answers both readers decided; yes: how often either said yes, as a share of all votes.
        positive, negative: agreement on yes and on no (Cicchetti & Feinstein 1990); None where nobody said so.
        kappa: Cohen 1960; ac1: Gwet 2008.
    """

    key: str
    n: int
    yes: float
    raw: Figure
    positive: Figure
    negative: Figure
    kappa: Figure
    ac1: Figure

    @property
    def enough(self) -> bool | None:
        """Whether the start rule is met; None where it can't be told, as when nobody ever said yes."""
        if self.ac1.value is None or self.positive.value is None:
            return None
        return self.ac1.value >= AC1_WANTED and self.positive.value >= POSITIVE_WANTED


def two_readers(counts: np.ndarray) -> dict[str, np.ndarray]:
    """The five figures from ``stats.confusion`` of (first reader, second reader), per resample; NaN where undefined."""
    no, second, first, yes = counts.T
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = (no + yes) / counts.sum(axis=1)
        chance = by_chance(counts)
        return {
            "raw": raw,
            "positive": 2 * yes / (2 * yes + first + second),
            "negative": 2 * no / (2 * no + first + second),
            **{name: (raw - expected) / (1 - expected) for name, expected in chance.items()},
        }


def by_chance(counts: np.ndarray) -> dict[str, np.ndarray]:
    """The agreement that kappa and AC1 expect of readers who guess."""
    _, second, first, yes = counts.T
    total = counts.sum(axis=1)
    p, q = (yes + first) / total, (yes + second) / total
    mean = (p + q) / 2
    return {"kappa": p * q + (1 - p) * (1 - q), "ac1": 2 * mean * (1 - mean)}


def agreement(
    key: str, first: Sequence[bool], second: Sequence[bool], clusters: Sequence[str], *, rng: np.random.Generator
) -> Agreement | None:
    """Two readers' yes and no on the same answers; None without any.

    The intervals come from a bootstrap over ``clusters`` (questions). Where it would claim certainty, exact bounds
    stand in: for agreement on yes (or no) that of the share of answers with a yes on which both say yes, and for kappa
    and AC1 of readers who never differed that of the raw agreement, put through the formula.
    """
    if not first:
        return None
    resamples = Resamples(clusters, rng=rng)
    counts = confusion(np.asarray(first, dtype=bool), np.asarray(second, dtype=bool), resamples)
    told, chance = two_readers(counts), by_chance(counts[:1])
    none, *differ, both = (round(float(x)) for x in counts[0])
    differing = sum(differ)
    lowest = clopper_pearson(resamples.clusters, resamples.clusters).low

    def figure(name: str) -> Figure:
        values = told[name]
        value = float(values[0])
        if not np.isfinite(value):
            return Figure(value=None, interval=None)
        if name in ("positive", "negative") and value in (0.0, 1.0):
            return Figure(value=value, interval=_on_one_answer(both if name == "positive" else none, differing))
        if told["raw"][0] == 1.0:
            expected = float(chance[name][0]) if name in chance else 0.0
            return Figure(value=value, interval=Interval(low=(lowest - expected) / (1 - expected), high=1.0))
        return Figure(value=value, interval=_percentiles(values, resamples.clusters))

    return Agreement(
        key=key,
        n=len(first),
        yes=float((np.mean(first) + np.mean(second)) / 2),
        **{name: figure(name) for name in told},
    )


def _on_one_answer(both: int, differing: int) -> Interval:
    """Exact interval of 2 J / (1 + J), where J is the share of answers with a yes on which both said it."""
    share = clopper_pearson(both, both + differing)
    return Interval(low=2 * share.low / (1 + share.low), high=2 * share.high / (1 + share.high))


def _percentiles(values: np.ndarray, clusters: int) -> Interval | None:
    drawn = values[1:][np.isfinite(values[1:])]
    if clusters < 2 or not len(drawn):
        return None
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(low=float(low), high=float(high)) if high - low > 1e-9 else None


def krippendorff(units: Sequence[Sequence[int]], clusters: Sequence[str], *, rng: np.random.Generator) -> Figure:
    """Krippendorff's alpha for ordinal ratings (Krippendorff 2011), for any number of readers and missing ratings.

    Args:
        units: the ratings of each answer; answers with fewer than two don't count.
        clusters: the question of each answer, for the bootstrap.
    """
    paired = [(u, c) for u, c in zip(units, clusters, strict=True) if len(u) > 1]
    levels = sorted({v for u, _ in paired for v in u})
    if len(levels) < 2:
        return Figure(value=None, interval=None)
    resamples = Resamples([c for _, c in paired], rng=rng)
    table = np.array([_coincidences(u, levels) for u, _ in paired])
    values = np.array([_alpha(t.reshape(len(levels), -1)) for t in resamples.totals(table)])
    return Figure(value=float(values[0]), interval=_percentiles(values, resamples.clusters))


def _coincidences(ratings: Sequence[int], levels: Sequence[int]) -> np.ndarray:
    """The pairs within one unit, each weighted 1 / (ratings - 1)."""
    counts = np.array([list(ratings).count(v) for v in levels], dtype=float)
    return np.asarray((np.outer(counts, counts) - np.diag(counts)) / (counts.sum() - 1)).ravel()


def _alpha(coincidences: np.ndarray) -> float:
    """One minus observed over expected disagreement; NaN where only one level occurs."""
    n = coincidences.sum(axis=1)
    upto = np.cumsum(n)
    order = np.arange(len(n))
    low, high = np.minimum.outer(order, order), np.maximum.outer(order, order)
    # distance of two levels: ratings on them and between them, less half of those on either end
    between = upto[high] - upto[low] + n[low] - (n[low] + n[high]) / 2
    squared = between**2
    expected = float((np.outer(n, n) * squared).sum()) / (n.sum() - 1)
    return 1 - float((coincidences * squared).sum()) / expected if expected else float("nan")
