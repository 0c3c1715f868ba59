"""The score test against published figures, other tools' figures and exact sums."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from harness.means import lower_limit, p_above, score_interval, score_z


def pairs(n: int, won: int, lost: int) -> np.ndarray:
    return np.array([1.0] * won + [-1.0] * lost + [0.0] * (n - won - lost))


@pytest.mark.parametrize(
    ("passed", "n", "low", "high"),  # statsmodels 0.15.0, proportion_confint(method="wilson")
    [(97, 121, 0.7218097281832259, 0.8629319168567253), (45, 45, 1 - 0.07865159873288839, 1.0)],
)
def test_one_pass_fail_value_a_question_gives_wilsons_interval(passed: int, n: int, low: float, high: float) -> None:
    values = np.array([1.0] * passed + [0.0] * (n - passed))
    assert score_interval(values, low=0.0, high=1.0) == (pytest.approx(low, abs=1e-7), pytest.approx(high, abs=1e-7))


def test_paired_values_give_tangos_interval_as_published() -> None:
    """Fagerland, Lydersen & Laake 2014, Statistics in Medicine 33:2850, data of their Table II."""
    low, high = score_interval(pairs(21, 1, 7), low=-1.0, high=1.0)
    assert (round(low, 3), round(high, 3)) == (-0.517, -0.026)


def tango_z(won: int, lost: int, n: int, delta: float) -> float:
    """Tango 1998 in closed form: restricted estimate of the loss rate, then the score statistic."""
    a, b = 2.0 * n, -won - lost + (2.0 * n - won + lost) * delta
    c = -lost * delta * (1.0 - delta)
    rate = (sqrt(b * b - 4 * a * c) - b) / (2 * a)
    return float((won - lost - n * delta) / sqrt(n * (2 * rate + delta * (1 - delta))))


@given(st.integers(2, 60), st.integers(0, 20), st.integers(0, 20), st.floats(-0.8, 0.8))
@settings(max_examples=40, deadline=None)
def test_the_general_test_is_tangos_for_pass_fail(same: int, won: int, lost: int, delta: float) -> None:
    n = same + won + lost
    if abs((won - lost) / n - delta) < 1e-3:
        return
    wanted = tango_z(won, lost, n, delta)
    assert score_z(pairs(n, won, lost), delta, low=-1.0, high=1.0) == pytest.approx(wanted, rel=1e-5, abs=1e-6)


def test_smooth_values_give_nearly_the_t_interval() -> None:
    values = np.random.default_rng(3).normal(0.0, 0.1, 200)
    reach = float(np.abs(values).max())
    half = 1.972 * values.std(ddof=1) / sqrt(200)
    low, high = score_interval(values, low=-reach, high=reach)
    assert (high - low) / 2 == pytest.approx(half, rel=0.05)


@pytest.mark.parametrize("n", [60, 88, 95, 99, 121, 158, 300])
@pytest.mark.parametrize("margin", [0.03, 0.05])
def test_outright_losses_at_the_margin_pass_at_most_at_five_percent(n: int, margin: float) -> None:
    """Exact: the chance of every count of losses for which the test says "not worse by more than the margin"."""
    passing = [k for k in range(round(margin * n) + 1) if p_above(pairs(n, 0, k), -margin) <= 0.05]
    assert binom.pmf(passing, n, margin).sum() <= 0.05


def test_no_loss_seen_is_the_rule_of_three() -> None:
    assert p_above(np.zeros(98), -0.03) > 0.05
    assert p_above(np.zeros(99), -0.03) <= 0.05
    assert lower_limit(np.zeros(300)) == pytest.approx(-3 / 300, rel=0.01)


@given(st.lists(st.floats(-1.0, 1.0), min_size=2, max_size=30))
@settings(max_examples=40, deadline=None)
def test_the_limit_is_the_edge_of_what_is_rejected(values: list[float]) -> None:
    told = np.array(values)
    found = lower_limit(told)
    assert -1.0 <= found <= told.mean() + 1e-9
    if found > -1.0 + 1e-4:
        assert p_above(told, found - 1e-5) <= 0.05
    assert p_above(told, found + 1e-5) > 0.049
