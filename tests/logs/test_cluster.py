"""Ray where it is installed (``pip install 'patient-answer-harness[ray]'``); elsewhere one test, and loud skips."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import SuiteError
from harness.logs.cluster import connected, in_ray
from harness.logs.folder import MANIFEST, SUMMARY, records_of
from harness.logs.scoring import Ruler, Score
from harness.logs.sources import Row
from harness.logs.verify import verify_audit
from tests.logs.conftest import AS_OF, FINE, SEVERE, audit, job, jsonl
from tests.logs.squares import Squares

LIGHT = Ruler(judge="none", as_of=AS_OF, light=True)


def test_without_ray_it_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SuiteError, match="needs ray, which is not installed"):
        list(in_ray(Squares(), [(1,)], workers=1, warn=lambda line: None))


def test_another_ruler_on_a_node_is_refused() -> None:
    batch = [Row("log:1", {"answer": FINE}, {"answer": FINE})]
    with pytest.raises(SuiteError, match="a worker's harness differs"):
        Score(LIGHT, "harness:0.0.1")(batch)
    assert Score(LIGHT, str(LIGHT.signature()))(batch) == Score(LIGHT)(batch)


def test_light_is_part_of_the_signature_and_loads_no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def loaded() -> None:
        raise AssertionError("the encoder was loaded")

    monkeypatch.setattr("harness.scorers.cases.load_reader", loaded)
    assert str(LIGHT.signature()) != str(Ruler(judge="none", as_of=AS_OF).signature())
    row = {"answer": f"{FINE} {SEVERE}", "question": "May I skip it?"}
    (record,) = Score(LIGHT)([Row("log:1", row, row)])
    assert "ADV302" in {f["code"] for o in record["outcomes"] for f in o["findings"]}


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """One cluster of two workers for all tests, as starting one takes seconds; ours, whatever else there is."""
    if importlib.util.find_spec("ray") is None:
        pytest.skip("ray is not installed: --executor ray is NOT tested here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ADDRESS", "127.0.0.1:9")
        with connected(2) as module:
            yield module
    assert not module.is_initialized()


def squares(work: Squares) -> tuple[list[str], list[str]]:
    lines: list[str] = []
    batches = in_ray(work, [(n, n + 1) for n in range(0, 16, 2)], workers=2, warn=lines.append)
    found = [one for batch in batches for one in batch]
    return found, [line for line in lines if not line.startswith("no task finished")]  # on a busy machine


def test_a_killed_worker_costs_no_answer_and_a_deadly_row_only_itself(ray: Any, tmp_path: Path) -> None:
    assert os.environ["RAY_AUTH_MODE"] == "token"
    assert squares(Squares()) == ([f"{n * n}" for n in range(16)], [])
    assert squares(Squares(7, tmp_path / "died")) == ([f"{n * n}" for n in range(16)], [])
    assert (tmp_path / "died").exists()
    found, lines = squares(Squares(5))
    assert found == [f"lost {n}" if n == 5 else f"{n * n}" for n in range(16)]
    assert len(lines) == 1


def test_no_more_tasks_are_taken_than_can_be_in_flight(ray: Any) -> None:
    taken = 0

    def tasks() -> Iterator[tuple[int, ...]]:
        nonlocal taken
        for taken in range(1, 101):
            yield (taken,)

    results = in_ray(Squares(), tasks(), workers=2, warn=lambda line: None)
    assert next(results) == ["1"]
    assert taken <= 4
    results.close()  # type: ignore[attr-defined]


def test_a_cluster_that_is_silent_is_told_of_once(ray: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.logs.cluster._PATIENCE", 0.1)
    lines: list[str] = []

    def told(line: str) -> None:
        lines.append(line)
        (tmp_path / "go").touch()

    results = in_ray(Squares(awaited=tmp_path / "go"), [(1,), (2,)], workers=2, warn=told)
    assert list(results) == [["1"], ["4"]]
    assert len(lines) == 1
    assert "no task finished for 0.1 s; the cluster has 2 CPUs" in lines[0]


def test_an_error_of_the_work_is_told_as_it_is(ray: Any) -> None:
    wrong = Score(LIGHT, "harness:0.0.1")
    with pytest.raises(SuiteError, match="a worker's harness differs") as raised:
        list(in_ray(wrong, [[Row("log:1", {}, {})]], workers=1, warn=lambda line: None))
    assert raised.type is SuiteError
    assert "same version" in raised.value.hint


def test_an_audit_by_ray_is_that_of_one_process(ray: Any, tmp_path: Path) -> None:
    rows = [*({"answer": f"{FINE} {SEVERE if n % 3 else n}", "id": n} for n in range(100)), "{oops"]
    log = jsonl(tmp_path / "log.jsonl", rows)
    audit(job(log, light=True), tmp_path / "local")
    audit(job(log, light=True, workers=2, executor="ray"), tmp_path / "ray")
    for name in (MANIFEST, SUMMARY):
        assert (tmp_path / "local" / name).read_bytes() == (tmp_path / "ray" / name).read_bytes()
    assert list(records_of(tmp_path / "local")) == list(records_of(tmp_path / "ray"))
    assert verify_audit(tmp_path / "ray").whole
