"""Kill a run at random moments and resume it, again and again; its outcomes have to be those of one clean run.

Run as ``make kill-loop``. The pipeline answers from fixed texts after a short sleep and nothing is judged, so that what
is tried is the journal and its resumption. Prints what was done, and exits 1 where a byte differs.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SUITE = """\
name: killed
title: A run that is killed again and again
dataset: {where: {}}
accept_drafts: true
as_of: 2026-11-22
pipeline: {"function:killed_answers:answer": {}}
judge: "replay:verdicts.jsonl"
scorers: [overreach, disclaimer, privacy]
gates: {answered: 0.5, scores: [{scorer: overreach, min: 0.1}]}
"""
PIPELINE = """\
import time
import zlib

TEXTS = (
    "# Rest\\n\\nRest helps many people. Ask your team what fits you.",
    "# Tablets\\n\\nYou should stop taking your letrozole tonight.",
    "# Contact\\n\\nCall your team at once for a fever. This page can't replace your team's advice.",
)


def answer(query):
    time.sleep(%(latency)s)
    turn = zlib.crc32(query.id.encode())
    if turn %% 11 == 0:
        raise ValueError("this question is never answered")
    return TEXTS[turn %% len(TEXTS)]
"""
VERDICT = (
    '{"passage": "0", "claim": "0", "judge": "none@1", "probability": 1.0, "label": "supported", '
    '"start": 0, "end": 0, "mismatches": []}\n'
)
RESULTS = ("outcomes.jsonl", "answers.jsonl")
_PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a loop did.

    Args:
        kills: processes that were killed at work. lives: processes that were started, the clean run's not counted.
        runs: runs that were brought to their end. items: items of each.
        torn: kills that left a torn last line.
        differences: files that differ from the clean run's, or why a run does not verify.
    """

    kills: int
    lives: int
    runs: int
    items: int
    torn: int
    differences: tuple[str, ...]


class Loop:
    """One folder with a suite, a pipeline and the runs made of them.

    Args:
        folder: must be empty.
        questions: how many are asked. latency_s: of an answer. concurrency: questions in flight.
    """

    def __init__(self, folder: Path, *, questions: int, latency_s: float, concurrency: int = 4) -> None:
        self.folder = folder
        self._latency = latency_s
        self._words = ["run", "suite.yaml", "--limit", str(questions), "--concurrency", str(concurrency)]
        (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
        (folder / "killed_answers.py").write_text(PIPELINE % {"latency": latency_s}, encoding="utf-8")
        (folder / "verdicts.jsonl").write_text(VERDICT, encoding="utf-8")

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """A process that begins the run of that name, or goes on with it."""
        again = ["--resume"] if (self.folder / name / "journal.jsonl").exists() else []
        words = [sys.executable, "-m", "harness", *self._words, "-o", name, *again]
        return subprocess.Popen(words, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def finish(self, name: str) -> None:
        """Let a run come to its end; raises RuntimeError where it doesn't."""
        code = self.start(name).wait(_PATIENCE_S)
        if code not in (0, 1, 3):
            raise RuntimeError(f"{name}: exit code {code}")

    def size(self, name: str) -> int:
        """Bytes of a run's journal."""
        journal = self.folder / name / "journal.jsonl"
        return journal.stat().st_size if journal.exists() else 0

    def kill(self, name: str, rng: random.Random, startup_s: float) -> bool:
        """Start or resume a run and kill it at a random moment; False where it came to its end before.

        A quarter of the kills come while it starts; the others after up to four more records and part of a pause.
        """
        before = self.size(name)
        process = self.start(name)
        if rng.random() < 0.25:
            _nap(process, rng.uniform(0.0, startup_s))
        else:
            records = rng.randint(0, 4)
            while process.poll() is None and records >= 0:
                now = self.size(name)
                records -= now != before
                before = now
                time.sleep(0.001)
            _nap(process, rng.uniform(0.0, 2 * self._latency))
        process.kill()
        return process.wait() == -signal.SIGKILL

    def torn(self, name: str) -> bool:
        """Whether a journal ends in the middle of a record."""
        journal = self.folder / name / "journal.jsonl"
        return journal.exists() and not journal.read_bytes().endswith(b"\n")

    def differences(self, name: str, clean: str) -> list[str]:
        """What of a finished run is not as in the clean one, or not intact."""
        found = [
            f"{name}/{file}"
            for file in RESULTS
            if (self.folder / name / file).read_bytes() != (self.folder / clean / file).read_bytes()
        ]
        words = [sys.executable, "-m", "harness", "verify", name]
        checked = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, check=False)
        return found if checked.returncode == 0 else [*found, checked.stdout + checked.stderr]


def kill_loop(folder: Path, *, kills: int, questions: int, seed: int, latency_s: float = 0.05) -> Report:
    """Kill and resume until ``kills`` processes were killed at work; a run that ends before is followed by another."""
    loop = Loop(folder, questions=questions, latency_s=latency_s)
    rng = random.Random(seed)
    began = time.monotonic()
    loop.finish("clean")
    startup_s = max(0.5, time.monotonic() - began - questions * latency_s / 4)
    killed = lives = torn = runs = 0
    differences: list[str] = []
    while killed < kills:
        name, runs = f"killed-{runs}", runs + 1
        while killed < kills:
            lives += 1
            if not loop.kill(name, rng, startup_s):
                break
            killed += 1
            torn += loop.torn(name)
        loop.finish(name)
        lives += 1
        differences += loop.differences(name, "clean")
    items = len((folder / "clean" / RESULTS[0]).read_text(encoding="utf-8").splitlines()) // 3
    return Report(kills=killed, lives=lives, runs=runs, items=items, torn=torn, differences=tuple(differences))


def _nap(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait, or until the process has ended."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def main(argv: Sequence[str] | None = None) -> int:
    """Run the loop and print what it did; returns the exit code."""
    parser = argparse.ArgumentParser(description="Kill a run at random moments and resume it")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--questions", type=int, default=120)
    parser.add_argument("--seed", type=int, default=7)
    told = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as scratch:
        report = kill_loop(Path(scratch), kills=told.kills, questions=told.questions, seed=told.seed)
    print(f"{report.kills} kills in {report.lives} lives of {report.runs} runs of {report.items} questions")
    print(f"{report.torn} kills left a torn last line")
    for difference in report.differences:
        print(f"differs: {difference}")
    print(
        "outcomes and answers are " + ("not " if report.differences else "") + "those of one clean run, byte for byte"
    )
    return 1 if report.differences else 0


if __name__ == "__main__":
    sys.exit(main())
