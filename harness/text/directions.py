"""Where a claim reverses what its evidence says: a rise told as a fall, more as less, large as small."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from harness.text.compared import direction_spans, lexicon, mismatch
from harness.text.patterns import negated
from harness.text.phrases import wordings
from harness.text.words import content_stems
from harness.types import Mismatch

_SAME_STATEMENT = 0.7  # share of the claim's other words that the evidence holds, from which the two say the same thing
_NEAR = 60  # characters around a word that tell what it is about
_STANDARD = re.compile(r"^[^,.;:!?]{0,80}?\bthan\s([^,.;:!?]{1,60})", re.IGNORECASE)


@cache
def _opposites() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    pairs = [(wordings(one), wordings(other)) for one, other in lexicon()["opposites"]]
    return tuple(pair for one, other in pairs for pair in ((one, other), (other, one)))


def directions(claim: str, evidence: str, *, same: bool) -> Iterator[Mismatch]:
    """A rise told as a fall, "more" as "less", "large" as "small", of the same thing; one finding is enough.

    ``same`` says that the two are one statement, so that each word of direction has its counterpart.
    """
    if not (direction_spans(claim) and direction_spans(evidence)):
        return
    for ours, theirs in _opposites():
        here, there = list(ours.finditer(claim)), list(theirs.finditer(evidence))
        if not (here and there):
            continue
        here_too, there_too = len(ours.findall(evidence)), len(theirs.findall(claim))
        exchanged = len(here) > here_too and len(there) > there_too
        if not exchanged or (not same and (here_too or there_too)):
            continue
        pair = next(
            ((a, b) for a in here for b in there if _same_thing(claim, a, evidence, b, only=len(here) == 1, same=same)),
            None,
        )
        if pair:
            yield mismatch("direction", claim, pair[0].span(), evidence, pair[1].span())
            return


def _same_thing(
    claim: str, here: re.Match[str], evidence: str, there: re.Match[str], *, only: bool, same: bool
) -> bool:
    """Whether two opposite words are said of one thing; "not large" is "small", and a lost "not" is a negation."""
    if negated(claim, here.start()) or negated(evidence, there.start()):
        return False
    if _turned_round(claim[here.end() :], evidence[there.end() :]):
        return False
    if _after(claim, here) & _after(evidence, there):
        return True
    before = same or bool(_before(claim, here) & _before(evidence, there))  # "A raises B" is "B is raised by A"
    return only and before and _alike_but(claim, here, evidence)


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
