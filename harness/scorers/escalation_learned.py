"""Learned urgent actions: how much a sentence reads like one that sends its reader for help at once.

Word lists know the wordings that somebody wrote down; this weighs the embedding that all learned parts share
(``tools/actions.py`` trains it, the card beside its weights describes it). It says that a sentence is such an action,
not whom to call; what speaks against it is left to the lists of ``lexicons/escalation.yaml``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import JudgeError
from harness.resources import package_file
from harness.types import Reading

MODEL = "models/actions/actions.json"


@dataclass(frozen=True, slots=True)
class ActionHead:
    """Weights on the sentence embedding, for the encoder they were fitted with and no other.

    Args:
        reader: id of that encoder.
    """

    reader: str
    weights: NDArray[np.float32]
    bias: float

    def odds(self, reading: Reading) -> float:
        """Log odds that the sentence sends its reader for urgent help; 0 is even."""
        return self.bias + float(reading.embedding @ self.weights)


def load_head(reader: str, path: Path | None = None) -> ActionHead:
    """The head, by default the one that ships with the package, for the encoder of that id.

    Raises:
        JudgeError: if its file is missing or broken, or was fitted with another encoder.
    """
    head = _read(path or package_file(MODEL))
    if head.reader != reader:
        raise JudgeError(
            f"{MODEL}: fitted with encoder {head.reader}, not with {reader}",
            hint="train it again with `python -m tools.actions`, or set `learned: false` for the scorer escalation",
        )
    return head


@cache
def _read(path: Path) -> ActionHead:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        weights = np.asarray(raw["weights"], dtype=np.float32)
        head = ActionHead(str(raw["reader"]), weights, float(raw["bias"]))
        if weights.ndim != 1 or not np.isfinite([*weights, head.bias]).all():
            raise ValueError("weights that are no numbers")
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise JudgeError(
            f"{path}: the weights of urgent actions can't be read: {type(problem).__name__}",
            hint="install again, or set `learned: false` for the scorer escalation",
        ) from problem
    return head
