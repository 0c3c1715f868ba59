"""The bench of the runner measures every runner it names; times are never judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_runner_is_measured_or_named_as_absent() -> None:
    words = ["--questions", "6", "--latency", "0.01", "--concurrency", "3", "--rounds", "1", "--json"]
    done = subprocess.run(
        [sys.executable, "tools/bench_runner.py", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [r["name"] for r in rows] == ["harness, http:", "harness, openai:", "ragas", "deepeval", "inspect"]
    for row in rows[:2]:
        assert row["calls"] == 6
        assert row["ideal"] == 6 * 0.01 / 3
        assert row["ratio"] > 1
    for row in rows[2:]:
        assert (
            row["reason"].startswith(("not installed", "could not be run"))
            if row["ratio"] is None
            else row["calls"] == 6
        )
