from __future__ import annotations

from pathlib import Path

import pytest

from harness.logs.folder import records_of
from harness.logs.workers import in_order
from harness.onnx import usable_cores
from tests.logs.conftest import FINE, SEVERE, audit, job, jsonl
from tests.logs.squares import Shares, Squares

TASKS = [(n, n + 1) for n in range(0, 16, 2)]


def run(work: Squares, workers: int) -> tuple[list[str], list[str]]:
    lines: list[str] = []
    batches = in_order(work, TASKS, workers=workers, warn=lines.append)
    return [one for batch in batches for one in batch], lines


def test_order_is_that_of_one_process() -> None:
    assert run(Squares(), 2) == run(Squares(), 1)


@pytest.mark.parametrize("deadly", [5, 15])
def test_a_row_that_kills_its_process_twice_is_lost_and_no_other(deadly: int) -> None:
    found, lines = run(Squares(deadly), 2)
    assert found == [f"lost {n}" if n == deadly else f"{n * n}" for n in range(16)]
    assert lines == ["a worker process died; the rows it had are tried once more"]


def test_a_process_that_dies_once_costs_nothing(tmp_path: Path) -> None:
    found, lines = run(Squares(7, tmp_path / "died"), 2)
    assert found == [f"{n * n}" for n in range(16)]
    assert len(lines) == 1


def test_workers_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    every = usable_cores()
    for workers in (2, 8):
        assert run(Shares(), workers) == ([str(max(1, every // workers))] * 16, [])


@pytest.mark.parametrize(("told", "fewest"), [("1", 1), ("0", 2), ("many", 2), ("", 2)])
def test_usable_cores(told: str, fewest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1}, raising=False)
    assert usable_cores() == fewest


def test_two_workers_write_the_bytes_of_one(tmp_path: Path) -> None:
    rows = [*({"answer": f"{FINE} {SEVERE if n % 3 else n}", "id": n} for n in range(9)), "{oops"]
    log = jsonl(tmp_path / "log.jsonl", rows)
    for workers in (1, 2):
        audit(job(log, workers=workers), tmp_path / str(workers))
    for name in ("manifest.json", "summary.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
    assert list(records_of(tmp_path / "1")) == list(records_of(tmp_path / "2"))
