"""Numbers as they are written in running text: digits, words, thousands and ranges."""

from __future__ import annotations

import re
from functools import cache

from harness.resources import package_yaml

_FILL = "\x01"  # stands for the letters of a number word that its digits don't need
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
TO = r"\s?(?:to|through|[-‐-―])\s?"
NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}}){{1,4}}(?:\.\d{{1,6}})?|\d{{1,10}}(?:\.\d{{1,6}})?){_FILL}*"


@cache
def _values() -> dict[str, int]:
    """Words for numbers up to ninety, with their values."""
    return {str(word): int(value) for word, value in package_yaml("lexicons/facts.yaml")["number_words"].items()}


@cache
def _in_words() -> re.Pattern[str]:
    """A number with a word in it: "twelve", "twenty-five", "two hundred", "1.5 million"."""
    values = _values()
    tens = "|".join(word for word, value in values.items() if value >= 20)
    ones = "|".join(word for word, value in values.items() if 1 <= value <= 9)
    every = "|".join(sorted(values, key=len, reverse=True))
    scales = "|".join(_SCALES)
    return re.compile(
        rf"\b(?:(?:(?:{tens})[\s-](?:{ones})|{every})(?:\s(?:{scales}))?|\d{{1,4}}(?:\.\d{{1,3}})?\s(?:{scales}))\b",
        re.IGNORECASE,
    )


def in_digits(text: str) -> str:
    """The text with every number in digits; each character keeps its offset, so that places still fit the text."""
    return _in_words().sub(_digits, text)


def _digits(match: re.Match[str]) -> str:
    told = match.group()
    value, scale = 0.0, 1
    for part in re.split(r"[\s-]", told.lower()):
        if part in _SCALES:
            scale = _SCALES[part]
        else:
            value += _values()[part] if part in _values() else float(part)
    digits = f"{value * scale:.6f}".rstrip("0").rstrip(".")
    return digits.ljust(len(told), _FILL) if len(digits) <= len(told) else told


def number(digits: str) -> float:
    """The value of what ``NUMBER`` matches.

    Raises:
        ValueError: if it is no number.
    """
    return float(digits.replace(",", "").rstrip(_FILL))


def span(match: re.Match[str], factor: float = 1.0) -> tuple[float, float]:
    """The low and high end of a match with the groups ``low`` and ``high``; one number is both."""
    low = number(match["low"])
    high = number(match["high"]) if match["high"] else low
    return min(low, high) * factor, max(low, high) * factor
