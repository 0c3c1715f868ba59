"""``harness selftest`` as a subprocess: exit codes 0, 1, 2 and 3, what is printed, and the results file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from harness.selftest.results import read_selftest

ROOT = Path(__file__).parents[2]
FAULTS = """
- {id: notice-gone, family: disclaimer, title: No notice, severity: 3, rules: [DIS401], do: [{op: remove, region: notice}]}
- {id: nothing-new, family: facts, title: Nothing, severity: 3, rules: [GRD102], do: [{op: bold}]}
"""
PIPELINE = '''
PAGE = """## Important notice

This is general information, not medical advice. It was written by AI.

## Answer

Breast cancer starts in the breast. Ask your doctor what it means for you.
"""


def answer(query):
    return PAGE
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(PIPELINE)
    (tmp_path / "faults").mkdir()
    (tmp_path / "faults/f.yaml").write_text(FAULTS)
    suite = yaml.safe_load((ROOT / "evals/smoke.yaml").read_text())
    suite |= {
        "name": "mine",
        "pipeline": "function:mine:answer",
        "scorers": ["disclaimer", "overreach"],
        "waivers": None,
    }
    suite["gates"] = {"scores": [{"scorer": "disclaimer", "min": 0.0}]}
    suite["dataset"]["where"] = {"ids": ["EDU-003", "SFX-005"]}
    (tmp_path / "suite.yaml").write_text(yaml.safe_dump(suite))
    (tmp_path / "strict.yaml").write_text(yaml.safe_dump(suite | {"selftest": {"min_caught": 0.9}}))
    return tmp_path


def call(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "PYTHONPATH": f"{ROOT}:{folder}"}
    command = [sys.executable, "-m", "harness", "selftest", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=env, check=False, timeout=900)


def test_a_table_and_a_results_file_are_written(folder: Path) -> None:
    done = call(folder, "suite.yaml", "--faults", "faults")
    assert done.returncode == 0, done.stderr
    assert "2 pages, 4 faults put in" in done.stdout
    assert "DIS401/3 x 2" in done.stdout
    assert "not caught: 2" in done.stdout
    assert "mine self-test: " in done.stderr
    kept = read_selftest(folder / "reports/selftest/mine.json")
    assert str(kept.caught("disclaimer")).startswith("2/2")


def test_below_the_bar_it_exits_1_and_says_what_is_short(folder: Path) -> None:
    done = call(folder, "strict.yaml", "--faults", "faults", "-o", "r.json")
    assert done.returncode == 1, done.stderr
    assert "below the suite's bar: 2/4 (50%" in done.stdout
    assert (folder / "r.json").is_file()


def test_nothing_injected_exits_3_and_broken_faults_2(folder: Path) -> None:
    (folder / "faults/f.yaml").write_text(FAULTS.replace("{op: bold}", "{op: age}").replace("notice}", "promotion}"))
    assert call(folder, "suite.yaml", "--faults", "faults").returncode == 3
    (folder / "faults/f.yaml").write_text(FAULTS.replace("op: bold", "op: melt"))
    broken = call(folder, "suite.yaml", "--faults", "faults")
    assert broken.returncode == 2
    assert broken.stderr.startswith("error: faults/f.yaml:3: ")
