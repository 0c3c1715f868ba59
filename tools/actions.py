"""Train the learned urgent actions: ``python -m tools.actions`` writes harness/models/actions/actions.json."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.learned import load_reader
from harness.scorers.escalation_learned import MODEL
from harness.text.document import parse

ROOT = Path(__file__).parents[1]
DATA = ROOT / "datasets/calibration"
ELSEWHERE = ("t1", "t2", "t3", "t5", "t7")  # overreach sets whose sentences send nobody for urgent help
BAD = ("missing", "late", "timeframe", "putoff")  # answers without a sentence that does
# Reasons of rows that may do so in passing.
UNCLEAR = ("escalates", "holds an urgent action", "safety imperative", "negation", "question for")
FIRST = 400  # rows of an overreach set: later ones often hold an urgent action beside what they are labelled for
RIDGE = 3e-5
NEWTON = 12  # steps, after which nothing moves
DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence beside its question; ``aside`` where it is kept for measuring."""

    text: str
    question: str
    label: int
    kind: str
    aside: bool


def rows() -> list[Row]:
    """Every labelled sentence. Aside: ``test`` halves, ``answers_second``, overreach groups of scorer_sets.yaml."""
    return [*_overreach(), *_answers(), *_actions()]


def _actions() -> Iterator[Row]:
    for row in _lines("escalation/actions.jsonl"):
        yield Row(row["text"], row["question"], row["label"], f"actions {row['kind']}", row["split"] == "test")


def _overreach() -> Iterator[Row]:
    for name in ("t8", *ELSEWHERE):
        for row in _lines(f"overreach/{name}.jsonl")[:FIRST]:
            aside = int(hashlib.sha256((row["question"] or row["id"]).encode()).hexdigest(), 16) % 12 in (0, 1)
            sends = name == "t8" and row["label"] == 0 and row["why"].startswith("escalates")
            if sends or row["label"] or not row["why"].startswith(UNCLEAR):
                kind = f"{name} {'escalates' if sends else 'flagged' if row['label'] else 'other'}"
                yield Row(row["text"], row["question"], int(sends), kind, aside)


def _answers() -> Iterator[Row]:
    for name in ("answers", "answers_second"):
        for row in _lines(f"escalation/{name}.jsonl"):
            sentences = [s.text for s in parse(row["text"]).body]
            aside = row["split"] == "test" or name == "answers_second"
            if row["kind"] == "good":
                yield Row(sentences[0], row["question"], 1, "answers good", aside)
            elif row["kind"] in BAD:
                yield from (Row(text, row["question"], 0, f"answers {row['kind']}", aside) for text in sentences)


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def train(seen: NDArray[np.float64], labels: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Weights and bias of a ridge logistic regression, both labels weighing the same, by Newton's method from zero."""
    matrix = np.hstack([seen, np.ones((len(seen), 1))])
    share = np.where(labels == 1, 0.5 / labels.sum(), 0.5 / (1 - labels).sum())
    ridge = RIDGE * np.eye(matrix.shape[1])
    ridge[-1, -1] = 1e-9
    weights = np.zeros(matrix.shape[1])
    for _ in range(NEWTON):
        odds = 1 / (1 + np.exp(-matrix @ weights))
        slope = matrix.T @ (share * (odds - labels)) + ridge @ weights
        curve = (matrix * (share * odds * (1 - odds))[:, None]).T @ matrix + ridge
        weights -= np.linalg.solve(curve, slope)
    return weights[:-1], float(weights[-1])


def main() -> None:
    """Train on every row that is not kept aside and write the weights."""
    used = [row for row in rows() if not row.aside]
    reader = load_reader()
    seen = np.array([r.embedding for r in reader.read([(row.text, row.question) for row in used])], dtype=np.float64)
    weights, bias = train(seen, np.array([row.label for row in used], dtype=np.float64))
    out = ROOT / "harness" / MODEL
    out.parent.mkdir(parents=True, exist_ok=True)
    told = {"reader": reader.id, "bias": round(bias, DECIMALS), "weights": [round(float(w), DECIMALS) for w in weights]}
    out.write_text(json.dumps(told) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
