"""Fit the scales of the sentence encoder's heads on rows kept aside in training; measure on rows kept aside from both.

    python -m tools.sentences.calibrate DATA_DIR harness/models/sentences

DATA_DIR as for ``tools/sentences/train.py``. Writes ``heads.json`` beside the model; needs nothing but the harness.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.learned.encoder import CATEGORIES, HEADS, SentenceEncoder
from tools.sentences.data import ASIDE, CALIBRATION, Row, advice, directive_rows, graded, labelled, part
from tools.sentences.urgent import action_rows, alarm_rows

ROOT = Path(__file__).resolve().parents[2]
Floats = NDArray[np.float64]


def platt(logits: Floats, targets: Floats) -> tuple[float, float]:
    """Slope and intercept of log odds by a logit, by Newton steps on the log loss with a little ridge."""
    x = np.stack([logits, np.ones_like(logits)], 1)
    w = np.array([1.0, 0.0])
    prior = np.array([1.0, 0.0])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        gradient = x.T @ (p - targets) + (w - prior)
        curvature = (x * (p * (1 - p))[:, None]).T @ x + np.eye(2)
        w = w - np.linalg.solve(curvature, gradient)
    return round(float(w[0]), 4), round(float(w[1]), 4)


def temperature(logits: Floats, targets: NDArray[np.int64]) -> float:
    """The factor on the categories' logits that makes their softmax likeliest, from a grid."""

    def likelihood(factor: float) -> float:
        scaled = logits * factor
        return float((scaled[np.arange(len(targets)), targets] - np.logaddexp.reduce(scaled, 1)).sum())

    return float(max(np.arange(0.3, 3.01, 0.05), key=likelihood))


def raw_logits(encoder: SentenceEncoder, rows: Sequence[Row]) -> Floats:
    """Logits before any scale, a row each in the order of HEADS."""
    found = encoder.read([(r.text, r.question) for r in rows])
    return np.array([[reading.logits[head] for head in HEADS] for reading in found])


def auc(scores: Floats, targets: Floats) -> float:
    """Area under the ROC curve."""
    order = scores.argsort().argsort() + 1.0
    positive = targets >= 0.5
    n = positive.sum()
    return float((order[positive].sum() - n * (n + 1) / 2) / (n * (len(targets) - n)))


def rows_of(data: Path, parts: Sequence[int]) -> dict[str, list[Row]]:
    """Rows of some parts by the head they speak of."""
    told = {
        "overreach": labelled(ROOT),
        "directive": [*advice(data), *directive_rows(ROOT)],
        "action": [r for r in action_rows(ROOT) if not r.aside],
        "alarm": alarm_rows(ROOT),
        "ease": graded(data, share_alike=True),
    }
    return {head: [r for r in rows if part(r.group) in parts] for head, rows in told.items()}


def main() -> None:
    """Fit on the calibration parts, print figures on the parts kept aside."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("model", type=Path)
    args = parser.parse_args()
    heads = args.model / "heads.json"
    heads.write_text(json.dumps({"scales": {head: [1.0, 0.0] for head in HEADS}}), encoding="utf-8")
    encoder = SentenceEncoder.load(args.model)
    scales: dict[str, tuple[float, float]] = {}
    for head, rows in rows_of(args.data_dir, CALIBRATION).items():
        rows = rows[:800]
        logits = raw_logits(encoder, rows)
        targets = np.array([float(getattr(r, head)) for r in rows])
        scales[head] = platt(logits[:, HEADS.index(head)], targets)
        if head == "overreach":
            flagged = [i for i, r in enumerate(rows) if r.overreach == 1.0]
            which = np.array([CATEGORIES.index(rows[i].category) for i in flagged])
            first = HEADS.index("T1")
            factor = round(temperature(logits[flagged, first : first + len(CATEGORIES)], which), 2)
            scales |= dict.fromkeys(CATEGORIES, (factor, 0.0))
    text = json.dumps({"scales": {head: scales[head] for head in HEADS}}, indent=1)
    heads.write_text(text + "\n", encoding="utf-8")
    print(text)
    for head, rows in rows_of(args.data_dir, ASIDE).items():
        rows = rows[:1000]
        logits = raw_logits(encoder, rows)
        targets = np.array([float(getattr(r, head)) for r in rows])
        print(head, len(rows), "AUC on rows kept aside", round(auc(logits[:, HEADS.index(head)], targets), 3))


if __name__ == "__main__":
    main()
