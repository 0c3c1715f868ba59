"""Measure audits of long logs: memory, throughput, kills, cores, Ray and start-up; writes docs/performance.md.

Run as ``make bench-full``; it takes hours. Every figure is a ratio of two measurements of one session, as seconds and
megabytes are those of one machine. Each audit is a process of its own; answers are recorded ones with a sentence of
their own, so that no two are the same.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import cycle, islice, zip_longest
from pathlib import Path
from statistics import median
from typing import Any

from performance import DOCS, Figure, Section, save

ROOT = Path(__file__).resolve().parents[1]
RECORDED = ROOT / "datasets/recorded/degraded.jsonl"
FIRST = 8  # answers of the audit that stands for start-up: loading, and the first batch
MODES = {"light": ("--judge", "none", "--light"), "all": ()}
NAMES = {"light": "learned parts off", "all": "everything on"}
PARTS = ("start", "light", "all", "cores", "kills")
_DONE = (0, 3)


@dataclass(frozen=True, slots=True)
class Taken:
    """What an audit took: wall seconds, the most memory of its largest process in MB, and processor seconds in all."""

    rows: int
    seconds: float
    peak_mb: float
    out: Path
    cpu: float


class Bench:
    """A folder with logs and the audits made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._number = 0

    def log(self, rows: int) -> Path:
        """A log of so many answers; written once."""
        path = self.folder / f"{rows}.jsonl"
        if not path.exists():
            known = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]
            with path.open("w", encoding="utf-8") as file:
                for n, row in enumerate(islice(cycle(known), rows)):
                    text = f"{row['text']}\n\nThis is page {n} of our list."
                    told = {"id": f"{row['id']}-{n}", "answer": text, "passages": row.get("passages", [])}
                    told |= {"day": f"2026-11-{1 + n % 28:02}", "version": f"v{n % 3}"}
                    file.write(json.dumps(told, ensure_ascii=False) + "\n")
        return path

    def command(self, rows: int, mode: str, out: Path, *options: str) -> list[str]:
        """The command line of an audit."""
        words = [sys.executable, "-m", "harness", "audit", str(self.log(rows)), "-o", str(out), *MODES[mode]]
        return [*words, "--as-of", "2026-11-22", "--fail-on", "5", "--format", "json", *options]

    def audit(self, rows: int, mode: str, *options: str, one_core: bool = False) -> Taken:
        """Run an audit to its end, on one core or on all; raises RuntimeError where it has none."""
        self._number += 1
        out = self.folder / f"out-{self._number}"
        command = self.command(rows, mode, out, *options)
        with (self.folder / "errors.txt").open("wb+") as errors:
            start = time.perf_counter()
            where: dict[str, Any] = {"cwd": ROOT, "preexec_fn": _keep_to_one if one_core else None}
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, **where)
            _, status, used = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode not in _DONE:
                errors.seek(0)
                raise RuntimeError(f"exit code {process.returncode}: {errors.read()[-500:].decode(errors='replace')}")
        print(f"{rows} answers, {NAMES[mode]} {' '.join(options)}: done", file=sys.stderr)
        return Taken(rows, seconds, used.ru_maxrss / 1024, out, used.ru_utime + used.ru_stime)


def _keep_to_one() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def per_answer(taken: Taken, start: Taken) -> float | None:
    """Seconds an answer, start-up taken off; None where the log is too short to tell."""
    rest = taken.rows - start.rows
    return (taken.seconds - start.seconds) / rest if rest > 0 and taken.seconds > start.seconds else None


def cpu_per_answer(taken: Taken, start: Taken) -> float | None:
    """Processor seconds an answer, start-up taken off: what other work on the machine hardly moves."""
    return per_answer(replace(taken, seconds=taken.cpu), replace(start, seconds=start.cpu))


def ratio(one: float | None, other: float | None) -> float | None:
    """``one / other``, where both were measured."""
    return None if one is None or not other else one / other


def growth(mode: str, runs: Sequence[Taken], start: Taken) -> list[Figure]:
    """Memory and time an answer of every log, beside those of the shortest."""
    least, found = runs[0], []
    for one in runs[1:]:
        what = f"{one.rows:,} answers beside {least.rows:,}, {NAMES[mode]}"
        found += [
            Figure(f"peak memory: {what}", ratio(one.peak_mb, least.peak_mb), most=1.3),
            Figure(
                f"time an answer: {what}", ratio(cpu_per_answer(one, start), cpu_per_answer(least, start)), most=1.1
            ),
        ]
    return found


def cores(bench: Bench, sizes: Mapping[str, int]) -> list[Figure]:
    """Two processes beside one on a single core; with learned parts off, Ray beside two processes."""
    found = []
    for mode, rows in sizes.items():
        one, start = (bench.audit(n, mode, one_core=True) for n in (rows, FIRST))
        two, first = bench.audit(rows, mode, "--workers", "2"), bench.audit(FIRST, mode, "--workers", "2")
        what = f"{rows:,} answers, {NAMES[mode]}"
        gain = ratio(per_answer(one, start), per_answer(two, first))
        found.append(Figure(f"throughput of two processes beside one on one core: {what}", gain, least=1.8))
        if mode == "light":
            found += _on_ray(bench, one, per_answer(two, first))
    return found


def _on_ray(bench: Bench, one: Taken, near: float | None) -> list[Figure]:
    """Ray with two workers beside two processes, which take ``near`` seconds an answer."""
    what = f"{one.rows:,} answers, {NAMES['light']}"
    name = f"time an answer on Ray beside two processes: {what}"
    if find_spec("ray") is None:
        return [Figure(name, None, most=1.15, note="ray is not installed")]
    options = ("--workers", "2", "--executor", "ray")
    far, first = bench.audit(one.rows, "light", *options), bench.audit(FIRST, "light", *options)
    same = 1.0 if same_records(one.out, far.out) else 0.0
    return [
        Figure(name, ratio(per_answer(far, first), near), most=1.15),
        Figure(f"records of Ray that are those of one process: {what}", same, least=1.0),
    ]


def same_records(one: Path, other: Path) -> bool:
    """Whether two audits hold the same records and summary."""
    from harness.logs.folder import SUMMARY, records_of

    pairs = zip_longest(records_of(one), records_of(other))
    return all(a == b for a, b in pairs) and (one / SUMMARY).read_bytes() == (other / SUMMARY).read_bytes()


def killed(bench: Bench, clean: Taken, kills: int, seed: int) -> list[Figure]:
    """An audit that is killed again and again at random moments and gone on with, beside one that wasn't."""
    rng, out, done = random.Random(seed), bench.folder / "killed", 0
    command = bench.command(clean.rows, "light", out, "--resume")
    journal = out / "journal.jsonl"
    while True:
        before = journal.stat().st_size if journal.exists() else 0
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done < kills:
            while process.poll() is None and not (journal.exists() and journal.stat().st_size > before):
                time.sleep(0.01)
            time.sleep(rng.random() * clean.seconds / (kills + 1))
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                done += 1
        code = process.wait()
        if code in _DONE:
            break
        if code != -signal.SIGKILL:
            raise RuntimeError(f"killed audit: exit code {code}")
    verified = subprocess.run(
        [sys.executable, "-m", "harness", "verify", str(out)], cwd=ROOT, capture_output=True, check=False
    )
    same = verified.returncode == 0 and same_records(clean.out, out)
    name = f"records that are those of an audit never killed: {clean.rows:,} answers, {done} kills"
    return [Figure(name, float(same), least=1.0)]


def start_up(rounds: int) -> list[Figure]:
    """Start-up of an import and of the help, in modules and beside the 0.3 s that it may take."""
    found = []
    for name, code in {
        "import harness": "import harness",
        "harness --help": "import sys\nfrom harness.cli import main\nsys.argv = ['harness', '--help']\nmain()",
    }.items():
        counted = f"import atexit, sys\natexit.register(lambda: print(len(sys.modules), file=sys.stderr))\n{code}"
        seconds, modules = [], 0
        for _ in range(rounds):
            start = time.perf_counter()
            done = subprocess.run([sys.executable, "-c", counted], cwd=ROOT, capture_output=True, text=True, check=True)
            seconds.append(time.perf_counter() - start)
            modules = int(done.stderr.split()[-1])
        found += [
            Figure(f"`{name}`: time beside 0.3 s", median(seconds) / 0.3, most=1.0),
            Figure(f"`{name}`: modules beside 300", modules / 300, most=1.0),
        ]
    return found


def grown(bench: Bench, mode: str, sizes: Sequence[int]) -> Section:
    """Memory and time of ever longer logs."""
    start = bench.audit(FIRST, mode)
    runs = [bench.audit(rows, mode) for rows in sorted(sizes)]
    least = cpu_per_answer(runs[0], start)
    points = tuple((r.rows, ratio(cpu_per_answer(r, start), least), ratio(r.peak_mb, runs[0].peak_mb)) for r in runs)
    return Section(figures=tuple(growth(mode, runs, start)), points=points)


def measure(part: str, told: argparse.Namespace, bench: Bench) -> Section:
    """One part of PARTS."""
    if part == "start":
        return Section(figures=tuple(start_up(told.rounds)))
    if part in NAMES:
        return grown(bench, part, told.light_sizes if part == "light" else told.sizes)
    if part == "cores":
        return Section(figures=tuple(cores(bench, {"light": told.killed, "all": min(told.sizes)})))
    return Section(figures=tuple(killed(bench, bench.audit(told.killed, "light"), told.kills, told.seed)))


def options(argv: Sequence[str] | None) -> Any:
    """The options, checked."""
    parser = argparse.ArgumentParser(description="Audits of long logs")
    sized: dict[str, Any] = {"type": int, "nargs": "+", "metavar": "N"}
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    parser.add_argument("--light-sizes", default=[1_000, 10_000, 100_000], help="answers, learned parts off", **sized)
    parser.add_argument("--sizes", default=[1_000, 5_000], help="answers, everything on", **sized)
    parser.add_argument("--killed", type=int, default=10_000, help="answers of the audits that are killed or spread")
    parser.add_argument("--kills", type=int, default=5, help="how often an audit is killed")
    parser.add_argument("--rounds", type=int, default=9, help="how often start-up is measured; the median counts")
    parser.add_argument("--seed", type=int, default=20261127, help="of the moments of the kills")
    parser.add_argument("--out", type=Path, default=DOCS, help="folder for performance.md, .json and .svg")
    told = parser.parse_args(argv)
    if min([*told.light_sizes, *told.sizes, told.killed]) <= FIRST or told.rounds < 1 or told.kills < 0:
        parser.error(f"sizes must be above {FIRST}, --rounds at least 1")
    return told


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write; exits 1 where a figure misses its bound, 3 where one could not be measured."""
    told, verdicts = options(argv), set()
    with tempfile.TemporaryDirectory(prefix="bench-full-") as folder:
        bench = Bench(Path(folder))
        for part in told.parts:
            section = measure(part, told, bench)
            print(section.table(), flush=True)
            save({part: section}, told.out)
            verdicts |= {figure.verdict for figure in section.figures}
    return 1 if "missed" in verdicts else 3 if "not measured" in verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
