from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.pacing import Pacer


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_busy_server_halves_what_is_in_flight_once_for_all_calls_under_way() -> None:
    clock = Clock()
    pacer = Pacer(16, clock)
    clock.now = 1.0
    for _ in range(16):  # all 16 started before any of them was refused
        pacer.congestion(0.5, None)
    assert pacer.limit == 8
    clock.now = 2.0
    pacer.congestion(1.5, None)
    assert pacer.limit == 4


def test_a_round_without_refusals_lets_one_more_through() -> None:
    pacer = Pacer(16, Clock())
    pacer.congestion(0.0, None)
    assert pacer.limit == 8
    for _ in range(9):
        pacer.success()
    assert pacer.limit == 9


def test_no_new_item_starts_while_the_server_wants_rest() -> None:
    clock = Clock()
    pacer = Pacer(4, clock)
    pacer.congestion(0.0, 7.0)
    pacer.congestion(0.0, 3.0)
    assert pacer.quiet_s() == pytest.approx(7.0)
    clock.now = 8.0
    assert pacer.quiet_s() == 0.0


@given(most=st.integers(1, 256), events=st.lists(st.booleans(), max_size=200))
def test_the_limit_stays_between_one_and_what_was_asked_for(most: int, events: list[bool]) -> None:
    clock = Clock()
    pacer = Pacer(most, clock)
    for refused in events:
        clock.now += 1.0
        if refused:
            pacer.congestion(clock.now - 0.5, None)
        else:
            pacer.success()
        assert 1 <= pacer.limit <= most
