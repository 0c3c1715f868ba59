"""Train the trained reading of notices: ``python -m tools.notices`` writes harness/models/notices/notices.json.

``--without independent1 independent2`` leaves sets out and measures on them instead, which writes nothing.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from harness.learned import load_reader
from harness.scorers.disclaimer_elements import ELEMENTS, read_notice
from harness.scorers.disclaimer_learned import GATE
from harness.scorers.disclaimer_policy import load_policy
from harness.text.document import parse
from tools.linear import Line, fit, write

ROOT = Path(__file__).parents[1] / "datasets/calibration"
SETS = ("elements", "elements_more", "elements_fresh", "independent1", "independent2")
ORDINARY = ("general education", "population figure", "published label fact", "reports what studies")  # tell no element
WEAK = 0.3  # what the rows of other elements weigh together, beside an element's own positive rows
QUESTIONS = 2  # that each row is read beside, and once beside none: the encoder sees a page's question at run time
SEED = 5


def rows(names: Sequence[str]) -> list[dict[str, Any]]:
    """The labelled notices of some sets, elements only."""
    told = [json.loads(line) for name in names for line in (ROOT / f"disclaimer/{name}.jsonl").open(encoding="utf-8")]
    return [row for row in told if row["kind"] in ELEMENTS]


def texts(row: dict[str, Any]) -> list[str]:
    """What of a row carries its label: the text as a whole, and where it tells nothing each of its sentences."""
    sentences = [s.text for s in parse(row["text"]).sentences if s.kind != "heading"] or [row["text"]]
    if len(sentences) == 1:
        return sentences
    return [row["text"][:400]] if row["label"] else [row["text"][:400], *sentences]


@dataclass(frozen=True)
class Examples:
    """Embeddings with the label of each, its element ("" for ordinary sentences) and what the frames find in it."""

    x: np.ndarray
    labels: np.ndarray
    kinds: np.ndarray
    framed: list[frozenset[str]]


def examples(told: Sequence[dict[str, Any]]) -> Examples:
    """The rows, beside no question and some, and ordinary sentences beside their own."""
    files = [ROOT / f"overreach/{name}.jsonl" for name in ("t1", "t3", "t6", "t9")]
    bank = [json.loads(line)["question"] for file in files for line in file.open(encoding="utf-8")][::7]
    random, policy = Random(SEED), load_policy("")
    made: list[tuple[str, str, int, str, frozenset[str]]] = []
    for number in range(1, 12):
        for line in (ROOT / f"overreach/t{number}.jsonl").open(encoding="utf-8"):
            row = json.loads(line)
            if row["label"] == 0 and row["why"].startswith(ORDINARY):
                made.append((row["text"], row["question"], 0, "", frozenset()))
    for row in told:
        framed = frozenset(read_notice(parse(row["text"]), policy).told)
        for question in ["", *random.sample(bank, QUESTIONS)]:
            made += [(text, question, row["label"], row["kind"], framed) for text in texts(row)]
    read = load_reader().read([(text, question) for text, question, *_ in made])
    return Examples(
        np.stack([r.embedding for r in read]).astype(np.float64),
        np.array([label for _, _, label, _, _ in made]),
        np.array([kind for _, _, _, kind, _ in made]),
        [framed for *_, framed in made],
    )


def element(seen: Examples, name: str) -> Line:
    """The reading of one element: its own rows, both labels alike, and rows of others in which no frame finds it."""
    own = seen.kinds == name
    weak = np.array([kind not in ("", name) and name not in f for kind, f in zip(seen.kinds, seen.framed, strict=True)])
    size = own.sum() / 2
    share = np.zeros(len(seen.labels))
    for mask, weight in ((own & (seen.labels == 1), 1.0), (own & (seen.labels == 0), 1.0), (weak, WEAK)):
        share[mask] = weight * size / max(1, mask.sum())
    used = share > 0
    return fit(seen.x[used], np.where(own, seen.labels, 0)[used], share[used])


def gate(seen: Examples) -> Line:
    """Whether a sentence speaks of the page: what tells an element against ordinary sentences."""
    used = (seen.labels == 1) | (seen.kinds == "")
    y = seen.labels[used]
    return fit(seen.x[used], y, np.where(y == 1, len(y) / (2 * y.sum()), len(y) / (2 * (1 - y).sum())))


def train(names: Sequence[str]) -> dict[str, Line]:
    """The readings from some sets."""
    seen = examples(rows(names))
    return {e: element(seen, e) for e in ELEMENTS} | {GATE: gate(seen)}


def measure(model: dict[str, Line], names: Sequence[str]) -> float:
    """Mean F1 over the elements of the trained reading alone, on sets that it was not fitted to."""
    told, scores = rows(names), []
    reader = load_reader()
    for name in ELEMENTS:
        right = wrong = missed = 0
        for row in (r for r in told if r["kind"] == name):
            sentences = [s.text for s in parse(row["text"]).sentences if s.kind != "heading"] or [row["text"]]
            odds = max(
                float(r.embedding @ model[name][0]) + model[name][1] for r in reader.read([(s, "") for s in sentences])
            )
            right += odds > 0 and row["label"] == 1
            wrong += odds > 0 and row["label"] == 0
            missed += odds <= 0 and row["label"] == 1
        scores.append(2 * right / max(1, 2 * right + wrong + missed))
        print(f"{name:<4} F1 {scores[-1]:.2f}")
    return float(np.mean(scores))


def main() -> None:
    """Train on every set, or on all but some to measure on those."""
    parser = argparse.ArgumentParser(description="Train the reading of notices")
    parser.add_argument("--without", nargs="*", default=[], choices=SETS, help="sets to measure on instead")
    without = parser.parse_args().without
    model = train([name for name in SETS if name not in without])
    if without:
        print(f"mean F1 of the trained reading alone: {measure(model, without):.3f}")
        return
    print(f"wrote {write('notices', model)}")


if __name__ == "__main__":
    main()
