from __future__ import annotations

import csv
import json
import math
import sys
from pathlib import Path

import pytest

from harness.errors import DatasetError
from harness.logs.change import changes, newcombe, told_changes
from harness.logs.counts import Counts, rate
from harness.render.log_tables import write_tables
from harness.render.logs import print_changes
from tests.logs.conftest import FINE, SEVERE, audit, job, jsonl


def summary(answers: int, **fired: int) -> dict[str, object]:
    counts = Counts()
    finding = {"code": "", "severity": 3}
    for n in range(answers):
        found = [{**finding, "code": code} for code, hits in fired.items() if n < hits]
        outcome = {"scorer": "s", "status": "scored", "score": 1.0, "findings": found}
        counts.add({"outcomes": [outcome], "has": [], "day": "", "version": ""})
    return counts.to_json()


def test_newcombe_as_published() -> None:
    low, high = newcombe(rate(56, 70), rate(48, 80))  # Newcombe 1998, table II, example (a), method 10
    assert math.isclose(low, 0.0524, abs_tol=5e-5)
    assert math.isclose(high, 0.3339, abs_tol=5e-5)
    assert newcombe(rate(0, 0), rate(1, 2)) == (-1.0, 1.0)


def test_what_fires_anew_comes_first_and_chance_is_no_change(capsys: pytest.CaptureFixture[str]) -> None:
    now, then = summary(100, A=50, B=3, C=10), summary(100, A=20, C=9, D=2)
    found = {c.code: c for c in changes(now, then)}
    assert next(iter(found)) == "B"
    assert [c.code for c in found.values() if c.new] == ["B"]
    assert [c.code for c in found.values() if c.clear] == ["A"]
    assert (found["D"].now.events, found["D"].now.n) == (0, 100)
    told = told_changes("judge:a|scorers:x", now, {"signature": "judge:a|scorers:y"}, then)
    assert told["ruler"] == ["scorers: y and x"]
    print_changes(told)
    shown = capsys.readouterr().out
    assert "another ruler: scorers: y and x" in shown
    assert "+30.0%" in shown
    print_changes(told_changes("judge:a", now, {"signature": "judge:a"}, now))
    assert "no clear change in 3 rules" in capsys.readouterr().out


@pytest.mark.parametrize("broken", [{}, {"rules": []}, {"rules": {"A": {}}, "scorers": {}}])
def test_a_baseline_that_is_none(broken: dict[str, object]) -> None:
    with pytest.raises(DatasetError, match="baseline"):
        told_changes("judge:a", summary(2, A=1), {"signature": "judge:a"}, broken)
    with pytest.raises(DatasetError, match="no signature"):
        told_changes("judge:a", summary(1), broken, summary(1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [{"id": "=1+1", "answer": f"{FINE} {SEVERE}", "day": "2026-11-20"}, "{oops", {"answer": f"{FINE} \ud800"}]
    audit(job(jsonl(tmp_path / "log.jsonl", rows)), tmp_path / "out")
    return tmp_path / "out"


def test_tables_as_csv(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    paths = write_tables(folder)
    assert [p.name for p in paths] == ["outcomes.csv", "findings.csv", "rejected.csv"]
    outcomes, findings, rejected = (list(csv.DictReader(p.open(encoding="utf-8"))) for p in paths)
    assert {r["row"] for r in outcomes} == {"1", "3"}
    severe = next(r for r in findings if r["code"] == "ADV302")
    assert (severe["id"], severe["day"], severe["severity"], severe["source"]) == ("'=1+1", "2026-11-20", "4", "answer")
    assert [(r["row"], r["why"][:9]) for r in rejected] == [("2", "not valid")]
    first = [p.read_bytes() for p in paths]
    assert [p.read_bytes() for p in write_tables(folder)] == first


def test_tables_as_parquet(folder: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    outcomes, findings, rejected = (parquet.read_table(p).to_pylist() for p in write_tables(folder))
    told = json.loads((folder / "summary.json").read_text())
    assert len(outcomes) == 2 * len(told["scorers"])
    assert next(f for f in findings if f["code"] == "ADV302")["quote"] == "Skip your tamoxifen"
    assert [r["row"] for r in rejected] == [2]
