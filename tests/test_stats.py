from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import stats


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


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
    e = stats.estimate({}, missing=5, exempt=0, rng=rng())
    assert e.mean is None
    assert (e.low_if_missing, e.high_if_missing) == (0.0, 1.0)
    assert e.coverage == 0.0


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=2, max_size=30), st.integers(1, 28))
def test_losing_items_never_raises_the_lower_bound(scores: list[float], lost: int) -> None:
    full = {str(i): [s] for i, s in enumerate(scores)}
    lost = min(lost, len(scores) - 1)
    kept = dict(list(full.items())[lost:])
    before = stats.estimate(full, missing=0, exempt=0, rng=rng())
    after = stats.estimate(kept, missing=lost, exempt=0, rng=rng())
    assert after.low_if_missing <= before.low_if_missing + 1e-12
    assert after.high_if_missing >= before.high_if_missing - 1e-12


def test_repeats_are_clustered_by_question() -> None:
    values = [float(i % 2) for i in range(40)]
    eight = [np.full(8, v) for v in values]
    clustered = stats.clustered_interval(eight, rng=rng())
    naive = stats.clustered_interval([np.array([v]) for v in values for _ in range(8)], rng=rng())
    assert clustered is not None
    assert naive is not None
    assert (clustered.high - clustered.low) > 2 * (naive.high - naive.low)


def test_all_ones_still_has_an_honest_interval() -> None:
    interval = stats.clustered_interval([np.array([1.0])] * 30, rng=rng())
    assert interval is not None
    assert interval.low == pytest.approx(0.884, abs=0.002)
    assert interval.high == 1.0


def test_one_question_has_no_interval() -> None:
    assert stats.clustered_interval([np.array([1.0, 0.0])], rng=rng()) is None


def test_paired_difference_keeps_one_sided_rows_as_missing() -> None:
    base = {"a": [1.0], "b": [0.0], "c": [1.0]}
    cand = {"a": [1.0], "b": [0.5]}
    d = stats.paired_difference(base, cand, rng=rng())
    assert d.mean == pytest.approx(0.25)
    assert (d.pairs, d.one_sided) == (2, 1)
    assert d.low_if_missing == pytest.approx((0.5 - 1.0) / 3)
    assert d.high_if_missing == pytest.approx(0.5 / 3)


def test_paired_difference_of_nothing() -> None:
    d = stats.paired_difference({}, {}, rng=rng())
    assert (d.mean, d.interval, d.pairs) == (None, None, 0)


def test_mcnemar_exact_against_hand_calculation() -> None:
    assert stats.mcnemar(0, 0) == 1.0
    assert stats.mcnemar(0, 5) == pytest.approx(2 * 0.5**5)
    assert stats.mcnemar(2, 8) == pytest.approx(0.109375)
