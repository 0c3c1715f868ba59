"""Citations: does each source exist, is it the one named, is it current, and does it say what it is cited for?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from harness.scorers.base import rules
from harness.scorers.citation_listed import listed_findings
from harness.scorers.evidence import Evidence, best, contradiction_severity, judged, told, weight
from harness.scorers.references import (
    GUIDELINES,
    PINNING,
    Listed,
    cited_passages,
    entries,
    from_passage,
    is_nameless,
    page_citations,
    sites,
)
from harness.text.claims import Claim
from harness.text.patterns import is_question
from harness.types import Case, Citation, Finding, NotApplicable, Outcome, Scored, Severity

_NEEDED_LEVEL = 4  # title, edition, place and address: below it an attribution can't be looked up


@dataclass(frozen=True, kw_only=True)
class Citations:
    """Every citation resolves to a real, current document that is the one named and says what it is cited for.

    Score: marker-claim pairs whose passage supports the claim / all such pairs. Where no marker has a passage behind
    it, there is nothing to score: not applicable, with the findings that can be made without passages.
    Each check is a rule of its own; ``metrics`` hold coverage, precision, recall and the citation ladder (0 none to 5
    passage held and supporting) of the attributions.
    """

    name: ClassVar[str] = "citation"
    version: ClassVar[int] = 1
    family: ClassVar[str] = "citation"

    def score(self, case: Case) -> Outcome:
        """Check coverage, every marker-claim pair, every attribution, and every listed document."""
        page = _Page(case)
        findings = [*page.coverage(), *page.pairs(), *page.attributions(), *listed_findings(case)]
        in_order = tuple(sorted(findings, key=lambda finding: (finding.span.start, finding.code)))
        metrics = page.metrics()
        pairs = page.cited_pairs()
        if not pairs:
            reason = "no cited passage to check" if page.claims or page.listed else "no claim and no citation"
            return NotApplicable(scorer=self.name, reason=reason, findings=in_order, metrics=metrics)
        supported = sum(pair.support.label == "supported" for pair in pairs)
        reason = f"{supported} of {len(pairs)} citations support what they are cited for"
        return Scored(scorer=self.name, score=supported / len(pairs), findings=in_order, metrics=metrics, reason=reason)


class _Page:
    """One page under the rules on claims, markers and attributions."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.document = case.document
        self.claims, self.table = judged(case)
        self.listed = entries(case)
        self.pinned = {c.sentence for c in page_citations(case, *PINNING)}

    def cited_pairs(self) -> list[Evidence]:
        """Every claim with every passage that its markers stand for."""
        return [evidence for row in self.table for evidence in row if evidence.cited]

    def coverage(self) -> Iterator[Finding]:
        """CIT201: clinical statements without a citation; one finding where the page cites nothing at all."""
        needing = [claim for claim in self.claims if not claim.advice]
        if not needing:
            return
        if not self.pinned:
            message = f"none of the {len(needing)} clinical statements says where it can be checked"
            yield self._finding("CIT201", message, needing[0], confidence=0.8, severity=2)
            return
        for claim in needing:
            if not self._is_covered(claim):
                severity: Severity = 2 if weight(claim) >= 2 else 1
                yield self._finding(
                    "CIT201", "no citation for this statement", claim, confidence=0.6, severity=severity
                )

    def _is_covered(self, claim: Claim) -> bool:
        """Whether the sentence, or a later one of the same paragraph, carries a citation."""
        sentences = self.document.sentences
        block = sentences[claim.sentence].block
        return any(sentences[i].block == block and i >= claim.sentence for i in self.pinned)

    def pairs(self) -> Iterator[Finding]:
        """CIT202 and CIT203: the cited passage does not tell the claim, or tells it otherwise."""
        for row in self.table:
            cited = [evidence for evidence in row if evidence.cited]
            top = best(cited) if cited else None
            if top is None or top.support.label == "supported":
                continue
            if top.support.label == "contradicted":
                message = f"the cited source says otherwise: {told(top)}"
                grave = contradiction_severity(top)
                yield self._finding("CIT203", message, top.claim, confidence=0.85, severity=grave, related=top.related)
            else:
                severity: Severity = 3 if weight(top.claim) == 3 and not top.claim.advice else 2
                message = f"the cited passage (“{top.passage.title or top.passage.id}”) does not say this"
                sure = 0.5 + 0.4 * (1 - top.support.probability)
                yield self._finding(
                    "CIT202", message, top.claim, confidence=sure, severity=severity, related=top.related
                )

    def attributions(self) -> Iterator[Finding]:
        """CIT204, CIT205, CIT206 for each authority that a statement of the body leans on."""
        for citation in self._attributions():
            behind = self._documents(citation)
            strangers = self._misattributed(citation, behind)
            if strangers:
                yield self._at(
                    "CIT205", f"named is {citation.target}, but the source is {strangers}", citation, confidence=0.85
                )
                continue
            level = self._ladder(citation)
            if level < _NEEDED_LEVEL:
                yield self._without_pinpoint(citation, level)
            yield from self._wrong_kind(citation, behind)

    def _attributions(self) -> list[Citation]:
        sentences = self.document.sentences
        stated = {claim.sentence for claim in self.claims}
        found = page_citations(self.case, "attribution")
        return [c for c in found if c.sentence in stated and not is_question(sentences[c.sentence].text)]

    def _without_pinpoint(self, citation: Citation, level: int) -> Finding:
        unsupported = self.case.answer.passages and not any(
            evidence.support.label == "supported"
            for claim, row in zip(self.claims, self.table, strict=True)
            if claim.sentence == citation.sentence
            for evidence in row
        )
        message = f"leans on {citation.target} without a document, edition and page to look it up (ladder C{level})"
        if unsupported:
            message += "; and no source given says this"
        severity: Severity = 3 if unsupported else 2
        return self._at("CIT204", message, citation, confidence=0.9, severity=severity)

    def _documents(self, citation: Citation) -> list[Listed]:
        """The documents that the markers of the attribution's sentence stand for."""
        markers = [c.target for c in self.document.citations if c.kind == "marker" and c.sentence == citation.sentence]
        found = [from_passage(p, self.case.registry) for p in cited_passages(self.case, citation.sentence)]
        if not found and not self.case.answer.passages:
            numbers = [int(m) for m in markers if m.isdigit() and len(m) < 6]
            found = [self.listed[n - 1] for n in numbers if 1 <= n <= len(self.listed)]
        return found

    def _misattributed(self, citation: Citation, behind: list[Listed]) -> str:
        """Who the sources really are from, where the body named is not among them."""
        if is_nameless(citation.target):
            return ""
        sources = behind or [one for one in self.listed if one.organisations]
        known = {name for one in sources for name in one.organisations}
        return "" if not known or citation.target in known else " and ".join(sorted(known))

    def _ladder(self, citation: Citation) -> int:
        """Step on the citation ladder: 0 nobody named, 1 body, 2 title, 3 edition, 4 place and address, 5 supported."""
        behind = self._documents(citation)
        own = [one for one in self.listed if citation.target in one.organisations]
        level = 0 if is_nameless(citation.target) else 1
        if behind:
            level = max(level, *(one.level for one in behind))
        elif len(own) == 1:
            level = max(level, min(own[0].level, 3))
        if any(c.sentence == citation.sentence for c in page_citations(self.case, "doi", "pmid", "nct")):
            level = max(level, _NEEDED_LEVEL)
        supported = any(
            e.cited and e.support.label == "supported" and e.claim.sentence == citation.sentence
            for row in self.table
            for e in row
        )
        return 5 if supported and level >= _NEEDED_LEVEL else level

    def _wrong_kind(self, citation: Citation, behind: list[Listed]) -> Iterator[Finding]:
        """CIT206: called a guideline and it is none, or it is about another cancer."""
        sentence = self.document.sentences[citation.sentence].text
        words = self.document.plain[citation.start : citation.end + 12].lower()
        types = [one.source.type for one in behind if one.source]
        if ("guideline" in words or "guía" in words) and types and not GUIDELINES & set(types):
            message = f"cited as a guideline, but the source is a {types[0].replace('_', ' ')}"
            yield self._at("CIT206", message, citation, confidence=0.75)
        about = sites(sentence)
        for one in behind:
            if about and sites(one.text) and not about & sites(one.text):
                message = f"the statement is about {' and '.join(sorted(about))} cancer, the source is not"
                yield self._at("CIT206", message, citation, confidence=0.75)
                return

    def metrics(self) -> dict[str, float]:
        """Coverage, precision, recall and the ladder; a share appears only where it has something to divide by."""
        needing = [claim for claim in self.claims if not claim.advice]
        covered = sum(self._is_covered(claim) for claim in needing)
        pairs = self.cited_pairs()
        good = sum(pair.support.label == "supported" for pair in pairs)
        ladder = [self._ladder(citation) for citation in self._attributions()]
        found = {
            "n_claims": len(needing),
            "n_cited": covered,
            "n_pairs": len(pairs),
            "n_supported": good,
            "n_attributions": len(ladder),
        }
        metrics = {name: float(value) for name, value in found.items()}
        if needing:
            backed = sum(any(e.cited and e.support.label == "supported" for e in row) for row in self.table)
            metrics |= {"coverage": covered / len(needing), "recall": min(1.0, backed / len(needing))}
        if pairs:
            metrics["precision"] = good / len(pairs)
        if ladder:
            metrics |= {"ladder_lowest": float(min(ladder)), "ladder_mean": sum(ladder) / len(ladder)}
        return metrics

    def _finding(self, code: str, message: str, claim: Claim, *, confidence: float, **more: object) -> Finding:
        span = self.document.span(claim.start, claim.end)
        return rules("citation")[code].finding(message, span, confidence=confidence, **more)  # type: ignore[arg-type]

    def _at(self, code: str, message: str, citation: Citation, *, confidence: float, **more: object) -> Finding:
        span = self.document.span(citation.start, citation.end)
        return rules("citation")[code].finding(message, span, confidence=confidence, **more)  # type: ignore[arg-type]
