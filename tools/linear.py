"""Fitting linear readings of the sentence encoder's embedding (``harness/learned/linear.py``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from harness.learned import reader_id
from harness.resources import package_file

STRENGTH = 10.0  # inverse of the ridge penalty
Line = tuple[np.ndarray, float]


def fit(x: np.ndarray, y: np.ndarray, share: np.ndarray) -> Line:
    """Weights and bias of a ridge logistic regression; ``share`` is what each example weighs."""
    sign = np.where(y == 1, 1.0, -1.0)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (x @ w[:-1] + w[-1])
        slope = -share * sign * expit(-margin)
        value = float(share @ np.logaddexp(0, -margin)) + w[:-1] @ w[:-1] / (2 * STRENGTH)
        return value, np.append(x.T @ slope + w[:-1] / STRENGTH, slope.sum())

    best = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x
    return best[:-1], float(best[-1])


def write(name: str, fitted: Mapping[str, Line]) -> Path:
    """Write the file of a reading, with the id of the encoder that it was fitted to."""
    out = package_file(f"models/{name}/{name}.json")
    told = {
        "encoder": reader_id(),
        "weights": {label: [round(float(v), 3) for v in weights] for label, (weights, _) in fitted.items()},
        "bias": {label: round(bias, 4) for label, (_, bias) in fitted.items()},
    }
    out.write_text(json.dumps(told, separators=(",", ":")) + "\n", encoding="utf-8")
    return out
