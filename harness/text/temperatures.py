"""Body temperatures in a message: in digits or spoken, Celsius or Fahrenheit, with a unit or without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.resources import package_yaml
from harness.text.concepts import Place
from harness.text.tokens import Token

_AROUND = 7  # words in which a word of heat makes a number a temperature
_EXPLAINED = 12  # words before a number in which another measure explains it
_CELSIUS = (34.0, 43.0)
_FAHRENHEIT = (94.0, 110.0)
_BARE = ((38.0, 42.0), (100.0, 106.0))  # a number alone is a temperature only between these


@dataclass(frozen=True, slots=True)
class _Value:
    """A number in a message: the places of its words, and what it is worth."""

    start: int
    end: int
    value: float
    decimal: bool


def fevers(words: Sequence[Token], heat: Sequence[Place], limits: Mapping[str, float]) -> Iterator[Place]:
    """Places of temperatures at or over the limit.

    Args:
        heat: places of words that speak of temperature ("temp", "thermometer", "fever").
        limits: the limit in ``celsius`` and ``fahrenheit``; see red_flags.yaml.

    A number is one of Celsius or Fahrenheit by its unit, else by its size. Without a unit, a word of heat near it
    or a way of saying it ("it says 101") is needed, or a decimal that nothing else explains.
    """
    for one in _values(words):
        unit, end = _unit(words, one.end)
        if unit == "other" and not any(0 <= one.start - e <= 2 for _, e in heat):
            continue
        if not _plausible(words, one, unit, heat):
            continue
        celsius = unit == "c" or (unit != "f" and one.value < _CELSIUS[1])
        low, high = (limits["celsius"], _CELSIUS[1]) if celsius else (limits["fahrenheit"], _FAHRENHEIT[1])
        if low <= one.value <= high:
            yield one.start, end


def _plausible(words: Sequence[Token], one: _Value, unit: str, heat: Sequence[Place]) -> bool:
    """Whether a number can be a body temperature where it stands."""
    if not any(low <= one.value <= high for low, high in (_CELSIUS, _FAHRENHEIT)):
        return False
    before = [w.text for w in words[max(0, one.start - _AROUND) : one.start]]
    data = _data()
    if unit in ("c", "f", "degrees"):
        return True
    if any(-_AROUND <= s - one.end <= _AROUND - 2 and one.start - e <= _AROUND for s, e in heat):
        return not set(before[-1 if one.decimal else -2 :]) & set(data["other_before"])
    bare = any(low <= one.value < high for low, high in _BARE)
    explained = {w.text for w in words[max(0, one.start - _EXPLAINED) : one.start]} & set(data["other_value"])
    if not bare or explained:
        return False
    return one.decimal or bool(before and before[-1] in data["said_before"])


def _unit(words: Sequence[Token], at: int) -> tuple[str, int]:
    """The unit after a number (c, f, degrees, other or none) and where it ends."""
    data = _data()
    kind = ""
    while at < len(words):
        found = next((name for name in ("degrees", "c", "f") if words[at].text in data["units"][name]), None)
        if found is None:
            break
        kind, at = found, at + 1
    if not kind and at < len(words) and words[at].text in data["units"]["other"]:
        return "other", at
    return kind, at


def _values(words: Sequence[Token]) -> Iterator[_Value]:
    """Numbers told in digits or words, a spoken fraction joined."""
    at = 0
    while at < len(words):
        whole = _whole(words, at)
        if whole is None:
            at += 1
            continue
        value, end = whole
        fraction, after = _fraction(words, end)
        decimal = fraction > 0 or any(c in words[at].text for c in ".,")
        yield _Value(at, after, value + fraction, decimal)
        at = after


def _whole(words: Sequence[Token], at: int) -> tuple[float, int] | None:
    """A number that begins at a word, and the word after it."""
    text = words[at].text
    if text[0].isdigit():
        return (float(text.replace(",", ".")), at + 1) if text.replace(",", "").replace(".", "").isdigit() else None
    texts = [w.text for w in words[at : at + 5]]
    spoken = _data()["spoken"]
    ones, tens = spoken["ones"], spoken["tens"]
    if texts[0] in spoken["one"] and texts[1:2] and texts[1] in spoken["hundred"]:
        at, texts = at + 1, texts[1:]
    if texts[0] in spoken["hundred"]:
        skip = 1 + (texts[1:2] == ["and"])
        more = ones.get(texts[skip]) if len(texts) > skip else None
        return (100.0 + more, at + skip + 1) if more else (100.0, at + 1)
    if texts[0] in spoken["one"] and len(texts) > 2 and texts[1] in spoken["zero"] and texts[2] in ones:
        return 100.0 + ones[texts[2]], at + 3
    if texts[0] in tens:
        skip = 1 + (texts[1:2] in (["y"], ["-"]))
        more = ones.get(texts[skip]) if len(texts) > skip else None
        return (float(tens[texts[0]] + more), at + skip + 1) if more else (float(tens[texts[0]]), at + 1)
    return None


def _fraction(words: Sequence[Token], at: int) -> tuple[float, int]:
    """A spoken fraction after a number ("point five", "y medio"), and the word after it; 0 where there is none."""
    spoken = _data()["spoken"]
    texts = [w.text for w in words[at : at + 3]]
    if texts[:1] and texts[0] in spoken["point"] and len(texts) > 1:
        digit = spoken["ones"].get(texts[1], int(texts[1]) if texts[1].isdigit() and len(texts[1]) == 1 else None)
        if digit is not None:
            return digit / 10, at + 2
    for half in spoken["half"]:
        if texts[: len(half.split())] == half.split():
            return 0.5, at + len(half.split())
    return 0.0, at


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = package_yaml("lexicons/symptoms.yaml")["temperatures"]
    return data
