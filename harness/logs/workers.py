"""The same work by several processes: results in order, flat memory, and a crash costs at most the row that caused it.

Processes are spawned, never forked: forked copies of a process with running threads (onnxruntime, BLAS) may hang.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Generic, Protocol, TypeVar

from harness.onnx import usable_cores

Task = TypeVar("Task")
Result = TypeVar("Result")


class Work(Protocol[Task, Result]):
    """What is done with each task: a picklable callable that can split a task, and says what a lost one gives."""

    def __call__(self, batch: Task, /) -> list[Result]:
        """The results of a task, in order."""
        ...

    def split(self, batch: Task, /) -> Sequence[Task]:
        """The task in its smallest parts, in order."""
        ...

    def lost(self, batch: Task, /) -> list[Result]:
        """The results of a part that killed its process twice."""
        ...


def in_order(
    work: Work[Task, Result], tasks: Iterable[Task], *, workers: int, warn: Callable[[str], None]
) -> Iterator[list[Result]]:
    """The results of every task, in the order of the tasks, whatever the number of processes.

    At most twice as many tasks as workers are in flight. Where a worker dies, the tasks that were in flight are tried
    once more, part by part, in a process of their own. One worker means this process.

    Args:
        warn: is told one line for each crash.
    """
    if workers == 1:
        yield from map(work, tasks)
        return
    crew = _Crew(work, workers, warn)
    try:
        yield from crew.results(tasks)
    finally:
        crew.close()


class _Crew(Generic[Task, Result]):
    """A pool that is made anew when it breaks."""

    def __init__(self, work: Work[Task, Result], workers: int, warn: Callable[[str], None]) -> None:
        self._work, self._workers, self._warn = work, workers, warn
        self._pool = _pool(workers)

    def results(self, tasks: Iterable[Task]) -> Iterator[list[Result]]:
        flying: deque[tuple[Task, Future[list[Result]], ProcessPoolExecutor]] = deque()
        for task in tasks:
            flying.append((task, *self._submit(task)))
            if len(flying) >= 2 * self._workers:
                yield self._landed(*flying.popleft())
        while flying:
            yield self._landed(*flying.popleft())

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, task: Task) -> tuple[Future[list[Result]], ProcessPoolExecutor]:
        try:
            return self._pool.submit(self._work, task), self._pool
        except BrokenProcessPool:
            self._renew()
            return self._pool.submit(self._work, task), self._pool

    def _landed(self, task: Task, future: Future[list[Result]], pool: ProcessPoolExecutor) -> list[Result]:
        try:
            return future.result()
        except BrokenProcessPool:
            if pool is self._pool:
                self._renew()
            return self._again(task)

    def _renew(self) -> None:
        self._warn("a worker process died; the rows it had are tried once more")
        self._pool.shutdown(wait=True)
        self._pool = _pool(self._workers)

    def _again(self, task: Task) -> list[Result]:
        """The results of a task part by part, in a process that is replaced when it dies."""
        found: list[Result] = []
        alone = _pool(1)
        try:
            for part in self._work.split(task):
                try:
                    found += alone.submit(self._work, part).result()
                except BrokenProcessPool:
                    alone.shutdown(wait=True)
                    alone = _pool(1)
                    found += self._work.lost(part)
        finally:
            alone.shutdown(wait=True)
        return found


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    share = max(1, usable_cores() // workers)
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_settle, initargs=(share,))


def _settle(threads: int) -> None:
    """In a worker: keep to its share of the cores, leave Ctrl-C to the parent, and end with it, even by kill -9."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
