"""Where a claim denies what its evidence says, or says what its evidence denies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from harness.text.compared import Span, Statement, Token, lexicon, mismatch, pattern
from harness.text.phrases import wordings
from harness.text.words import content_stems, words
from harness.types import Mismatch

_SAME_CLAUSE = 0.65  # share of the shorter clause that two clauses have in common before a negation sets them apart
_SAME_WORDS = 0.9  # share of the longer clause that two clauses have in common to count as the same
_SURELY_ABOUT = 3  # words that one clause has to share with another where the rest of the statements differs
_REACH = 6  # words that a negation can govern
_HEADS = 4  # words behind a negation that tell what is denied
_SAME_HEADS = 0.6  # share of them that the other statement has to hold, to speak of what is denied
_CLAUSE = re.compile(r"[,;:.!?()]|\b(?:but|although|though|while|because|unless|if|whether|when|and)\b", re.IGNORECASE)
_PART = re.compile(r"[,;:!?()]|\b(?:but|although|though|while|because|unless|if|whether|when|until)\b", re.IGNORECASE)
_ASIDE = re.compile(r",\s(?:such as|like|including|for example|also called|called)\s[^,.;:!?]{1,80},", re.IGNORECASE)
_AROUND = " ,;:.()\n\t"  # is trimmed off a clause
_NOT_AS = re.compile(r"\s(?:\w+\s){0,2}?(?:as|so)\s\w+", re.IGNORECASE)
_BEFORE = re.compile(r"\b(?:before|until)\b", re.IGNORECASE)
_TOLD_WITHIN = 80  # characters behind a negation that tell whether it says something lesser or later
_CONDITIONS = ("if ", "unless ", "when ", "whether ", "as long as ", "provided ")
_PREFIXES = ("ab", "un", "in", "im", "ir", "non", "dis")


# --- two tellings of one statement --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Denial:
    """A negation and what it denies: the words and facts behind it, or before it at the end of a clause.

    ``loose`` says that any of those words may be the one denied ("no evidence that A causes B").
    """

    place: Span
    denied: tuple[Token, ...]
    loose: bool


def denials(ours: Statement, theirs: Statement) -> Iterator[Mismatch]:
    """What one of two tellings of a statement denies and the other says; one finding is enough."""
    here, there = _denials(ours, theirs.text), _denials(theirs, ours.text)
    for said, other, denied, others in ((ours, theirs, here, there), (theirs, ours, there, here)):
        told = {token.text: token for token in reversed(other.tokens)}
        also_denied = {token.text for denial in others for token in denial.denied}
        for denial in denied:
            common = [token.text for token in denial.denied if token.text in told]
            if not _is_lost(denial, common, also_denied | _said_plainly(said, denied, denial, other)):
                continue
            place = (min(denial.place[0], denial.denied[0].start), max(denial.place[1], denial.denied[0].end))
            plain = told[denial.denied[0].text]
            places = (place, (plain.start, plain.end))
            mine, its = places if said is ours else places[::-1]
            yield mismatch("negation", ours.text, mine, theirs.text, its)
            return
    if (len(here) - len(there)) % 2 and {t.text for t in ours.tokens} == {t.text for t in theirs.tokens}:
        yield mismatch("negation", ours.text, (0, len(ours.text)), theirs.text, (0, len(theirs.text)))


def _told_without(text: str, after: int, other: str) -> bool:
    """Whether the other says a denial without one: "not as well" is "less well", "not A before B" is "B before A"."""
    behind = text[after : after + _TOLD_WITHIN]
    if _NOT_AS.match(behind):
        return pattern("lesser").search(other) is not None
    first, later = _BEFORE.search(behind), _BEFORE.search(other)
    if not first or not later or pattern("negations").search(other):
        return False
    done = set(content_stems(behind[: first.start()]))
    return bool(done & set(content_stems(other[later.end() :])[:2]))


def _said_plainly(said: Statement, denied: list[_Denial], denial: _Denial, other: Statement) -> set[str]:
    """What a statement says without a negation, at times beside denying it: "mild symptoms or no symptoms".

    Only in a clause that says as much of the other statement as the one with the denial does: of "A is not safe, and B
    is safe" a claim about A meets the first.
    """
    under = {token for one in denied for token in one.denied}
    bounds = [0, *(m.start() for m in _CLAUSE.finditer(said.text)), len(said.text)]
    clauses = [[t for t in said.tokens if start <= t.start < end] for start, end in pairwise(bounds)]
    told = {token.text for token in other.tokens}
    common = [len({t.text for t in clause} & told) for clause in clauses]
    own = next(n for n, (start, end) in zip(common, pairwise(bounds), strict=True) if denial.place[0] < end)
    return {t.text for n, clause in zip(common, clauses, strict=True) if n >= own for t in clause if t not in under}


def _is_lost(denial: _Denial, common: list[str], also_denied: set[str]) -> bool:
    """Whether the other telling speaks of what is denied, and denies nothing of it."""
    head = denial.denied[0].text if denial.denied else ""
    enough = head in common and len(common) >= _SAME_HEADS * len(denial.denied)
    return enough and not set(common if denial.loose else [head]) & also_denied


@cache
def _negator() -> re.Pattern[str]:
    return wordings([*lexicon()["denials"], *lexicon()["negations"]])


def _denials(said: Statement, other: str) -> list[_Denial]:
    """The negations of a statement, those left out that the other tells without one or that belong to a fact."""
    found = []
    for match in _negator().finditer(said.text):
        if any(fact.start < match.end() and match.start() < fact.end for fact in said.facts):
            continue
        if _told_without(said.text, match.end(), other):
            continue
        stop = _PART.search(said.text, match.end())
        end = stop.start() if stop else len(said.text)
        behind = [t for t in said.tokens if match.end() <= t.start < end][:_HEADS]
        before = [t for t in said.tokens if t.end <= match.start()][-2:]
        loose = " " in match.group().strip() or match.group().lower().startswith("avoid")
        found.append(_Denial(match.span(), tuple(behind or before), loose))
    return found


# --- the evidence speaks of the matter in its own words -----------------------------------------


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause with the stems that its negation governs; ``denied`` is empty in a clause that denies nothing."""

    text: str
    start: int
    stems: frozenset[str]
    denied: frozenset[str]
    negations: int

    @property
    def end(self) -> int:
        """Where it ends in the text it was taken from."""
        return self.start + len(self.text)

    @property
    def conditional(self) -> bool:
        """Whether it states a condition or leaves something open, and so no fact."""
        return self.text.lower().startswith(_CONDITIONS)


def _clauses(text: str, other: str) -> list[_Clause]:
    """The clauses of a text, examples between commas left out, each with what it denies and the other text does not."""
    text = _ASIDE.sub(lambda aside: " " * len(aside.group()), text)
    bounds = [0, *(m.start() for m in _CLAUSE.finditer(text)), len(text)]
    return [_clause(text[start:end], start, other) for start, end in pairwise(bounds) if text[start:end].strip()]


def _clause(text: str, start: int, other: str = "") -> _Clause:
    found = [word for word in words(text) if word.is_content]
    denied: set[str] = set()
    count = 0
    for name, reach in (("denials", _REACH), ("negations", 2)):
        for match in pattern(name).finditer(text):
            if _told_without(text, match.end(), other):
                continue
            denied.update([word.stem for word in found if word.start >= match.end()][:reach])
            count += 1
    told = text.strip(_AROUND)
    start += len(text) - len(text.lstrip(_AROUND))
    return _Clause(told, start, frozenset(word.stem for word in found), frozenset(denied), count)


def negations(claim: str, evidence: str, alike: float) -> Iterator[Mismatch]:
    """A clause that one side denies and the other says plainly, both about the same thing.

    Args:
        claim, evidence: the two statements.
        alike: share of the claim's content words that the evidence holds.
    """
    fewest = _SURELY_ABOUT if alike < _SAME_WORDS else 2
    told = _clauses(evidence, claim) or [_clause("", 0)]
    for ours in _clauses(claim, evidence):
        theirs = max(
            told, key=lambda clause: (len(ours.stems & clause.stems), bool(clause.denied) == bool(ours.denied))
        )
        if _flipped(ours, theirs, fewest):
            yield mismatch("negation", claim, (ours.start, ours.end), evidence, (theirs.start, theirs.end))
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
