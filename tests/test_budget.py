from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.budget import Budget, Purse
from harness.errors import SuiteError
from harness.types import Usage


def usage(prompt: int, completion: int = 0) -> Usage:
    return Usage(prompt_tokens=prompt, completion_tokens=completion)


def test_money_is_counted_by_the_million() -> None:
    budget = Budget(usd=1.0, price_in=2.0, price_out=8.0)
    assert budget.cost(usage(500_000, 250_000)) == pytest.approx(3.0)
    assert budget.told(usage(1_500, 10)) == "1,500 prompt and 10 completion tokens, 0.00308 USD"


@pytest.mark.parametrize("limits", [{"usd": 1.0}, {"usd": 0.0, "price_in": 1.0}, {"tokens": 0}, {"tokens": -5}])
def test_a_budget_that_can_not_be_held_is_refused(limits: dict[str, float]) -> None:
    with pytest.raises(SuiteError, match="budget"):
        Budget(**limits)  # type: ignore[arg-type]


def test_without_a_budget_everything_fits() -> None:
    purse = Purse(Budget(), usage(10**9))
    purse.pay(usage(10**9))
    assert purse.fits(255)


def test_what_a_run_spent_before_it_was_resumed_counts() -> None:
    assert not Purse(Budget(tokens=100), usage(100)).fits(0)
    assert Purse(Budget(tokens=100), usage(99)).fits(0)


def test_items_in_flight_are_set_aside_for() -> None:
    purse = Purse(Budget(tokens=100), usage(0))
    purse.pay(usage(20, 10))
    assert purse.fits(1)
    assert not purse.fits(2)
    assert "100 tokens" in purse.reason()


@given(limit=st.integers(1, 10_000), each=st.integers(1, 500), together=st.integers(1, 20))
def test_equal_items_never_overrun_a_budget_once_one_of_them_is_paid(limit: int, each: int, together: int) -> None:
    """Before the first item ends nobody knows what one costs: at most that first round may overrun it."""
    purse = Purse(Budget(tokens=limit), usage(0))
    purse.pay(usage(each))
    spent, flying = each, 0
    for _ in range(200):
        while flying < together and purse.fits(flying):
            flying += 1
        if not flying:
            break
        purse.pay(usage(each))
        spent, flying = spent + each, flying - 1
    assert spent <= max(limit, each)
