"""Grounding: is what the answer says in the sources it was given, and does it say it as they do?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.scorers.base import rules
from harness.scorers.evidence import Evidence, best, contradiction_severity, judged, told, weight
from harness.scorers.references import (
    GUIDELINES,
    PINNING,
    bodies,
    document_types,
    entries,
    from_passage,
    is_nameless,
    lexicon,
)
from harness.text.claims import Claim
from harness.text.facts import facts, untold
from harness.types import Case, Citation, Finding, NotApplicable, Outcome, Region, Scored, Sentence


@dataclass(frozen=True, kw_only=True)
class Grounding:
    """Every checkable statement of the answer should be told by one of its sources.

    Score: supported statements / checkable statements. Without passages nothing can be checked: not applicable, though
    statistics from nowhere (GRD104), superlatives (GRD105) and global claims (GRD106) are still reported.
    """

    name: ClassVar[str] = "grounding"
    version: ClassVar[int] = 1
    family: ClassVar[str] = "grounding"

    def score(self, case: Case) -> Outcome:
        """Judge each claim against every passage; support anywhere counts."""
        found, table = judged(case)
        page = _Page(case)
        findings = list(page.global_claims())
        if not case.answer.passages:
            findings += [f for claim in found for f in page.without_passages(claim)]
            reason = "no source passages given: support was not measured" if found else "no checkable claim"
            metrics = {"n_claims": float(len(found))}
            return NotApplicable(scorer=self.name, reason=reason, findings=_in_order(findings), metrics=metrics)
        decided = [best(row) for row in table if row]
        findings += [f for evidence in decided for f in page.of(evidence)]
        # advice counts once the sources speak of it: that they don't is no fault
        checkable = [e for e in decided if not (e.claim.advice and e.support.label == "not_found")]
        labels = [e.support.label for e in checkable]
        metrics = {
            "n_claims": float(len(checkable)),
            "n_supported": float(labels.count("supported")),
            "n_contradicted": float(labels.count("contradicted")),
            "n_not_found": float(labels.count("not_found")),
        }
        if not checkable:
            reason = "no checkable claim"
            return NotApplicable(scorer=self.name, reason=reason, findings=_in_order(findings), metrics=metrics)
        supported = labels.count("supported")
        return Scored(
            scorer=self.name,
            score=supported / len(labels),
            findings=_in_order(findings),
            metrics=metrics,
            reason=f"{supported} of {len(labels)} statements found in the sources",
        )


def _in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (finding.span.start, finding.code)))


class _Page:
    """One page under the grounding rules."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.document = case.document

    def of(self, evidence: Evidence) -> Iterator[Finding]:
        """What is wrong with a claim, given the evidence that decides about it."""
        label = evidence.support.label
        if label == "supported":
            return
        if label == "contradicted":
            yield self._finding(
                "GRD102",
                f"a source says otherwise: {told(evidence)}",
                evidence.claim,
                confidence=0.85,
                severity=contradiction_severity(evidence),
                related=evidence.related,
                likelihood="likely" if contradiction_severity(evidence) == 4 else "possible",
            )
        elif evidence.support.mismatches:
            yield self._finding(
                "GRD103",
                f"more certain than its source: {told(evidence)}",
                evidence.claim,
                confidence=0.6,
                related=evidence.related,
            )
        elif not evidence.claim.advice:
            yield from self._not_found(evidence)

    def _not_found(self, evidence: Evidence) -> Iterator[Finding]:
        claim = evidence.claim
        everything = "\n".join(p.text for p in self.case.answer.passages)
        nowhere = [fact for fact in untold(claim.text, everything) if not isinstance(fact.value, str)]
        superlative = self._superlative(claim)
        if nowhere:
            severity = 3 if {fact.kind for fact in nowhere} & {"dose", "temperature"} else 2
            number = nowhere[0].text
            message = f"“{number}” stands in none of the sources"
            yield self._finding("GRD104", message, claim, confidence=0.8, severity=severity)
        elif superlative:
            yield superlative
        else:
            sure = 0.5 + 0.4 * (1 - evidence.support.probability)
            message = "none of the sources given says this"
            related = evidence.related if evidence.support.probability > 0.2 else ()
            yield self._finding("GRD101", message, claim, confidence=sure, severity=weight(claim), related=related)

    def without_passages(self, claim: Claim) -> Iterator[Finding]:
        """What can be said of a claim where the page came without its sources."""
        if any(c.kind in PINNING and c.sentence == claim.sentence for c in self.document.citations):
            return
        shares = [f for f in facts(claim.text) if f.kind in ("percent", "count")]
        if shares and lexicon("outcomes").search(claim.text):
            message = f"a figure for effect or risk (“{shares[0].text}”) without a source that can be looked up"
            yield self._finding("GRD104", message, claim, confidence=0.75)
        elif not claim.advice:
            superlative = self._superlative(claim)
            if superlative:
                yield superlative

    def _superlative(self, claim: Claim) -> Finding | None:
        praise = [fact.text for fact in facts(claim.text) if fact.kind == "superlative"]
        hits = [hit.group() for name in ("superlatives", "trends") if (hit := lexicon(name).search(claim.text))]
        for words in (*praise, *hits):
            message = f"“{words}” compares or sees a trend, and no source bears it out"
            return self._finding("GRD105", message, claim, confidence=0.6)
        return None

    def global_claims(self) -> Iterator[Finding]:
        """Claims about the whole page ("grounded in published literature") that its sources don't bear out."""
        for citation in self.document.citations:
            sentence = self.document.sentences[citation.sentence]
            if citation.kind != "attribution" or not self._speaks_of_page(sentence, citation):
                continue
            if not self._is_borne_out(citation.target):
                words = (
                    "no document of it is listed" if not is_nameless(citation.target) else "nothing listed pins it down"
                )
                message = f"the page claims to rest on {citation.target}, but {words}"
                span = self.document.span(citation.start, citation.end)
                reach = "template" if sentence.region is Region.NOTICE else "one answer"
                yield rules("grounding")["GRD106"].finding(message, span, confidence=0.8, reach=reach)

    def _speaks_of_page(self, sentence: Sentence, citation: Citation) -> bool:
        return bool(lexicon("whole_page").search(sentence.text[: citation.start - sentence.start]))

    def _is_borne_out(self, target: str) -> bool:
        """Whether something on the page or among its passages is a document of the body named."""
        listed = [*entries(self.case), *(from_passage(p, self.case.registry) for p in self.case.answer.passages)]
        documents = [one for one in listed if one.level >= 3]
        if is_nameless(target):
            works = [c for c in self.document.citations if c.kind in ("doi", "pmid", "nct", "author_year")]
            kinds = document_types(target)
            return bool(works and not kinds & GUIDELINES) or any(
                one.source and one.source.type in kinds for one in documents
            )
        return target in {name for one in documents for name in one.organisations | bodies(one.text)}

    def _finding(self, code: str, message: str, claim: Claim, *, confidence: float, **more: Any) -> Finding:
        span = self.document.span(claim.start, claim.end)
        return rules("grounding")[code].finding(message, span, confidence=confidence, **more)
