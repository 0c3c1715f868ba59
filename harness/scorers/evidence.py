"""The evidence for each claim of an answer: judged once, used by grounding and citation rules alike."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.scorers.references import Cited, lexicon
from harness.text.claims import Claim, claims
from harness.text.facts import facts, untold
from harness.text.language import is_foreign
from harness.text.words import content_stems
from harness.types import Case, Passage, Severity, Span, Support

_NEAREST = 2  # passages judged for a claim besides those it cites: the ones that hold most of its words
_ON_THE_MATTER = 0.3  # probability from which a passage that doesn't support a claim still speaks of its matter
_STATUSES = frozenset({"approval", "receptor", "gene", "stage", "grade", "line", "phase", "population"})
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


def judged(case: Case, cited: Cited) -> tuple[list[Claim], list[list[Evidence]]]:
    """The claims of a page and, for each, its evidence: the passages it cites first, then those that are nearest to it.

    A passage that shares hardly a word with a claim neither supports nor contradicts it, so it isn't judged: what a
    page costs grows with its claims, not with claims times passages. Grounding and citation rules ask for the same
    pairs. Passages in a language that the judge can't read beside that of the page are left out: it would find nothing.
    """
    found = list(claims(case.document))
    passages = readable(case)
    near = _Nearest(passages)
    chosen = [_chosen([p for p in cited.passages(claim.sentence) if p in passages], claim, near) for claim in found]
    supports = iter(
        case.judge.support([(p.text, c.text) for c, row in zip(found, chosen, strict=True) for p, _ in row])
    )
    table = [
        [Evidence(claim=claim, passage=passage, support=next(supports), cited=cited) for passage, cited in row]
        for claim, row in zip(found, chosen, strict=True)
    ]
    return found, table


def readable(case: Case) -> list[Passage]:
    """The passages whose words the judge can lay beside the page's: all, unless it reads one language at a time."""
    worded = [p for p in case.answer.passages if p.text.strip()]
    if getattr(case.judge, "crosses_languages", True):
        return worded
    return [p for p in worded if not is_foreign(p.text, case.document.language)]


def _chosen(cited: Sequence[Passage], claim: Claim, near: _Nearest) -> list[tuple[Passage, bool]]:
    """The passages to judge a claim by, each with whether the claim cites it."""
    known = {p.id for p in cited}
    others = [p for p in near.to(claim.text, _NEAREST + len(cited)) if p.id not in known][:_NEAREST]
    return [*((p, True) for p in cited), *((p, False) for p in others)]


class _Nearest:
    """Passages by how much of a claim their words hold; a word that few passages hold counts more."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._stems = [frozenset(content_stems(p.text)) for p in passages]
        held = Counter(stem for stems in self._stems for stem in stems)
        self._weight = {stem: math.log(1 + len(passages) / n) for stem, n in held.items()}

    def to(self, text: str, count: int) -> list[Passage]:
        """The ``count`` nearest passages, nearest first; those without a common word are left out but for the first."""
        wanted = set(content_stems(text)) & self._weight.keys()
        shares = [sum(self._weight[stem] for stem in wanted & stems) for stems in self._stems]
        order = sorted(range(len(shares)), key=lambda i: (-shares[i], i))[:count]
        return [self._passages[i] for rank, i in enumerate(order) if shares[i] or not rank]


def best(row: list[Evidence]) -> Evidence:
    """The evidence that decides: support wherever it stands, else a contradiction, else the likeliest.

    A passage doesn't contradict facts that another one on the same matter tells as the claim does: guidelines differ,
    and a claim may sum up two of them. But where one passage denies a status (approval, receptor, stage ...), another
    one supports the claim only if it speaks of that status too.
    """
    rank = {"supported": 2, "contradicted": 1, "not_found": 0}
    denied = {m.kind for e in row if e.support.label == "contradicted" for m in e.support.mismatches} & _STATUSES

    def order(e: Evidence) -> tuple[float, ...]:
        decides = rank[e.support.label] if not _told_elsewhere(e, row) else -1
        if decides == rank["supported"] and denied - {fact.kind for fact in facts(e.passage.text)}:
            decides = rank["not_found"]
        return decides, bool(e.support.mismatches), e.support.probability, e.cited

    return max(row, key=order)


def _told_elsewhere(evidence: Evidence, row: list[Evidence]) -> bool:
    """Whether the numbers that a passage contradicts are told as claimed by others that speak of the matter."""
    changed = {m.claim for m in evidence.support.mismatches}
    kinds = {m.kind for m in evidence.support.mismatches}
    others = [e for e in row if e.support.probability >= _ON_THE_MATTER and not e.support.mismatches]
    if evidence.support.label != "contradicted" or not kinds or not others or not kinds <= _GUIDELINES_DIFFER_ON:
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
    """What differs, in words: "the answer says 40 mg, the source 20 mg"; the deciding words where no fact is named."""
    if not evidence.support.mismatches:
        return " ".join(f"“{span.quote}”" for span in evidence.related) or "its words deny it"
    first = evidence.support.mismatches[0]
    return f"the answer says “{first.claim}”, the source “{first.evidence}” ({first.kind})"
