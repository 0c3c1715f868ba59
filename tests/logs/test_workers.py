from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.logs.workers import in_order
from tests.logs.conftest import FINE, SEVERE, audit, job, jsonl


@dataclass(frozen=True)
class Squares:
    """Squares numbers; a process that is given a deadly one dies, each time or only until the mark is there."""

    deadly: int = -1
    mark: Path | None = None

    def __call__(self, batch: Sequence[int]) -> list[str]:
        if self.deadly in batch and not (self.mark and self.mark.exists()):
            if self.mark:
                self.mark.touch()
            os._exit(9)
        return [f"{n * n}" for n in batch]

    def split(self, batch: Sequence[int]) -> list[Sequence[int]]:
        return [(n,) for n in batch]

    def lost(self, batch: Sequence[int]) -> list[str]:
        return [f"lost {n}" for n in batch]


TASKS = [(n, n + 1) for n in range(0, 24, 2)]


def run(work: Squares, workers: int) -> tuple[list[str], list[str]]:
    lines: list[str] = []
    batches = in_order(work, TASKS, workers=workers, warn=lines.append)
    return [one for batch in batches for one in batch], lines


def test_order_is_that_of_one_process() -> None:
    assert run(Squares(), 2) == run(Squares(), 1)


@pytest.mark.parametrize("deadly", [5, 23])
def test_a_row_that_kills_its_process_twice_is_lost_and_no_other(deadly: int) -> None:
    found, lines = run(Squares(deadly), 2)
    assert found == [f"lost {n}" if n == deadly else f"{n * n}" for n in range(24)]
    assert lines == ["a worker process died; the rows it had are tried once more"]


def test_a_process_that_dies_once_costs_nothing(tmp_path: Path) -> None:
    found, lines = run(Squares(7, tmp_path / "died"), 2)
    assert found == [f"{n * n}" for n in range(24)]
    assert len(lines) == 1


def test_two_workers_write_the_bytes_of_one(tmp_path: Path) -> None:
    rows = [*({"answer": f"{FINE} {SEVERE if n % 3 else n}", "id": n} for n in range(18)), "{oops"]
    log = jsonl(tmp_path / "log.jsonl", rows)
    for workers in (1, 2):
        audit(job(log, workers=workers), tmp_path / str(workers))
    for name in ("manifest.json", "journal.jsonl", "summary.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
