"""Pairs of the wide pass: every set once, sentences at their natural rate, and claims whose evidence was cut out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.judges.overlap import Text
from harness.text.sentences import split
from tools.judge.data import (
    JOINED,
    NOT_FOUND,
    STRANGERS,
    SUPPORTED,
    Pair,
    Windows,
    change,
    claim_of,
    is_held_out,
    joined,
    read,
    strangers,
    target,
)

RESPONSES = "grounding/ragtruth_qa_response"
NATURAL = 4500  # supported sentences of whole answers, which the set of sentences has thinned out
# More of what the earlier passes saw in part: (file, at most so many rows, weight)
MORE = (
    ("citation/expertqa", 1000, 0.6),
    ("nli/evidence_inference_v2", 1500, 0.8),
    ("nli/negation_nli", 1200, 0.7),
    ("nli/conjnli", 600, 0.7),
    ("nli/foolmetwice", 900, 0.7),
)
MORE_SHARE_ALIKE = (
    ("nli/snli_devtest", 4500, 0.7),
    ("nli/med", 900, 0.7),
    ("nli/fever_symmetric", 1400, 0.7),
    ("nli/falke_sentence_pairs", 577, 0.7),
)
CHANGED = {
    "grounding/ragtruth_qa_sentence": 1500,
    "grounding/scifact": 250,
    "nli/defacto": 900,
    "grounding/kqa_nli": 80,
    "grounding/expertqa": 300,
    "nli/check_covid_doc": 300,
    "nli/evidence_inference_v2": 500,
    "grounding/factcheckgpt": 250,
    "citation/wice": 100,
}
CUT = {
    "grounding/ragtruth_qa_sentence": 1500,
    "grounding/expertqa": 300,
    "nli/defacto": 900,
    "nli/check_covid_doc": 250,
    "nli/foolmetwice_long": 700,
    "citation/wice": 100,
    "grounding/factcheckgpt": 250,
    "nli/evidence_inference_v2": 500,
    "citation/citation_integrity": 120,
}
_CUT_WEIGHT = 0.8
_MOST_CUT = 4  # sentences taken out of a source
_TOLD = 0.5  # share of a claim's stems that its source has to hold for a cut to take something away
_LEFT = (0.1, 0.62)  # share of these that may stay: less is another matter, more may still support the claim


def wide_pairs(folder: Path, idf: dict[str, float], *, share_alike: bool) -> list[Pair]:
    """What the wide pass adds to the pairs of the passes before it."""
    rng, windows = random.Random(41), Windows(idf)
    pairs = list(_natural(folder, windows, rng))
    for name, most in CHANGED.items():
        for row in _some(read(folder, name), most, rng, supported=True):
            window = windows.of(row["source"], claim_of(row))
            pairs += [Pair(new, window, aim) for new, aim in change(claim_of(row), row["source"], rng)]
    for name, most in STRANGERS.items():
        pairs += strangers(read(folder, name), most * 4 // 3, windows, rng)
    for name, most in JOINED.items():
        pairs += joined(read(folder, name), most, windows, rng)
    for name, most in CUT.items():
        pairs += _cut(read(folder, name), most, windows, rng)
    for name, most, weight in (*MORE, *(MORE_SHARE_ALIKE if share_alike else ())):
        for row in _some(read(folder, name), most, rng):
            pairs.append(Pair(claim_of(row), windows.of(row["source"], claim_of(row)), target(row), weight))
    return pairs


def _some(
    rows: list[dict[str, Any]], most: int, rng: random.Random, *, supported: bool = False
) -> list[dict[str, Any]]:
    found = [r for r in rows if claim_of(r) and not is_held_out(r) and (r["label"] or not supported)]
    return rng.sample(found, min(most, len(found)))


def _natural(folder: Path, windows: Windows, rng: random.Random) -> Iterator[Pair]:
    """Sentences of answers that no marked span touches and that the set of single sentences lacks."""
    known = {row["claim"] for row in read(folder, "grounding/ragtruth_qa_sentence")}
    told = 0
    for row in _some(read(folder, RESPONSES), 10_000, rng):
        spans, answer, at = row["meta"].get("spans", ()), row["claim"], 0
        for statement in Text(answer).statements:
            start = answer.find(statement.text, at)
            if start < 0:
                continue
            at = start + len(statement.text)
            marked = any(span["start"] < at and start < span["end"] for span in spans)
            if marked or statement.text in known or len(statement.stems) < 3:
                continue
            yield Pair(statement.text, windows.of(row["source"], statement.text), SUPPORTED)
            told += 1
            if told == NATURAL:
                return


def _cut(rows: list[dict[str, Any]], most: int, windows: Windows, rng: random.Random) -> Iterator[Pair]:
    """Supported claims beside their own source without the sentences that hold most of their words."""
    told = 0
    for row in _some(rows, len(rows), rng, supported=True):
        claim = claim_of(row)
        left = _without_evidence(row["source"], Text(claim).stems)
        if left and told < most:
            told += 1
            yield Pair(claim, windows.of(left, claim), NOT_FOUND, _CUT_WEIGHT)


def _without_evidence(source: str, wanted: frozenset[str]) -> str:
    """The source without the sentences that bear a claim out; "" where that can't be done."""
    sentences = [source[a:b] for a, b in split(source)]
    held = [wanted & Text(sentence).stems for sentence in sentences]
    whole = len(frozenset().union(*held)) if held else 0
    if len(wanted) < 4 or len(sentences) < 4 or whole < _TOLD * len(wanted):
        return ""
    kept = list(range(len(sentences)))
    for _ in range(_MOST_CUT):
        if len(kept) > 2 and len(frozenset().union(*(held[i] for i in kept))) > _LEFT[1] * whole:
            kept.remove(max(kept, key=lambda i: len(held[i])))
    left = len(frozenset().union(*(held[i] for i in kept)))
    return " ".join(sentences[i] for i in kept) if _LEFT[0] * len(wanted) <= left <= _LEFT[1] * whole else ""
