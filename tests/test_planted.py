"""Planted pairs, the reliability curve, and the plots of notebook 03."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.calibration import reliability_of
from harness.errors import DatasetError
from harness.planted import planted_pairs
from harness.plots import grouped_plot, reliability_plot
from harness.stats import Figure, Interval, reliability, wilson
from harness.types import Support


def test_every_planted_fault_has_its_fact_beside_the_same_passage() -> None:
    data = planted_pairs()
    sound = {(r.group, r.source, r.claim) for r in data.rows if r.supported}
    assert 400 < len(sound) <= sum(r.supported for r in data.rows)
    for before, row in zip(data.rows, data.rows[1:], strict=False):
        if not row.supported:
            assert before.supported
            assert (before.source, before.group) == (row.source, row.group)
            assert before.claim != row.claim
            assert (row.group, row.source, row.claim) not in sound
    assert {r.kind for r in data.rows if r.supported} == {"as it is"}
    assert {"negation", "drug", "duration"} <= {r.kind for r in data.rows if not r.supported}


def test_the_choice_of_faults_follows_the_seed() -> None:
    assert planted_pairs() == planted_pairs()
    other = planted_pairs(seed=1)
    assert other.sha256 != planted_pairs().sha256
    assert [r.claim for r in other.rows] != [r.claim for r in planted_pairs().rows]


def test_data_without_such_facts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        planted_pairs(tmp_path)


class Half:
    id = "half@1"

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        return [Support(probability=0.5, label="supported") for _ in pairs]


def test_a_judge_that_always_says_a_half_has_one_bin() -> None:
    data = planted_pairs()
    (only,) = reliability_of(data, Half())
    assert (only.rows, only.probability) == (len(data.rows), 0.5)
    assert only.share == pytest.approx(sum(r.supported for r in data.rows) / len(data.rows))


def test_the_curve_by_hand() -> None:
    truth = np.array([False, True, True, True, False])
    low, high = reliability(truth, np.array([0.1, 0.2, 0.9, 1.0, 0.95]), bins=2)
    assert (low.rows, low.probability, low.share) == (2, pytest.approx(0.15), 0.5)
    assert (high.rows, high.probability, high.share) == (3, pytest.approx(0.95), pytest.approx(2 / 3))
    assert high.interval == wilson(2, 3)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60), st.integers(1, 20))
def test_bins_hold_every_row_once_in_order(rows: list[tuple[bool, float]], bins: int) -> None:
    truth, probability = np.array([t for t, _ in rows]), np.array([p for _, p in rows])
    found = reliability(truth, probability, bins=bins)
    assert sum(b.rows for b in found) == len(rows)
    assert sum(b.share * b.rows for b in found) == pytest.approx(truth.sum())
    assert [b.probability for b in found] == sorted(b.probability for b in found)
    assert all(b.interval.low <= b.share <= b.interval.high for b in found)


def test_plots_show_what_they_are_given() -> None:
    known = Figure(value=0.5, interval=Interval(low=0.25, high=0.75))
    axes = grouped_plot(
        {"one": {"a": known, "b": Figure(value=None, interval=None)}, "two": {"c": known}}, label="share"
    )
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", "b", "c"]
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["one", "two"]
    spans = [tuple(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) == 2]
    assert spans.count((0.25, 0.75)) == 2
    bins = reliability(np.array([True, False, True]), np.array([0.9, 0.1, 0.95]))
    curve = reliability_plot(bins)
    assert [t.get_text() for t in curve.texts] == [str(b.rows) for b in bins]
    assert (curve.get_xlabel(), curve.get_ylabel()) == (
        "probability of support, as the judge says",
        "share of pairs that are supported",
    )
