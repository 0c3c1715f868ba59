"""How an answer is worded: openings, orders without a doer, percentages and counts of people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from harness.resources import package_yaml
from harness.scorers.base import Rule, rules
from harness.text.numerals import NUMBER, in_digits, number
from harness.types import Document, Finding

_PERCENT = re.compile(
    r"\b\d{1,3}(?:\.\d+)?\s?(?:%|percent\b|por ciento\b)(?!\s*(?:CI|confidence|cream|gel|solution|ointment))", re.I
)
_FREQUENCY = re.compile(
    r"\b(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|una?|dos|tres|cuatro|cinco|half)\s+"
    r"(?:women |people |men |patients |personas |mujeres )?"
    r"(?:out of|in|of|de|de cada)\s+(?:every |each |cada )?(?:about )?"
    r"(?:\d[\d,.]*|two|three|four|five|ten|twenty|hundred|a hundred|dos|tres|cuatro|cinco|diez|cien)\b"
)
_COUNT = re.compile(
    rf"(?<![\d.,-]){NUMBER}\s+(?:(?:women|people|men|patients|adults|personas|mujeres)\s+)?"
    rf"(?P<joint>out of(?: every| each)?|(?:in|of) (?:every|each)|in|de cada)\s+(?:about )?(?P<base>{NUMBER})(?![\d%])",
    re.IGNORECASE,
)
_MAY_COUNT = re.compile(
    r"\b(?:in|of|de)\s+(?:(?:every|each|cada|about)\s+){0,2}(?:\d|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve|fifteen|twenty|thirty|forty|fifty|hundred|thousand|dos|tres|cuatro|cinco|diez|cien)",
    re.IGNORECASE,
)
_OPENING = 2  # sentences in which the main message is due
_YEARS = range(1900, 2101)


def wording_findings(document: Document) -> Iterator[Finding]:
    """Everything about wording, in the order of the rule codes; what is English alone stays silent elsewhere."""
    yield from _openers(document)
    yield from _percentages(document)
    if document.language == "en":
        yield from _orders_without_doer(document)
        yield from _late_message(document)
    yield from _mixed_bases(document)


def _rule(code: str) -> Rule:
    return rules("readability")[code]


@cache
def _starts_with(name: str) -> re.Pattern[str]:
    """Any of the listed forms, at the start of a sentence."""
    forms: list[str] = package_yaml("lexicons/readability_terms.yaml")[name]
    return re.compile("|".join(f"(?:{form})" for form in forms).replace("'", "['’]"), re.IGNORECASE)


@cache
def _about_people() -> re.Pattern[str]:
    forms: list[str] = package_yaml("lexicons/readability_terms.yaml")["about_people"]
    return re.compile(rf"\b(?:{'|'.join(forms)})\b", re.IGNORECASE)


@cache
def _not_people() -> re.Pattern[str]:
    forms: list[str] = package_yaml("lexicons/readability_terms.yaml")["not_people"]
    return re.compile(rf"[\s-]*(?:{'|'.join(forms)})\b", re.IGNORECASE)


@cache
def _order() -> re.Pattern[str]:
    acts: list[str] = package_yaml("lexicons/readability_terms.yaml")["reader_acts"]
    return re.compile(
        r"\b(?:should|must|ha(?:s|ve) to|needs? to|ought to|(?:is|are) to)(?: (?:not|never|always|only|also)){0,2} be"
        rf"(?: \w{{1,20}}ly)? (?:{'|'.join(acts)})\b(?![^.;]{{0,60}}\bby (?:a|an|the|your) (?!phone|mouth|hand|time))",
        re.IGNORECASE,
    )


def _bare(text: str) -> str:
    return text.lstrip('¡¿"“ ')


def _openers(document: Document) -> Iterator[Finding]:
    """Thanks, praise or "many people ask" where the main message should stand."""
    for sentence in document.body[:_OPENING]:
        if _starts_with("padding").match(_bare(sentence.text)):
            message = "the answer opens with praise or thanks; its main message should be in the first two sentences"
            yield _rule("RDB506").finding(message, document.span(sentence.start, sentence.end), confidence=0.9)
            return


def _percentages(document: Document) -> Iterator[Finding]:
    """Percentages about people without a count such as "3 out of 10" nearby."""
    body = document.body
    for index, sentence in enumerate(body):
        found = _PERCENT.search(sentence.text)
        if found is None or not _about_people().search(sentence.text):
            continue
        near = " ".join(s.text for s in body[max(0, index - 1) : index + 2])
        if not _FREQUENCY.search(near.lower()):
            message = f'"{found.group()}" is easier to grasp as a count of people, such as "3 out of 10"'
            span = document.span(sentence.start + found.start(), sentence.start + found.end())
            yield _rule("RDB507").finding(message, span, confidence=0.8)


def _orders_without_doer(document: Document) -> Iterator[Finding]:
    """What the reader is to do, told in the passive."""
    for sentence in document.body:
        for found in _order().finditer(sentence.text):
            message = f'"{found.group()}" leaves open who is to do it: begin with the verb, or say "you"'
            span = document.span(sentence.start + found.start(), sentence.start + found.end())
            yield _rule("RDB508").finding(message, span, confidence=0.8)


def _late_message(document: Document) -> Iterator[Finding]:
    """Two opening sentences, of more, that only thank, feel for the reader, announce or put off."""
    body = document.body
    empty = [
        any(_starts_with(name).match(_bare(s.text)) for name in ("padding", "throat_clearing")) for s in body[:_OPENING]
    ]
    if len(body) > _OPENING and all(empty):
        message = "the first two sentences hold no message; say what the reader most needs to know, then the rest"
        span = document.span(body[0].start, body[_OPENING - 1].end)
        yield _rule("RDB509").finding(message, span, confidence=0.7)


def _mixed_bases(document: Document) -> Iterator[Finding]:
    """A count of people out of another number than the count before it."""
    first = 0.0
    for sentence in document.body:
        if not _MAY_COUNT.search(sentence.text):
            continue
        text = in_digits(sentence.text)
        for found in _COUNT.finditer(text):
            base = number(found["base"])
            year = found["joint"].lower() == "in" and base in _YEARS
            if base < 2 or year or _not_people().match(sentence.text, found.end()):
                continue
            if first and base != first:
                message = f"people are counted out of {base:,.0f} here and {first:,.0f} before: keep to one number"
                span = document.span(sentence.start + found.start(), sentence.start + found.end())
                yield _rule("RDB510").finding(message, span, confidence=0.8)
                return
            first = base
