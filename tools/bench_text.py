"""What the scorers of the text itself cost beside the bare sentence encoder, for ``make bench``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, median
from time import perf_counter
from typing import Any

from bench_support import body_text

from harness.learned import load_reader
from harness.runner import Plan
from harness.scorers import load_scorer
from harness.scorers.cases import build_case
from harness.types import Answer, Case, Scorer

SCORERS = ("overreach", "escalation", "disclaimer", "privacy", "readability")


def _cases(plan: Plan, pages: Sequence[Answer]) -> list[Case]:
    """Parsed pages that nothing has been read of yet; parsing is not what is measured here."""
    suite = plan.suite
    question = suite.questions[0]
    made = [
        build_case(p, judge=plan.judge, as_of=suite.as_of, question=question, registry=suite.registry.sources)
        for p in pages
    ]
    for case in made:
        len(case.document.sentences)
    return made


def _seconds(scorers: Sequence[Scorer], cases: Sequence[Case]) -> dict[str, float]:
    spent = dict.fromkeys((s.name for s in scorers), 0.0)
    for case in cases:
        for scorer in scorers:
            start = perf_counter()
            scorer.score(case)
            spent[scorer.name] += perf_counter() - start
    return spent


def text_figures(plan: Plan, pages: Sequence[Answer], rounds: int) -> dict[str, Any]:
    """The five scorers beside the bare sentence encoder on the same sentences, with learned parts and without.

    ``ratio`` is the sentences a second of whole pages over those of the bare encoder; ``off_ratio`` the same with the
    learned parts switched off; ``off_ms`` milliseconds a page of each scorer then. Medians of some rounds, in turn.
    """
    reader = load_reader()
    learned = [load_scorer(name) for name in SCORERS]
    off = [replace(s, learned=False) if hasattr(s, "learned") else s for s in learned]  # type: ignore[type-var]
    pairs = [(s.text, plan.suite.questions[0].text) for case in _cases(plan, pages) for s in case.document.body]
    bare, on, without = [], [], []
    for _ in range(rounds + 1):  # the first warms up
        start = perf_counter()
        reader.read(pairs)
        bare.append(perf_counter() - start)
        on.append(sum(_seconds(learned, _cases(plan, pages)).values()))
        without.append(_seconds(off, _cases(plan, pages)))
    encoder, whole = median(bare[1:]), median(on[1:])
    plain = {name: median(w[name] for w in without[1:]) for name in SCORERS}
    return {
        "words": fmean(len(body_text(p).split()) for p in pages),
        "sentences": len(pairs) / len(pages),
        "bare_sentences_per_second": len(pairs) / encoder,
        "sentences_per_second": len(pairs) / whole,
        "ratio": encoder / whole,
        "off_ratio": encoder / sum(plain.values()),
        "off_ms": {name: 1000 * seconds / len(pages) for name, seconds in plain.items()},
    }


def text_table(figures: dict[str, Any]) -> str:
    """The figures for a terminal."""
    each = ", ".join(f"{name} {ms:.1f}" for name, ms in figures["off_ms"].items())
    return "\n".join(
        [
            "",
            f"{', '.join(SCORERS)}, in sentences a second beside the bare sentence encoder"
            f" ({figures['words']:.0f} words, {figures['sentences']:.0f} sentences a page):",
            f"{'with learned parts':<26}{figures['ratio']:.0%} of the bare encoder",
            f"{'learned parts off':<26}{figures['off_ratio']:.1f} times the bare encoder; ms a page: {each}",
        ]
    )
