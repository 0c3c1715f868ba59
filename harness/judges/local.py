"""The offline judge: a trained cross-encoder and counted words under one combiner, with a fact aligner on top."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from harness.errors import JudgeError
from harness.judges import overlap
from harness.judges.encoder import CONTRADICTED, NOT_FOUND, SUPPORTED, CrossEncoder, Floats
from harness.judges.overlap import Overlap, Text, compare
from harness.judges.windows import Units
from harness.resources import package_file
from harness.types import Label, Support

_VERSION = 2
FEATURES = (*overlap.FEATURES, "entails", "contradicts")
_WIDEST = 8.0  # log odds beyond which the encoder's confidence says no more


def encoder_features(logits: Floats) -> tuple[float, float]:
    """Log odds of support against the rest, and of contradiction against silence, from one row of logits."""
    rest = np.logaddexp(logits[NOT_FOUND], logits[CONTRADICTED])
    odds = np.clip([logits[SUPPORTED] - rest, logits[CONTRADICTED] - logits[NOT_FOUND]], -_WIDEST, _WIDEST)
    return float(odds[0]), float(odds[1])


@dataclass(frozen=True, slots=True)
class _Pair:
    """One statement beside one passage: what they share, and what the encoder reads of it; "" for copied words."""

    overlap: Overlap
    statement: str
    window: str


@dataclass(frozen=True)
class LocalJudge:
    """Judges support without a network or a language model; the same pair always gets the same word.

    Args:
        encoder: the cross-encoder that reads a statement beside a window of the passage.
        coefficients: one weight for each of ``FEATURES``.
        idf: weight of common word stems; stems that are not listed count as rare.
        threshold: probability from which a claim is called supported.
        contradicted_from: probability of contradiction, by the encoder alone, from which a claim is called so.
        digest: first eight hex digits of a hash over the combiner and the encoder.
    """

    crosses_languages: ClassVar[bool] = False
    encoder: CrossEncoder
    coefficients: tuple[float, ...]
    idf: Mapping[str, float]
    threshold: float
    contradicted_from: float
    digest: str

    @classmethod
    def load(cls, path: Path | None = None, encoder: CrossEncoder | None = None) -> LocalJudge:
        """Read the combiner that ``tools/judge/combine.py`` wrote, and the encoder; by default those that ship.

        Raises:
            JudgeError: if a file is missing, broken or belongs to other features.
        """
        source = path or package_file("judges/local.json")
        try:
            raw = source.read_bytes()
            model = json.loads(raw)
            weights = tuple(float(model["coefficients"][name]) for name in FEATURES)
            idf = {str(stem): float(value) for stem, value in model["idf"].items()}
            bars = float(model["threshold"]), float(model["contradicted_from"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            hint = "train it: see harness/models/judge/CARD.md"
            raise JudgeError(f"{source}: not a model of the local judge ({error})", hint=hint) from error
        encoder = encoder or CrossEncoder.load()
        digest = hashlib.sha256(raw + encoder.digest.encode()).hexdigest()[:8]
        return cls(encoder, weights, idf, *bars, digest)

    @property
    def id(self) -> str:
        """Name, version and hash of the trained models."""
        return f"local@{_VERSION}:{self.digest}"

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        """One Support for each (passage, claim). A claim of several sentences is as good as its weakest one."""
        passages: dict[str, Units] = {p: Units(Text(p)) for p, _ in pairs}
        claims: dict[str, Text] = {c: Text(c) for _, c in pairs}
        asked = [self._compare(passages[p], statement) for p, c in pairs for statement in claims[c].statements]
        judged = iter(self._judge(asked))
        return [min((next(judged) for _ in claims[c].statements), key=lambda s: s.probability) for _, c in pairs]

    def _compare(self, passage: Units, statement: Text) -> _Pair | None:
        """What the two share and what is to be read; None where there is nothing to compare."""
        if not statement.content or not passage.passage.content:
            return None
        found = compare(passage.passage, statement, self.idf)
        window = "" if found.copied else passage.window(statement, self.idf).text
        return _Pair(found, statement.text, window)

    def _judge(self, asked: Sequence[_Pair | None]) -> list[Support]:
        """A word on each pair; equal ones are read once, copied words not at all."""
        read = list(dict.fromkeys((p.statement, p.window) for p in asked if p and not p.overlap.copied))
        logits = dict(zip(read, self.encoder.logits(read), strict=True))

        def word(pair: _Pair | None) -> Support:
            if pair is None:
                return Support(probability=0.0, label="not_found")
            found = pair.overlap
            if found.copied:
                return Support(probability=0.99, label="supported", start=found.start, end=found.end)
            return self._support(found, logits[pair.statement, pair.window])

        return [word(pair) for pair in asked]

    def _support(self, found: Overlap, logits: Floats) -> Support:
        entails, contradicts = encoder_features(logits)
        score = float(np.dot(self.coefficients, (*found.values, entails, contradicts)))
        probability = float(1.0 / (1.0 + np.exp(-np.clip(score, -30.0, 30.0))))
        label: Label = "supported" if probability >= self.threshold else "not_found"
        if found.mismatches or found.untold:  # never supported, whatever the models make of it
            probability *= self.threshold
            label = "contradicted" if any(m.kind != "certainty" for m in found.mismatches) else "not_found"
        elif label == "not_found" and _share(logits) >= self.contradicted_from:
            label = "contradicted"
        return Support(
            probability=probability, label=label, start=found.start, end=found.end, mismatches=found.mismatches
        )


def _share(logits: Floats) -> float:
    """The encoder's probability of contradiction."""
    odds = np.exp(logits - logits.max())
    return float(odds[CONTRADICTED] / odds.sum())


@cache
def load_local() -> LocalJudge:
    """The judge that ships with the package, loaded once; raises JudgeError where its files are missing or broken."""
    return LocalJudge.load()
