"""Intervals and bounds that stay honest about small samples, repeats and missing measurements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import comb

from harness.means import score_interval

RESAMPLES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A two-sided interval, ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over what was measured, with its denominators and its bounds under what is missing.

    Args:
        mean: over the measured items; None where nothing was measured (there is no default).
        measured: items with a score; missing: items that should have one; exempt: items the rule doesn't apply to.
        low_if_missing, high_if_missing: the mean if every missing item scored 0, or 1.
        interval: 95 % score interval of the mean over questions, None below two questions.
    """

    mean: float | None
    measured: int
    missing: int
    exempt: int
    low_if_missing: float
    high_if_missing: float
    interval: Interval | None

    @property
    def total(self) -> int:
        """All items, whether measured or not."""
        return self.measured + self.missing + self.exempt

    @property
    def coverage(self) -> float:
        """Measured items over all items; 0 for none."""
        return self.measured / self.total if self.total else 0.0


def estimate(scores: Mapping[str, Sequence[float]], *, missing: int, exempt: int) -> Estimate:
    """Summarise the scores of one scorer, clustered by question.

    Args:
        scores: question id -> scores of its epochs, each in [0, 1]; questions without a score are left out.
        missing: items (question x epoch) that should have a score and have none.
        exempt: items the rule does not apply to.
    """
    clusters = [np.asarray(v, dtype=float) for v in scores.values() if len(v)]
    measured = int(sum(len(c) for c in clusters))
    total = float(sum(c.sum() for c in clusters))
    wanted = measured + missing
    return Estimate(
        mean=total / measured if measured else None,
        measured=measured,
        missing=missing,
        exempt=exempt,
        low_if_missing=total / wanted if wanted else 0.0,
        high_if_missing=(total + missing) / wanted if wanted else 1.0,
        interval=clustered_interval(clusters),
    )


def clustered_interval(clusters: Sequence[np.ndarray]) -> Interval | None:
    """95 % score interval of a mean in [0, 1]; the epochs of a question are averaged first, since they hang together.

    Where every score is 1 (or 0) the exact bound of Clopper and Pearson over questions stands in. The range of the
    score
    test is that of the values seen: 0 to 1 for pass/fail. Returns None below two questions.
    """
    if len(clusters) < 2:
        return None
    means = np.array([c.mean() for c in clusters])
    if means.min() == means.max():
        mean = float(means[0])
        if mean in (0.0, 1.0):
            return clopper_pearson(len(means) if mean else 0, len(means))
        low, high = score_interval(means, low=0.0, high=1.0)
    else:
        low, high = score_interval(means, low=float(means.min()), high=float(means.max()))
    return Interval(low=low, high=high)


def clopper_pearson(events: int, n: int, *, level: float = 0.95) -> Interval:
    """Exact two-sided binomial interval (Clopper & Pearson 1934); raises ValueError unless 0 <= events <= n, n > 0."""
    interval = _binomtest(events, n).proportion_ci(level, method="exact")
    return Interval(low=float(interval.low), high=float(interval.high))


def wilson(events: int, n: int, *, level: float = 0.95) -> Interval:
    """Wilson score interval of a proportion (Wilson 1927); raises ValueError unless 0 <= events <= n, n > 0."""
    interval = _binomtest(events, n).proportion_ci(level, method="wilson")
    return Interval(low=float(interval.low), high=float(interval.high))


def upper_bound(events: int, n: int, *, level: float = 0.95) -> float:
    """One-sided exact upper bound of a rate; for 0 of n it is what the rule of three (3/n) approximates."""
    if n <= 0:
        return 1.0
    return float(_binomtest(events, n, alternative="less").proportion_ci(level, method="exact").high)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """Candidate minus baseline, one value a question.

    Args:
        epochs: the smaller of the two runs' repeats.
        mean: over the pairs; None without pairs.
        pairs: questions measured on both sides; one_sided: questions with an epoch that only one side measured.
        interval: 95 % score interval over questions; None below two pairs.
        low_if_missing, high_if_missing: the mean if every one-sided epoch went against, or for, the candidate.
        differences: by pair, in the order of the questions' ids; worst: of all questions, what is missing counted
            against the candidate.
        sampling_variance: mean variance of a difference that comes from repeating the same question, None where a side
            has no question with two epochs.
    """

    epochs: int
    mean: float | None
    pairs: int
    one_sided: int
    interval: Interval | None
    low_if_missing: float
    high_if_missing: float
    differences: tuple[float, ...]
    worst: tuple[float, ...]
    sampling_variance: float | None


def paired_difference(
    baseline: Mapping[str, Sequence[float]], candidate: Mapping[str, Sequence[float]], *, epochs: tuple[int, int]
) -> PairedDifference:
    """Compare two runs question by question; epochs are averaged within their question, never paired by number.

    Args:
        baseline, candidate: question id -> the scores of its epochs, each in [0, 1].
        epochs: repeats that either run planned. A question measured in all epochs of one side and in some of the other
            is one-sided: a candidate can't improve by losing its bad epochs.
    """
    pairs, worst, best, one_sided = [], [], [], 0
    for key in sorted(k for k in baseline.keys() | candidate.keys() if baseline.get(k) or candidate.get(k)):
        base, cand = list(baseline.get(key, ())), list(candidate.get(key, ()))
        share = max(len(base) / epochs[0], len(cand) / epochs[1])
        lost_base = max(0, round(share * epochs[0]) - len(base))
        lost_cand = max(0, round(share * epochs[1]) - len(cand))
        one_sided += lost_base + lost_cand > 0
        worst.append(_mean([*cand, *[0.0] * lost_cand]) - _mean([*base, *[1.0] * lost_base]))
        best.append(_mean([*cand, *[1.0] * lost_cand]) - _mean([*base, *[0.0] * lost_base]))
        if base and cand:
            pairs.append(_mean(cand) - _mean(base))
    noise = [_noise(baseline), _noise(candidate)]
    return PairedDifference(
        epochs=min(epochs),
        mean=float(np.mean(pairs)) if pairs else None,
        pairs=len(pairs),
        one_sided=one_sided,
        interval=_difference_interval(np.array(pairs)),
        low_if_missing=float(np.mean(worst)) if worst else 0.0,
        high_if_missing=float(np.mean(best)) if best else 0.0,
        differences=tuple(pairs),
        worst=tuple(worst),
        sampling_variance=None if None in noise else float(sum(n for n in noise if n is not None)),
    )


def _difference_interval(differences: np.ndarray) -> Interval | None:
    """The range of the score test is as wide as the largest change seen, in both directions; 1 where none was seen."""
    if len(differences) < 2:
        return None
    reach = float(np.abs(differences).max()) or 1.0
    low, high = score_interval(differences, low=-reach, high=reach)
    return Interval(low=low, high=high)


def _noise(scores: Mapping[str, Sequence[float]]) -> float | None:
    """Mean variance of a question's mean that comes from its epochs; None where no question has two."""
    found = [_variance(v) / len(v) for v in scores.values() if len(v) >= 2]
    return float(np.mean(found)) if found else None


def _mean(values: Sequence[float]) -> float:
    """Of a question's few epochs, for which numpy takes ten times as long."""
    return float(sum(values) / len(values))


def _variance(values: Sequence[float]) -> float:
    mean = _mean(values)
    return float(sum((v - mean) ** 2 for v in values) / (len(values) - 1))


def mcnemar(worse: int, better: int) -> float:
    """Exact two-sided McNemar p value for ``worse`` and ``better`` discordant pairs; 1.0 where there are none."""
    if worse + better == 0:
        return 1.0
    return float(_binomtest(worse, worse + better, 0.5).pvalue)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """P values adjusted for looking at several metrics at once: the chance of any false claim stays 5 % (Holm 1979)."""
    adjusted, running = {}, 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda n: p_values[n])):
        running = max(running, min(1.0, p_values[name] * (len(p_values) - rank)))
        adjusted[name] = running
    return {name: adjusted[name] for name in p_values}


def worst_of(scores: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """The worst epoch of every question: what a patient may meet where one bad answer is enough to harm."""
    return {key: [min(v)] for key, v in scores.items() if len(v)}


def pass_hat_k(scores: Mapping[str, Sequence[float]], *, bar: float, k: int) -> dict[str, float]:
    """For each question the chance that k epochs in a row all reach ``bar``: pass^k of Yao et al. 2024 (tau-bench).

    Unbiased from c passes in n epochs: C(c, k) / C(n, k). Questions with fewer than k epochs are left out.
    """
    return {key: float(comb(sum(s >= bar for s in v), k) / comb(len(v), k)) for key, v in scores.items() if len(v) >= k}


def unsteady(scores: Mapping[str, Sequence[float]], *, bar: float) -> tuple[str, ...]:
    """Questions of which some epochs reach ``bar`` and others don't."""
    return tuple(key for key, v in scores.items() if 0 < sum(s >= bar for s in v) < len(v))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A statistic with its 95 % interval; ``value`` is None where it is undefined (no row of the kind it counts)."""

    value: float | None
    interval: Interval | None


class Resamples:
    """A clustered bootstrap shared by several statistics of the same rows (Davison & Hinkley 1997, ch. 2-3).

    Whole clusters are drawn with replacement. Every table of resamples starts with the sample as it is, so that a
    statistic is worked out once, over its first axis, for the estimate and for the interval.

    Args:
        clusters: the cluster of each row, e.g. its document.
        draws: how many resamples; with 0 there is the sample alone.
    """

    def __init__(self, clusters: Sequence[str], *, rng: np.random.Generator, draws: int = RESAMPLES) -> None:
        names, self._of_row = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
        self.clusters = len(names)
        drawn = rng.multinomial(self.clusters, np.full(self.clusters, 1 / self.clusters), size=draws)
        self._times = np.vstack([np.ones((1, self.clusters)), drawn])

    def totals(self, table: np.ndarray) -> np.ndarray:
        """Column totals of a (rows x columns) table in each resample."""
        by_cluster = np.zeros((self.clusters, table.shape[1]))
        np.add.at(by_cluster, self._of_row, table)
        return self._times @ by_cluster

    def weights(self) -> Iterator[np.ndarray]:
        """How often each row stands in each resample, for statistics that aren't made of totals."""
        for times in self._times:
            yield times[self._of_row]

    def figure(self, values: np.ndarray) -> Figure:
        """The estimate and percentile interval of a statistic in [0, 1]; ``values`` has one for each resample.

        At exactly 0 or 1 the bootstrap would claim certainty, so the Clopper-Pearson bound over clusters stands in.
        There is no interval below two clusters.
        """
        value = float(values[0])
        if not np.isfinite(value):
            return Figure(value=None, interval=None)
        if self.clusters < 2:
            return Figure(value=value, interval=None)
        if value in (0.0, 1.0):
            return Figure(value=value, interval=clopper_pearson(int(value) * self.clusters, self.clusters))
        low, high = np.nanquantile(values[1:], [0.025, 0.975])
        return Figure(value=value, interval=Interval(low=float(low), high=float(high)))


def confusion(truth: np.ndarray, told: np.ndarray, resamples: Resamples) -> np.ndarray:
    """Counts of (true not, told not), (true not, told yes), (true yes, told not), (true yes, told yes) per resample."""
    cells = 2 * truth.astype(int) + told.astype(int)
    return resamples.totals(np.eye(4)[cells])


def two_way(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Balanced accuracy, macro-F1, precision, recall and specificity from ``confusion``; NaN where undefined.

    Balanced accuracy is the mean of recall and specificity, macro-F1 the mean of the F1 of either class.
    """
    true_not, false_yes, false_not, true_yes = counts.T
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = true_yes / (true_yes + false_not)
        specificity = true_not / (true_not + false_yes)
        errors = false_yes + false_not
        f1 = [2 * right / (2 * right + errors) for right in (true_yes, true_not)]
        return {
            "balanced_accuracy": (recall + specificity) / 2,
            "macro_f1": (f1[0] + f1[1]) / 2,
            "precision": true_yes / (true_yes + false_yes),
            "recall": recall,
            "specificity": specificity,
        }


def macro_f1(truth: np.ndarray, told: np.ndarray, classes: int, resamples: Resamples) -> np.ndarray:
    """Unweighted mean of the F1 of each class, per resample; a class that is neither true nor told is left out.

    Args:
        truth, told: class of each row, 0 to ``classes`` - 1.
    """
    true, said = np.eye(classes)[truth], np.eye(classes)[told]
    hits, sums = resamples.totals(true * said), resamples.totals(true) + resamples.totals(said)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nanmean(2 * hits / sums, axis=1))


def roc_auc(truth: np.ndarray, score: np.ndarray, resamples: Resamples) -> np.ndarray:
    """Area under the ROC curve per resample: the chance that a true row scores higher than another (ties count half).

    Mann & Whitney 1947; NaN where a resample has rows of one kind only.
    """
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))
    yes = truth[order].astype(float)
    areas = []
    for weight in resamples.weights():
        w = weight[order]
        up, down = np.add.reduceat(w * yes, starts), np.add.reduceat(w * (1 - yes), starts)
        pairs = up.sum() * down.sum()
        won = float(up @ (np.cumsum(down) - down / 2))
        areas.append(won / pairs if pairs else np.nan)
    return np.array(areas)


def brier(truth: np.ndarray, probability: np.ndarray, resamples: Resamples) -> np.ndarray:
    """Mean squared difference of probability and truth, per resample (Brier 1950); 0 is perfect."""
    table = np.column_stack([(probability - truth) ** 2, np.ones(len(truth))])
    lost, n = resamples.totals(table).T
    return np.asarray(lost / n)


def calibration_error(
    truth: np.ndarray, probability: np.ndarray, resamples: Resamples, *, bins: int = 10
) -> np.ndarray:
    """Expected calibration error per resample, over ten equally wide bins (Naeini et al. 2015; Guo et al. 2017).

    The mean over rows of the gap, in the bin of the row, between mean probability and share of true rows.
    """
    of_row = np.eye(10)[np.minimum((probability * 10).astype(int), 9)]
    gaps = resamples.totals(of_row * (probability - truth)[:, None])
    return np.asarray(np.abs(gaps).sum(axis=1) / resamples.totals(np.ones((len(truth), 1)))[:, 0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Rows of like probability: how many, their mean probability, and the share of true ones with its 95 % interval."""

    rows: int
    probability: float
    share: float
    interval: Interval


def reliability(truth: np.ndarray, probability: np.ndarray, *, bins: int = 10) -> tuple[Bin, ...]:
    """A reliability curve over equally wide bins, without empty ones (Murphy & Winkler 1977).

    Intervals are Wilson's and take rows as independent; rows of one document are not, so read them as lower bounds of
    the uncertainty.
    """
    of_row = np.minimum((probability * bins).astype(int), bins - 1)
    found = []
    for number in sorted(set(of_row.tolist())):
        here = of_row == number
        true, n = int(truth[here].sum()), int(here.sum())
        mean = float(probability[here].mean())
        found.append(Bin(rows=n, probability=mean, share=true / n, interval=wilson(true, n)))
    return tuple(found)


def _binomtest(events: int, n: int, p: float = 0.5, alternative: Literal["two-sided", "less"] = "two-sided") -> Any:
    from scipy.stats import binomtest  # takes 0.5 s to import

    return binomtest(events, n, p, alternative=alternative)
