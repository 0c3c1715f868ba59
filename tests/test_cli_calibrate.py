"""``harness calibrate`` as a subprocess, and the tool that measures judges on public sets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.accuracy import read_measurements

ROOT = Path(__file__).parents[1]


def call(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, check=False, timeout=300)


def rows(field: str) -> str:
    """Twelve documents, each with a sentence copied from it and one that it doesn't tell."""
    names = ["ice", "fire", "snow", "rain", "wind", "sand", "salt", "iron", "gold", "wood", "milk", "oats"]
    lines = []
    for i, name in enumerate(names):
        source = f"Doctors study {name} with great care. The record on {name} was long."
        told = {1: f"Doctors study {name} with great care.", 0: "A violin needs four strings and a bow."}
        lines += [
            json.dumps({"id": f"{i}{y}", "source": source, field: c, "label": y, "group": name})
            for y, c in told.items()
        ]
    return "\n".join(lines) + "\n"


def test_calibrate_prints_figures_and_writes_what_reports_quote(tmp_path: Path) -> None:
    (tmp_path / "made.jsonl").write_text(rows("claim"))
    done = call("-m", "harness", "calibrate", "grounding", "made.jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "24 rows in 12 groups, 50.0 % of them supported" in done.stdout
    assert "balanced accuracy" in done.stdout
    assert "picked on 12 rows and tried on the 12 rows of other groups" in done.stdout
    assert "made pairs: 24/24" in done.stderr
    (file,) = (tmp_path / "reports/calibration").glob("*.json")
    assert f"results: reports/calibration/{file.name}" in done.stdout
    (m,) = read_measurements(file)
    assert (m.scorer, m.data, m.rows, m.seen) == ("grounding", "made", 24, "not stated")
    assert m.judge.startswith("local@")


def test_calibrate_takes_a_limit_and_a_results_file(tmp_path: Path) -> None:
    (tmp_path / "made.jsonl").write_text(rows("statement"))
    words = ("calibrate", "citation", "made.jsonl", "--limit", "9", "--seed", "3", "--out", "figures.json")
    done = call("-m", "harness", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "9 rows, of 24 in " in done.stdout
    (m,) = read_measurements(tmp_path / "figures.json")
    assert (m.scorer, m.rows, m.in_file, m.seed) == ("citation", 9, 24, 3)
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("grounding", "bad.jsonl"), "bad.jsonl:2: label should be 1 (supported) or 0, not 'yes'"),
        (("citation", "bad.jsonl"), "bad.jsonl:1: statement should be text"),
        (("grounding", "none.jsonl"), "none.jsonl: No such file"),
        (("grounding", "good.jsonl", "--judge", "oracle"), "oracle"),
        (("grounding", "good.jsonl", "--out", "no/such/folder.json"), "no/such/folder.json: can't write"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(tmp_path: Path, words: tuple[str, ...], complaint: str) -> None:
    good = rows("claim")
    (tmp_path / "good.jsonl").write_text(good)
    (tmp_path / "bad.jsonl").write_text(good.splitlines()[0] + '\n{"source": "a", "claim": "b", "label": "yes"}\n')
    done = call("-m", "harness", "calibrate", *words, cwd=tmp_path)
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert complaint in errors[0]


def test_the_accuracy_page_holds_the_figures_that_reports_quote() -> None:
    done = call("tools/measure_judges.py", "--check", cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr + "\nrun `python tools/measure_judges.py`"


def test_the_measuring_tool_names_a_missing_set(tmp_path: Path) -> None:
    before = (ROOT / "harness/judges/accuracy.json").read_bytes()
    done = call("tools/measure_judges.py", tmp_path, "--only", "nli4ct", cwd=ROOT)
    assert done.returncode == 2
    assert "nli4ct.jsonl: No such file" in done.stderr
    assert (ROOT / "harness/judges/accuracy.json").read_bytes() == before
