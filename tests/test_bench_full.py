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
    start = bench.Taken(8, 90.0, 100.0, Path(), 10.0)
    runs = [bench.Taken(1008, 90.0, 100.0, Path(), 20.0), bench.Taken(10008, 91.0, 131.0, Path(), 130.0)]
    memory, seconds = bench.growth("light", runs, start)
    assert (memory.value, memory.verdict) == (1.31, "missed")
    assert (seconds.value, seconds.verdict) == (pytest.approx(1.2), "missed")
    assert bench.per_answer(bench.Taken(16, 9.0, 1.0, Path(), 9.0), start) is None


def test_sections_are_written_one_by_one_and_a_plot_drawn(bench: Any, tmp_path: Path) -> None:
    performance = importlib.import_module("performance")
    points = ((1000, 1.0, 1.0), (10000, None, 1.1))
    light = performance.Section(figures=(bench.Figure("x", 1.0, most=2),), points=points, day="2026-11-28")
    performance.save({"light": light}, tmp_path)
    first = (tmp_path / "performance.svg").read_bytes()
    performance.save({"start": performance.Section(figures=(bench.Figure("y", 9.0, most=1),))}, tmp_path)
    page = (tmp_path / "performance.md").read_text()
    assert "| x | 1.00 | at most 2 | met |" in page
    assert page.index("| y | 9.00 | at most 1 | missed |") < page.index("| x |")
    assert f"Python {sys.version_info[0]}." in page
    assert "2026-11-28" in page
    assert json.loads((tmp_path / "performance.json").read_text())["light"]["figures"][0]["verdict"] == "met"
    assert (tmp_path / "performance.svg").read_bytes() == first


@pytest.mark.parametrize("wrong", [["--light-sizes", "8"], ["--rounds", "0"], ["--kills", "-1"], ["--parts", "x"]])
def test_wrong_options(bench: Any, wrong: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        bench.main(wrong)


def test_every_promised_figure_is_taken(bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, str, tuple[str, ...]]] = []
    pinned: list[tuple[int, str]] = []

    def audit(self: Any, rows: int, mode: str, *options: str, one_core: bool = False) -> Any:
        asked.append((rows, mode, options))
        pinned.extend([(rows, mode)] * one_core)
        seconds = 5.0 + 0.01 * rows / (1.0 + ("2" in options))
        return bench.Taken(rows, seconds, 100.0, Path(f"{mode}{rows}"), seconds)

    monkeypatch.setattr(bench.Bench, "audit", audit)
    monkeypatch.setattr(bench, "same_records", lambda one, other: True)
    monkeypatch.setattr(bench, "killed", lambda *_: [bench.Figure("killed", 1.0, least=1.0)])
    monkeypatch.setattr(bench, "start_up", lambda rounds: [bench.Figure("start", 0.5, most=1.0)])
    options = ["--light-sizes", "1000", "100", "--sizes", "50", "--killed", "1000", "--out", str(tmp_path)]
    monkeypatch.setattr(bench, "find_spec", lambda name: None)
    assert bench.main(options) == 3
    sections = json.loads((tmp_path / "performance.json").read_text())
    assert set(sections) == set(bench.PARTS)
    told = {f["name"]: f for section in sections.values() for f in section["figures"]}
    assert told["peak memory: 1,000 answers beside 100, learned parts off"]["value"] == 1.0
    assert told["throughput of two processes beside one on one core: 1,000 answers, learned parts off"][
        "value"
    ] == pytest.approx(2)
    assert told["throughput of two processes beside one on one core: 50 answers, everything on"]["verdict"] == "met"
    ray = "time an answer on Ray beside two processes: 1,000 answers, learned parts off"
    assert (told[ray]["verdict"], told[ray]["note"]) == ("not measured", "ray is not installed")
    monkeypatch.setattr(bench, "find_spec", lambda name: name)
    assert bench.main(options) == 0
    assert (1000, "light", ("--workers", "2", "--executor", "ray")) in asked
    assert set(pinned) == {(n, mode) for n, mode in ((1000, "light"), (50, "all"), (8, "light"), (8, "all"))}


def test_a_killed_audit_beside_one_that_was_not(bench: Any, tmp_path: Path) -> None:
    made = bench.Bench(tmp_path)
    clean = made.audit(24, "light")
    assert clean.seconds > 0
    assert clean.peak_mb > 20
    (figure,) = bench.killed(made, clean, 1, 5)
    assert (figure.value, figure.verdict) == (1.0, "met")
    (tmp_path / "killed" / "summary.json").write_text("{}")
    assert not bench.same_records(clean.out, tmp_path / "killed")


def test_start_up_is_counted(bench: Any) -> None:
    figures = {f.name: f for f in bench.start_up(1)}
    assert len(figures) == 4
    assert 0 < figures["`import harness`: modules beside 300"].value < 1
