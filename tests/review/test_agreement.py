"""Agreement figures against published worked examples and against the textbook's variance."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.review.agreement import Agreement, agreement, krippendorff

# (both yes, first only, second only, both no), raw, positive, negative, kappa, AC1
# Feinstein & Cicchetti 1990 (J Clin Epidemiol 43:543) and Cicchetti & Feinstein 1990 (43:551): the two paradox tables;
# Gwet 2002 ("Kappa statistic is not satisfactory"): 125 subjects, 118 of them agreed positive.
PUBLISHED = [
    ((40, 9, 6, 45), 0.85, 0.842, 0.857, 0.700, None),
    ((80, 10, 5, 5), 0.85, 0.914, 0.400, 0.318, None),
    ((118, 5, 2, 0), 0.944, 0.971, 0.0, -0.0234, 0.9408),
]


def table(both: int, first: int, second: int, none: int) -> Agreement:
    a = [True] * (both + first) + [False] * (second + none)
    b = [True] * both + [False] * first + [True] * second + [False] * none
    found = agreement("x", a, b, [str(i) for i in range(len(a))], rng=np.random.default_rng(1))
    assert found is not None
    return found


@pytest.mark.parametrize(("counts", "raw", "positive", "negative", "kappa", "ac1"), PUBLISHED)
def test_published_tables(counts, raw, positive, negative, kappa, ac1) -> None:
    told = table(*counts)
    assert told.raw.value == pytest.approx(raw, abs=5e-4)
    assert told.positive.value == pytest.approx(positive, abs=5e-4)
    assert told.negative.value == pytest.approx(negative, abs=5e-4)
    assert told.kappa.value == pytest.approx(kappa, abs=5e-4)
    if ac1 is not None:
        assert told.ac1.value == pytest.approx(ac1, abs=5e-5)


def test_rare_events_split_kappa_and_ac1() -> None:
    """95 % agreement at 5 % prevalence: kappa 0.47, AC1 0.94 (review protocol)."""
    told = table(25, 25, 25, 925)
    assert told.kappa.value == pytest.approx(0.47, abs=0.005)
    assert told.ac1.value == pytest.approx(0.94, abs=0.006)
    assert told.positive.value == pytest.approx(0.5)
    assert told.enough is False


def test_intervals_agree_with_the_large_sample_variances() -> None:
    """Kappa: Fleiss, Cohen & Everitt 1969; AC1: Gwet 2008. Worked out here, by formula, from the cell shares."""
    a, b, c, d = 200, 45, 30, 225
    n = a + b + c + d
    told = table(a, b, c, d)
    cells = np.array([[a, b], [c, d]]) / n
    row, column = cells.sum(1), cells.sum(0)
    agreed, chance = np.trace(cells), float(row @ column)
    kappa = (agreed - chance) / (1 - chance)
    first = sum(cells[i, i] * (1 - (row[i] + column[i]) * (1 - kappa)) ** 2 for i in range(2))
    second = (1 - kappa) ** 2 * sum(
        cells[i, j] * (column[i] + row[j]) ** 2 for i in range(2) for j in range(2) if i != j
    )
    se = np.sqrt((first + second - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2))
    assert told.kappa.interval is not None
    assert told.kappa.interval.low == pytest.approx(kappa - 1.96 * se, abs=0.015)
    assert told.kappa.interval.high == pytest.approx(kappa + 1.96 * se, abs=0.015)
    share = (row + column) / 2
    expected = 2 * share[0] * (1 - share[0])
    ac1 = (agreed - expected) / (1 - expected)
    inner = sum(cells[i, j] * (1 - (share[i] + share[j]) / 2) ** 2 for i in range(2) for j in range(2))
    own = sum(cells[i, i] * (1 - share[i]) for i in range(2))
    variance = agreed * (1 - agreed) - 4 * (1 - ac1) * (own - agreed * expected)
    variance += 4 * (1 - ac1) ** 2 * (inner - expected**2)
    se = np.sqrt(variance / n) / (1 - expected)
    assert told.ac1.interval is not None
    assert told.ac1.interval.high - told.ac1.interval.low == pytest.approx(2 * 1.96 * se, abs=0.02)


def test_agreement_without_a_difference_is_not_certain() -> None:
    told = table(4, 0, 0, 26)
    assert told.kappa.value == told.ac1.value == 1.0
    for figure in (told.raw, told.positive, told.kappa, told.ac1):
        assert figure.interval is not None
        assert figure.interval.low < 0.9
        assert figure.interval.high == 1.0


def test_a_yes_that_nobody_shares_is_not_certain_either() -> None:
    told = table(0, 1, 0, 60)
    assert told.positive.value == 0.0
    assert told.positive.interval is not None
    assert told.positive.interval.high > 0.9
    assert told.kappa.interval is None


def test_nobody_said_yes() -> None:
    told = table(0, 0, 0, 30)
    assert told.positive.value is None
    assert told.kappa.value is None
    assert told.enough is None
    assert agreement("x", [], [], [], rng=np.random.default_rng(0)) is None


# Krippendorff 2011, "Computing Krippendorff's alpha-reliability", section E: four observers, twelve units.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


def test_krippendorffs_example() -> None:
    units = [[o[u] for o in OBSERVERS if o[u] is not None] for u in range(12)]
    told = krippendorff(units, [str(u) for u in range(12)], rng=np.random.default_rng(0))
    assert told.value == pytest.approx(0.815, abs=5e-4)
    assert told.interval is not None
    assert told.interval.low < 0.815 < told.interval.high


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=4), min_size=2, max_size=12))
def test_alpha_is_one_less_the_ratio_of_disagreements_pair_by_pair(units: list[list[int]]) -> None:
    told = krippendorff(units, [str(i) for i in range(len(units))], rng=np.random.default_rng(0))
    paired = [u for u in units if len(u) > 1]
    values = [v for u in paired for v in u]
    if len(set(values)) < 2:
        assert told.value is None
        return

    def distance(c: int, k: int) -> float:
        low, high = min(c, k), max(c, k)
        return (sum(low <= v <= high for v in values) - (values.count(c) + values.count(k)) / 2) ** 2 if c != k else 0.0

    observed = sum(2 * distance(c, k) / (len(u) - 1) for u in paired for c, k in combinations(u, 2))
    expected = sum(2 * distance(c, k) for c, k in combinations(values, 2)) / (len(values) - 1)
    assert told.value == pytest.approx(1 - observed / expected)
