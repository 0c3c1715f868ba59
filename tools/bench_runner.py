"""What the runner itself costs: a run against a slow local server beside the time that the server alone takes.

Run as ``make bench-peers``. 200 questions, 200 ms a call, 20 in flight, no scorers: ideally two seconds. Start-up is
not counted, the median of five rounds is. Runners of other tools make one bare call a question against the same server,
as far as they are installed; those that aren't are named.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from bench_runner_peers import MODEL, PEERS
from performance import Figure, Section, save

from harness.pipelines import load_pipeline
from harness.runner import Plan, execute
from harness.suite import Suite, load_suite
from harness.types import Answer, Support

ROOT = Path(__file__).resolve().parents[1]
BAR = 1.15  # of the ideal wall time, for our own runner
WAYS = {"harness, http:": "http:{url}/answer", "harness, openai:": "openai:" + MODEL}
_LONGEST = 600  # seconds for all rounds of one peer


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One runner: its wall time, the ideal one for the calls it made, and our CPU time a question where known."""

    name: str
    seconds: float = 0.0
    ideal: float = 0.0
    calls: float = 0.0
    cpu_ms: float | None = None
    reason: str = ""

    @property
    def ratio(self) -> float | None:
        """Wall time as a multiple of the ideal; None where nothing was measured."""
        return self.seconds / self.ideal if self.ideal else None


class _Nobody:
    """A judge that is never asked."""

    id = "nobody@1"

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        """Raise: scorers are off."""
        raise RuntimeError("nothing is judged here")


async def _serve(latency_s: float) -> None:
    """Answer every POST after ``latency_s`` seconds, and ``GET /calls`` with how many there were; print the port."""
    calls = 0
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "yes"}}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    chat = {"id": "1", "object": "chat.completion", "created": 0, "model": MODEL, "choices": [choice], "usage": usage}
    body = json.dumps({**chat, "answer": "Ask your team."}).encode()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                sizes = [
                    line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
                ]
                await reader.readexactly(int(sizes[0]) if sizes else 0)
                told = body
                if head.startswith(b"GET"):
                    told = b"%d" % calls
                else:
                    calls += 1
                    await asyncio.sleep(latency_s)
                kind = b"Content-Type: application/json\r\n"
                writer.write(b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (kind, len(told), told))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def slow_server(latency_s: float) -> Iterator[str]:
    """The address of a server in a process of its own, so that it does not share our interpreter."""
    words = [sys.executable, __file__, "--serve", str(latency_s)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def calls(url: str) -> int:
    """How many calls the server has answered."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{url}/calls") as reply:
        return int(reply.read())


def many_questions(count: int) -> Suite:
    """The release suite with ``count`` questions, repeated under new ids, and without scorers."""
    suite = load_suite(ROOT / "evals/release.yaml")
    known = suite.questions
    asked = tuple(replace(known[i % len(known)], id=f"ASK-{i:04d}") for i in range(count))
    return replace(suite, questions=asked, scorers=(), lookup=None)


def ours(name: str, spec: str, url: str, suite: Suite, concurrency: int, rounds: int, latency_s: float) -> Row:
    """The harness on one kind of pipeline, after a small run that warms it up."""
    os.environ |= {"OPENAI_API_KEY": "bench", "OPENAI_BASE_URL": f"{url}/v1", "NO_PROXY": "127.0.0.1"}
    options = {"retrieval": False} if spec.startswith("openai") else None
    pipeline = load_pipeline(spec.format(url=url), corpus=None, options=options)
    plan = Plan(suite=suite, pipeline=pipeline, judge=_Nobody(), epochs=1, concurrency=concurrency)
    walls, cpus = [], []
    with tempfile.TemporaryDirectory() as scratch:
        execute(replace(plan, suite=replace(suite, questions=suite.questions[:concurrency])), Path(scratch) / "warm")
        before = calls(url)
        for number in range(rounds):
            start, spent = perf_counter(), process_time()
            run = execute(plan, Path(scratch) / str(number))
            walls.append(perf_counter() - start)
            cpus.append(process_time() - spent)
            if not all(isinstance(item.answer, Answer) for item in run.items):
                raise RuntimeError(f"{name}: a question was not answered: {run.items[0].answer}")
    each = (calls(url) - before) / rounds
    cpu_ms = 1000 * median(cpus) / len(suite.questions)
    return Row(name=name, seconds=median(walls), ideal=each * latency_s / concurrency, calls=each, cpu_ms=cpu_ms)


def peer(name: str, url: str, questions: int, concurrency: int, rounds: int, latency_s: float) -> Row:
    """Another tool's runner, in its own environment; with a reason where it isn't there or doesn't work."""
    python = ROOT / PEERS[name] / "bin/python"
    if not python.is_file():
        return Row(name=name, reason=f"not installed: there is no {PEERS[name]}")
    words = [
        str(python),
        str(ROOT / "tools/bench_runner_peers.py"),
        name,
        url,
        *map(str, (questions, concurrency, rounds)),
    ]
    before = calls(url)
    with tempfile.TemporaryDirectory() as scratch:  # some write where they run
        try:
            done = subprocess.run(
                words, cwd=scratch, capture_output=True, text=True, timeout=_LONGEST, check=True, env=_quiet(url)
            )
            seconds = float(done.stdout.split()[-1])
        except (subprocess.SubprocessError, OSError, ValueError, IndexError) as problem:
            told = getattr(problem, "stderr", "") or str(problem)
            return Row(name=name, reason=f"could not be run: {told.strip().splitlines()[-1][:160]}")
    each = (calls(url) - before - concurrency) / rounds
    return Row(name=name, seconds=seconds, ideal=each * latency_s / concurrency, calls=each)


def _quiet(url: str) -> dict[str, str]:
    """An environment without telemetry, proxies or .env files."""
    off = {"DEEPEVAL_TELEMETRY_OPT_OUT": "1", "DEEPEVAL_DISABLE_DOTENV": "1", "RAGAS_DO_NOT_TRACK": "true"}
    return {**os.environ, **off, "OPENAI_API_KEY": "bench", "OPENAI_BASE_URL": f"{url}/v1", "NO_PROXY": "127.0.0.1"}


def measure(questions: int, latency_s: float, concurrency: int, rounds: int) -> list[Row]:
    """Ours on two kinds of pipeline, then every other tool."""
    suite = many_questions(questions)
    with slow_server(latency_s) as url:
        rows = [ours(name, spec, url, suite, concurrency, rounds, latency_s) for name, spec in WAYS.items()]
        return rows + [peer(name, url, questions, concurrency, rounds, latency_s) for name in PEERS]


def table(rows: Sequence[Row]) -> str:
    """The rows for a terminal."""
    lines = [f"{'runner':<20}{'wall s':>8}{'ideal s':>9}{'ratio':>7}{'CPU ms/question':>17}"]
    for r in rows:
        cpu = "" if r.cpu_ms is None else f"{r.cpu_ms:.1f}"
        told = f"  {r.reason}" if r.ratio is None else f"{r.seconds:>8.2f}{r.ideal:>9.2f}{r.ratio:>7.2f}{cpu:>17}"
        lines.append(f"{r.name:<20}{told}")
    return "\n".join(lines)


def section(rows: Sequence[Row]) -> Section:
    """The ratios for docs/performance.md; the bar is ours alone."""
    return Section(
        figures=tuple(Figure(r.name.rstrip(":"), r.ratio, BAR if r.name in WAYS else None, note=r.reason) for r in rows)
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; exits 1 where our own runner is above the bar."""
    parser = argparse.ArgumentParser(description="What the runner itself costs")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds a call")
    parser.add_argument("--concurrency", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print JSON, and judge nothing")
    parser.add_argument("--save", type=Path, help="write a section of performance.md in this folder")
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    told = parser.parse_args(argv)
    if told.serve is not None:
        asyncio.run(_serve(told.serve))
    rows = measure(told.questions, told.latency, told.concurrency, told.rounds)
    if told.save:
        save({"runner": section(rows)}, told.save)
    if told.json:
        print(json.dumps([{**_plain(r), "ratio": r.ratio} for r in rows]))
        return 0
    print(
        f"{told.questions} questions, {told.latency:g} s a call, {told.concurrency} in flight; median of {told.rounds}"
    )
    print(table(rows))
    ratios = [r.ratio for r in rows[: len(WAYS)] if r.ratio is not None]
    within = len(ratios) == len(WAYS) and max(ratios) <= BAR
    print(f"the harness is {'within' if within else 'above'} {BAR} times the ideal wall time")
    return 0 if within else 1


def _plain(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("name", "seconds", "ideal", "calls", "cpu_ms", "reason")}


if __name__ == "__main__":
    sys.exit(main())
