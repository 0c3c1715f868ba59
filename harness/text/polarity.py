"""Where a claim turns what its evidence says: denies it, reverses it, or is surer of it than the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, cast

from harness.resources import package_yaml
from harness.text.patterns import negated
from harness.text.phrases import wordings
from harness.text.words import Word, content_stems, words
from harness.types import Mismatch

_SAME_STATEMENT = 0.7  # share of the claim's words that the evidence holds, from which the two say the same thing
_SAME_CLAUSE = 0.65  # share of the shorter clause that two clauses have in common before a negation sets them apart
_SAME_WORDS = 0.9  # share of the longer clause that two clauses have in common to count as the same
_SURELY_ABOUT = 3  # words that one clause has to share with another where the rest of the statements differs
_REACH = 6  # words that a negation can govern
_NEAR = 60  # characters around a word that tell what it is about
_CLAUSE = re.compile(r"[,;:.!?()]|\b(?:but|although|though|while|because|unless|if|whether|when|and)\b", re.IGNORECASE)
_STANDARD = re.compile(r"^[^,.;:!?]{0,80}?\bthan\s([^,.;:!?]{1,60})", re.IGNORECASE)
_ASIDE = re.compile(r",\s(?:such as|like|including|for example|also called|called)\s[^,.;:!?]{1,80},", re.IGNORECASE)
_PREFIXES = ("ab", "un", "in", "im", "ir", "non", "dis")


def _lexicon() -> dict[str, Any]:
    return cast(dict[str, Any], package_yaml("lexicons/facts.yaml"))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return wordings(_lexicon()[name])


# --- negation -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause with the stems that its negation governs; ``denied`` is empty in a clause that denies nothing."""

    text: str
    stems: frozenset[str]
    denied: frozenset[str]
    negations: int

    @property
    def conditional(self) -> bool:
        """Whether it states a condition or leaves something open, and so no fact."""
        return self.text.lower().startswith(("if ", "unless ", "when ", "whether "))


def _clauses(text: str) -> list[_Clause]:
    """The clauses of a text, examples between commas left out, each with what it denies."""
    text = _ASIDE.sub(" ", text)
    bounds = [0, *(m.start() for m in _CLAUSE.finditer(text)), len(text)]
    return [_clause(text[start:end]) for start, end in pairwise(bounds) if text[start:end].strip()]


def _clause(text: str) -> _Clause:
    found = [word for word in words(text) if word.is_content]
    denied: set[str] = set()
    count = 0
    for name, reach in (("denials", _REACH), ("negations", 2)):
        for match in _pattern(name).finditer(text):
            denied.update([word.stem for word in found if word.start >= match.end()][:reach])
            count += 1
    return _Clause(text.strip(" ,;:.()"), frozenset(word.stem for word in found), frozenset(denied), count)


def negations(claim: str, evidence: str, alike: float) -> Iterator[Mismatch]:
    """A clause that one side denies and the other says plainly, both about the same thing.

    Args:
        claim, evidence: the two statements.
        alike: share of the claim's content words that the evidence holds.
    """
    fewest = _SURELY_ABOUT if alike < _SAME_STATEMENT else 1 if alike > _SAME_WORDS else 2
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
    if _denied_by_prefix(ours, theirs) or _denied_by_prefix(theirs, ours):
        return False
    flipped = (ours.denied & theirs.stems) | (theirs.denied & ours.stems)
    return bool(flipped) and common >= max(_SAME_CLAUSE * min(len(ours.stems), len(theirs.stems)), fewest)


def _denied_by_prefix(one: _Clause, other: _Clause) -> bool:
    """Whether ``other`` has by a prefix what ``one`` has by a word: "unsafe" is "not safe", "not unsafe" is "safe"."""
    return any(
        prefix + stem in other.stems or stem.removeprefix(prefix) in other.stems - {stem}
        for stem in one.denied
        for prefix in _PREFIXES
    )


# --- direction ----------------------------------------------------------------------------------


@cache
def _opposites() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    pairs = [(wordings(one), wordings(other)) for one, other in _lexicon()["opposites"]]
    return tuple(pair for one, other in pairs for pair in ((one, other), (other, one)))


def directions(claim: str, evidence: str) -> Iterator[Mismatch]:
    """A rise told as a fall, "more" as "less", "large" as "small", of the same thing; one finding is enough."""
    for ours, theirs in _opposites():
        here, there = ours.search(claim), theirs.search(evidence)
        if not (here and there) or ours.search(evidence) or theirs.search(claim):
            continue
        if negated(claim, here.start()) or negated(evidence, there.start()):
            continue  # "not large" is "small"; a lost "not" is told as a negation
        if _turned_round(claim[here.end() :], evidence[there.end() :]):
            continue
        after = _after(claim, here) & _after(evidence, there)
        if after or (_alike_but(claim, here, evidence) and _before(claim, here) & _before(evidence, there)):
            yield Mismatch(kind="direction", claim=here.group(), evidence=there.group())
            return


def _turned_round(ours: str, theirs: str) -> bool:
    """Whether two comparisons are made with different things: "less with A than with B", "more with B than with A"."""
    found = [_STANDARD.search(text) for text in (ours, theirs)]
    standards = [set(content_stems(match[1])[:2]) for match in found if match]
    return len(standards) == 2 and all(standards) and not standards[0] & standards[1]


def _alike_but(claim: str, hit: re.Match[str], evidence: str) -> bool:
    """Whether the evidence holds the claim's words beside the one of direction."""
    rest = content_stems(claim[: hit.start()] + " " + claim[hit.end() :])
    theirs = set(content_stems(evidence))
    return len(rest) >= 2 and sum(stem in theirs for stem in rest) >= _SAME_STATEMENT * len(rest)


def _after(text: str, hit: re.Match[str]) -> set[str]:
    """What a word of direction is about: the next three content words."""
    return set(content_stems(text[hit.end() : hit.end() + _NEAR])[:3])


def _before(text: str, hit: re.Match[str]) -> set[str]:
    return set(content_stems(text[max(0, hit.start() - _NEAR) : hit.start()]))


# --- certainty ----------------------------------------------------------------------------------


def certainties(claim: str, evidence: str, alike: float) -> Iterator[Mismatch]:
    """What the claim is surer of than the evidence: a "may" dropped, a question left open answered, "always" added."""
    found = (
        _modal_dropped(claim, evidence)
        or _answered(claim, evidence)
        or _made_general(claim, evidence)
        or _made_sure(claim, evidence, alike)
    )
    if found:
        yield found


def _modal_dropped(claim: str, evidence: str) -> Mismatch | None:
    """A verb under "may" that the claim has plain or under a word of certainty."""
    modals, sure = _pattern("modals"), _pattern("certainties")
    plain = {word.stem: word for word in words(claim) if word.is_content}
    free = not _limited(claim)
    for modal in modals.finditer(evidence):
        verb = _next_content(evidence, modal.end())
        if verb and verb.stem in plain:
            told = plain[verb.stem]
            before = claim[max(0, told.start - 20) : told.start]
            if free or (sure.search(before) and not modals.search(before)):
                hedged = evidence[modal.start() : verb.end]
                return Mismatch(kind="certainty", claim=claim[told.start : told.end], evidence=hedged)
    return None


def _answered(claim: str, evidence: str) -> Mismatch | None:
    """What the evidence calls not known, and the claim says plainly; to call it known denies the evidence."""
    if any(_pattern(name).search(claim) for name in ("unknowns", "modals", "negations")):
        return None
    ours = set(content_stems(claim))
    for match in _pattern("unknowns").finditer(evidence):
        open_matter = match.group() + re.split(r"[.;!?](?:\s|$)", evidence[match.end() :], maxsplit=1)[0]
        asked = set(content_stems(open_matter[len(match.group()) :]))
        common = len(asked & ours)
        if common >= max(2, _SAME_CLAUSE * min(len(asked), len(ours))):
            kind = "negation" if _pattern("settled").search(claim) else "certainty"
            return Mismatch(kind=kind, claim=_clip(claim.strip()), evidence=_clip(open_matter))
    return None


def _made_general(claim: str, evidence: str) -> Mismatch | None:
    """What the evidence says of some people, and the claim without a limit."""
    if _limited(claim):
        return None
    ours = content_stems(claim)
    for sentence in re.split(r"(?<=[.;!?])\s", evidence):
        some = _pattern("partial").search(sentence)
        theirs = set(content_stems(sentence)) if some else set()
        if some and sum(stem in theirs for stem in ours) >= _SAME_CLAUSE * len(ours):
            return Mismatch(kind="certainty", claim=_clip(claim.strip()), evidence=some.group())
    return None


def _made_sure(claim: str, evidence: str, alike: float) -> Mismatch | None:
    """A word of certainty where the evidence hedges; one for all cases where it has none of the kind."""
    if _pattern("certainties").search(evidence):
        return None
    hedge, sure = _pattern("hedges").search(evidence), _pattern("certainties").search(claim)
    if sure and hedge and not _limited(claim):
        return Mismatch(kind="certainty", claim=sure.group(), evidence=hedge.group())
    every = _pattern("universals").search(claim)
    if every and alike >= _SAME_STATEMENT and not _pattern("universals").search(evidence):
        return Mismatch(kind="certainty", claim=every.group(), evidence=_clip(evidence.strip()))
    return None


def _limited(claim: str) -> bool:
    """Whether the claim itself says "may", "some" or "not known"."""
    return any(_pattern(name).search(claim) for name in ("hedges", "partial", "unknowns"))


def _next_content(text: str, start: int) -> Word | None:
    return next((w for w in words(text[: start + 60]) if w.start >= start and w.is_content), None)


def _clip(text: str, limit: int = 160) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
