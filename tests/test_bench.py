"""The bench tool prints every row it promises; times are never judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.scorers import SCORERS

ROOT = Path(__file__).resolve().parents[1]
ROWS = [
    "load suite and data",
    "first page (cold caches)",
    "reference pipeline",
    "parse",
    "local judge",
    *(f"scorer {name}" for name in SCORERS),
    "all scorers",
]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "tools/bench.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def measured() -> dict[str, object]:
    done = bench("--pages", "2", "--rounds", "1", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_row_is_measured(measured):
    assert [r["name"] for r in measured["rows"]] == ROWS
    assert all(r["ms"] > 0 and r["per_second"] > 0 for r in measured["rows"])
    assert measured["pages"] == 2


def test_shares_of_the_scorers_add_up(measured):
    shares = [r["share"] for r in measured["rows"] if r["name"].startswith("scorer ")]
    assert sum(shares) == pytest.approx(1.0)
    assert measured["ratio"] > 0


def test_the_table_has_the_same_rows():
    done = bench("--pages", "1", "--rounds", "1")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line[:26].strip() for line in lines[2:-1]] == ROWS
    assert lines[-1].startswith("all scorers / bare parse: ")


@pytest.mark.parametrize("arguments", [("--pages", "0"), ("--pages", "many"), ("--rounds", "0")])
def test_wrong_numbers_are_refused(arguments):
    done = bench(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
