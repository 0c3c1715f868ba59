"""What a call knows of the item it is made for: the time left, the tokens spent, and what to end if it is given up."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from harness.types import Usage

Congestion = Callable[[float, float | None], None]


class CallContext:
    """One item on its way, shared by the threads that work on it.

    Args:
        deadline: the ``time.monotonic()`` moment by which the item has to be done.
        on_congestion: told of every try that the other side was too busy for: when it started, and how many seconds it
            asked to be left alone.
    """

    def __init__(self, deadline: float = math.inf, on_congestion: Congestion | None = None) -> None:
        self.deadline = deadline
        self.congested = False
        self._on_congestion = on_congestion
        self._lock = threading.Lock()
        self._ends: list[Callable[[], None]] = []
        self._given_up = False
        self._spent = Usage()

    @property
    def spent(self) -> Usage:
        """The tokens of every call so far, those of failed tries and of judges too."""
        return self._spent

    def time_left(self) -> float:
        """Seconds until the deadline, never below 0; 0 once the item was given up."""
        return 0.0 if self._given_up else max(0.0, self.deadline - time.monotonic())

    def spend(self, usage: Usage) -> None:
        """Add the tokens of one call."""
        with self._lock:
            self._spent = self._spent.plus(usage)

    def congestion(self, started: float, retry_after_s: float | None) -> None:
        """A try that started at ``started`` met a busy server."""
        self.congested = True
        if self._on_congestion:
            self._on_congestion(started, retry_after_s)

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """Have ``end`` called if the item is given up while the block runs, or was before."""
        with self._lock:
            self._ends.append(end)
            late = self._given_up
        try:
            if late:
                end()
            yield
        finally:
            with self._lock:
                self._ends.remove(end)

    def give_up(self) -> None:
        """End what the item has started; its thread can't be stopped, but it will find no time left."""
        with self._lock:
            self._given_up = True
            ends = list(self._ends)
        for end in ends:
            end()


_CURRENT: ContextVar[CallContext | None] = ContextVar("call", default=None)


def current() -> CallContext:
    """The context of the item that is being worked on; one without limits outside of a run."""
    return _CURRENT.get() or CallContext()


@contextmanager
def working_on(context: CallContext) -> Iterator[None]:
    """Make ``context`` the current one of this thread, and of those that copy its contextvars."""
    token = _CURRENT.set(context)
    try:
        yield
    finally:
        _CURRENT.reset(token)
