from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from harness.dispatch import Dispatcher, FirstAlone, Job, Landed, Limits
from harness.errors import SuiteError
from harness.pacing import Pacer
from harness.pipelines.call import current


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """Jobs that wait for it hang until the test is over."""
    event = threading.Event()
    yield event
    event.set()


def land(
    jobs: dict[str, Callable[[], object]],
    *,
    most: int = 2,
    may_start: Callable[[int], bool] = lambda _: True,
    **limits: float,
) -> tuple[dict[str, Landed[object]], str]:
    dispatcher: Dispatcher[object] = Dispatcher(Limits(**limits), Pacer(most), may_start)  # type: ignore[arg-type]
    found = {one.key: one for one in dispatcher.each([Job(k, w) for k, w in jobs.items()], lambda: "spent")}
    return found, dispatcher.stopped


def test_every_job_lands_with_its_result() -> None:
    found, stopped = land({str(i): (lambda i=i: i * i) for i in range(50)}, most=7)
    assert {k: v.result for k, v in found.items()} == {str(i): i * i for i in range(50)}
    assert stopped == ""


def test_no_more_than_the_limit_are_in_flight() -> None:
    now, seen, lock = [0], [0], threading.Lock()

    def work() -> None:
        with lock:
            now[0] += 1
            seen.append(now[0])
        time.sleep(0.002)
        with lock:
            now[0] -= 1

    land({str(i): work for i in range(40)}, most=5)
    assert 1 < max(seen) <= 5


def test_what_hangs_is_given_up_and_the_rest_is_done(never: threading.Event) -> None:
    jobs: dict[str, Callable[[], object]] = {"hangs": never.wait, **{str(i): (lambda i=i: i) for i in range(9)}}
    found, stopped = land(jobs, item_s=2.0)
    assert found["hangs"].given_up == "it did not end within 2 s"
    assert all(found[str(i)].result == i for i in range(9))
    assert stopped == ""


def test_what_comes_back_too_late_is_thrown_away() -> None:
    back = threading.Event()

    def late() -> str:
        time.sleep(0.3)
        back.set()
        return "late"

    found, _ = land({"late": late, "next": lambda: back.wait(5)}, most=1, item_s=0.1)
    assert found["late"].result is None
    assert found["late"].given_up


def test_a_run_that_only_hangs_is_ended(never: threading.Event) -> None:
    found, stopped = land({str(i): never.wait for i in range(20)}, most=3, item_s=0.1)
    assert 3 <= len(found) < 20  # a slow machine may start another before it gives up the third
    assert all(one.given_up for one in found.values())
    assert stopped == f"the run hangs: {len(found)} items in a row did not end within 0.1 s"


def test_the_deadline_of_the_run_gives_up_what_is_in_flight(never: threading.Event) -> None:
    found, stopped = land({"quick": lambda: 1, "a": never.wait, "b": never.wait, "c": never.wait}, most=2, run_s=1.5)
    assert found["quick"].result == 1
    assert {k for k, v in found.items() if v.given_up} == {"a", "b"}
    assert stopped == "the run's deadline of 1.5 s has passed"


def test_a_job_that_is_given_up_ends_what_it_started(never: threading.Event) -> None:
    ended = threading.Event()

    def work() -> None:
        with current().ending(ended.set):
            never.wait()

    land({"a": work}, item_s=0.1)
    assert ended.is_set()


def test_an_interrupt_ends_what_is_in_flight(never: threading.Event) -> None:
    ended = threading.Event()

    def hang() -> None:
        with current().ending(ended.set):
            never.wait()

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        land({"a": hang, "b": stop})
    assert ended.is_set()


def test_whoever_pays_can_end_it() -> None:
    started: list[int] = []

    def may_start(in_flight: int) -> bool:
        return len(started) + in_flight < 4

    found, stopped = land({str(i): (lambda i=i: started.append(i)) for i in range(9)}, may_start=may_start)
    assert len(found) == 4
    assert stopped == "spent"


def test_fewer_are_started_once_the_other_side_is_busy() -> None:
    """Eight calls are refused together; from then on the limit is four and grows by less than one a round."""
    barrier, now, seen, lock = threading.Barrier(8), [0], [0], threading.Lock()

    def refused() -> None:
        started = time.monotonic()
        barrier.wait(5)
        current().congestion(started, None)
        barrier.wait(5)

    def later() -> None:
        with lock:
            now[0] += 1
            seen.append(now[0])
        time.sleep(0.005)
        with lock:
            now[0] -= 1

    found, _ = land({str(i): refused if i < 8 else later for i in range(14)}, most=8)
    assert len(found) == 14
    assert max(seen) <= 5


@pytest.mark.parametrize("limits", [{"item_s": 0.0}, {"run_s": 0.0}, {"item_s": float("nan")}])
def test_impossible_limits_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(SuiteError, match="deadline"):
        Limits(**limits)  # type: ignore[arg-type]


def test_the_first_to_enter_is_alone_and_the_rest_enter_once_it_has_left() -> None:
    first, order, inside = FirstAlone(), [], threading.Event()

    def enter(name: str) -> None:
        with first:
            inside.set()
            order.append(f"{name} in")
            if name == "a":
                time.sleep(0.1)
                order.append("a out")

    threads = [threading.Thread(target=enter, args=(name,)) for name in "abc"]
    threads[0].start()
    assert inside.wait(5)
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert order[:2] == ["a in", "a out"]
    assert sorted(order[2:]) == ["b in", "c in"]


def test_a_first_one_that_hangs_holds_nobody_up_for_long() -> None:
    first = FirstAlone(most_s=0.01)
    first.__enter__()
    with first:
        pass


def test_a_first_one_that_hangs_is_waited_for_once() -> None:
    first = FirstAlone(most_s=0.2)
    first.__enter__()
    with first:
        pass
    assert first._left.is_set()
