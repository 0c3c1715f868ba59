"""Work in threads under deadlines: what hangs is given up, and a run that only hangs is ended."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextvars import Context, copy_context
from dataclasses import dataclass
from math import inf
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from harness.budget import Budget
from harness.errors import SuiteError
from harness.pacing import Pacer
from harness.pipelines.call import CallContext, working_on

T = TypeVar("T")
THREAD = "harness-item"  # the name of a thread that has a job, until the job ends
_IDLE = "harness-idle"
_LONGEST_WAIT_S = 3600.0  # locks take no infinite timeout


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how much a run may take. The limit of a single call is the pipeline's own ``timeout_s``.

    Args:
        item_s: seconds that one item may take, answer and scores with all their tries; it is given up then.
        run_s: seconds that the run may take, from its start or resumption; None for no limit.
        budget: tokens and money; None for no limit.

    Raises:
        SuiteError: for a time that is not above 0.
    """

    item_s: float = 900.0
    run_s: float | None = None
    budget: Budget | None = None

    def __post_init__(self) -> None:
        if not self.item_s > 0 or (self.run_s is not None and not self.run_s > 0):
            raise SuiteError("a deadline must be more than 0 seconds", hint="leave it out for the default")


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """One item to do: ``work`` runs in a thread of its own."""

    key: str
    work: Callable[[], T]


@dataclass(frozen=True, slots=True, eq=False)
class _Flight(Generic[T]):
    job: Job[T]
    context: CallContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed(Generic[T]):
    """What became of a job: its result, or why it was given up.

    Args:
        context: holds the tokens spent.
        more: whether the next one has landed too, and follows without waiting.
    """

    key: str
    context: CallContext
    result: T | None = None
    given_up: str = ""
    more: bool = False


class FirstAlone:
    """A context that the first thread has for itself: the others enter once it has left, or after ``most_s`` seconds.

    Scorers read their word lists and models when they are first used. Threads that do so at the same time would each
    read all of them.
    """

    def __init__(self, most_s: float = 60.0) -> None:
        self._most_s = most_s
        self._first = threading.Lock()
        self._left = threading.Event()

    def __enter__(self) -> None:
        if not self._first.acquire(blocking=False) and not self._left.wait(self._most_s):
            self._left.set()  # the first one hangs: nobody else waits for it

    def __exit__(self, *_: object) -> None:
        self._left.set()


class Dispatcher(Generic[T]):
    """Does jobs in daemon threads, as many at a time as the pacer lets through; a thread does many jobs in turn.

    A thread can't be stopped. Where a job passes its deadline it is given up: its thread is left behind, finds no time
    left for further calls, and what it may still bring is thrown away. When as many jobs in a row are given up as may
    be in flight, nothing moves any more, and the rest is not started.

    Args:
        may_start: whether one more job may start beside so many in flight; where it says no and none is in flight, the
            rest is not started.

    Attributes:
        stopped: why jobs were left out or given up by the run's deadline; "" where none were.
    """

    def __init__(self, limits: Limits, pacer: Pacer, may_start: Callable[[int], bool] = lambda _: True) -> None:
        self.stopped = ""
        self._limits = limits
        self._pacer = pacer
        self._may_start = may_start
        self._ends = time.monotonic() + limits.run_s if limits.run_s else inf
        self._flying: dict[_Flight[T], None] = {}
        self._todo: SimpleQueue[tuple[Context, _Flight[T]] | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[_Flight[T], T | None, BaseException | None]] = SimpleQueue()
        self._idle = 0  # threads that wait for a job
        self._hung = 0

    def each(self, jobs: Iterable[Job[T]], refused: Callable[[], str]) -> Generator[Landed[T]]:
        """Every job in the order they end; what is not yielded was not done, and ``stopped`` says why.

        Args:
            refused: what to say where ``may_start`` ended it.

        Raises:
            BaseException: whatever a job raises.
        """
        waiting = deque(jobs)
        try:
            while (waiting or self._flying) and not self.stopped:
                if not self._launch(waiting) and not self._flying:
                    self.stopped = refused()
                    return
                yield from self._land()
                yield from self._overdue(len(waiting))
        finally:
            for flight in self._flying:
                flight.context.give_up()
            for _ in range(self._idle):
                self._todo.put(None)
            self._idle = 0

    def _launch(self, waiting: deque[Job[T]]) -> bool:
        """Start what may be started now; False where ``may_start`` lets no more through."""
        while waiting and len(self._flying) < self._pacer.limit and not self._pacer.quiet_s():
            if not self._may_start(len(self._flying)):
                return False
            deadline = min(time.monotonic() + self._limits.item_s, self._ends)
            flight = _Flight(waiting.popleft(), CallContext(deadline, self._pacer.congestion))
            self._flying[flight] = None
            with working_on(flight.context):
                context = copy_context()
            self._todo.put((context, flight))
            if self._idle:
                self._idle -= 1
            else:
                threading.Thread(target=self._work, name=THREAD, daemon=True).start()
        return True

    def _work(self) -> None:
        """What a thread does: one job after another, until there are no more."""
        thread = threading.current_thread()
        while told := self._todo.get():
            thread.name = THREAD
            context, flight = told
            result = context.run(self._fly, flight)
            thread.name = _IDLE
            self._done.put(result)

    def _fly(self, flight: _Flight[T]) -> tuple[_Flight[T], T | None, BaseException | None]:
        try:
            return flight, flight.job.work(), None
        except BaseException as problem:
            return flight, None, problem

    def _land(self) -> Iterator[Landed[T]]:
        """Wait for the next job to end, or until something else has to be done."""
        until = min([self._ends, *(f.context.deadline for f in self._flying)])
        timeout = min(_LONGEST_WAIT_S, max(0.0, until - time.monotonic()))
        if len(self._flying) < self._pacer.limit and (quiet := self._pacer.quiet_s()):
            timeout = min(timeout, quiet)
        try:
            flight, result, problem = self._done.get(timeout=timeout)
        except Empty:
            return
        self._idle += 1
        if flight not in self._flying:  # it came back after it was given up
            return
        del self._flying[flight]
        if problem is not None:
            raise problem
        self._hung = 0
        if not flight.context.congested:
            self._pacer.success()
        yield Landed(key=flight.job.key, context=flight.context, result=result, more=not self._done.empty())

    def _overdue(self, waiting: int) -> Iterator[Landed[T]]:
        """Give up what has passed its deadline, and say so where that ends the run."""
        now = time.monotonic()
        late = [f for f in self._flying if f.context.deadline <= now]
        over = now >= self._ends
        for flight in late:
            del self._flying[flight]
            flight.context.give_up()
            self._hung += 1
        if over and (late or waiting):
            self.stopped = f"the run's deadline of {self._limits.run_s:g} s has passed"
        elif waiting and self._hung >= self._pacer.most:
            self.stopped = f"the run hangs: {self._hung} items in a row did not end within {self._limits.item_s:g} s"
        why = self.stopped if over else f"it did not end within {self._limits.item_s:g} s"
        for flight in late:
            yield Landed(key=flight.job.key, context=flight.context, given_up=why)
