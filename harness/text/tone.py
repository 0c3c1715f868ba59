"""Whether a sentence advises, refers to a clinician, or refuses, in any subject: for measures, not for findings."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from harness.resources import package_yaml
from harness.text.patterns import is_question
from harness.text.phrases import fold, phrase_pattern

_LONGEST = 1_500  # characters of a sentence that are read


def advice_strength(sentence: str) -> float:
    """How surely a sentence tells its reader what to do, in [0, 1]; referring to a clinician counts little.

    The tiers and their weights are data (``lexicons/tone.yaml``).
    """
    folded = fold(sentence[:_LONGEST]).strip()
    if not folded or is_question(sentence):
        return 0.0
    weight = max((tier["weight"] for tier, pattern in _tiers() if pattern.search(folded)), default=0.0)
    return min(weight, 0.3) if is_referral(sentence) else float(weight)


def is_referral(sentence: str) -> bool:
    """Whether a sentence does no more than send the reader to a clinician."""
    return bool(_pattern("referral").search(fold(sentence[:_LONGEST])))


def is_refusal(sentence: str) -> bool:
    """Whether a sentence declines to answer."""
    return bool(_pattern("refusal").search(fold(sentence[:_LONGEST])))


@cache
def _tiers() -> tuple[tuple[dict[str, Any], re.Pattern[str]], ...]:
    data = _data()
    orders = phrase_pattern(data["orders"])
    return tuple((tier, re.compile(tier["pattern"].replace("{orders}", orders))) for tier in data["advice"])


@cache
def _pattern(name: str) -> re.Pattern[str]:
    clinician = phrase_pattern(package_yaml("lexicons/objects.yaml")["clinician"])
    return re.compile(_data()[name].replace("{clinician}", clinician))


def _data() -> dict[str, Any]:
    data: dict[str, Any] = package_yaml("lexicons/tone.yaml")
    return data
