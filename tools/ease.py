"""Train the learned ease score: python -m tools.ease DATA_DIR [-o harness/models/ease/ease.json]

DATA_DIR holds ``readability/cochrane_pls.jsonl`` (technical abstract and plain summary of the same review) and
``readability/onestopenglish.jsonl`` (the same news article at three levels); no row is written out. Only differences
between versions of the same text are learned from, so that what a set's texts have in common (topic, house style)
cancels, and no weight may turn against what is known of reading: a rarer or longer word never makes a text easier.
Groups with ``crc32(group) % 6 == 0`` stay out of the training; the figures on them and across sets go into the file.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from harness.auditor import read_jsonl
from harness.errors import DatasetError, HarnessError
from harness.text.document import parse
from harness.text.ease import FEATURES, MODEL, features
from harness.text.readability import lines

ROOT = Path(__file__).resolve().parents[1]
SETS = ("cochrane_pls", "onestopenglish")
EASIER = frozenset({"zipf", "content_zipf", "rarest_tenth", "function_words", "pronouns"})  # more of it is easier
RIDGE = 0.1
HELD_OUT = 6
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A version of a text: its group, its difficulty in the set, and its features."""

    group: str
    level: float
    features: Floats


def read(path: Path) -> list[Text]:
    """The texts of a set.

    Raises:
        DatasetError: naming file and line where a row lacks text, target or group.
    """
    found = []
    for where, row in read_jsonl(path):
        try:
            document = parse(row["text"])
            group, level = str(row["group"]), float(row["target"])
        except (TypeError, KeyError, ValueError, AttributeError):
            hint = '{"text": "...", "target": 0, "group": "article 7"}'
            raise DatasetError(f"{where}: a row needs text, target and group", hint=hint) from None
        measured = features(lines(document.body), document.plain)
        if measured is not None:
            found.append(Text(group=group, level=level, features=measured))
    return found


def is_held_out(text: Text) -> bool:
    """Whether the text's group stays out of the training."""
    return zlib.crc32(text.group.encode()) % HELD_OUT == 0


def pairs(texts: Sequence[Text]) -> list[tuple[Text, Text]]:
    """(easier, harder) versions of the same text."""
    groups: dict[str, list[Text]] = defaultdict(list)
    for text in texts:
        groups[text.group].append(text)
    both = (sorted(two, key=lambda t: t.level) for g in groups.values() for two in combinations(g, 2))
    return [(easy, hard) for easy, hard in both if easy.level < hard.level]


def differences(texts: Sequence[Text]) -> Floats:
    """Features of the easier version minus those of the harder one."""
    return np.array([easy.features - hard.features for easy, hard in pairs(texts)])


def fit(sets: Sequence[Sequence[Text]]) -> Floats:
    """Weights of a pairwise logistic regression (Bradley & Terry 1952) with a ridge; every set weighs the same."""
    spread = np.array([t.features for texts in sets for t in texts]).std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    tables = [differences(texts) / scale for texts in sets]
    x = np.vstack(tables)
    weight = np.concatenate([np.full(len(t), 1 / len(t) / len(tables)) for t in tables])

    def loss(w: Floats) -> tuple[float, Floats]:
        margin = x @ w
        slope = -(weight / (1 + np.exp(margin))) @ x + 2 * RIDGE * w
        return float(weight @ np.logaddexp(0, -margin) + RIDGE * w @ w), slope

    bounds = [(0, None) if name in EASIER else (None, 0) for name in FEATURES]
    best = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(best.x / scale)


def ordered_right(weights: Floats, texts: Sequence[Text]) -> float:
    """Share of pairs whose easier version scores higher."""
    return float(np.mean([d @ weights > 0 for d in differences(texts)]))


def train(data: Path) -> dict[str, Any]:
    """The weights on the scale of the card, and the figures they were judged by."""
    texts = {name: read(data / "readability" / f"{name}.jsonl") for name in SETS}
    kept = {name: [t for t in found if not is_held_out(t)] for name, found in texts.items()}
    aside = {name: [t for t in found if is_held_out(t)] for name, found in texts.items()}
    weights = fit(list(kept.values()))
    first, second = SETS
    figures = {
        **{f"{name}, groups kept aside": ordered_right(weights, aside[name]) for name in SETS},
        f"{second}, trained on {first} alone": ordered_right(fit([kept[first]]), texts[second]),
        f"{first}, trained on {second} alone": ordered_right(fit([kept[second]]), texts[first]),
    }
    hard = np.mean([weights @ t.features for t in kept[first] if t.level == 1])
    easy = np.mean([weights @ t.features for t in kept[second] if t.level == 0])
    unit = 100 / (easy - hard)
    return {
        "trained_on": list(SETS),
        "pairs_ordered_right": {name: round(value, 4) for name, value in figures.items()},
        "intercept": round(float(-hard * unit), 4),
        "weights": {name: round(float(w * unit), 4) for name, w in zip(FEATURES, weights, strict=True) if w},
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Train, print the figures and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "harness" / MODEL)
    told = parser.parse_args(argv)
    try:
        trained = train(told.data_dir)
    except HarnessError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for name, value in trained["pairs_ordered_right"].items():
        print(f"{name}: {100 * value:.1f} % of pairs ordered right")
    told.out.write_text(json.dumps(trained, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
