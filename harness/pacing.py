"""Adaptive concurrency: fewer items in flight while the other side is overloaded, slowly more again afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pacer:
    """How many items may be in flight: additive increase, multiplicative decrease (Chiu and Jain, 1989).

    The limit is halved when a call meets a busy server (429, 503, 529 or a timeout), once for all calls that were under
    way by then, and grows by one for every round of items that met none. It is never above ``most`` or below 1. While a
    server asks to be left alone (Retry-After), no new item starts.

    Args:
        most: the concurrency that was asked for.
        clock: seconds that only grow.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self._clock = clock
        self._limit = float(most)
        self._cut_at = self._quiet_until = -1.0
        self._lock = threading.Lock()

    @property
    def limit(self) -> int:
        """Items that may be in flight now."""
        return int(self._limit)

    def congestion(self, started: float, retry_after_s: float | None) -> None:
        """A call that started at ``started`` met a busy server, which asked for ``retry_after_s`` seconds of rest."""
        with self._lock:
            now = self._clock()
            self._quiet_until = max(self._quiet_until, now + (retry_after_s or 0.0))
            if started > self._cut_at:
                self._limit = max(1.0, self._limit / 2)
                self._cut_at = now

    def success(self) -> None:
        """An item was answered, and no call of it met a busy server."""
        with self._lock:
            self._limit = min(float(self.most), self._limit + 1 / self._limit)

    def quiet_s(self) -> float:
        """Seconds during which no new item should start."""
        return max(0.0, self._quiet_until - self._clock())
