"""Linear readings of the encoder's embedding: whether a sentence says one of several things.

A reading is a file of the package, ``models/<name>/<name>.json``: the id of the encoder that it was fitted to, and by
label 384 weights and a bias. Readings cost next to nothing beside the encoder's pass.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from harness.errors import JudgeError
from harness.resources import package_file
from harness.types import Reading


def log_odds(name: str, read: Sequence[Reading], reader: str) -> dict[str, NDArray[np.float64]]:
    """For each label of a reading the log odds of every sentence.

    Args:
        name: of the reading: ``notices`` or ``page``; ``tools/<name>.py`` fits it.
        read: what the encoder makes of the sentences, at least one.
        reader: the encoder's id.

    Raises:
        JudgeError: if the reading was fitted to another encoder.
    """
    encoder, labels, weights, bias = _model(name)
    if encoder != reader:
        raise JudgeError(
            f"models/{name}: made for the encoder {encoder}, not {reader}", hint=f"run python -m tools.{name}"
        )
    odds = np.stack([one.embedding for one in read]).astype(np.float64) @ weights + bias
    return dict(zip(labels, odds.T, strict=True))


@cache
def _model(name: str) -> tuple[str, tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    """The encoder's id, the labels, and by label a column of weights (384 x labels) and a bias."""
    data = json.loads(package_file(f"models/{name}/{name}.json").read_text(encoding="utf-8"))
    labels = tuple(data["weights"])
    weights = np.array([data["weights"][label] for label in labels], dtype=np.float64).T
    return data["encoder"], labels, weights, np.array([data["bias"][label] for label in labels], dtype=np.float64)
