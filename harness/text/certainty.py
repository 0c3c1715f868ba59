"""Where a claim is surer than its evidence: a hedge lost, an open question answered, "some" told as "all"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from harness.text.compared import mismatch, pattern
from harness.text.words import Word, content_stems, words
from harness.types import Mismatch

_SAME_STATEMENT = 0.7  # share of the claim's words that the evidence holds, from which the two say the same thing
_SAME_CLAUSE = 0.65  # share of the words in common from which an open question is the one the claim answers
_CLAUSE_END = re.compile(
    r"[.;!?]\s|,\s(?=(?:but|while|although|whereas|pero|aunque)\s|(?:and|y)\s(?:it|they|is|are|was|were|has|have|no)\s)",
    re.IGNORECASE,
)


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
    modals, sure = pattern("modals"), pattern("certainties")
    plain = {word.stem: word for word in words(claim) if word.is_content}
    free = not _limited(claim)
    for modal in modals.finditer(evidence):
        verb = _next_content(evidence, modal.end())
        if verb and verb.stem in plain:
            told = plain[verb.stem]
            before = claim[max(0, told.start - 20) : told.start]
            if free or (sure.search(before) and not modals.search(before)):
                return mismatch("certainty", claim, (told.start, told.end), evidence, (modal.start(), verb.end))
    return None


def _answered(claim: str, evidence: str) -> Mismatch | None:
    """What the evidence calls not known, and the claim says plainly; to call it known denies the evidence."""
    if any(pattern(name).search(claim) for name in ("unknowns", "modals", "negations")):
        return None
    ours = set(content_stems(claim))
    for match in pattern("unknowns").finditer(evidence):
        open_matter = match.group() + re.split(r"[.;!?](?:\s|$)", evidence[match.end() :], maxsplit=1)[0]
        asked = set(content_stems(open_matter[len(match.group()) :]))
        common = len(asked & ours)
        if common >= max(2, _SAME_CLAUSE * min(len(asked), len(ours))):
            kind = "negation" if pattern("settled").search(claim) else "certainty"
            return mismatch(kind, claim, _whole(claim), evidence, (match.start(), match.start() + len(open_matter)))
    return None


def _made_general(claim: str, evidence: str) -> Mismatch | None:
    """What the evidence says of some people, and the claim without a limit."""
    if _limited(claim):
        return None
    ours = content_stems(claim)
    for some in pattern("partial").finditer(evidence):
        start, end = _clause_around(evidence, some)
        theirs = set(content_stems(evidence[start:end]))
        if sum(stem in theirs for stem in ours) >= _SAME_CLAUSE * len(ours):
            return mismatch("certainty", claim, _whole(claim), evidence, some.span())
    return None


def _made_sure(claim: str, evidence: str, alike: float) -> Mismatch | None:
    """A word of certainty where the evidence hedges; one for all cases where it has none of the kind."""
    if pattern("certainties").search(evidence):
        return None
    hedge, sure = pattern("hedges").search(evidence), pattern("certainties").search(claim)
    if sure and hedge and not _limited(claim):
        return mismatch("certainty", claim, sure.span(), evidence, hedge.span())
    every = pattern("universals").search(claim)
    if every and alike >= _SAME_STATEMENT and not pattern("universals").search(evidence):
        return mismatch("certainty", claim, every.span(), evidence, _whole(evidence))
    return None


def _whole(text: str) -> tuple[int, int]:
    """The offsets of a text without the blanks around it."""
    return len(text) - len(text.lstrip()), len(text.rstrip())


def _clause_around(text: str, hit: re.Match[str]) -> tuple[int, int]:
    """The offsets of the clause that holds ``hit``: up to the end of a sentence, or to "but" or "and it is"."""
    ends = [0, *(m.end() for m in _CLAUSE_END.finditer(text)), len(text)]
    return next((a, b) for a, b in pairwise(ends) if a <= hit.start() < b)


def _limited(claim: str) -> bool:
    """Whether the claim itself says "may", "some" or "not known"."""
    return any(pattern(name).search(claim) for name in ("hedges", "partial", "unknowns"))


def _next_content(text: str, start: int) -> Word | None:
    return next((w for w in words(text[: start + 60]) if w.start >= start and w.is_content), None)
