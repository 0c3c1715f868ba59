"""The offline judge: a small logistic regression over word overlap, with a fact aligner that can overrule it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.errors import JudgeError
from harness.judges.overlap import FEATURES, Overlap, Text, compare
from harness.resources import package_file
from harness.types import Label, Support

_VERSION = 1
_CONTRADICTED_AT_MOST = 0.05  # probability left to a claim with a changed fact
_PARTLY_AT_MOST = 0.8  # share of the threshold left to a claim that drops a hedge or has a number the passage lacks


@dataclass(frozen=True)
class LocalJudge:
    """Judges support without a network or a language model; the same pair always gets the same word.

    Args:
        coefficients: one weight for each of ``overlap.FEATURES``.
        idf: weight of common word stems; stems that are not listed count as rare.
        threshold: probability from which a claim is called supported.
        digest: first eight hex digits of the hash of the model file.
    """

    coefficients: tuple[float, ...]
    idf: Mapping[str, float]
    threshold: float
    digest: str

    @classmethod
    def load(cls, path: Path | None = None) -> LocalJudge:
        """Read the model that ``tools/train_local_judge.py`` wrote, by default the one that ships with the package.

        Raises:
            JudgeError: if the file is missing, broken or belongs to other features.
        """
        source = path or package_file("judges/local.json")
        try:
            raw = source.read_bytes()
            model = json.loads(raw)
            weights = tuple(float(model["coefficients"][name]) for name in FEATURES)
            idf = {str(stem): float(value) for stem, value in model["idf"].items()}
            threshold = float(model["threshold"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            hint = "train it: python tools/train_local_judge.py DATA_DIR"
            raise JudgeError(f"{source}: not a model of the local judge ({error})", hint=hint) from error
        return cls(weights, idf, threshold, hashlib.sha256(raw).hexdigest()[:8])

    @property
    def id(self) -> str:
        """Name, version and hash of the trained model."""
        return f"local@{_VERSION}:{self.digest}"

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        """One Support for each (passage, claim). A claim of several sentences is as good as its weakest one."""
        texts: dict[str, Text] = {}
        return [self._judge(texts.setdefault(p, Text(p)), texts.setdefault(c, Text(c))) for p, c in pairs]

    def _judge(self, passage: Text, claim: Text) -> Support:
        return min((self._judge_one(passage, part) for part in claim.statements), key=lambda found: found.probability)

    def _judge_one(self, passage: Text, claim: Text) -> Support:
        if not claim.content or not passage.content:
            return Support(probability=0.0, label="not_found")
        found = compare(passage, claim, self.idf)
        probability = self._probability(found)
        label: Label = "supported" if probability >= self.threshold else "not_found"
        if any(m.kind != "certainty" for m in found.mismatches) and not found.copied:
            probability, label = min(probability, _CONTRADICTED_AT_MOST), "contradicted"
        elif (found.mismatches or found.untold) and not found.copied:
            probability, label = min(probability, _PARTLY_AT_MOST * self.threshold), "not_found"
        return Support(
            probability=probability,
            label=label,
            start=found.start,
            end=found.end,
            mismatches=() if found.copied else found.mismatches,
        )

    def _probability(self, found: Overlap) -> float:
        if found.copied:
            return 0.99
        score = float(np.dot(self.coefficients, found.values))
        return float(1.0 / (1.0 + np.exp(-np.clip(score, -30.0, 30.0))))
