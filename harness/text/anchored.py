"""Each fact of a claim laid beside the one fact of the evidence that answers the same question about the same matter.

A claim that is shorter than its source, or told in other words, shares too little with any sentence to be laid beside
it as a whole. What it shares with the right sentence is the medicine or another subject, the words around the fact,
and the part that the fact plays there (how long, how long after, together with what).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from harness.text.compared import Statement, lexicon, pattern, statement
from harness.text.extraction import same_fact, same_question
from harness.text.fact import Fact
from harness.text.words import content_stems, stem
from harness.types import Mismatch

_LOOSE = frozenset({"figure", "year", "superlative", "score", "scale"})  # not told by what stands around them
_MOSTLY = 0.5  # share of what the claim says besides the fact that a sentence has to say, to answer the same question
_ALL_BUT = 0.75  # the same for a medicine or a counted thing, which the evidence may just not speak of
_CLEARLY = 0.3  # by which a sentence has to say more of it than the one that agrees, to be the one to go by
_CARRIED = 0.5  # what a word of the sentence before counts
_REFERS_BACK = frozenset({"it", "they", "both"})  # a sentence with one speaks of a medicine before it too
_ROLE_REACH = 40  # characters before a length of time that tell its role
_PARTNER_REACH = 30  # characters before a medicine that tell that it is given with another


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence of the evidence.

    Args:
        said: the sentence.
        start: its offset in the evidence.
        drugs: the medicines it speaks of, named in it or, where it names none, before it; with their offsets there.
        before: stems of the sentence before it.
    """

    said: Statement
    start: int
    drugs: tuple[Fact, ...]
    before: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        """Names of the medicines that it speaks of."""
        return _names(self.drugs)


def anchored(ours: Statement, evidence: str, spans: list[tuple[int, int]]) -> Iterator[Mismatch]:
    """Facts that the sentence of the evidence which speaks of the same matter tells otherwise.

    Args:
        ours: the claim.
        evidence: the text that it is compared with.
        spans: offsets of the sentences of the evidence.
    """
    told = list(_sentences(evidence, spans))
    for fact in ours.facts:
        if fact.kind in _LOOSE:
            continue
        found = _other_drug(fact, ours, told) if fact.kind == "drug" else _rival(fact, ours, told)
        if found is not None:
            yield _mismatch(fact, found)


def told_better(found: Mismatch, ours: Statement, evidence: str, spans: list[tuple[int, int]]) -> bool:
    """Whether a sentence that says more of the claim than the one that differs tells the fact as the claim does."""
    place = (found.claim_start, found.claim_end)
    fact = next((fact for fact in ours.facts if (fact.start, fact.end) == place and fact.kind == found.kind), None)
    if fact is None:
        return False
    likenesses = {True: 0.0, False: 0.0}
    for there in _sentences(evidence, spans):
        like = _likeness(fact, ours, there)
        if any(same_fact(fact, other) for other in there.said.facts):
            likenesses[True] = max(likenesses[True], like)
        elif there.start <= found.evidence_start < there.start + len(there.said.text):
            likenesses[False] = like
    return likenesses[True] > likenesses[False]


def _sentences(evidence: str, spans: list[tuple[int, int]]) -> Iterator[_Told]:
    """The sentences; one without a medicine speaks of those of the sentence before."""
    drugs: tuple[Fact, ...] = ()
    before: frozenset[str] = frozenset()
    for start, end in spans:
        said = statement(evidence[start:end])
        own = [_moved(fact, start) for fact in said.facts if fact.kind == "drug"]
        drugs = (*own, *drugs) if own and _REFERS_BACK & said.words else tuple(own) or drugs
        yield _Told(said, start, drugs, before)
        before = said.stems


def _moved(fact: Fact, by: int) -> Fact:
    return replace(fact, start=fact.start + by, end=fact.end + by)


def _names(found: Iterable[Fact]) -> frozenset[str]:
    return frozenset(str(fact.value) for fact in found if fact.kind == "drug")


# --- the value of a fact ------------------------------------------------------------------------


def _rival(fact: Fact, ours: Statement, told: list[_Told]) -> Fact | None:
    """What the evidence says instead of ``fact`` about the same matter, if nothing there says it as well."""
    enough = _ALL_BUT if fact.kind == "number" else _MOSTLY
    agreeing = 0.0
    rivals: list[tuple[float, Fact]] = []
    for there in told:
        like = _likeness(fact, ours, there)
        for other in there.said.facts:
            if not same_question(fact, other) or not _same_role(fact, ours, other, there):
                continue
            if fact.kind == "percent" and fact.bound and not other.bound:
                continue  # a limit that something is judged by, and a result
            if same_fact(fact, other) or _in_range(fact, other):
                agreeing = max(agreeing, like)
            elif like >= enough and not any(same_fact(mine, other) for mine in ours.facts):
                rivals.append((like, _moved(other, there.start)))
    if not rivals:
        return None
    like, other = max(rivals, key=lambda rival: rival[0])
    return other if like >= agreeing + _CLEARLY or not agreeing else None


def _in_range(fact: Fact, other: Fact) -> bool:
    """Whether a range of the claim holds a single number of the evidence; it may sum up several of them."""
    if isinstance(fact.value, str) or isinstance(other.value, str):
        return False
    low, high = fact.value
    return low < high and other.value[0] == other.value[1] and low <= other.value[0] <= high


def _likeness(fact: Fact, ours: Statement, there: _Told) -> float:
    """Share of what the claim says besides ``fact`` that a sentence says as well; 0 if it is of another medicine."""
    drugs = _names(other for other in ours.facts if other is not fact)
    if fact.kind != "drug" and drugs and there.drugs and not drugs & there.names:
        return 0.0
    matter = [word for word in ours.matter if word not in _light()]
    others = [other for other in ours.facts if other is not fact and other.kind != "drug"]
    common = sum(1.0 if w in there.said.stems else _CARRIED * (w in there.before) for w in matter)
    common += sum(_says(there.said, other) for other in others)
    common += bool(drugs & there.names)
    return common / max(1, len(matter) + len(others) + bool(drugs))


def _says(said: Statement, fact: Fact) -> bool:
    """Whether a sentence tells a fact, be it in words that are none by themselves."""
    if any(same_fact(fact, other) for other in said.facts):
        return True
    stems = content_stems(fact.text)
    return isinstance(fact.value, str) and bool(stems) and all(stem in said.stems for stem in stems)


@cache
def _light() -> frozenset[str]:
    """Stems of words that stand in every sentence about a treatment, and so tell nothing of its matter."""
    return frozenset(stem(word) for word in lexicon()["light"])


# --- the part that a length of time plays -------------------------------------------------------


@cache
def _roles() -> dict[str, re.Pattern[str]]:
    """What stands right before a length of time, at most words such as "about" between, by the part it plays."""
    lists = lexicon()
    between = "|".join(re.escape(word) for words in (lists["loosely"], *lists["bounds"].values()) for word in words)
    return {
        role: re.compile(rf"\b(?:{'|'.join(phrases)})\s(?:(?:{between})\s){{0,3}}$", re.IGNORECASE)
        for role, phrases in lists["time_roles"].items()
    }


def _same_role(fact: Fact, ours: Statement, other: Fact, there: _Told) -> bool:
    """Whether two lengths of time play one part; a time whose part isn't told may play any."""
    if fact.kind != "duration":
        return True
    return len({_role(ours.text, fact), _role(there.said.text, other)} - {""}) < 2


def _role(text: str, fact: Fact) -> str:
    """The part that a length of time plays: how long, how long after or before something; "" if it isn't told."""
    before = text[max(0, fact.start - _ROLE_REACH) : fact.start]
    told = [role for role, found in _roles().items() if found.search(before)]
    if told:
        return told[0]
    behind = re.match(r"\s(after|later|before|earlier|following)\b", text[fact.end :])
    return {"later": "after", "following": "after", "earlier": "before"}.get(behind[1], behind[1]) if behind else ""


# --- another medicine ---------------------------------------------------------------------------


def _other_drug(fact: Fact, ours: Statement, told: list[_Told]) -> Fact | None:
    """The medicine that the evidence names where the claim names one that the evidence never does.

    Of a partner ("combined with A") it takes that the two speak of the same first medicine; of a medicine alone that
    all the rest is the same.
    """
    if any(fact.value in there.names for there in told):
        return None
    mine = _names(ours.facts)
    partner = _is_partner(ours.text, fact)
    best: tuple[float, Fact] | None = None
    for there in told:
        others = [drug for drug in there.drugs if drug.value not in mine]
        known = bool(mine & there.names)
        if partner and known:
            others = [drug for drug in others if _is_partner(there.said.text, _moved(drug, -there.start))]
        like = _likeness(fact, ours, there)
        if others and like >= (_MOSTLY if partner and known else _ALL_BUT) and (best is None or like > best[0]):
            best = like, others[0]
    return best[1] if best else None


def _is_partner(text: str, drug: Fact) -> bool:
    """Whether a medicine is told as given with another: "with A", "plus A", "with A and B"."""
    if drug.start < 0:
        return False
    before = text[max(0, drug.start - _PARTNER_REACH) : drug.start]
    return bool(pattern("partners").search(before))


def _mismatch(fact: Fact, other: Fact) -> Mismatch:
    return Mismatch(
        kind=fact.kind,
        claim=fact.text,
        evidence=other.text,
        claim_start=fact.start,
        claim_end=fact.end,
        evidence_start=other.start,
        evidence_end=other.end,
    )
