"""A share told with its counts and its interval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.stats import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``events`` of ``n`` with the 95 % Wilson interval; 0 to 1 where n is 0."""

    events: int
    n: int
    low: float
    high: float

    @classmethod
    def of(cls, hits: Iterable[bool]) -> Rate:
        """Count them."""
        seen = list(hits)
        if not seen:
            return cls(events=0, n=0, low=0.0, high=1.0)
        interval = wilson(sum(seen), len(seen))
        return cls(events=sum(seen), n=len(seen), low=interval.low, high=interval.high)

    @property
    def share(self) -> float:
        """events / n; 0 for none."""
        return self.events / self.n if self.n else 0.0

    def __str__(self) -> str:
        """``12/14 (86 %, 60 to 96 %)``."""
        if not self.n:
            return "0/0"
        return f"{self.events}/{self.n} ({self.share:.0%}, {self.low:.0%} to {self.high:.0%})"
