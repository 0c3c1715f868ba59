"""Measure throughput on the bundled data: pipeline, parser, judge, every scorer and peers, side by side in one run.

Run as ``make bench``. Times depend on the machine; shares and ratios hardly do: compare those.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, TypeVar

from bench_peers import peer_figures
from bench_support import body_text, golden_pages, long_figures, long_pairs, support_figures
from bench_text import text_figures, text_table
from performance import Figure, Section, save

from harness.api import make_plan
from harness.runner import Plan
from harness.scorers.cases import build_case
from harness.suite import load_suite
from harness.text.document import parse
from harness.types import Answer, Question

GOLDEN_PAGES = 8  # at most; each has about 30 sentences and 8 passages
LONG_PAIRS = 64

T = TypeVar("T")
Page = tuple[Question, Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    Args:
        ms: milliseconds for one item. per_second: items in a second. item: what an item is.
        share: part of the time that all scorers take together, where the row is a scorer.
    """

    name: str
    item: str
    ms: float
    per_second: float
    share: float | None = None


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds that ``work`` took, and what it gave back."""
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


def row(name: str, item: str, seconds: float, count: int, share: float | None = None) -> Row:
    """A row from the time that ``count`` items took together."""
    return Row(name=name, item=item, ms=1000 * seconds / count, per_second=count / seconds, share=share)


def spread(questions: Sequence[Question], n: int) -> list[Question]:
    """``n`` questions taken evenly from the whole list, starting over where there are too few."""
    step = max(1, len(questions) // n)
    return list(islice(cycle(questions[::step]), n))


def ask(plan: Plan, questions: Sequence[Question]) -> list[Page]:
    """The pages that the pipeline writes; raises RuntimeError where it gives none."""
    pages = []
    for question in questions:
        answer = plan.pipeline.answer(question.query())
        if not isinstance(answer, Answer):
            raise RuntimeError(f"{question.id}: no answer: {answer.message}")
        pages.append((question, answer))
    return pages


def scorer_seconds(plan: Plan, pages: Sequence[Page]) -> dict[str, float]:
    """Seconds of each scorer over all pages, in suite order; within a page they share judged pairs, as in a run."""
    suite = plan.suite
    spent = dict.fromkeys((s.name for s in suite.scorers), 0.0)
    for question, answer in pages:
        case = build_case(
            answer, judge=plan.judge, as_of=suite.as_of, question=question, registry=suite.registry.sources
        )
        for scorer in suite.scorers:
            spent[scorer.name] += timed(partial(scorer.score, case))[0]
    return spent


def judged_pairs(pages: Sequence[Page], most: int = 1000) -> list[tuple[str, str]]:
    """Body sentences of a page beside passages of that page, taken evenly where there are more than ``most``."""
    pairs = [
        (passage.text, sentence.text)
        for _, answer in pages
        for sentence in parse(answer.text).body
        for passage in answer.passages
    ]
    return pairs[:: 1 + len(pairs) // most]


def measure(pages: int, rounds: int) -> tuple[list[Row], dict[str, Any], dict[str, Any]]:
    """All rows, the figures of ``support`` and of ``text_figures``; each the median of some rounds on warm caches."""
    loading, plan = timed(lambda: make_plan(load_suite("evals/release.yaml")))
    questions = spread(plan.suite.questions, pages)
    first, _ = timed(lambda: scorer_seconds(plan, ask(plan, questions[:1])))
    answering, written = timed(lambda: ask(plan, questions))
    parsing = median(timed(lambda: [parse(a.text, question=q.text) for q, a in written])[0] for _ in range(rounds))
    scoring = [scorer_seconds(plan, written) for _ in range(rounds)]
    pairs = judged_pairs(written)
    judging = median(timed(lambda: plan.judge.support(pairs))[0] for _ in range(rounds))
    each = {name: median(spent[name] for spent in scoring) for name in scoring[0]}
    together = sum(each.values())
    rows = [
        row("load suite and data", "run", loading, 1),
        row("first page (cold caches)", "page", first, 1),
        row("reference pipeline", "answer", answering, pages),
        row("parse", "page", parsing, pages),
        row("local judge", "pair", judging, len(pairs)),
        *(row(f"scorer {name}", "page", spent, pages, spent / together) for name, spent in each.items()),
        row("all scorers", "page", together, pages, 1.0),
    ]
    answers = [answer for _, answer in written]
    golden = golden_pages(answers, min(GOLDEN_PAGES, pages), reworded=True)
    return rows, support(plan, answers, rounds), text_figures(plan, golden, rounds)


def support(plan: Plan, answers: Sequence[Answer], rounds: int) -> dict[str, Any]:
    """Grounding and citation on golden-size pages, the judge at 256 tokens, and the peers on the same pages."""
    n = min(GOLDEN_PAGES, len(answers))
    reworded = golden_pages(answers, n, reworded=True)
    figures: dict[str, Any] = {
        "pages reworded": support_figures(plan, reworded, rounds),
        "pages as quoted": support_figures(plan, golden_pages(answers, n, reworded=False), rounds),
        "pairs of 256 tokens": long_figures(plan.judge, long_pairs(plan, answers, LONG_PAIRS), rounds),
    }
    ours = 1 / figures["pages reworded"]["pages_per_second"]
    for peer, told in peer_figures([("\n\n".join(x.text for x in p.passages), body_text(p)) for p in reworded]).items():
        ratio = told["seconds"] / ours if "seconds" in told else None
        figures[f"{peer} Faithfulness"] = {**told, "ratio": ratio}
    return figures


def support_table(figures: dict[str, Any]) -> str:
    """The figures of ``support`` for a terminal, as ratios and shares."""

    def of_bare(f: dict[str, Any]) -> str:
        return (
            "the judge has no bare model to compare with" if f["ratio"] is None else f"{f['ratio']:.0%} of bare model"
        )

    lines = ["", "grounding and citation of golden-size pages, in pairs a second beside the bare model:"]
    for name in ("pages reworded", "pages as quoted"):
        f = figures[name]
        size = f"{f['words']:.0f} words, {f['passages']:.0f} passages, {f['pairs']:.0f} pairs"
        shares = f"judge {f['judge_share']:.0%}, registry checks {f['registry_share']:.0%} of the time"
        lines.append(f"{name:<26}{of_bare(f)}; {size}, {f['added_by_citation']:.0f} more for citation; {shares}")
    lines.append(f"{'pairs of 256 tokens':<26}{of_bare(figures['pairs of 256 tokens'])}")
    for name, f in figures.items():
        if name.endswith("Faithfulness"):
            told = (
                f"not measured: {f['reason']}"
                if f["ratio"] is None
                else f"{f['ratio']:.1f} times our time a page, its model free"
            )
            lines.append(f"{name:<26}{told}")
    return "\n".join(lines)


def ratio(rows: Sequence[Row]) -> float:
    """How many bare parses all scorers of a page cost."""
    ms = {r.name: r.ms for r in rows}
    return ms["all scorers"] / ms["parse"]


def table(rows: Sequence[Row]) -> str:
    """The rows for a terminal."""
    lines = [f"{'what':<26}{'ms':>10}  {'per':<8}{'a second':>10}{'share':>8}"]
    for r in rows:
        share = "" if r.share is None else f"{r.share:.0%}"
        lines.append(f"{r.name:<26}{r.ms:>10.2f}  {r.item:<8}{r.per_second:>10.1f}{share:>8}")
    return "\n".join([*lines, f"all scorers / bare parse: {ratio(rows):.1f}"])


def section(body: dict[str, Any], one_core: dict[str, Any]) -> Section:
    """The figures of docs/performance.md, from what ``--json`` prints on every core and on one."""
    rows, before = ({r["name"]: r for r in b["rows"]} for b in (body, one_core))
    scorers = {name: r for name, r in rows.items() if r["share"] is not None}
    figures = [Figure(f"{name}, its part of the time", r["share"]) for name, r in scorers.items() if r["share"] < 1]
    figures += [
        Figure(
            f"{name}, throughput beside one core", before[name]["ms"] / r["ms"], least=1.8 if r["share"] == 1 else None
        )
        for name, r in scorers.items()
    ]
    judged, text = body["support"]["pages reworded"], body["text"]
    judging, reading = 1 / judged["pages_per_second"], text["sentences"] / text["sentences_per_second"]
    whole, share = judging + reading, judged["ratio"]
    bare = None if share is None else judging * share + reading * text["ratio"]
    what = "golden-size pages: throughput of"
    figures += [
        Figure(f"{what} grounding and citation beside the bare judge", judged["ratio"], least=0.6),
        Figure(f"{what} the text scorers beside the bare encoder", text["ratio"], least=0.6),
        Figure(f"{what} all of these beside both bare models", None if bare is None else bare / whole, least=0.75),
        Figure(f"{what} the text scorers, learned parts off, beside the bare encoder", text["off_ratio"], least=20),
    ]
    off = reading * text["ratio"] / text["off_ratio"]
    for name, told in body["support"].items():
        if name.endswith("Faithfulness"):
            seconds, why = told.get("seconds"), told.get("reason", "")
            ours = {"all scorers, with their models": whole, "the text scorers, learned parts off": off}
            figures += [
                Figure(
                    f"a golden-size page: {what}, beside {name} without its model",
                    spent / seconds if seconds else None,
                    most=1.0,
                    note=why,
                )
                for what, spent in ours.items()
            ]
    return Section(figures=tuple(figures))


def on_one_core(pages: int, rounds: int) -> dict[str, Any]:
    """What ``--json`` prints in a process that may use one core."""
    words = [sys.executable, __file__, "--pages", str(pages), "--rounds", str(rounds), "--json"]
    core = min(os.sched_getaffinity(0))
    done = subprocess.run(words, stdout=subprocess.PIPE, check=True, preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    return dict(json.loads(done.stdout))


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description="Throughput on the bundled data")
    parser.add_argument("--pages", type=int, default=60, help="how many answer pages to measure on")
    parser.add_argument("--rounds", type=int, default=3, help="how often each measurement is taken; the median counts")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--save", type=Path, help="write a section of performance.md in this folder")
    told = parser.parse_args(argv)
    if told.pages < 1 or told.rounds < 1:
        parser.error("--pages and --rounds must be at least 1")
    rows, figures, text = measure(told.pages, told.rounds)
    body = {"pages": told.pages, "rounds": told.rounds, "rows": [asdict(r) for r in rows], "ratio": ratio(rows)}
    body |= {"support": figures, "text": text}
    if told.save:
        save({"scorers": section(body, on_one_core(told.pages, told.rounds))}, told.save)
    if told.json:
        print(json.dumps(body, indent=1))
    else:
        print(f"{told.pages} pages of evals/release.yaml, median of {told.rounds} rounds")
        print(table(rows))
        print(support_table(figures))
        print(text_table(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
