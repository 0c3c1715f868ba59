"""Fit the combiner of the local judge: python -m tools.judge.combine DATA_DIR [-o harness/judges/local.json]

Runs the shipped encoder over the groups that ``tools.judge.train`` kept aside, fits a logistic regression over counted
words, aligned facts and the encoder's odds, and writes one weight a feature with the figures of a five-fold
cross-validation grouped by document. Either label of a set weighs the same, so that a probability of 0.5 is the natural
threshold. No row is written out.
"""

from __future__ import annotations

import argparse
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from harness.judges.encoder import CONTRADICTED, CrossEncoder
from harness.judges.local import FEATURES, encoder_features
from harness.judges.overlap import Text, compare
from harness.judges.windows import Units
from tools.judge.data import TASK_SETS, claim_of, is_held_out, read

FOLDS = 5
RIDGE = 0.0005
SET_SIZE = 0.25  # power of a set's size that it weighs: between all sets alike (0) and all rows alike (1)
RESPONSES = "grounding/ragtruth_qa_response"  # measured, not fitted: its sentences are another set
CONTRADICTED_PRECISION = 0.8
Floats = NDArray[np.float64]
Measured = tuple[list[Floats], Floats, Floats, list[Floats], list[str]]  # features, labels, folds, logits, kinds


def measure(rows: list[dict[str, Any]], encoder: CrossEncoder, idf: dict[str, float]) -> Measured:
    """For every row, one line of features and of logits for each sentence of its claim."""
    sources: dict[str, Units] = {}
    pairs, places, values = [], [], []
    for number, row in enumerate(rows):
        units = sources.setdefault(row["source"], Units(Text(row["source"])))
        for part in Text(claim_of(row)).statements:
            values.append(compare(units.passage, part, idf).values)
            pairs.append((part.text, units.window(part, idf).text))
            places.append(number)
    logits = encoder.logits(pairs)
    both = np.array([[*v, *encoder_features(line)] for v, line in zip(values, logits, strict=True)])
    at = np.array(places)
    labels = np.array([float(bool(row["label"])) for row in rows])
    folds = np.array([float(zlib.crc32(f"fold {row.get('group')}".encode()) % FOLDS) for row in rows])
    split = [np.flatnonzero(at == number) for number in range(len(rows))]
    kinds = [str(row.get("kind")) for row in rows]
    return [both[i] for i in split], labels, folds, [logits[i] for i in split], kinds


def fit(x: Floats, y: Floats, weight: Floats) -> Floats:
    """Weighted logistic regression with a small ridge, the bias left free."""

    def value(w: Floats) -> tuple[float, Floats]:
        z = x @ w
        total = weight @ (np.logaddexp(0.0, z) - y * z) + RIDGE * w[1:] @ w[1:]
        slope = x.T @ (weight * (1 / (1 + np.exp(-z)) - y))
        slope[1:] += 2 * RIDGE * w[1:]
        return float(total), slope

    return np.asarray(minimize(value, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x)


def stack(data: dict[str, Measured], leave_out: int | None) -> tuple[Floats, Floats, Floats]:
    """Rows of all fitted sets with their weights."""
    xs, ys, weights = [], [], []
    for name, (lines, y, folds, _, _) in data.items():
        if name == RESPONSES:
            continue
        keep = np.flatnonzero(folds != leave_out) if leave_out is not None else np.arange(len(y))
        xs.append(np.array([lines[i].mean(axis=0) for i in keep]))
        ys.append(y[keep])
        share = np.where(y[keep] == 1, 1 / max(1, (y[keep] == 1).sum()), 1 / max(1, (y[keep] == 0).sum()))
        weights.append(share / 2 * len(keep) ** SET_SIZE)
    weight = np.concatenate(weights)
    return np.concatenate(xs), np.concatenate(ys), weight / weight.sum()


def least(lines: list[Floats], w: Floats) -> Floats:
    """Probability of each row: that of its least supported sentence."""
    return np.array([float((1 / (1 + np.exp(-(line @ w)))).min()) for line in lines])


def balanced_accuracy(p: Floats, y: Floats, threshold: float) -> float:
    """Mean of sensitivity and specificity."""
    said = p >= threshold
    return float((said[y == 1].mean() + (~said[y == 0]).mean()) / 2)


def auc(p: Floats, y: Floats) -> float:
    """Chance that a supported row gets a higher probability than one that is not."""
    above = p[y == 1][:, None] - p[y == 0][None, :]
    return float((above > 0).mean() + (above == 0).mean() / 2)


def cross_validate(data: dict[str, Measured]) -> dict[str, dict[str, float]]:
    """Figures of each set on rows whose document neither encoder nor combiner has seen: threshold 0.5 and best."""
    predicted = {name: np.zeros(len(found[1])) for name, found in data.items()}
    for fold in range(FOLDS):
        w = fit(*stack(data, fold))
        for name, (lines, _, folds, _, _) in data.items():
            held = np.flatnonzero(folds == fold)
            predicted[name][held] = least([lines[i] for i in held], w)
    figures = {}
    for name, found in data.items():
        p, y = predicted[name], found[1]
        best = max(balanced_accuracy(p, y, t) for t in np.quantile(p, np.linspace(0.02, 0.98, 49)))
        figures[name] = {"rows": len(y), "bacc": balanced_accuracy(p, y, 0.5), "bacc_best": best, "auc": auc(p, y)}
    return {name: {k: round(v, 3) for k, v in row.items()} for name, row in figures.items()}


def contradicted_from(data: dict[str, Measured]) -> float:
    """The lowest probability of contradiction from which the encoder alone is right often enough; 1.01 for never."""
    shares, right = [], []
    for name, (_, _, _, logits, kinds) in data.items():
        if name != RESPONSES:
            for line, kind in zip(logits, kinds, strict=True):
                odds = np.exp(line - line.max(axis=1, keepdims=True))
                shares.append(float((odds[:, CONTRADICTED] / odds.sum(axis=1)).max()))
                right.append(kind != "supported")
    order = np.argsort(shares)[::-1]
    precision = np.cumsum(np.array(right)[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(precision >= CONTRADICTED_PRECISION)
    return round(float(np.array(shares)[order][good[-1]]), 3) if len(good) else 1.01


def main() -> None:
    """Fit, measure, write the model file, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    default = Path(__file__).resolve().parents[2] / "harness/judges/local.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    args = parser.parse_args()
    idf = json.loads(default.read_text(encoding="utf-8"))["idf"]
    encoder = CrossEncoder.load()
    data = {}
    for name in [*(name for name, *_ in TASK_SETS), RESPONSES]:
        rows = [row for row in read(args.data_dir, name) if is_held_out(row) and claim_of(row)]
        data[name] = measure(rows, encoder, idf)
        print(f"{name}: {len(rows)} rows kept aside", flush=True)
    w, figures = fit(*stack(data, None)), cross_validate(data)
    model = {
        "trained_by": "python -m tools.judge.combine DATA_DIR",
        "encoder": encoder.digest,
        "threshold": 0.5,
        "contradicted_from": contradicted_from(data),
        "coefficients": {name: round(float(c), 4) for name, c in zip(FEATURES, w, strict=True)},
        "figures": {"what": f"groups kept aside in training; {FOLDS}-fold cross-validation by group", "sets": figures},
        "idf": idf,
    }
    args.output.write_text(json.dumps(model, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2), json.dumps(model["coefficients"], indent=2), model["contradicted_from"])


if __name__ == "__main__":
    main()
