"""Learned ease: how easy a text reads, told from the rarity of its words and the shape of its sentences.

Published formulas count length only, and length misleads on medical text: figures and short abbreviations make a
technical abstract look easier than the plain summary of it. This score weighs word rarity, word form and sentence shape
as they set easy and hard versions of the same text apart (``tools/ease.py`` trains it, the card beside its weights
describes it).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray

from harness.resources import package_file, package_yaml
from harness.text.rarity import zipf
from harness.text.readability import Line

Vector = NDArray[np.float64]
MODEL = "models/ease/ease.json"

_LETTERS = re.compile(r"[^\W\d_]")
_ACRONYM = re.compile(r"\b[A-Z][A-Z0-9]+s?\b")
_LONG_WORD = 7  # letters
_LONG_SENTENCE = 25  # words
_DERIVED = 6  # letters from which endings count
# What each word adds to, in the order of ``_traits``; then what sentences give.
_PER_WORD = (
    "zipf",
    "content",
    "content_zipf",
    "zipf_below_3",
    "zipf_below_3.5",
    "zipf_below_4",
    "syllables",
    "content_syllables",
    "three_syllables",
    "four_syllables",
    "letters",
    "long_words",
    "pronouns",
    "nouns_derived",
    "learned_words",
    "participles",
    "adverbs",
)
_INDEX = {name: place for place, name in enumerate(_PER_WORD)}
FEATURES: tuple[str, ...] = (
    *(name for name in _PER_WORD if name != "content"),
    "rarest_tenth",
    "function_words",
    "passives",
    "log_sentence_words",
    "mean_log_sentence_words",
    "long_sentences",
    "commas",
    "brackets",
    "figures",
    "acronyms",
)


@cache
def _classes() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(listed) for name, listed in package_yaml("lexicons/ease.yaml").items()}


@cache
def _endings() -> tuple[tuple[str, ...], tuple[str, ...]]:
    raw = package_yaml("lexicons/ease.yaml")
    return tuple(raw["noun_endings"]), tuple(raw["learned_endings"])


@lru_cache(maxsize=65_536)
def _traits(word: str, size: int) -> tuple[float, ...] | None:
    """What one word of ``size`` syllables adds to each of ``_PER_WORD``; None for a number."""
    letters = len(_LETTERS.findall(word))
    if not letters:
        return None
    content = word not in _classes()["function_words"]
    rank = zipf(word)
    nouns, learned = _endings()
    derived = letters >= _DERIVED
    return (
        rank,
        float(content),
        rank * content,
        float(rank < 3.0),
        float(rank < 3.5),
        float(rank < 4.0),
        float(size),
        float(size * content),
        float(size >= 3),
        float(size >= 4),
        float(letters),
        float(letters >= _LONG_WORD),
        float(word in _classes()["pronouns"]),
        float(derived and word.endswith(nouns)),
        float(derived and word.endswith(learned)),
        float(letters > 3 and word.endswith("ed")),
        float(letters > 3 and word.endswith("ly")),
    )


def features(lines: Sequence[Line], plain: str) -> Vector | None:
    """The ``FEATURES`` of a text, none of which grows with its length; None where it has no word.

    Args:
        lines: from ``harness.text.readability.lines``.
        plain: the text that the offsets of the lines refer to.
    """
    sentences = [[t for w in line.words if (t := _traits(w.text, w.syllables)) is not None] for line in lines]
    sizes = np.array([len(s) for s in sentences if s], dtype=float)
    if not sizes.size:
        return None
    table = np.array([traits for sentence in sentences for traits in sentence])
    words = float(len(table))
    means = table.mean(axis=0)
    content = max(means[_INDEX["content"]], 1.0 / words)
    means[_INDEX["content_zipf"]] = means[_INDEX["content_zipf"]] / content if means[_INDEX["content"]] else means[0]
    means[_INDEX["content_syllables"]] /= content
    shown = [plain[line.start : line.end] for line in lines]
    every = sum(len(line.words) for line in lines)
    shape = (
        np.quantile(table[:, 0], 0.1),
        1.0 - means[_INDEX["content"]],
        sum(_passives(line) for line in lines) / words,
        np.log(sizes.mean()),
        np.log(sizes).mean(),
        sizes[sizes > _LONG_SENTENCE].sum() / words,
        sum(text.count(",") for text in shown) / sizes.size,
        sum(text.count("(") for text in shown) / words,
        (every - words) / words,
        sum(len(_ACRONYM.findall(text)) for text in shown) / words,
    )
    return np.concatenate([np.delete(means, _INDEX["content"]), shape])


def _passives(line: Line) -> int:
    """Forms of "be" before a word in -ed or -en."""
    auxiliaries = _classes()["auxiliaries"]
    texts = [w.text for w in line.words]
    return sum(first in auxiliaries and then.endswith(("ed", "en")) for first, then in pairwise(texts))


@dataclass(frozen=True, slots=True, eq=False)
class EaseModel:
    """A linear score over ``FEATURES``: ``intercept + weights @ features``."""

    weights: Vector
    intercept: float

    def score(self, found: Vector) -> float:
        """Higher is easier; 0 and 100 are the anchors that the model's card names."""
        return float(self.intercept + self.weights @ found)


@cache
def load_model() -> EaseModel:
    """The shipped weights."""
    raw = json.loads(package_file(MODEL).read_text(encoding="utf-8"))
    weights = cast(dict[str, float], raw["weights"])
    return EaseModel(weights=np.array([weights.get(name, 0.0) for name in FEATURES]), intercept=raw["intercept"])


def ease(lines: Sequence[Line], plain: str) -> float | None:
    """How easy an English text reads; None where it has no word.

    0 is the average technical abstract of a systematic review, 100 the average news article told for beginners of
    English; patient text lies in between. A short text gives a noisy value: a sentence is off by some 20 points.
    """
    found = features(lines, plain)
    return None if found is None else load_model().score(found)
