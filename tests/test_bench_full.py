"""The long bench, run short: it measures and writes what it promises; its ratios are never judged here."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return importlib.import_module("bench_full")


def test_figures_and_their_bounds(bench: Any) -> None:
    figures = {
        "met": bench.Figure("a", 1.2, most=1.3),
        "missed": bench.Figure("a", 1.31, most=1.3),
        "not measured": bench.Figure("a", None, most=1.3, note="no ray"),
        "": bench.Figure("a", 9.0),
    }
    assert [f.verdict for f in figures.values()] == list(figures)
    assert bench.Figure("a", 1.7, least=1.8).verdict == "missed"
    start = bench.Taken(8, 10.0, 100.0, Path())
    runs = [bench.Taken(1008, 20.0, 100.0, Path()), bench.Taken(10008, 130.0, 131.0, Path())]
    memory, seconds = bench.growth("light", runs, start)
    assert (memory.value, memory.verdict) == (1.31, "missed")
    assert (seconds.value, seconds.verdict) == (pytest.approx(1.2), "missed")
    assert bench.per_answer(bench.Taken(16, 9.0, 1.0, Path()), start) is None


def test_the_machine_is_named_and_a_plot_drawn(bench: Any, tmp_path: Path) -> None:
    lines = {"learned parts off": [(1000, 1.0, 1.0), (10000, None, 1.1)]}
    report = bench.Report(machine=bench.machine(), figures=(bench.Figure("x", 1.0, most=2),), lines=lines)
    page, data, plot = bench.write_report(report, tmp_path)
    assert "| x | 1.00 | at most 2 | met |" in page.read_text()
    assert f"Python {sys.version_info[0]}." in page.read_text()
    assert json.loads(data.read_text())["figures"][0]["verdict"] == "met"
    first = plot.read_bytes()
    bench.write_report(report, tmp_path)
    assert plot.read_bytes() == first


@pytest.mark.parametrize("wrong", [["--light-sizes", "8"], ["--rounds", "0"], ["--kills", "-1"]])
def test_wrong_options(bench: Any, wrong: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        bench.main(wrong)


def test_a_short_run(bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "find_spec", lambda name: None)  # Ray has tests of its own
    options = ["--light-sizes", "9", "24", "--sizes", "--kills", "1", "--rounds", "1", "--out", str(tmp_path)]
    assert bench.main(options) in (1, 3)
    told = {f["name"]: f for f in json.loads((tmp_path / "performance.json").read_text())["figures"]}
    same = next(f for name, f in told.items() if name.startswith("records that are those of an audit never killed"))
    assert same["value"] == 1.0
    assert next(f for name, f in told.items() if "Ray" in name)["verdict"] == "not measured"
    assert {name.split(":")[0] for name in told} >= {"peak memory", "time an answer", "`import harness`"}
    assert (tmp_path / "performance.svg").stat().st_size
