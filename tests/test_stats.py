from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import stats


@pytest.mark.parametrize(
    ("n", "bound"),
    [(40, 0.072), (60, 0.049), (100, 0.030), (150, 0.020), (200, 0.015), (300, 0.010)],
)
def test_upper_bound_of_no_events_equals_the_published_rule_of_three_table(n: int, bound: float) -> None:
    assert stats.upper_bound(0, n) == pytest.approx(bound, abs=0.0006)


@pytest.mark.parametrize(("n", "low", "high"), [(40, 0.77, 0.96), (100, 0.83, 0.94), (300, 0.86, 0.93)])
def test_wilson_at_ninety_percent(n: int, low: float, high: float) -> None:
    interval = stats.wilson(round(0.9 * n), n)
    assert (interval.low, interval.high) == (pytest.approx(low, abs=0.006), pytest.approx(high, abs=0.006))


def test_nothing_measured_has_no_mean_and_the_widest_bounds() -> None:
    e = stats.estimate({}, missing=5, exempt=0)
    assert e.mean is None
    assert (e.low_if_missing, e.high_if_missing) == (0.0, 1.0)
    assert e.coverage == 0.0


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=2, max_size=30), st.integers(1, 28))
@settings(deadline=None)
def test_losing_items_never_raises_the_lower_bound(scores: list[float], lost: int) -> None:
    full = {str(i): [s] for i, s in enumerate(scores)}
    lost = min(lost, len(scores) - 1)
    kept = dict(list(full.items())[lost:])
    before = stats.estimate(full, missing=0, exempt=0)
    after = stats.estimate(kept, missing=lost, exempt=0)
    assert after.low_if_missing <= before.low_if_missing + 1e-12
    assert after.high_if_missing >= before.high_if_missing - 1e-12


def test_repeats_are_clustered_by_question() -> None:
    values = [float(i % 2) for i in range(40)]
    eight = [np.full(8, v) for v in values]
    clustered = stats.clustered_interval(eight)
    naive = stats.clustered_interval([np.array([v]) for v in values for _ in range(8)])
    assert clustered is not None
    assert naive is not None
    assert (clustered.high - clustered.low) > 2 * (naive.high - naive.low)


def test_all_ones_still_has_an_honest_interval() -> None:
    interval = stats.clustered_interval([np.array([1.0])] * 30)
    assert interval is not None
    assert interval.low == pytest.approx(0.884, abs=0.002)
    assert interval.high == 1.0


def test_one_question_has_no_interval() -> None:
    assert stats.clustered_interval([np.array([1.0, 0.0])]) is None


def test_paired_difference_keeps_one_sided_rows_as_missing() -> None:
    base = {"a": [1.0], "b": [0.0], "c": [1.0]}
    cand = {"a": [1.0], "b": [0.5]}
    d = stats.paired_difference(base, cand, epochs=(1, 1))
    assert d.mean == pytest.approx(0.25)
    assert (d.pairs, d.one_sided) == (2, 1)
    assert d.low_if_missing == pytest.approx((0.5 - 1.0) / 3)
    assert d.high_if_missing == pytest.approx(0.5 / 3)


def test_paired_difference_of_nothing() -> None:
    d = stats.paired_difference({}, {}, epochs=(1, 1))
    assert (d.mean, d.interval, d.pairs) == (None, None, 0)


def test_mcnemar_exact_against_hand_calculation() -> None:
    assert stats.mcnemar(0, 0) == 1.0
    assert stats.mcnemar(0, 5) == pytest.approx(2 * 0.5**5)
    assert stats.mcnemar(2, 8) == pytest.approx(0.109375)


def test_mcnemar_and_clopper_pearson_as_statsmodels_has_them() -> None:
    assert stats.mcnemar(59, 121) == pytest.approx(4.4344492637551645e-06)
    assert stats.mcnemar(3, 9) == pytest.approx(0.14599609375)
    interval = stats.clopper_pearson(97, 121)
    assert (interval.low, interval.high) == (pytest.approx(0.719403830151604), pytest.approx(0.8685870017440465))


# Twelve labelled rows; the expected figures are those of scikit-learn 1.9.1 (threshold 0.5, positive class 1).
TRUTH = np.array([1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1]) == 1
SCORE = np.array([0.9, 0.8, 0.7, 0.7, 0.6, 0.5, 0.5, 0.3, 0.3, 0.2, 0.1, 0.05])


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def sample(n: int = 12, draws: int = 0) -> stats.Resamples:
    return stats.Resamples([str(i) for i in range(n)], rng=rng(), draws=draws)


def test_two_way_figures_equal_scikit_learns() -> None:
    figures = stats.two_way(stats.confusion(TRUTH, SCORE >= 0.5, sample()))
    assert {name: value[0] for name, value in figures.items()} == pytest.approx(
        {
            "balanced_accuracy": 0.5833333333333333,
            "macro_f1": 0.5804195804195804,
            "precision": 0.5714285714285714,
            "recall": 0.6666666666666666,
            "specificity": 0.5,
        }
    )


def test_probability_figures_equal_scikit_learns() -> None:
    assert stats.roc_auc(TRUTH, SCORE, sample())[0] == pytest.approx(0.6111111111111112)
    assert stats.brier(TRUTH, SCORE, sample())[0] == pytest.approx(0.2685416666666666)
    # from sklearn.calibration.calibration_curve(n_bins=10, strategy="uniform"), weighted by the rows of each bin
    inside = np.array([0.93, 0.81, 0.72, 0.74, 0.63, 0.55, 0.52, 0.31, 0.35, 0.22, 0.11, 0.04])
    assert stats.calibration_error(TRUTH, inside, sample())[0] == pytest.approx(0.3125)


def test_auc_of_a_resample_equals_scikit_learns_weighted_auc() -> None:
    class Drawn:
        def weights(self):  # type: ignore[no-untyped-def]
            yield np.array([1, 2, 0, 1, 3, 1, 1, 0, 2, 1, 1, 1], dtype=float)

    assert stats.roc_auc(TRUTH, SCORE, Drawn()) == pytest.approx([0.42708333333333337])  # type: ignore[arg-type]


def test_macro_f1_of_three_classes_equals_scikit_learns() -> None:
    truth = np.array([0, 1, 2, 2, 1, 0, 0, 2, 1, 2])
    told = np.array([0, 2, 2, 2, 1, 0, 1, 0, 1, 1])
    assert stats.macro_f1(truth, told, 3, sample(10))[0] == pytest.approx(0.6031746031746031)


def test_a_figure_without_its_rows_is_undefined_not_zero() -> None:
    none_told = np.zeros(12, dtype=bool)
    resamples = sample(draws=50)
    precision = stats.two_way(stats.confusion(TRUTH, none_told, resamples))["precision"]
    assert resamples.figure(precision) == stats.Figure(value=None, interval=None)
    assert np.isnan(stats.roc_auc(np.ones(12, dtype=bool), SCORE, sample())[0])


def test_the_interval_of_a_figure_is_wider_when_rows_come_in_clusters() -> None:
    truth = np.tile(TRUTH, 8)
    told = np.tile(SCORE >= 0.5, 8)
    apart = stats.Resamples([str(i) for i in range(96)], rng=rng())
    together = stats.Resamples([str(i % 12) for i in range(96)], rng=rng())
    figures = [r.figure(stats.two_way(stats.confusion(truth, told, r))["balanced_accuracy"]) for r in (apart, together)]
    widths = [f.interval.high - f.interval.low for f in figures if f.interval]
    assert figures[0].value == figures[1].value == pytest.approx(0.5833333333333333)
    assert widths[1] > 2 * widths[0]


def test_a_perfect_figure_still_has_an_honest_interval_and_one_cluster_has_none() -> None:
    always = np.ones(2001)
    perfect = sample(30, draws=2000).figure(always)
    assert perfect.interval is not None
    assert perfect.interval.low == pytest.approx(0.884, abs=0.002)
    assert stats.Resamples(["a"] * 12, rng=rng()).figure(always).interval is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10)), min_size=2, max_size=40))
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[bool, int]]) -> None:
    truth, score = np.array([t for t, _ in rows]), np.array([s / 10 for _, s in rows])
    found = stats.roc_auc(truth, score, sample(len(rows)))[0]
    pairs = [(a > b) + (a == b) / 2 for a in score[truth] for b in score[~truth]]
    if pairs:
        assert found == pytest.approx(np.mean(pairs))
    else:
        assert np.isnan(found)
