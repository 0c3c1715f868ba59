"""A sentence prepared for comparison: its words, facts and what it speaks of beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, cast

from harness.resources import package_yaml
from harness.text.extraction import facts, same_fact
from harness.text.fact import Fact
from harness.text.phrases import wordings
from harness.text.words import Word, words
from harness.types import Mismatch

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Token:
    """A content word or a fact of a sentence, in a form in which the same thing is the same text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence with what comparing it needs.

    Args:
        text: the sentence.
        facts: its clinical facts.
        tokens: its content words and facts in order.
        stems: stems of all its content words.
        words: all its words.
        matter: stems of the content words that are neither fact nor direction: what the facts are about.
    """

    text: str
    facts: tuple[Fact, ...]
    tokens: tuple[Token, ...]
    stems: frozenset[str]
    words: frozenset[str]
    matter: tuple[str, ...]


def lexicon() -> dict[str, Any]:
    """The word lists that facts are compared by."""
    return cast(dict[str, Any], package_yaml("lexicons/facts.yaml"))


@cache
def pattern(name: str) -> re.Pattern[str]:
    """A list of wordings in the lexicon as one pattern."""
    return wordings(lexicon()[name])


@cache
def _any_direction() -> re.Pattern[str]:
    return wordings([phrase for pair in lexicon()["opposites"] for side in pair for phrase in side])


def direction_spans(text: str) -> list[Span]:
    """Where a text has a word of direction or comparison: "raises", "less", "large"."""
    return [match.span() for match in _any_direction().finditer(text)]


@cache
def _base_forms() -> dict[str, str]:
    """Irregular forms of verbs -> the stem of the verb: "taken" is "tak"."""
    return {form: base for base, forms in lexicon()["irregular"].items() for form in forms}


def stem_of(word: Word) -> str:
    """The stem of a word, of an irregular verb too."""
    return _base_forms().get(word.text, word.stem)


@lru_cache(maxsize=4096)
def statement(text: str) -> Statement:
    """The sentence ``text`` prepared for comparison."""
    found = facts(text)
    every = words(text)
    content = [word for word in every if word.is_content]
    outside = [w for w in content if not any(fact.start < w.end and w.start < fact.end for fact in found)]
    tokens = [Token(stem_of(word), word.start, word.end) for word in outside]
    tokens += [Token(f"{fact.subject}={_plain(fact)}", fact.start, fact.end) for fact in found]
    directed = direction_spans(text)
    return Statement(
        text=text,
        facts=found,
        tokens=tuple(sorted(tokens, key=lambda token: token.start)),
        stems=frozenset(stem_of(word) for word in content),
        words=frozenset(word.text for word in every),
        matter=tuple(stem_of(w) for w in outside if not any(s < w.end and w.start < e for s, e in directed)),
    )


def _plain(fact: Fact) -> str:
    return fact.value if isinstance(fact.value, str) else "-".join(f"{end:.3g}" for end in fact.value)


def shared(ours: Statement, theirs: Statement) -> float:
    """Share of what ``ours`` speaks of that ``theirs`` holds too; 1 for a statement of facts alone."""
    if not ours.matter:
        return float(bool(ours.facts))
    return sum(stem in theirs.stems for stem in ours.matter) / len(ours.matter)


def agreed(ours: Statement, theirs: Statement) -> int:
    """How many facts of ``ours`` the other tells as well."""
    return sum(any(same_fact(fact, other) for other in theirs.facts) for fact in ours.facts)


def likeness(ours: Statement, theirs: Statement) -> tuple[float, float, float]:
    """How like two statements are, to be compared in this order.

    Returns:
        The share of the matter and facts of ``ours`` that ``theirs`` tells, the share of its matter that ours
        tells, and the share of all their words, small ones too, that both have.
    """
    common = sum(stem in theirs.stems for stem in ours.matter)
    told = (common + agreed(ours, theirs)) / max(1, len(ours.matter) + len(ours.facts))
    both = len(ours.words & theirs.words) / max(1, len(ours.words | theirs.words))
    return told, shared(theirs, ours), both


def mismatch(kind: str, claim: str, ours: Span, evidence: str, theirs: Span) -> Mismatch:
    """A mismatch with the words at the two places; long ones are told shortened."""
    return Mismatch(
        kind=kind,
        claim=_clip(claim[slice(*ours)]),
        evidence=_clip(evidence[slice(*theirs)]),
        claim_start=ours[0],
        claim_end=ours[1],
        evidence_start=theirs[0],
        evidence_end=theirs[1],
    )


def _clip(text: str, limit: int = 160) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
