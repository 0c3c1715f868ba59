"""Clinical facts of a text, and where a claim tells one another way than its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from harness.resources import package_yaml
from harness.text.drugs import find_drugs
from harness.text.phrases import wordings
from harness.text.polarity import certainties, directions, negations
from harness.text.quantities import Fact, quantities
from harness.text.words import content_stems, stem, words
from harness.types import Mismatch

__all__ = ["Fact", "facts", "mismatches", "untold"]

_LONGEST = 4000  # characters of a statement that are compared; far more than a sentence has
_SAME_MATTER = 0.5  # share of the claim's other words that the evidence has to hold before their facts are compared
_SAME_STATEMENT = 0.7  # the same, before a negation on one side only counts
_NEAR = 60  # characters around a fact that tell what it is about
_STAGE = re.compile(r"\bstages?\s(?P<stage>IV|I{1,3}|[0-4])(?P<sub>[ABC])?(?![\w.])", re.IGNORECASE)
_GENE = re.compile(r"(?<![\w])(?:BRCA[12]|PALB2|CHEK2|ATM|TP53|PTEN|CDH1|PIK3CA|ESR1)(?![\w])", re.IGNORECASE)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}


def facts(text: str) -> tuple[Fact, ...]:
    """The clinical facts of a text in order (quantities, statuses, drugs, praise) with offsets and plain values."""
    found = [*quantities(text), *_statuses(text), *_drugs(text), *_superlatives(text)]
    return tuple(sorted(found, key=lambda fact: (fact.start, fact.end)))


def mismatches(claim: str, evidence: str) -> tuple[Mismatch, ...]:
    """Facts that ``claim`` tells another way than ``evidence``, where both speak of the same matter.

    A fact counts as told another way if the evidence has facts of its kind and subject and none agrees.
    Besides facts: kind ``negation`` (one side denies what the other says), ``direction`` (one says raises, more or
    large, the other lowers, less or small) and ``certainty`` (the evidence says may or not known, the claim will).
    """
    claim, evidence = claim[:_LONGEST], evidence[:_LONGEST]
    ours, theirs = facts(claim), facts(evidence)
    matter = _common_matter(claim, ours, evidence)
    if matter < _SAME_MATTER:
        return ()
    typed = [found for fact in ours if (found := _rival(fact, ours, claim, theirs, evidence)) is not None]
    kinds = {found.kind for found in typed}
    if "drug" in kinds and (len(kinds) > 1 or matter < _SAME_STATEMENT):
        return ()  # another drug with its own dose is another statement
    alike = _common_matter(claim, (), evidence)
    negated = [] if "approval" in kinds else list(negations(claim, evidence, alike))
    directed = [] if negated else list(directions(claim, evidence))
    return tuple(dict.fromkeys([*typed, *negated, *directed, *certainties(claim, evidence, alike)]))


def untold(claim: str, evidence: str) -> tuple[Fact, ...]:
    """Facts of ``claim`` that ``evidence`` should give and never does: numbers, drugs, stages, superlatives."""
    wanted = [fact for fact in facts(claim[:_LONGEST]) if fact.kind in _lexicon()["needed"]]
    theirs = facts(evidence) if wanted else ()
    return tuple(fact for fact in wanted if not any(_same(fact, other) for other in theirs))


def _lexicon() -> dict[str, Any]:
    return cast(dict[str, Any], package_yaml("lexicons/facts.yaml"))


# --- statuses and drugs -------------------------------------------------------------------------


@cache
def _categories() -> tuple[tuple[str, str, str, re.Pattern[str]], ...]:
    """Kind, subject and value of every status with its pattern."""
    return tuple(
        (kind, subject, value, wordings(phrases))
        for kind, subjects in _lexicon()["categories"].items()
        for subject, values in subjects.items()
        for value, phrases in values.items()
    )


def _statuses(text: str) -> Iterator[Fact]:
    """Stage, receptor status, line, approval, population ...: the earlier, longer wording wins an overlap."""
    for match in _STAGE.finditer(text):
        number = match["stage"].lower()
        value = _ROMAN.get(number, number) + (match["sub"] or "").lower()
        yield Fact(kind="stage", subject="stage", value=value, text=match.group(), start=match.start(), end=match.end())
    for match in _GENE.finditer(text):
        name = match.group().upper()
        yield Fact(kind="gene", subject="name", value=name, text=match.group(), start=match.start(), end=match.end())
    found = [
        Fact(kind=kind, subject=subject, value=value, text=match.group(), start=match.start(), end=match.end())
        for kind, subject, value, pattern in _categories()
        for match in pattern.finditer(text)
    ]
    for fact in found:
        same = (o for o in found if o.subject == fact.subject and o.start < fact.end and fact.start < o.end)
        if fact is min(same, key=lambda o: (o.start, -o.end)):
            yield fact


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


# --- comparing ----------------------------------------------------------------------------------


def _common_matter(claim: str, ours: tuple[Fact, ...], evidence: str) -> float:
    """Share of the claim's content words, facts left out, that the evidence holds; one alone may be chance."""
    rest = [w.stem for w in words(claim) if w.is_content and not any(f.start < w.end and w.start < f.end for f in ours)]
    theirs = set(content_stems(evidence))
    if not rest:
        return float(bool(ours))
    common = sum(s in theirs for s in rest)
    if common == 1:
        return _SAME_MATTER if len(rest) == 1 else 0.0
    return common / len(rest)


def _rival(fact: Fact, ours: tuple[Fact, ...], claim: str, theirs: tuple[Fact, ...], evidence: str) -> Mismatch | None:
    """What the evidence says instead of ``fact``; None where it agrees or says nothing of that kind about it."""
    comparable = [other for other in theirs if _comparable(fact, other)]
    if any(_same(fact, other) for other in comparable) or _both_ends_told(fact, comparable):
        return None
    near = _around(claim, fact)
    for other in comparable:
        # what another fact of the claim tells already is not retold by this one; a temperature is told in two scales
        used = fact.kind != "temperature" and any(_same(o, other) for o in ours)
        if not used and near & _around(evidence, other):
            return Mismatch(kind=fact.kind, claim=fact.text, evidence=other.text)
    return None


def _both_ends_told(fact: Fact, others: list[Fact]) -> bool:
    """Whether a range ("2 to 4 minutes") is told as two values ("2 minutes ... 4 minutes")."""
    if isinstance(fact.value, str) or fact.value[0] == fact.value[1]:
        return False
    ends = {value for other in others if not isinstance(other.value, str) for value in other.value}
    return all(any(abs(end - value) <= 0.02 * abs(end) for value in ends) for end in fact.value)


def _around(text: str, fact: Fact) -> set[str]:
    """Content stems near a fact, its own words left out."""
    before, after = text[max(0, fact.start - _NEAR) : fact.start], text[fact.end : fact.end + _NEAR]
    return set(content_stems(before)) | set(content_stems(after))


def _comparable(fact: Fact, other: Fact) -> bool:
    """Whether two facts answer the same question, such as "how many mg"; percent and points are one question."""
    if {fact.subject, other.subject} == {"percent", "points"}:
        return True
    return fact.subject == other.subject and (fact.kind == other.kind or fact.subject == "percent")


def _same(fact: Fact, other: Fact) -> bool:
    return fact.subject == other.subject and _comparable(fact, other) and fact.agrees(other)
