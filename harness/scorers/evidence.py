"""The evidence for each claim of an answer: judged once, used by grounding and citation rules alike."""

from __future__ import annotations

from dataclasses import dataclass

from harness.scorers.references import cited_passages, lexicon
from harness.text.claims import Claim, claims
from harness.text.facts import facts, untold
from harness.types import Case, Passage, Severity, Span, Support

_ON_THE_MATTER = 0.3  # probability from which a passage that doesn't support a claim still speaks of its matter
_GUIDELINES_DIFFER_ON = frozenset({"age", "frequency", "duration", "count", "percent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The passage that says most about a claim, and the judge's word on the two."""

    claim: Claim
    passage: Passage
    support: Support
    cited: bool = False

    @property
    def related(self) -> tuple[Span, ...]:
        """The deciding words of the passage."""
        if self.support.end <= self.support.start:
            return ()
        return (Span.of(self.passage.text, self.support.start, self.support.end, f"passage:{self.passage.id}"),)


def judged(case: Case) -> tuple[list[Claim], list[list[Evidence]]]:
    """The claims of a page and, for each, its evidence: one for every supplied passage, cited passages first."""
    found = list(claims(case.document))
    passages = [p for p in case.answer.passages if p.text.strip()]
    supports = iter(case.judge.support([(p.text, c.text) for c in found for p in passages]))
    table: list[list[Evidence]] = []
    for claim in found:
        cited = {p.id for p in cited_passages(case, claim.sentence)}
        row = [Evidence(claim=claim, passage=p, support=next(supports), cited=p.id in cited) for p in passages]
        table.append(sorted(row, key=lambda e: not e.cited))
    return found, table


def best(row: list[Evidence]) -> Evidence:
    """The evidence that decides: support wherever it stands, else a contradiction, else the likeliest.

    A passage doesn't contradict facts that another one on the same matter tells as the claim does: guidelines differ,
    and a claim may sum up two of them.
    """
    rank = {"supported": 2, "contradicted": 1, "not_found": 0}

    def order(e: Evidence) -> tuple[float, ...]:
        decides = rank[e.support.label] if not _told_elsewhere(e, row) else -1
        return decides, bool(e.support.mismatches), e.support.probability, e.cited

    return max(row, key=order)


def _told_elsewhere(evidence: Evidence, row: list[Evidence]) -> bool:
    """Whether the numbers that a passage contradicts are told as claimed by others that speak of the matter."""
    changed = {m.claim for m in evidence.support.mismatches}
    kinds = {m.kind for m in evidence.support.mismatches}
    others = [e for e in row if e.support.probability >= _ON_THE_MATTER and not e.support.mismatches]
    if evidence.support.label != "contradicted" or not others or not kinds <= _GUIDELINES_DIFFER_ON:
        return False
    missing = untold(evidence.claim.text, "\n".join(e.passage.text for e in others))
    return not changed & {fact.text for fact in missing}


def contradiction_severity(evidence: Evidence) -> Severity:
    """4 where the changed fact moves a dose, a medicine or when to seek help; 3 otherwise."""
    kinds = {mismatch.kind for mismatch in evidence.support.mismatches}
    moves_dose = bool(kinds & {"dose", "frequency", "temperature"})
    denies_urgency = "negation" in kinds and bool(lexicon("urgent").search(evidence.claim.text))
    return 4 if moves_dose or denies_urgency else 3


def weight(claim: Claim) -> Severity:
    """How grave it is that no source bears a claim out: 3 dose or urgency, 2 a number or a treatment, else 1."""
    kinds = {fact.kind for fact in facts(claim.text)} - {"year", "population"}
    if kinds & {"dose", "temperature"} or lexicon("urgent").search(claim.text):
        return 3
    measured = kinds & {"percent", "count", "frequency", "age", "duration", "number", "drug", "approval"}
    return 2 if measured or lexicon("treatment").search(claim.text) else 1


def told(evidence: Evidence) -> str:
    """What differs, in words: "the answer says 40 mg, the source 20 mg"."""
    first = evidence.support.mismatches[0]
    return f"the answer says “{first.claim}”, the source “{first.evidence}” ({first.kind})"
