"""Learned urgency: how much a message reads like one that tells of a warning sign, beside the rules that name it.

Rules know the wordings that somebody wrote down; this weighs every word, pair of words, piece of a word and concept of
the lexicons as they set emergencies and their look-alikes apart (``tools/urgency.py`` trains it, the card beside its
weights describes it). It says that something is urgent, not what.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from math import inf, sqrt
from typing import cast

from harness.resources import package_file
from harness.text.tokens import Token

MODEL = "models/urgency/urgency.json"
_PIECE = 4  # letters
_FEWEST = 10  # known traits under which a message is too short to judge


def traits(words: Sequence[Token], concepts: Iterable[str]) -> set[str]:
    """What a message is weighed by: names of concepts, words, pairs of words and pieces of words."""
    texts = [w.text for w in words]
    found = {f"c:{name}" for name in concepts} | {f"w:{t}" for t in texts}
    found |= {f"b:{a}_{b}" for a, b in pairwise(texts)}
    return found | {f"g:{t[i : i + _PIECE]}" for t in texts for i in range(len(t) - _PIECE + 1)}


def urgency(words: Sequence[Token], concepts: Iterable[str]) -> float:
    """Log odds that the message tells of a warning sign that is happening; 0 is even, -inf where it says too little."""
    weights, bias = _model()
    known = [weights[t] for t in traits(words, concepts) if t in weights]
    if len(known) < _FEWEST:
        return -inf
    return bias + scale(len(known)) * sum(known)


def scale(known: int) -> float:
    """By what each weight counts in a message of so many known traits: long messages weigh no more than short ones."""
    return 3 / sqrt(max(1, known))


@cache
def _model() -> tuple[dict[str, float], float]:
    data = json.loads(package_file(MODEL).read_text(encoding="utf-8"))
    return cast("dict[str, float]", data["weights"]), float(data["bias"])
