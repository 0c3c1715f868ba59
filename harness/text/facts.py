"""Clinical facts of a text, and where a claim tells one another way than its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, cast

from harness.resources import package_yaml
from harness.text.drugs import find_drugs
from harness.text.quantities import Fact, quantities
from harness.text.words import Word, content_stems, wordings, words
from harness.types import Mismatch

__all__ = ["Fact", "facts", "mismatches", "untold"]

_LONGEST = 4000  # characters of a statement that are compared; far more than a sentence has
_SAME_MATTER = 0.5  # share of the claim's other words that the evidence has to hold before their facts are compared
_SAME_STATEMENT = 0.7  # the same, before a negation on one side only counts
_SAME_CLAUSE = 0.65  # share of the shorter clause that two clauses have in common before a negation sets them apart
_SAME_WORDS = 0.9  # share of the longer clause that two clauses have in common to count as the same
_NEAR = 60  # characters around a fact that tell what it is about
_REACH = 6  # words that a negation can govern
_STAGE = re.compile(r"\bstages?\s(?P<stage>IV|I{1,3}|[0-4])(?P<sub>[ABC])?(?![\w.])", re.IGNORECASE)
_GENE = re.compile(r"(?<![\w])(?:BRCA[12]|PALB2|CHEK2|ATM|TP53|PTEN|CDH1|PIK3CA|ESR1)(?![\w])", re.IGNORECASE)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_CLAUSE = re.compile(r"[,;:.!?()]|\b(?:but|although|though|while|because|unless|if|when|and)\b", re.IGNORECASE)


def facts(text: str) -> tuple[Fact, ...]:
    """The clinical facts of a text in order (quantities, statuses, drugs) with offsets and normalised values."""
    return tuple(sorted([*quantities(text), *_statuses(text), *_drugs(text)], key=lambda fact: (fact.start, fact.end)))


def mismatches(claim: str, evidence: str) -> tuple[Mismatch, ...]:
    """Facts that ``claim`` tells another way than ``evidence``, where both speak of the same matter.

    A fact counts as told another way if the evidence has facts of its kind and subject and none agrees.
    Besides facts: kind ``negation`` (one side denies what the other says), ``direction`` (one says raises, the
    other lowers) and ``certainty`` (the evidence says may, the claim says will).
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
    negated: list[Mismatch] = []
    alike = _common_matter(claim, (), evidence)
    if "approval" not in kinds and alike >= _SAME_STATEMENT:
        negated = list(_negations(claim, evidence, fewest=1 if alike > _SAME_WORDS else 2))
    directed = [] if negated else list(_directions(claim, evidence))
    return tuple(dict.fromkeys([*typed, *negated, *directed, *_certainties(claim, evidence)]))


def untold(claim: str, evidence: str) -> tuple[Fact, ...]:
    """Facts of ``claim`` that ``evidence`` should give and never does: measured numbers, drugs, stages, receptors."""
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


@cache
def _negation_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    return wordings(_lexicon()["denials"]), wordings(_lexicon()["negations"])


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause with the stems that its negation governs; ``denied`` is empty in a clause that denies nothing."""

    text: str
    stems: frozenset[str]
    denied: frozenset[str]
    negations: int

    @property
    def conditional(self) -> bool:
        """Whether it states a condition, not a fact."""
        return self.text.lower().startswith(("if ", "unless ", "when "))


def _clauses(text: str) -> list[_Clause]:
    """The clauses of a text, each with what it denies."""
    bounds = [0, *(m.start() for m in _CLAUSE.finditer(text)), len(text)]
    return [_clause(text[start:end]) for start, end in pairwise(bounds) if text[start:end].strip()]


def _clause(text: str) -> _Clause:
    found = [word for word in words(text) if word.is_content]
    denied: set[str] = set()
    negations = 0
    for pattern, reach in zip(_negation_patterns(), (_REACH, 2), strict=True):
        for match in pattern.finditer(text):
            denied.update([word.stem for word in found if word.start >= match.end()][:reach])
            negations += 1
    return _Clause(text.strip(" ,;:.()"), frozenset(word.stem for word in found), frozenset(denied), negations)


def _negations(claim: str, evidence: str, fewest: int) -> Iterator[Mismatch]:
    """A clause that one side denies and the other says plainly, both about the same thing."""
    told = _clauses(evidence) or [_clause("")]
    for ours in _clauses(claim):
        theirs = max(
            told, key=lambda clause: (len(ours.stems & clause.stems), bool(clause.denied) == bool(ours.denied))
        )
        if _flipped(ours, theirs, fewest):
            yield Mismatch(kind="negation", claim=_clip(ours.text), evidence=_clip(theirs.text))
            return


def _flipped(ours: _Clause, theirs: _Clause, fewest: int) -> bool:
    """Whether one of two clauses about the same thing, with ``fewest`` words in common, denies what the other says."""
    if ours.conditional != theirs.conditional:
        return False
    common = len(ours.stems & theirs.stems)
    if ours.denied and theirs.denied:  # one "not" more in what is otherwise the same clause
        longer = max(len(ours.stems), len(theirs.stems), 2)
        return (ours.negations - theirs.negations) % 2 == 1 and common >= _SAME_WORDS * longer
    flipped = (ours.denied & theirs.stems) | (theirs.denied & ours.stems)
    return bool(flipped) and common >= _SAME_CLAUSE * max(min(len(ours.stems), len(theirs.stems)), fewest)


@cache
def _sides() -> tuple[re.Pattern[str], re.Pattern[str]]:
    up, down = _lexicon()["opposites"]
    return wordings(up), wordings(down)


def _directions(claim: str, evidence: str) -> Iterator[Mismatch]:
    """A rise told as a fall, or the other way round, of the same thing."""
    up, down = _sides()
    for ours, theirs in ((up, down), (down, up)):
        here, there = ours.search(claim), theirs.search(evidence)
        if here and there and not ours.search(evidence) and not theirs.search(claim):
            about = set(content_stems(claim[here.end() : here.end() + 60])[:3])
            if about & set(content_stems(evidence[there.end() : there.end() + 60])[:3]):
                yield Mismatch(kind="direction", claim=here.group(), evidence=there.group())


@cache
def _modality() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    return wordings(_lexicon()["hedges"]), wordings(_lexicon()["certainties"]), wordings(["may", "might", "could"])


def _certainties(claim: str, evidence: str) -> Iterator[Mismatch]:
    """A hedge of the evidence that the claim drops, by a word of certainty or by a plain verb."""
    hedges, certainties, modals = _modality()
    plain = {w.stem: w for w in words(claim) if w.is_content}
    free = hedges.search(claim) is None
    for modal in modals.finditer(evidence):
        verb = _next_content(evidence, modal.end())
        if verb and verb.stem in plain:
            told = plain[verb.stem]
            before = claim[max(0, told.start - 20) : told.start]
            if free or (certainties.search(before) and not modals.search(before)):
                hedged = evidence[modal.start() : verb.end]
                yield Mismatch(kind="certainty", claim=claim[told.start : told.end], evidence=hedged)
                return
    hedge, sure = hedges.search(evidence), certainties.search(claim)
    if free and hedge and sure and not certainties.search(evidence):
        yield Mismatch(kind="certainty", claim=sure.group(), evidence=hedge.group())


def _next_content(text: str, start: int) -> Word | None:
    return next((w for w in words(text[: start + 60]) if w.start >= start and w.is_content), None)


def _clip(text: str, limit: int = 160) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
