"""Numbers with clinical meaning (dose, frequency, share, age, duration, temperature ...) in comparable units."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any, cast

from harness.resources import package_yaml
from harness.text.fact import Fact
from harness.text.numerals import NUMBER, TO, in_digits, number, span
from harness.text.phrases import wordings
from harness.text.words import stem, stopwords

_BOUND_REACH = 22  # characters around a number in which "at least" or "or higher" belongs to it
_BEFORE_DURATION = (  # "a year" behind one of these is a length of time, not "each year"
    *("for", "in", "after", "than", "about", "within", "last", "lasts", "take", "takes", "least", "around", "over"),
    *("under", "nearly", "almost", "only", "just", "to", "lasted", "took"),
)
_FAHRENHEIT_FROM = 80.0  # a body temperature above this can't be Celsius
_DIGIT = re.compile(r"\d")
_SIGNS = {"≥": "at_least", ">=": "at_least", ">": "at_least", "≤": "at_most", "<=": "at_most", "<": "at_most"}
_SIGN = re.compile(r"(>=|<=|[≥≤<>])\s?/?=?\s?$")


def quantities(text: str) -> tuple[Fact, ...]:
    """The numbers of a text as facts, in order; a number belongs to the first reading that fits it."""
    digits = in_digits(text)
    taken = bytearray(len(text))
    found: list[Fact] = []
    for read in _READINGS if _DIGIT.search(digits) else (_frequencies, _ratios, _shares, _units):
        for fact in read(digits):
            if not any(taken[fact.start : fact.end]):
                taken[fact.start : fact.end] = b"\1" * (fact.end - fact.start)
                found.append(fact)
    told = (replace(fact, text=text[fact.start : fact.end]) for fact in found if fact.kind)
    return tuple(sorted((fact for fact in told if not _is_pronoun(fact)), key=lambda fact: fact.start))


def _is_pronoun(fact: Fact) -> bool:
    return fact.kind == "number" and fact.text.lower() == "one"


def _lexicon() -> dict[str, Any]:
    return cast(dict[str, Any], package_yaml("lexicons/facts.yaml"))


def _any_of(listed: Any) -> str:
    """Source for any of the listed words as they are, the longest first."""
    return "|".join(re.escape(word).replace(r"\ ", r"\s") for word in sorted(listed, key=len, reverse=True))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """The patterns of every reading, compiled once."""
    lexicon = _lexicon()
    one = NUMBER
    units, periods, persons = (_any_of(lexicon[name]) for name in ("units", "periods", "persons"))
    times = _any_of(unit for unit, (kind, _, _) in lexicon["units"].items() if kind == "duration")
    free = r"(?<![\w.,/$-])"
    value = rf"(?P<low>{one})(?:{TO}(?P<high>{one}))?"
    same_unit = rf"(?:[\s-]?(?P<first>{units})(?={TO}{one}[\s-]?(?P=first)))?"
    both = rf"(?P<low>{one})(?:{same_unit}{TO}(?P<high>{one})|-(?=\s(?:to|or)\s))?"
    source = {
        "noise": r"\[\d{1,3}\]|https?://\S{1,300}|\bCA[ -]\d\d-\d|(?m:^)[ \t]{0,8}\d{1,3}[.)](?=\s)",
        "temperature": rf"{free}{value}\s?(?:°|º|degrees?\s|deg\s)\s?(?P<scale>F|C|Fahrenheit|Celsius)\b"
        r"|\b(?:temperature|temp|fever)\s(?:\w{1,9}\s){0,2}(?P<bare>(?:3[4-9]|4[0-3]|9\d|10\d)(?:\.\d)?)"
        r"(?![\w%.])(?!\s?(?:°|º|deg))",
        "age": rf"\b(?:aged?|ages)\s(?:(?:of|is|was|from|between|over|under|above|below|at\sleast|range[sd]?)\s){{0,2}}"
        rf"(?:[≥≤<>]=?\s?)?(?P<low>{one})(?:(?:{TO}|\sand\s(?!older|over|up))(?P<high>{one}))?(?!\d)(?:\syears?\b)?"
        rf"|{free}(?P<old>{one})(?:{TO}(?P<older>{one}))?[\s-]years?[\s-](?:olds?|of\sage)\b"
        rf"|\b(?:older|younger)\sthan\s(?:age\s|the\sage\sof\s)?(?P<than>{one})(?!\s(?:minutes|hours|days|weeks|months))"
        rf"(?:\syears?\b)?|{free}(?P<limit>{one})(?:\syears?)?\s(?:and|or)\s(?:older|younger)\b"
        rf"|\b(?:{persons})\s(?:who\sare\s)?(?:over|under|above|below)\s(?P<group>{one})(?![\w.,]*\d)(?!\s?(?:{units})(?!\w))",
        "every": rf"\bevery\s(?:(?P<n>other|second|{one}(?:(?:{TO}|\sor\s){one})?)[\s-])?(?P<period>{periods})\b"
        r"|\bq\s?(?P<q>\d{1,2})\s?(?P<short>[hdwm])\b",
        "frequency": "".join(rf"(?<!\b{word}\s)" for word in _BEFORE_DURATION)
        + rf"(?<!\bhalf\s)(?:\b(?P<times>once|twice|{one}(?:{TO}{one})?(?:[\s-]times|x))[\s-]?)?"
        rf"(?:(?:\b(?:a|an|per|each|every)|(?<=times)/|(?<=x)/)[\s-]?(?P<period>{periods})\b|\b(?P<adverb>\w{{1,7}}ly)\b)"
        rf"|\b(?P<latin>{_any_of(lexicon['latin'])})(?![\w])",
        "count": rf"{free}(?P<part>{one})\s?(?:\s(?:in|of|out\sof)\s(?:every\s|the\s|each\s)?|/(?=\d+\s\())"
        rf"(?P<whole>{one})(?![\w.]?\d|[\w%]|\s?(?:{units})(?!\w))",
        "ratio": rf"{free}(?P<fold>{one})[\s-]?fold\b"
        rf"|{free}(?P<as>{one})\stimes\s(?:as|more|less|higher|lower|greater|the)\b"
        r"|\b(?P<word>twice\s(?:as|the)|doubl(?:es?|ed|ing)|tripl(?:es|ed|ing)|halv(?:es?|ed|ing))\b",
        "unit": rf"(?:\bbetween\s(?P<least>{one})\sand\s(?P<most>{one})|{free}{both})[\s-]?(?P<unit>{units})(?!\w|²)"
        rf"(?:\s?(?:/|per\s)\s?(?P<per>{_any_of(lexicon['per'])})(?!\w))?",
        "article": rf"\b(?:{'|'.join(_BEFORE_DURATION)})\s"
        rf"(?P<what>half\san?|an?)\s(?P<unit>{times})\b(?P<half>\sand\sa\shalf\b)?"
        rf"|\b(?P<part>half\san?)\s(?P<only>{times})\b",
        "score": rf"\bscores?\s(?:(?:of|is|was|at|above|below|under|over)\s){{1,2}}{value}(?![\w%])"
        r"|(?<![\w.+-])(?P<plus>\d)\+(?![\w+])",
        "scale": rf"\b(?:from|between|scale\sof)\s(?!(?:19|20)\d\d){value}\+?(?=\s?(?:[.,;:)\[]|$))"
        rf"|\bbetween\s(?P<least>{one})\sand\s(?P<most>{one})\+?(?=\s?(?:[.,;:)\[]|$))",
        "year": r"(?<![\w.,-])(?:19|20)\d\d(?![\w,.%]\w|\w)",
        "number": rf"{free}(?P<low>{one})(?![\w%°½¼¾])[\s-](?P<noun>[a-z]{{3,20}})",
        "figure": r"(?<![\w.,/$])-?\d{1,9}(?:\.\d{1,6})?(?![\w]|[.,]\d)",
        "ordinal": r"\b(?:stages?|grades?|phases?|version|step|figure|table|page|passage|source|chapter|section|arm)"
        r"\s{0,2}$",
    }
    compiled = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in source.items()}
    for bound, phrases in lexicon["bounds"].items():
        compiled[bound] = wordings(phrases)
    return compiled | {"fraction": wordings(lexicon["fractions"])}


def _bound(text: str, start: int, end: int) -> str:
    """Whether the words around a number make it a limit; "up to 5 or more" makes it none."""
    before, after = text[max(0, start - _BOUND_REACH) : start], text[end : end + _BOUND_REACH]
    sign = _SIGN.search(before)
    if sign:
        return _SIGNS[sign[1]]
    told = []
    for name in ("at_least", "at_most"):
        pattern = _patterns()[name]
        behind = any(len(before) - match.end() <= 4 for match in pattern.finditer(before))
        ahead = pattern.search(after)
        follows = ahead and ahead.start() <= 3 and ahead.group().lower().startswith(("or ", "and "))
        if behind or follows:
            told.append(name)
    return told[0] if len(told) == 1 else ""


def _fact(kind: str, subject: str, value: tuple[float, float], text: str, start: int, end: int, unit: str = "") -> Fact:
    bound = _bound(text, start, end)
    return Fact(
        kind=kind, subject=subject, value=value, text=text[start:end], start=start, end=end, bound=bound, unit=unit
    )


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
            low, high = span(match)
            scale = match["scale"][0].lower()
        if scale == "f":
            low, high = (low - 32) / 1.8, (high - 32) / 1.8
        yield _fact("temperature", "celsius", (low, high), text, start, end)


def _ages(text: str) -> Iterator[Fact]:
    for match in _patterns()["age"].finditer(text):
        name = next(name for name in ("low", "old", "than", "limit", "group") if match[name])
        low = number(match[name])
        high = number(match["high"] or match["older"] or match[name])
        fact = _fact("age", "year", (min(low, high), max(low, high)), text, match.start(name), match.end())
        told = match.group().lower()
        sided = {"older": "at_least", "over": "at_least", "above": "at_least", "younger": "at_most", "under": "at_most"}
        bound = next((side for word, side in sided.items() if re.search(rf"\b{word}\b", told)), fact.bound)
        start, end = match.span()
        yield Fact(
            kind="age", subject="year", value=fact.value, text=text[start:end], start=start, end=end, bound=bound
        )


def _frequencies(text: str) -> Iterator[Fact]:
    periods, latin = _lexicon()["periods"], _lexicon()["latin"]
    for match in _patterns()["every"].finditer(text):
        if match["q"]:
            days = [float(match["q"]) * {"h": 1 / 24, "d": 1.0, "w": 7.0, "m": 30.4375}[match["short"].lower()]]
        else:
            said = match["n"] or "1"
            steps = [2.0] if said in ("other", "second") else [number(n) for n in re.split(rf"{TO}|\sor\s", said) if n]
            days = [periods[match["period"].lower()] * step for step in steps if step]
        if days and all(days):
            yield _fact("frequency", "per day", (1 / max(days), 1 / min(days)), text, *match.span())
    for match in _patterns()["frequency"].finditer(text):
        if match["latin"]:
            often = float(latin[match["latin"].lower()])
            yield _fact("frequency", "per day", (often, often), text, *match.span())
            continue
        period = periods.get((match["period"] or match["adverb"]).lower())
        if period:
            said = re.sub(r"[\s-]?(?:times|x)$", "", (match["times"] or "once").lower())
            often_each = {"once": [1.0], "twice": [2.0]}.get(said) or [number(n) for n in re.split(TO, said)]
            value = (min(often_each) / period, max(often_each) / period)
            yield _fact("frequency", "per day", value, text, *match.span())


def _shares(text: str) -> Iterator[Fact]:
    for match in _patterns()["count"].finditer(text):
        part, whole = number(match["part"]), number(match["whole"])
        if part and whole > 1:
            yield _fact("count", "percent", (100 * part / whole,) * 2, text, *match.span())
    fractions = _lexicon()["fractions"]
    for match in _patterns()["fraction"].finditer(text):
        share = fractions[" ".join(re.split(r"[\s\-‐-―]+", match.group().lower()))]
        yield _fact("count", "percent", (share, share), text, *match.span())


def _ratios(text: str) -> Iterator[Fact]:
    """How many times more or less: "twice as likely", "3-fold", "doubled"."""
    words = {"tw": 2.0, "do": 2.0, "tr": 3.0, "ha": 0.5}
    for match in _patterns()["ratio"].finditer(text):
        said = match["fold"] or match["as"]
        times = number(said) if said else words[match["word"][:2].lower()]
        yield _fact("ratio", "times", (times, times), text, *match.span())


def _units(text: str) -> Iterator[Fact]:
    units = _lexicon()["units"]
    for match in _patterns()["unit"].finditer(text):
        unit = re.sub(r"\s", " ", match["unit"].lower())
        kind, dimension, factor = units[unit]
        per = _lexicon()["per"][match["per"].lower()] if match["per"] else ""
        least = match["least"]
        value = (number(least) * factor, number(match["most"]) * factor) if least else span(match, factor)
        yield _fact(kind, dimension + per, value, text, *match.span(), unit)
    for match in _patterns()["article"].finditer(text):
        unit = (match["unit"] or match["only"]).lower()
        kind, dimension, factor = units[unit]
        what = "what" if match["what"] else "part"
        size = (0.5 if match[what].lower().startswith("half") else 1.0) + (0.5 if match["half"] else 0.0)
        value = (size * factor, size * factor)
        yield _fact(kind, dimension, value, text, match.start(what), match.end(), unit)


def _scores(text: str) -> Iterator[Fact]:
    """A score that somebody or something has ("a score of 26 or more", "2+"), and the scale that scores lie on."""
    for match in _patterns()["scale"].finditer(text):
        low, high = match["low"] or match["least"], match["high"] or match["most"]
        if high:
            yield _fact("scale", "scale", (number(low), number(high)), text, *match.span())
    for match in _patterns()["score"].finditer(text):
        value = (float(match["plus"]),) * 2 if match["plus"] else span(match)
        yield _fact("score", "score", value, text, match.start("plus" if match["plus"] else "low"), match.end())


def _years(text: str) -> Iterator[Fact]:
    for match in _patterns()["year"].finditer(text):
        yield _fact("year", "year", (float(match.group()),) * 2, text, *match.span())


def _numbers(text: str) -> Iterator[Fact]:
    """What is left: a number and the noun it counts; "one" alone and numbers of stages or pages are no counts."""
    for match in _patterns()["number"].finditer(text):
        before = text[max(0, match.start() - 12) : match.start()]
        noun = match["noun"].lower()
        if noun not in stopwords() and not _patterns()["ordinal"].search(before):
            yield _fact("number", stem(noun), (number(match["low"]),) * 2, text, *match.span("low"))


def _figures(text: str) -> Iterator[Fact]:
    """A number in digits without unit or noun ("a hazard ratio of 0.56"): told by its place in the sentence only."""
    for match in _patterns()["figure"].finditer(text):
        if not _patterns()["ordinal"].search(text[max(0, match.start() - 12) : match.start()]):
            yield _fact("figure", "figure", (abs(float(match.group())),) * 2, text, *match.span())


_READINGS: tuple[Callable[[str], Iterator[Fact]], ...] = (
    _noise,
    _temperatures,
    _ages,
    _ratios,
    _frequencies,
    _shares,
    _units,
    _scores,
    _years,
    _numbers,
    _figures,
)
