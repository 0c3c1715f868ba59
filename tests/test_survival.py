"""Runs as processes that are killed, interrupted, held up and cut off."""

from __future__ import annotations

import importlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.store import load_run

ROOT = Path(__file__).parents[1]
SUITE = """\
name: cut
title: A run that is cut off
dataset: {where: {}}
accept_drafts: true
as_of: 2026-11-22
pipeline: {"function:cut_answers:answer": {}}
judge: "replay:verdicts.jsonl"
scorers: [disclaimer]
gates: {answered: 0.1, scores: [{scorer: disclaimer, min: 0.0}]}
"""


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))


def start(folder: Path, answer: str, *words: str, questions: int = 6) -> subprocess.Popen[str]:
    """A run of a pipeline given as the body of ``answer(query)``."""
    kill_loop = importlib.import_module("kill_loop")
    (folder / "suite.yaml").write_text(SUITE)
    (folder / "verdicts.jsonl").write_text(kill_loop.VERDICT)
    (folder / "cut_answers.py").write_text("import threading, time\n\n\ndef answer(query):\n" + answer)
    command = [sys.executable, "-m", "harness", "run", "suite.yaml", "--limit", str(questions), "-o", "r", *words]
    env = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    return subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_run_that_is_killed_again_and_again_ends_as_if_it_never_was(tools: None, tmp_path: Path) -> None:
    kill_loop = importlib.import_module("kill_loop")
    report = kill_loop.kill_loop(tmp_path, kills=6, questions=24, seed=11)
    assert report.differences == ()
    assert report.kills == 6
    assert report.items == 24


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_writes_what_there_is(tools: None, tmp_path: Path, number: int) -> None:
    process = start(tmp_path, "    time.sleep(0.3)\n    return 'Ask your team.'\n", "--concurrency", "1", questions=60)
    journal = tmp_path / "r" / "journal.jsonl"
    while process.poll() is None and not (journal.exists() and journal.read_bytes().count(b"\n") > 3):
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, out + err
    kept = int(re.search(r"interrupted; (\d+) of 60 items are kept: go on with --resume -o r", err)[1])  # type: ignore[index]
    run = load_run(tmp_path / "r")
    assert 3 <= kept == len(run.items) < 60
    assert run.stopped == "it was interrupted"
    assert (tmp_path / "r" / "outcomes.jsonl").read_text().count("\n") == kept
    assert "INCONCLUSIVE" in (tmp_path / "r" / "report.md").read_text()
    checked = subprocess.run([sys.executable, "-m", "harness", "verify", tmp_path / "r"], cwd=ROOT, check=False)
    assert checked.returncode == 3


def test_a_run_that_hangs_is_ended_with_exit_3(tools: None, tmp_path: Path) -> None:
    hang = (
        "    class Slow(dict):\n        def get(self, *_):\n            time.sleep(3600)\n    return Slow(text='x')\n"
    )
    process = start(tmp_path, hang, "--item-deadline", "1", "--concurrency", "2", questions=20)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 3, out + err
    assert re.search(
        r"stopped: the run hangs: \d+ items in a row did not end within 1 s; go on with --resume -o r", err
    )
    assert "verdict: INCONCLUSIVE" in out
    assert 2 <= len(load_run(tmp_path / "r").items) < 20


def test_a_budget_ends_a_run_with_exit_3(tools: None, tmp_path: Path) -> None:
    paid = "    return {'text': 'Ask your team.', 'usage': {'prompt_tokens': 1000, 'completion_tokens': 500}}\n"
    words = ["--budget", "0.006", "--price-in", "1", "--price-out", "2", "--concurrency", "1"]
    out, err = start(tmp_path, paid, *words).communicate(timeout=300)
    assert "spent: 3,000 prompt and 1,500 completion tokens, 0.006 USD" in err, out + err
    assert "stopped: the budget of 0.006 USD is used up" in err
    assert "the run was cut off at 3/6 items" in out
    assert len(load_run(tmp_path / "r").items) == 3


def test_a_budget_without_prices_is_refused(tools: None, tmp_path: Path) -> None:
    process = start(tmp_path, "    return 'x'\n", "--budget", "1")
    _, err = process.communicate(timeout=300)
    assert process.returncode == 2
    assert err.startswith("error: --budget needs prices")


def test_the_cache_is_counted(tools: None, tmp_path: Path) -> None:
    quick = "    return 'Ask your team.'\n"
    start(tmp_path, quick, "--cache", "kept").communicate(timeout=300)
    (tmp_path / "r").rename(tmp_path / "first")
    _, err = start(tmp_path, quick, "--cache", "kept", "--epochs", "2").communicate(timeout=300)
    assert "from the cache: 6 of 12 answers" in err
