"""A share with its counts."""

from __future__ import annotations

from harness.rates import Rate


def test_a_rate_tells_counts_and_interval_and_knows_none() -> None:
    assert str(Rate.of([True] * 12 + [False] * 2)) == "12/14 (86%, 60% to 96%)"
    none = Rate.of([])
    assert (str(none), none.share, none.low, none.high) == ("0/0", 0.0, 0.0, 1.0)
