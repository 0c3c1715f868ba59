"""Where a claim tells a clinical fact another way than its evidence, or tells one that the evidence lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.text.anchored import anchored, told_better
from harness.text.certainty import certainties
from harness.text.compared import Statement, agreed, lexicon, likeness, mismatch, shared, statement
from harness.text.directions import directions
from harness.text.exchanged import exchanged
from harness.text.extraction import facts, same_fact, same_question
from harness.text.fact import Fact
from harness.text.polarity import denials, negations
from harness.text.rarity import zipf
from harness.text.sentences import split
from harness.text.words import content_stems
from harness.types import Mismatch

__all__ = ["Fact", "facts", "mismatches", "untold"]

_LONGEST = 4000  # characters of a statement that are compared; far more than a sentence has
_MOST_SENTENCES = 200  # of the evidence
_SAME_MATTER = 0.5  # share of the claim's other words that the evidence has to hold before their facts are compared
_SAME_STATEMENT = 0.75  # the same in one sentence of it, from which this sentence says what the claim says
_COPY = 0.85  # the same on both sides: the claim is that sentence but for a few words
_SAME_FACTS = 0.65  # the same of its words and facts together, where _FEW_FACTS facts and more are told alike
_FEW_FACTS = 2
_FEW = 3  # words of a claim besides its facts that are too few to tell by them alone
_ONLY_SIDE_BY_SIDE = frozenset({"figure", "number", "year"})  # too loose to be compared in passing
_UNHEARD = 2.9  # Zipf frequency up to which a word is none of everyday language
_NEAR = 60  # characters around a fact that tell what it is about


def mismatches(claim: str, evidence: str, part: tuple[int, int] | None = None) -> tuple[Mismatch, ...]:
    """Facts that ``claim`` tells another way than ``evidence``, where both speak of the same matter.

    If one sentence of the evidence says what the claim says, the two are laid side by side: facts that agree are
    paired off, and a fact that is left over on either side was changed. Else a fact counts as told another way only if
    the evidence has facts of its kind and subject near the same words and none agrees.
    Besides facts: kind ``negation`` (one side denies what the other says), ``direction`` (one says raises, more or
    large, the other lowers, less or small) and ``certainty`` (the evidence says may or not known, the claim will).

    Args:
        claim: the claim, one sentence.
        evidence: the text that should say so.
        part: offsets of the sentences in it that hold most of the claim, which alone are compared as a whole; single
            facts are looked for in all of it.
    """
    ours = statement(claim[:_LONGEST])
    start, end = part or (0, len(evidence))
    found = _moved(_as_a_whole(ours, evidence[start : min(end, start + _LONGEST)]), start)
    spans = _sentences(evidence)
    found = tuple(m for m in found if not told_better(m, ours, evidence, spans))
    if any(m.kind != "certainty" for m in found):
        return found
    more = tuple(anchored(ours, evidence, spans)) or tuple(exchanged(ours, evidence, spans))
    return (*found, *(more or _renamed(ours, evidence, spans)))


def _as_a_whole(ours: Statement, evidence: str) -> tuple[Mismatch, ...]:
    """What differs between the claim and the sentence that says the same, or the evidence if no one sentence does."""
    place = _same_statement(ours, evidence)
    if place is None:
        return _in_passing(ours, evidence)
    return _moved(_side_by_side(ours, statement(evidence[slice(*place)])), place[0])


def _moved(found: tuple[Mismatch, ...], by: int) -> tuple[Mismatch, ...]:
    return tuple(replace(m, evidence_start=m.evidence_start + by, evidence_end=m.evidence_end + by) for m in found)


def _sentences(evidence: str) -> list[tuple[int, int]]:
    """Offsets of the first sentences of the evidence, questions left out."""
    return [(a, b) for a, b in split(evidence)[:_MOST_SENTENCES] if evidence[b - 1] != "?"]


def untold(claim: str, evidence: str) -> tuple[Fact, ...]:
    """Facts of ``claim`` that ``evidence`` should give and never does: numbers, drugs, stages, superlatives."""
    wanted = [fact for fact in facts(claim[:_LONGEST]) if fact.kind in lexicon()["needed"]]
    theirs = facts(evidence) if wanted else ()
    return tuple(fact for fact in wanted if not any(same_fact(fact, other) for other in theirs))


# --- one sentence of the evidence says what the claim says --------------------------------------


def _same_statement(ours: Statement, evidence: str) -> tuple[int, int] | None:
    """The sentence of the evidence that is the claim but for a few words; the likest one where several are."""
    spans = _sentences(evidence)
    if not spans:
        return None
    told = [statement(evidence[start:end]) for start, end in spans]
    told = [_with_subject(said, told[i - 1]) if i else said for i, said in enumerate(told)]
    top = max(range(len(spans)), key=lambda i: (*likeness(ours, told[i]), -i))
    return spans[top] if _is_same(ours, told[top]) else None


def _with_subject(said: Statement, before: Statement) -> Statement:
    """A sentence that starts with "it" speaks of the words of the sentence before as well."""
    first = said.text.split(maxsplit=1)[0].lower()
    return replace(said, stems=said.stems | before.stems) if first in ("it", "they") else said


def _is_same(ours: Statement, theirs: Statement) -> bool:
    told, back, _ = likeness(ours, theirs)
    if told >= _SAME_FACTS and agreed(ours, theirs) >= _FEW_FACTS:
        return True
    if shared(ours, theirs) < _SAME_STATEMENT:
        return False
    # with few words beside its facts, the facts or the other side have to agree too
    return len(ours.matter) >= _FEW or back >= 0.5 or told >= _SAME_STATEMENT


def _side_by_side(ours: Statement, theirs: Statement) -> tuple[Mismatch, ...]:
    """What differs between two tellings of one statement."""
    typed = list(_left_over(ours, theirs))
    kinds = {found.kind for found in typed}
    if "drug" in kinds and len(kinds) > 1:
        return ()  # another drug with its own dose is another statement
    told = set(theirs.stems)
    alike = sum(stem in told for stem in ours.stems) / max(1, len(ours.stems))
    negated = [] if "approval" in kinds else list(denials(ours, theirs))
    directed = [] if negated else list(directions(ours.text, theirs.text, same=True))
    return tuple(dict.fromkeys([*typed, *negated, *directed, *certainties(ours.text, theirs.text, alike)]))


def _left_over(ours: Statement, theirs: Statement) -> Iterator[Mismatch]:
    """Facts of the claim without a partner, each beside the fact of the sentence that has none either."""
    free = list(theirs.facts)
    single: list[Fact] = []
    for fact in ours.facts:
        partners = [other for other in free if same_fact(fact, other)]
        if partners:
            free.remove(max(partners, key=lambda other: _in_common(ours, fact, theirs, other)))
        else:
            single.append(fact)
    copy = min(shared(ours, theirs), shared(theirs, ours)) >= _COPY
    for fact in single:
        if fact.kind == "figure" and not copy:
            continue  # told by its place in the sentence only
        if not copy and any(same_fact(fact, other) for other in theirs.facts):
            continue  # told twice here, once there
        if _both_ends_told(fact, [other for other in theirs.facts if same_question(fact, other)]):
            continue
        rivals = [other for other in free if same_question(fact, other)]
        if not rivals and copy:
            rivals = [other for other in free if other.kind == fact.kind]
        if rivals:
            rival = max(rivals, key=lambda other: _in_common(ours, fact, theirs, other))
            free.remove(rival)
            yield _told_otherwise(ours, fact, theirs, rival)


def _renamed(ours: Statement, evidence: str, spans: list[tuple[int, int]]) -> Iterator[Mismatch]:
    """A medicine in whose place the claim, otherwise the same, has a rare word that no list knows: a medicine too."""
    unheard = [t for t in ours.tokens if t.text.isalpha() and zipf(ours.text[t.start : t.end].lower()) <= _UNHEARD]
    for start, end in spans if unheard else ():
        theirs = statement(evidence[start:end])
        here, there = {token.text for token in ours.tokens}, {token.text for token in theirs.tokens}
        new = [token for token in unheard if token.text not in there]
        gone = [
            fact for fact in theirs.facts if fact.kind == "drug" and not any(same_fact(fact, f) for f in ours.facts)
        ]
        if len(new) == len(gone) == 1 and len(here - there) == len(there - here) == 1:
            place = (start + gone[0].start, start + gone[0].end)
            yield mismatch("drug", ours.text, (new[0].start, new[0].end), evidence, place)
            return


def _in_common(ours: Statement, fact: Fact, theirs: Statement, other: Fact) -> int:
    """How many words the surroundings of two facts share."""
    return len(_around(ours.text, fact) & _around(theirs.text, other))


def _told_otherwise(ours: Statement, fact: Fact, theirs: Statement, other: Fact) -> Mismatch:
    return mismatch(fact.kind, ours.text, (fact.start, fact.end), theirs.text, (other.start, other.end))


# --- the evidence speaks of the matter in its own words -----------------------------------------


def _in_passing(ours: Statement, evidence: str) -> tuple[Mismatch, ...]:
    """What differs where the evidence as a whole speaks of what the claim speaks of."""
    claim, theirs = ours.text, statement(evidence)
    matter = _common_matter(ours, theirs)
    if matter < _SAME_MATTER:
        return ()
    typed = [found for fact in ours.facts if (found := _rival(fact, ours, theirs)) is not None]
    kinds = {found.kind for found in typed}
    if "drug" in kinds:
        return ()  # another drug with its own dose is another statement
    alike = sum(stem in theirs.stems for stem in ours.stems) / max(1, len(ours.stems))
    negated = [] if "approval" in kinds else list(negations(claim, evidence, alike))
    directed = [] if negated else list(directions(claim, evidence, same=False))
    return tuple(dict.fromkeys([*typed, *negated, *directed, *certainties(claim, evidence, alike)]))


def _common_matter(ours: Statement, theirs: Statement) -> float:
    """Share of what the claim speaks of that the evidence holds; one word alone may be chance."""
    common = sum(stem in theirs.stems for stem in ours.matter)
    if common == 1:
        return _SAME_MATTER if len(ours.matter) == 1 else 0.0
    return shared(ours, theirs)


def _rival(fact: Fact, ours: Statement, theirs: Statement) -> Mismatch | None:
    """What the evidence says instead of ``fact``; None where it agrees or says nothing of that kind about it."""
    if fact.kind in _ONLY_SIDE_BY_SIDE:
        return None
    comparable = [other for other in theirs.facts if same_question(fact, other)]
    if any(same_fact(fact, other) for other in comparable) or _both_ends_told(fact, comparable):
        return None
    near = _around(ours.text, fact)
    for other in comparable:
        # what another fact of the claim tells already is not retold by this one; a temperature is told in two scales
        used = fact.kind != "temperature" and any(same_fact(o, other) for o in ours.facts)
        if not used and near & _around(theirs.text, other):
            return _told_otherwise(ours, fact, theirs, other)
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
