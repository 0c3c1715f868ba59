"""What a run may cost, in tokens and in money, and what it has cost so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.errors import SuiteError
from harness.types import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that a run may spend, over all its resumptions; None for no limit.

    Only tokens that a pipeline or an ``llm:`` judge tells of can be counted. One pair of prices holds for all of them:
    where pipeline and judge cost different, the higher price keeps the run within its budget.

    Args:
        usd: in the currency of the prices.
        tokens: prompt and completion tokens together.
        price_in, price_out: of a million prompt and completion tokens.

    Raises:
        SuiteError: for a sum of money without prices, or a limit that is not above 0.
    """

    usd: float | None = None
    tokens: int | None = None
    price_in: float = 0.0
    price_out: float = 0.0

    def __post_init__(self) -> None:
        if self.usd is not None and not (self.price_in or self.price_out):
            raise SuiteError("--budget needs prices", hint="give --price-in and --price-out, of a million tokens")
        if any(limit is not None and not limit > 0 for limit in (self.usd, self.tokens)):
            raise SuiteError("a budget must be more than 0", hint="leave it out for no limit")

    def cost(self, usage: Usage) -> float:
        """The price of some tokens."""
        return (usage.prompt_tokens * self.price_in + usage.completion_tokens * self.price_out) / 1e6

    def told(self, spent: Usage) -> str:
        """What was spent, in words."""
        words = f"{spent.prompt_tokens:,} prompt and {spent.completion_tokens:,} completion tokens"
        return f"{words}, {self.cost(spent):.4g} USD" if self.price_in or self.price_out else words


class Purse:
    """What of a budget is left; the dearest item so far stands for what the next one may cost.

    Args:
        spent: what the run has spent before. each: the part of it that single items cost.
    """

    def __init__(self, budget: Budget, spent: Usage, each: Iterable[Usage] = ()) -> None:
        self.budget = budget
        self._usd, self._tokens = budget.cost(spent), _count(spent)
        known = list(each)
        self._dearest = max(map(budget.cost, known), default=0.0), max(map(_count, known), default=0)

    def pay(self, usage: Usage) -> None:
        """Take the tokens of one item."""
        usd, tokens = self.budget.cost(usage), _count(usage)
        self._usd += usd
        self._tokens += tokens
        self._dearest = max(self._dearest[0], usd), max(self._dearest[1], tokens)

    def fits(self, in_flight: int) -> bool:
        """Whether one more item beside those in flight would stay within the budget."""
        usd, tokens = (most * (in_flight + 1) for most in self._dearest)
        limits = self.budget
        return (limits.usd is None or (self._usd < limits.usd and self._usd + usd <= limits.usd)) and (
            limits.tokens is None or (self._tokens < limits.tokens and self._tokens + tokens <= limits.tokens)
        )

    def reason(self) -> str:
        """Why no further item was started."""
        usd, tokens = self.budget.usd, self.budget.tokens
        limits = [] if usd is None else [f"{usd:g} USD"]
        limits += [] if tokens is None else [f"{tokens:,} tokens"]
        spent = f"{self._usd:.4g} USD and {self._tokens:,} tokens" if self._usd else f"{self._tokens:,} tokens"
        return f"the budget of {' and '.join(limits)} is used up but for less than an item: {spent} spent"


def _count(usage: Usage) -> int:
    return usage.prompt_tokens + usage.completion_tokens
