"""Numbers with clinical meaning (dose, frequency, share, age, duration, temperature ...) in comparable units."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from harness.resources import package_yaml
from harness.text.phrases import wordings
from harness.text.words import stem, stopwords

_DIGITS = r"\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,6})?|\d{1,9}(?:\.\d{1,6})?"
_TO = r"\s?(?:to|[-‐-―])\s?"
_BOUND_REACH = 22  # characters around a number in which "at least" or "or higher" belongs to it
_SLACK = {"duration": 0.015, "frequency": 0.03, "size": 0.02, "weight": 0.02}  # in conversion
_FAHRENHEIT_FROM = 80.0  # a body temperature above this can't be Celsius


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A clinical fact of a text.

    Args:
        kind: dose, frequency, percent, count, age, duration, temperature, stage, grade, receptor, gene, drug ...
        subject: what values are compared within: a dimension such as ``mg`` or ``day``, a receptor, a counted thing.
        value: the normalised value: a word, or the range ``(low, high)`` in the dimension's base unit.
        text, start, end: the words and their offsets.
        bound: ``at_least`` or ``at_most`` where the number is told as a limit.
    """

    kind: str
    subject: str
    value: str | tuple[float, float]
    text: str
    start: int
    end: int
    bound: str = ""

    def agrees(self, other: Fact) -> bool:
        """Whether two comparable facts say the same; rounding does, and a point inside the other's range."""
        if {self.bound, other.bound} == {"at_least", "at_most"}:
            return False
        if isinstance(self.value, str) or isinstance(other.value, str):
            return self.value == other.value
        slack = 0.3 if self.kind == "temperature" else _SLACK.get(self.kind, 0.0) * abs(other.value[1]) + 1e-6
        if self.kind == "score" and other.bound and not self.bound:  # "a score of 24" beside "25 or less"
            low, high = other.value
            return self.value[0] >= low if other.bound == "at_least" else self.value[1] <= high
        if self.kind != other.kind:  # "1 in 8" beside "about 13 %"
            slack = 1.0
        if self.value[0] != self.value[1]:
            return all(abs(ours - theirs) <= slack for ours, theirs in zip(self.value, other.value, strict=True))
        within = other.value[0] - slack <= self.value[0] <= other.value[1] + slack
        return within and self._at_an_end(other, slack)

    def _at_an_end(self, other: Fact, slack: float) -> bool:
        """Whether this number is one of the ends of the other's range, or may lie within it (age, duration, score)."""
        low, high = cast(tuple[float, float], other.value)
        number = cast(tuple[float, float], self.value)[0]
        return self.kind in ("age", "duration", "count", "score") or min(abs(number - low), abs(number - high)) <= slack


def quantities(text: str) -> tuple[Fact, ...]:
    """The numbers of a text as facts, in order; a number belongs to the first reading that fits it."""
    taken = bytearray(len(text))
    found: list[Fact] = []
    for read in _READINGS:
        for fact in read(text):
            if not any(taken[fact.start : fact.end]):
                taken[fact.start : fact.end] = b"\1" * (fact.end - fact.start)
                found.append(fact)
    return tuple(sorted((fact for fact in found if fact.kind), key=lambda fact: fact.start))


def _lexicon() -> dict[str, Any]:
    return cast(dict[str, Any], package_yaml("lexicons/facts.yaml"))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """The patterns of every reading, compiled once."""
    lexicon = _lexicon()
    number = rf"(?:{_DIGITS}|{'|'.join(lexicon['number_words'])})"
    units = "|".join(re.escape(unit).replace(r"\ ", r"\s") for unit in sorted(lexicon["units"], key=len, reverse=True))
    periods = "|".join(sorted(lexicon["periods"], key=len, reverse=True))
    free = r"(?<![\w.,/$-])"
    value = rf"(?P<low>{number})(?:{_TO}(?P<high>{number}))?"
    source = {
        "noise": r"\[\d{1,3}\]|https?://\S{1,300}|\bCA[ -]\d\d-\d|(?m:^)[ \t]{0,8}\d{1,3}[.)](?=\s)",
        "temperature": rf"{free}{value}\s?(?:°|º|degrees?\s|deg\s)\s?(?P<scale>F|C|Fahrenheit|Celsius)\b"
        r"|\b(?:temperature|temp|fever)\s(?:\w{1,9}\s){0,2}(?P<bare>(?:3[4-9]|4[0-3]|9\d|10\d)(?:\.\d)?)"
        r"(?![\w%.])(?!\s?(?:°|º|deg))",
        "age": rf"\b(?:aged?|ages)\s(?:of\s)?{value}(?!\d)|{free}(?P<old>{number})[\s-]years?[\s-](?:olds?|of\sage)\b",
        "every": rf"\bevery\s(?:(?P<n>other|{number}(?:{_TO}{number})?)\s)?(?P<period>{periods})\b",
        "frequency": r"(?<!for\s)(?<!in\s)(?<!after\s)(?<!than\s)(?<!about\s)(?<!within\s)"
        rf"(?:\b(?P<times>once|twice|{number}\stimes)\s)?"
        rf"\b(?:(?:a|per|each)\s(?P<period>{periods})|(?P<adverb>\w{{1,5}}ly))\b",
        "count": rf"{free}(?P<part>{number})\s(?:in|of|out\sof)\s(?:every\s|the\s)?"
        rf"(?P<whole>{number})(?![\w.]?\d|[\w%])",
        "unit": rf"{free}{value}[\s-]?(?P<unit>{units})(?![\w/²])",
        "score": rf"\bscores?\s(?:(?:of|is|was|at|above|below|under|over)\s){{1,2}}{value}(?![\w%])"
        r"|(?<![\w.+-])(?P<plus>\d)\+(?![\w+])",
        "scale": rf"\b(?:from|between|scale\sof)\s(?!(?:19|20)\d\d){value}\+?(?=\s?(?:[.,;:)\[]|$))"
        rf"|\bbetween\s(?P<least>{number})\sand\s(?P<most>{number})\+?(?=\s?(?:[.,;:)\[]|$))",
        "year": r"(?<![\w.,-])(?:19|20)\d\d(?![\w,.%]\w|\w)",
        "number": rf"{free}(?P<low>{number})(?![\w%°½¼¾])[\s-](?P<noun>[a-z]{{3,20}})",
        "ordinal": r"\b(?:stage|grade|phase|version|step|figure|table|page|chapter|section|arm)\s{0,2}$",
    }
    compiled = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in source.items()}
    for bound, phrases in lexicon["bounds"].items():
        compiled[bound] = wordings(phrases)
    return compiled | {"fraction": wordings(lexicon["fractions"])}


def _number(word: str) -> float:
    """The value of digits or of a number word."""
    words = cast(dict[str, float], _lexicon()["number_words"])
    return float(words[word.lower()]) if word.lower() in words else float(word.replace(",", ""))


def _range(match: re.Match[str], factor: float = 1.0) -> tuple[float, float]:
    """The low and high end of a matched value."""
    low = _number(match["low"])
    high = _number(match["high"]) if match["high"] else low
    return min(low, high) * factor, max(low, high) * factor


def _bound(text: str, start: int, end: int) -> str:
    """Whether the words around a number make it a limit; "up to 5 or more" makes it none."""
    before, after = text[max(0, start - _BOUND_REACH) : start], text[end : end + _BOUND_REACH]
    told = []
    for name in ("at_least", "at_most"):
        pattern = _patterns()[name]
        behind = any(len(before) - match.end() <= 4 for match in pattern.finditer(before))
        ahead = pattern.search(after)
        follows = ahead and ahead.start() <= 3 and ahead.group().lower().startswith(("or ", "and "))
        if behind or follows:
            told.append(name)
    return told[0] if len(told) == 1 else ""


def _fact(kind: str, subject: str, value: tuple[float, float], text: str, start: int, end: int) -> Fact:
    bound = _bound(text, start, end)
    return Fact(kind=kind, subject=subject, value=value, text=text[start:end], start=start, end=end, bound=bound)


def _noise(text: str) -> Iterator[Fact]:
    """Numbers that are no facts: citation markers, addresses, marker names, list numbers."""
    for match in _patterns()["noise"].finditer(text):
        yield Fact(kind="", subject="", value="", text=match.group(), start=match.start(), end=match.end())


def _temperatures(text: str) -> Iterator[Fact]:
    for match in _patterns()["temperature"].finditer(text):
        if match["bare"]:
            start, end = match.span("bare")
            low = high = float(match["bare"])
            scale = "f" if low >= _FAHRENHEIT_FROM else "c"
        else:
            start, end = match.span()
            low, high = _range(match)
            scale = match["scale"][0].lower()
        if scale == "f":
            low, high = (low - 32) / 1.8, (high - 32) / 1.8
        yield _fact("temperature", "celsius", (low, high), text, start, end)


def _ages(text: str) -> Iterator[Fact]:
    for match in _patterns()["age"].finditer(text):
        value = (_number(match["old"]),) * 2 if match["old"] else _range(match)
        yield _fact("age", "year", value, text, *match.span())


def _frequencies(text: str) -> Iterator[Fact]:
    periods = _lexicon()["periods"]
    for match in _patterns()["every"].finditer(text):
        steps = [2.0] if match["n"] == "other" else [_number(n) for n in re.split(_TO, match["n"] or "1")]
        days = [periods[match["period"].lower()] * step for step in steps if step]
        if days:
            yield _fact("frequency", "per day", (1 / max(days), 1 / min(days)), text, *match.span())
    for match in _patterns()["frequency"].finditer(text):
        period = periods.get((match["period"] or match["adverb"]).lower())
        if period:
            said = (match["times"] or "once").lower().split()[0]
            times = {"once": 1.0, "twice": 2.0}.get(said) or _number(said)
            yield _fact("frequency", "per day", (times / period, times / period), text, *match.span())


def _shares(text: str) -> Iterator[Fact]:
    for match in _patterns()["count"].finditer(text):
        part, whole = _number(match["part"]), _number(match["whole"])
        if 0 < part < whole:
            yield _fact("count", "percent", (100 * part / whole,) * 2, text, *match.span())
    fractions = _lexicon()["fractions"]
    for match in _patterns()["fraction"].finditer(text):
        share = fractions[" ".join(re.split(r"[\s\-‐-―]+", match.group().lower()))]
        yield _fact("count", "percent", (share, share), text, *match.span())


def _units(text: str) -> Iterator[Fact]:
    units = _lexicon()["units"]
    for match in _patterns()["unit"].finditer(text):
        kind, dimension, factor = units[re.sub(r"\s", " ", match["unit"].lower())]
        yield _fact(kind, dimension, _range(match, factor), text, *match.span())


def _scores(text: str) -> Iterator[Fact]:
    """A score that somebody or something has ("a score of 26 or more", "2+"), and the scale that scores lie on."""
    for match in _patterns()["scale"].finditer(text):
        low, high = match["low"] or match["least"], match["high"] or match["most"]
        if high:
            yield _fact("scale", "scale", (_number(low), _number(high)), text, *match.span())
    for match in _patterns()["score"].finditer(text):
        value = (float(match["plus"]),) * 2 if match["plus"] else _range(match)
        yield _fact("score", "score", value, text, match.start("plus" if match["plus"] else "low"), match.end())


def _years(text: str) -> Iterator[Fact]:
    for match in _patterns()["year"].finditer(text):
        yield _fact("year", "year", (float(match.group()),) * 2, text, *match.span())


def _numbers(text: str) -> Iterator[Fact]:
    """What is left: a number and the noun it counts; "one" alone and numbers of stages or pages are no counts."""
    for match in _patterns()["number"].finditer(text):
        before = text[max(0, match.start() - 12) : match.start()]
        noun = match["noun"].lower()
        if match["low"].lower() != "one" and noun not in stopwords() and not _patterns()["ordinal"].search(before):
            yield _fact("number", stem(noun), (_number(match["low"]),) * 2, text, *match.span("low"))


_READINGS: tuple[Callable[[str], Iterator[Fact]], ...] = (
    _noise,
    _temperatures,
    _ages,
    _frequencies,
    _shares,
    _units,
    _scores,
    _years,
    _numbers,
)
