"""The clinical facts of a text: quantities, statuses, medicines and praise, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, cast

from harness.resources import package_yaml
from harness.text.drugs import find_drugs
from harness.text.fact import Fact
from harness.text.quantities import quantities
from harness.text.statuses import statuses
from harness.text.words import stem


@lru_cache(maxsize=4096)
def facts(text: str) -> tuple[Fact, ...]:
    """The clinical facts of a text in order (quantities, statuses, drugs, praise) with offsets and plain values."""
    found = [*quantities(text), *statuses(text), *_drugs(text), *_superlatives(text)]
    return tuple(sorted(found, key=lambda fact: (fact.start, fact.end)))


def same_question(fact: Fact, other: Fact) -> bool:
    """Whether two facts answer the same question, such as "how many mg"; percent and points are one question."""
    if {fact.subject, other.subject} == {"percent", "points"}:
        return True
    return fact.subject == other.subject and (fact.kind == other.kind or fact.subject == "percent")


def same_fact(fact: Fact, other: Fact) -> bool:
    """Whether two facts answer the same question in the same way."""
    return fact.subject == other.subject and same_question(fact, other) and fact.agrees(other)


def _lexicon() -> dict[str, Any]:
    return cast(dict[str, Any], package_yaml("lexicons/facts.yaml"))


def _drugs(text: str) -> Iterator[Fact]:
    for drug in find_drugs(text):
        words_of_it = text[drug.start : drug.end]
        yield Fact(kind="drug", subject="drug", value=drug.name, text=words_of_it, start=drug.start, end=drug.end)


@cache
def _superlative() -> re.Pattern[str]:
    """ "the most" with any adjective but a plain word of number or time, and endings in -est of words that praise."""
    lexicon = _lexicon()["superlatives"]
    whose, nouns = "|".join(lexicon["whose"]), "|".join(lexicon["not_praise"])
    praise = "|".join(sorted(lexicon["praise"], key=len, reverse=True))
    return re.compile(
        rf"\b(?:{whose})\s(?:(?:very|single|\w{{1,12}}['’]s)\s)?"
        rf"(?:most\s(?!(?:{nouns})\b)(?P<most>[a-z]{{4,20}})|(?P<est>{praise}))\b"
        rf"|\b(?:el|la|los|las)\s(?:\w{{1,20}}\s)?más\s(?!(?:{nouns})\b)(?P<mas>[a-záéíóúñ]{{4,20}})\b",
        re.IGNORECASE,
    )


def _superlatives(text: str) -> Iterator[Fact]:
    """Praise above all others; each is a matter of its own: "safest" does not answer "most effective"."""
    for match in _superlative().finditer(text):
        praise = stem((match["most"] or match["est"] or match["mas"]).lower())
        start, end = match.span()
        yield Fact(kind="superlative", subject=praise, value=praise, text=match.group(), start=start, end=end)
