"""The same work on a Ray cluster: results in order, flat memory, and a worker or node that dies costs no answer.

Ray tries a task again where its process or machine dies; the results are those of one process, whoever scored them.
Each node needs the same version of the harness, which every worker checks by its signature.
"""

from __future__ import annotations

import logging
import os
import secrets
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from harness.errors import HarnessError, SuiteError
from harness.logs.workers import Work

Task = TypeVar("Task")
Result = TypeVar("Result")
_PATIENCE = 60  # seconds without a result, after which it is said what the cluster has
_TRIES = 2  # of a task whose process or node died, besides the first; a part of it has one
_STORE = 100_000_000  # bytes of the object store of a cluster of our own; rows and records pass through it
_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS_SKIP_REGEX": "^",  # no line about a node that died: Ray tells it on standard output, an audit's own
}


def in_ray(
    work: Work[Task, Result], tasks: Iterable[Task], *, workers: int, address: str = "", warn: Callable[[str], None]
) -> Iterator[list[Result]]:
    """The results of every task, in the order of the tasks, by workers of a Ray cluster.

    At most twice as many tasks as workers are in flight. A task whose process or node dies is tried again elsewhere;
    where it dies each time, part by part; a part that dies each time is lost.

    Args:
        workers: tasks that run at the same time, each on one CPU.
        address: of a cluster that runs (``auto`` for the one on this machine); "" starts one here, and ends it.
        warn: is told one line where a task died each time.

    Raises:
        SuiteError: without ray, or where there is no cluster at the address.
        HarnessError: what the work raised.
    """
    with connected(workers, address) as ray:
        crew: _Crew[Task, Result] = _Crew(ray, work, warn)
        flying: deque[tuple[Task, Any]] = deque()
        for task in tasks:
            flying.append((task, crew.begun(task)))
            if len(flying) >= 2 * workers:
                yield crew.landed(*flying.popleft())
        while flying:
            yield crew.landed(*flying.popleft())


class _Crew(Generic[Task, Result]):
    """The workers of a cluster, to whom the work is sent once."""

    def __init__(self, ray: Any, work: Work[Task, Result], warn: Callable[[str], None]) -> None:
        self._ray, self._work, self._warn = ray, work, warn
        self._shared = ray.put(work)
        self._tried = ray.remote(num_cpus=1, max_retries=_TRIES)(_done)
        self._alone = self._tried.options(max_retries=1)
        self._waited = False

    def begun(self, task: Task) -> Any:
        """A reference to the results of a task."""
        return self._tried.remote(self._shared, task)

    def landed(self, task: Task, reference: Any) -> list[Result]:
        """The results of a task, in its order, whatever died meanwhile."""
        try:
            return self._got(reference)
        except _died(self._ray):
            self._warn("a task died with its worker again and again; its rows are tried one by one")
        found: list[Result] = []
        for part in self._work.split(task):
            try:
                found += self._got(self._alone.remote(self._shared, part))
            except _died(self._ray):
                found += self._work.lost(part)
        return found

    def _got(self, reference: Any) -> list[Result]:
        """A task's results; what the work raised is raised as it was, not in Ray's wrapping."""
        ray = self._ray
        while not ray.wait([reference], timeout=_PATIENCE)[0]:
            self._tell_of_waiting()
        try:
            found: list[Result] = ray.get(reference)
        except ray.exceptions.RayTaskError as problem:
            if isinstance(problem.cause, HarnessError):
                raise problem.cause from None
            raise
        return found

    def _tell_of_waiting(self) -> None:
        """Say once that nothing comes: a cluster without a free CPU lets tasks wait for ever, in silence."""
        if not self._waited:
            free, there = (one().get("CPU", 0) for one in (self._ray.available_resources, self._ray.cluster_resources))
            self._warn(f"no task finished for {_PATIENCE} s; the cluster has {there:g} CPUs, {free:g} of them free")
        self._waited = True


def _done(work: Work[Task, Result], task: Task) -> list[Result]:
    return work(task)


def _died(ray: Any) -> tuple[type[Exception], ...]:
    """What Ray raises where it lost a task, not where the task raised something."""
    known = ray.exceptions
    return known.WorkerCrashedError, known.NodeDiedError, known.OutOfMemoryError, known.ObjectLostError


def _ray(address: str) -> Any:
    """Ray, told before it is imported, as it reads its environment once: no telemetry, no cluster without a token."""
    if "ray" not in sys.modules:
        for name, value in _SETTINGS.items():
            os.environ.setdefault(name, value)
        if not address and "RAY_AUTH_MODE" not in os.environ:
            os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    try:
        import ray
    except ImportError:
        hint = "pip install 'patient-answer-harness[ray]', or leave --executor out"
        raise SuiteError("--executor ray needs ray, which is not installed", hint=hint) from None
    return ray


@contextmanager
def connected(workers: int, address: str = "") -> Iterator[Any]:
    """Ray, joined to a cluster, or to one of our own on this machine; one that the program has joined already is used.

    Raises:
        SuiteError: without ray, or where there is no cluster at the address.
    """
    ray = _ray(address)
    if ray.is_initialized():
        yield ray
        return
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL}
    own = {"address": "local", "num_cpus": workers, "object_store_memory": _STORE, "include_dashboard": False}
    try:
        ray.init(**quiet, **({"address": address} if address else own))
    except Exception as problem:  # of a node that doesn't come up, Ray raises no other
        told = next(iter(str(problem).splitlines()), "no cluster")
        theirs = "`ray start --head` starts one; where it wants a token, set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN"
        hint = (
            theirs if address else "a busy machine may be too slow for it; without --executor, --workers uses all cores"
        )
        raise SuiteError(f"ray at {address or 'this machine'}: {told}", hint=hint) from None
    try:
        yield ray
    finally:
        ray.shutdown()
