"""Train the local judge: python tools/train_local_judge.py DATA_DIR [-o harness/judges/local.json]

DATA_DIR holds JSONL files with the fields ``source``, ``claim``, ``label`` (1 supported, 0 not) and ``group`` (rows of
one document or question, kept together in cross-validation). No row is written out: the model file holds one weight a
feature, the frequency weights of common word stems, and the figures of a 5-fold cross-validation grouped by document.
A set whose file name ends in ``_response`` is measured and not trained on (its sentences are another set).
"""

from __future__ import annotations

import argparse
import json
import math
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from harness.judges.overlap import FEATURES, Text, compare

FOLDS = 5
COMMON_STEMS = 4000
RIDGE = 0.001
Floats = NDArray[np.float64]


def read(folder: Path) -> dict[str, list[dict[str, object]]]:
    """The rows of every set in the folder, by set name."""
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise SystemExit(f"{folder}: no .jsonl file")
    return {f.stem: [json.loads(line) for line in f.read_text(encoding="utf-8").splitlines()] for f in files}


def document_frequencies(sets: dict[str, list[dict[str, object]]]) -> dict[str, float]:
    """Inverse document frequency of the most common stems over the distinct sources."""
    sources = {str(row["source"]) for rows in sets.values() for row in rows}
    counts: Counter[str] = Counter()
    for source in sources:
        counts.update(Text(source).stems)
    return {stem: round(math.log(len(sources) / n), 2) for stem, n in sorted(counts.most_common(COMMON_STEMS))}


def features(rows: list[dict[str, object]], idf: dict[str, float]) -> list[Floats]:
    """For every row, one line of features for each sentence of its claim."""
    passages: dict[str, Text] = {}
    lines = []
    for row in rows:
        passage = passages.setdefault(str(row["source"]), Text(str(row["source"])))
        parts = Text(str(row["claim"])).statements
        lines.append(np.array([compare(passage, part, idf).values for part in parts]))
    return lines


def fit(x: Floats, y: Floats, weight: Floats) -> Floats:
    """Weighted logistic regression with a small ridge, the bias left free."""

    def loss(w: Floats) -> tuple[float, Floats]:
        z = x @ w
        value = weight @ (np.logaddexp(0.0, z) - y * z) + RIDGE * w[1:] @ w[1:]
        slope = x.T @ (weight * (1 / (1 + np.exp(-z)) - y))
        slope[1:] += 2 * RIDGE * w[1:]
        return float(value), slope

    return np.asarray(minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x)


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


def cross_validate(data: dict[str, tuple[list[Floats], Floats, Floats]]) -> dict[str, dict[str, float]]:
    """Figures of each set on rows whose document the model has not seen, threshold 0.5 and best."""
    predicted = {name: np.zeros(len(y)) for name, (_, y, _) in data.items()}
    for fold in range(FOLDS):
        w = fit(*stack(data, fold))
        for name, (lines, _, folds) in data.items():
            held = np.flatnonzero(folds == fold)
            predicted[name][held] = least([lines[i] for i in held], w)
    figures = {}
    for name, (_, y, _) in data.items():
        p = predicted[name]
        best = max(balanced_accuracy(p, y, t) for t in np.quantile(p, np.linspace(0.02, 0.98, 49)))
        figures[name] = {"rows": len(y), "bacc": balanced_accuracy(p, y, 0.5), "bacc_best": best, "auc": auc(p, y)}
    return {name: {k: round(v, 3) for k, v in row.items()} for name, row in figures.items()}


def stack(data: dict[str, tuple[list[Floats], Floats, Floats]], leave_out: int | None) -> tuple[Floats, Floats, Floats]:
    """Rows of all training sets; every set and, within it, either label weighs the same."""
    xs, ys, weights = [], [], []
    for name, (lines, y, folds) in data.items():
        keep = np.flatnonzero(folds != leave_out) if leave_out is not None else np.arange(len(y))
        if name.endswith("_response"):
            continue
        xs.append(np.array([lines[i].mean(axis=0) for i in keep]))
        ys.append(y[keep])
        share = np.where(y[keep] == 1, 1 / max(1, (y[keep] == 1).sum()), 1 / max(1, (y[keep] == 0).sum()))
        weights.append(share / 2)
    weight = np.concatenate(weights)
    return np.concatenate(xs), np.concatenate(ys), weight / weight.sum()


def main() -> None:
    """Train, measure, write the model file, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    default = Path(__file__).resolve().parent.parent / "harness/judges/local.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    args = parser.parse_args()
    sets = read(args.data_dir)
    idf = document_frequencies(sets)
    data = {}
    for name, rows in sets.items():
        folds = np.array([zlib.crc32(str(row["group"]).encode()) % FOLDS for row in rows], dtype=np.float64)
        labels = np.array([float(bool(row["label"])) for row in rows])
        data[name] = (features(rows, idf), labels, folds)
        print(f"{name}: {len(rows)} rows", flush=True)
    w = fit(*stack(data, None))
    figures = cross_validate(data)
    model = {
        "trained_by": "python tools/train_local_judge.py DATA_DIR",
        "threshold": 0.5,
        "coefficients": {name: round(float(c), 4) for name, c in zip(FEATURES, w, strict=True)},
        "figures": {"what": f"{FOLDS}-fold cross-validation grouped by document", "sets": figures},
        "idf": idf,
    }
    args.output.write_text(json.dumps(model, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2), json.dumps(model["coefficients"], indent=2))


if __name__ == "__main__":
    main()
