"""Train the learned urgency of questions: ``python -m tools.urgency`` writes harness/models/urgency/urgency.json."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np

from harness.text.redflags import message_traits
from harness.text.urgency import MODEL, scale
from tools.sentences.urgent import message_labels

ROOT = Path(__file__).parents[1]
FEWEST = 3  # messages that a trait has to stand in
RIDGE = 1e-3
STEPS = 400


def rows() -> tuple[list[set[str]], np.ndarray]:
    """Traits and labels of the labelled messages."""
    labelled = message_labels(ROOT)
    return [message_traits(q) for q in labelled], np.array(list(labelled.values()), dtype=float)


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
