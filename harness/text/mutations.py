"""One clinical fact of a sentence changed into another: known faults for tests, the self-test and training."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from harness.resources import package_yaml
from harness.text.drugs import drug_class, drug_names, find_drugs

__all__ = ["Mutation", "mutations"]

_LONGEST = 2000  # characters of a sentence that is changed
_DIGITS = r"\d{1,3}(?:,\d{3})+|\d{1,7}(?:\.\d{1,3})?"
_RANGE = r"\s?(?:to|-|–)\s?"
_MARKERS = re.compile(r"\[\d{1,3}\]|\(\d{1,3}\)|https?://\S+|\bNCT\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A sentence with exactly one fact changed, so that it contradicts the sentence it was made from.

    Args:
        kind: kind of the fact: dose, percent, count, age, duration, frequency, stage, grade, receptor, gene, line,
            phase, population, approval, drug, negation, direction, certainty (a hedge lost: not supported any more).
        text: the changed sentence.
        original_words, changed_words: the words that were replaced, and what stands in their place.
        start: offset of the change in both sentences.
    """

    kind: str
    text: str
    original_words: str
    changed_words: str
    start: int


def mutations(sentence: str, rng: random.Random) -> list[Mutation]:
    """Every single-fact change that the rules of ``lexicons/mutations.yaml`` offer for ``sentence``, in order of place.

    Each place of a kind is changed once; which value it gets is drawn from ``rng``, so the same seed gives the same
    list. A value that stands in the sentence twice is left alone, as the other place would still tell the truth.
    """
    if len(sentence) > _LONGEST:
        return []
    found = [*_numbers(sentence, rng), *_swaps(sentence, rng), *_drugs(sentence, rng), *_negations(sentence)]
    barred = [match.span() for match in _MARKERS.finditer(sentence)]
    seen: set[tuple[str, int]] = set()
    kept: list[Mutation] = []
    for made in sorted(found, key=lambda made: made.start):
        free = not any(start <= made.start < end for start, end in barred)
        if free and (made.kind, made.start) not in seen and made.text != sentence:
            seen.add((made.kind, made.start))
            kept.append(made)
    return kept


def _lexicon() -> dict[str, Any]:
    return cast(dict[str, Any], package_yaml("lexicons/mutations.yaml"))


def _replaced(sentence: str, kind: str, start: int, end: int, words: str) -> Mutation:
    """``words`` in the place of ``sentence[start:end]``, with their capital and the right article before them."""
    old = sentence[start:end]
    if old[:1].isupper() and not old.isupper() and words.islower():
        words = words[0].upper() + words[1:]
    text = sentence[:start] + words + sentence[end:]
    text, start = _with_article(text, start, old, words)
    return Mutation(kind=kind, text=text, original_words=old, changed_words=words.strip(), start=start)


def _with_article(text: str, start: int, old: str, words: str) -> tuple[str, int]:
    """ "a first-line" becomes "an unapproved": only where a vowel was lost or gained right behind an article."""
    article = re.search(r"\b(an?)\s$", text[:start], re.IGNORECASE)
    if article is None or not old.islower() or (old[0] in "aeiou") == (words[:1].lower() in "aeiou"):
        return text, start
    fitting = article[1][0] + ("n" if words[:1].lower() in "aeiou" else "")
    return text[: article.start(1)] + fitting + text[article.end(1) :], start + len(fitting) - len(article[1])


# --- numbers ------------------------------------------------------------------------------------


@cache
def _words_of_number() -> dict[str, int]:
    """Number words from two to twenty with their values; "one" is an article too often."""
    listed = package_yaml("lexicons/facts.yaml")["number_words"]
    return {word: value for word, value in listed.items() if 2 <= value <= 20}


@cache
def _number_rules() -> tuple[tuple[str, re.Pattern[str], tuple[float, ...]], ...]:
    number = rf"(?:{_DIGITS}|{'|'.join(_words_of_number())})"
    return tuple(
        (
            rule["kind"],
            re.compile(
                rf"{rule['before']}(?<![\w.,/$-])(?P<low>{number})(?:(?P<to>{_RANGE})(?P<high>{number}))?(?={rule['after']})",
                re.IGNORECASE,
            ),
            tuple(rule["factors"]),
        )
        for rule in _lexicon()["numbers"]
    )


def _numbers(sentence: str, rng: random.Random) -> Iterator[Mutation]:
    """Numbers with their unit or noun, each multiplied; the first rule that fits a number keeps it."""
    taken: set[int] = set()
    for kind, pattern, factors in _number_rules():
        for match in pattern.finditer(sentence):
            start = match.start("low")
            end = match.end("high") if match["high"] else match.end("low")
            value = match["low"].lower()
            if start in taken or len(re.findall(rf"(?<![\w.]){re.escape(value)}(?![\w.])", sentence.lower())) > 1:
                continue
            taken.add(start)
            factor = rng.choice(factors)
            low = _times(match["low"], factor, kind)
            high = _times(match["high"], factor, kind) if match["high"] else ""
            if low and (high or not match["high"]):
                words = low + (match["to"] + high if match["high"] else "")
                yield _plural(_replaced(sentence, kind, start, end, words))


def _times(number: str, factor: float, kind: str) -> str:
    """A number in its own style multiplied by about ``factor``; "" where it can't be changed so."""
    words = _words_of_number()
    value = float(words.get(number.lower(), 0)) or float(number.replace(",", "")) if number else 0.0
    if number.lower() in words:
        new = round(value * factor)
        told = {count: word for word, count in words.items()}
        return told.get(new, str(new)) if new != value and new > 1 else told[3 if value == 2 else 2]
    result = value * factor
    if kind == "percent" and not 0.05 <= result <= 99:
        result = value / 2 if value > 50 else value + 10
    if kind == "age" and not 5 <= result <= 90:
        result = value + 15 if value < 70 else value - 25
    if "." not in number:
        result = round(result)
    if result == value or not result:
        result = value + 3
    told_so = f"{result:.3f}".rstrip("0").rstrip(".")
    return f"{int(result):,}" if "," in number and result == int(result) else told_so


def _plural(made: Mutation) -> Mutation:
    """ "1 week" times four is "4 weeks"; "1-week" stays as it is."""
    if made.original_words not in ("1", "one"):
        return made
    end = made.start + len(made.changed_words)
    tail = re.sub(r"^(\s(?:minute|hour|day|week|month|year|gram|milligram|microgram|cycle))\b", r"\1s", made.text[end:])
    return Mutation(
        kind=made.kind,
        text=made.text[:end] + tail,
        original_words=made.original_words,
        changed_words=made.changed_words,
        start=made.start,
    )


# --- wordings -----------------------------------------------------------------------------------


@cache
def _swap_rules() -> tuple[tuple[dict[str, Any], re.Pattern[str]], ...]:
    rules = []
    for rule in _lexicon()["swaps"]:
        told = sorted(rule.get("only", rule["words"]), key=len, reverse=True)
        before = rule.get("before", r"(?<![\w-])")
        after = rule.get("after", r"(?!-)")
        source = rf"{before}(?P<old>{'|'.join(map(re.escape, told))})(?!\w){after}"
        # a lead such as "stage" is told in any case, numerals only in theirs
        flags = re.RegexFlag(0) if rule.get("case") else re.IGNORECASE
        if rule.get("case"):
            source = source.replace(r"\bstage", r"\b[Ss]tage").replace(r"\bgrade", r"\b[Gg]rade")
            source = source.replace(r"\bphase", r"\b[Pp]hase")
        rules.append((rule, re.compile(source, flags)))
    return tuple(rules)


def _swaps(sentence: str, rng: random.Random) -> Iterator[Mutation]:
    """Wordings that exclude one another, each replaced by another of its group."""
    for rule, pattern in _swap_rules():
        for match in pattern.finditer(sentence):
            start, end = match.span("old")
            old = match["old"]
            barred = "except" in rule and re.search(rule["except"], sentence[:start], re.IGNORECASE)
            twice = len(re.findall(rf"(?<![\w-]){re.escape(old)}(?![\w-])", sentence)) > 1
            if barred or (twice and rule["kind"] not in ("stage", "grade", "phase", "dose")):
                continue
            others = [word for word in rule["words"] if word.lower() != old.lower()]
            if rule["kind"] == "certainty" and _denied_next(sentence, end):
                continue
            yield _replaced(sentence, rule["kind"], start, end, rng.choice(others))


def _denied_next(sentence: str, end: int) -> bool:
    """Whether "not" follows a modal: "may not" and "will not" differ in more than certainty."""
    return re.match(r"\s(?:also\s)?(?:not|never)\b|\sor\smay\snot\b", sentence[end:], re.IGNORECASE) is not None


def _drugs(sentence: str, rng: random.Random) -> Iterator[Mutation]:
    """Each medicine named by one word, replaced by one of another group."""
    named = find_drugs(sentence)
    for drug in named:
        word = sentence[drug.start : drug.end]
        alone = sum(other.name == drug.name for other in named) == 1
        if not drug_class(drug.name) or drug.supplement or not alone or not word.isalpha():
            continue
        here = {other.name for other in named}
        others = [
            n for n in drug_names() if n not in here and drug_class(n) != drug.drug_class and n.isalpha() and len(n) > 5
        ]
        if others:
            yield _replaced(sentence, "drug", drug.start, drug.end, rng.choice(others))


# --- negation -----------------------------------------------------------------------------------


@cache
def _negation_rules() -> tuple[tuple[re.Pattern[str], str], ...]:
    listed = _lexicon()["negations"]
    inserted = [
        (re.compile(rf"\b(?P<keep>{'|'.join(rule['words'])})\b{rule['after']}"), r"\g<keep> not")
        for rule in listed["insert"]
    ]
    removed = [(re.compile(rf"\b{rule['from']}\b", re.IGNORECASE), rule["to"]) for rule in listed["remove"]]
    return (*removed, *inserted)


def _negations(sentence: str) -> Iterator[Mutation]:
    """The first "not" of the main clause taken out, or one put in where the clause has none."""
    if sentence.rstrip().endswith("?"):
        return
    open_matter = re.compile(_lexicon()["negations"]["never_after"], re.IGNORECASE)
    denied = re.search(r"\b(?:not|no|never|cannot|none|neither|nor|without|\w+n['’]t)\b", sentence, re.IGNORECASE)
    for pattern, to in _negation_rules():
        if denied and to.endswith(" not"):
            continue
        for match in pattern.finditer(sentence):
            if not open_matter.search(sentence[: match.start()]):
                yield _replaced(sentence, "negation", match.start(), match.end(), match.expand(to))
                return
