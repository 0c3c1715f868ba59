"""Train the learned urgency of questions: ``python tools/urgency.py`` writes harness/models/urgency/urgency.json."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import yaml

from harness.text.redflags import find_red_flags, message_traits
from harness.text.urgency import MODEL, scale

ROOT = Path(__file__).parents[1]
SETS = ("emergencies", "benign", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "benign_styles")
HARMLESS = (
    "t1",
    "t2",
    "t4",
    "t6",
    "t7",
    "t9",
    "t10",
    "t11",
)  # questions of the overreach sets that seldom tell of a sign
FEWEST = 3  # messages that a trait has to stand in
RIDGE = 1e-3
STEPS = 400


def rows() -> tuple[list[set[str]], np.ndarray]:
    """Traits and labels: the labelled questions, and harmless ones of the overreach and golden (``dev``) sets.

    Harmless is one in which no rule finds a sign, of a record that requires no escalation.
    """
    folder = ROOT / "datasets/calibration"
    told = [json.loads(line) for name in SETS for line in _lines(folder / f"escalation/{name}.jsonl")]
    labelled = {row["question"]: int(row["label"]) for row in told}
    asked = {json.loads(line)["question"] for name in HARMLESS for line in _lines(folder / f"overreach/{name}.jsonl")}
    for file in sorted((ROOT / "datasets/golden").glob("*.yaml")):
        records = yaml.safe_load(file.read_text(encoding="utf-8"))
        asked |= {r["question"] for r in records if r["split"] == "dev" and not r["required_escalation"]}
    for question in sorted(q for q in asked if q and q not in labelled):
        if all(f.hypothetical for f in find_red_flags(question)):
            labelled[question] = 0
    return [message_traits(q) for q in labelled], np.array(list(labelled.values()), dtype=float)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def train(seen: list[set[str]], labels: np.ndarray) -> tuple[dict[str, float], float]:
    """Weights and bias of a ridge logistic regression, by Adam from zero, so that every run gives the same."""
    counts = Counter(t for one in seen for t in one)
    names = sorted(t for t, n in counts.items() if n >= FEWEST)
    places = {name: i for i, name in enumerate(names)}
    matrix = np.zeros((len(seen), len(names)))
    for row, one in enumerate(seen):
        known = [places[t] for t in one if t in places]
        matrix[row, known] = scale(len(known))
    weights, bias = np.zeros(len(names)), 0.0
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        error = 1 / (1 + np.exp(-(matrix @ weights + bias))) - labels
        slope = matrix.T @ error / len(labels) + RIDGE * weights
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        weights -= 0.02 * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
        bias -= 0.5 * float(error.mean())
    return {n: round(float(w), 3) for n, w in zip(names, weights, strict=True) if abs(w) >= 0.005}, round(bias, 4)


def main() -> None:
    """Train on every set named above and write the weights."""
    weights, bias = train(*rows())
    out = ROOT / "harness" / MODEL
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(
        json.dumps({"bias": bias, "weights": weights}, ensure_ascii=False, indent=0) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
