"""Coverage and support: has every clinical statement a citation, and does what is cited say it?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from harness.scorers.citation_page import Checked, Page
from harness.scorers.evidence import Evidence, best, contradiction_severity, judged, readable, told, weight
from harness.scorers.references import PINNING, is_nameless, page_citations
from harness.scorers.registry import normal
from harness.text.claims import Claim
from harness.text.patterns import is_question
from harness.types import Finding, Passage, Region, Severity

_PARTLY = 0.3  # probability from which a passage that doesn't bear a statement out speaks of its matter


class Support:
    """The claims of a page with the judge's word on what they cite.

    Citation recall and precision are those of ALCE (Gao et al., "Enabling Large Language Models to Generate Text with
    Citations", EMNLP 2023): recall is the share of statements needing a citation that what they cite bears out, all
    cited passages of a statement taken together; precision is the share of citations that bear out their statement, or
    without which the others together no longer would.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.claims, self.table = judged(page.case, page.cited)
        self.needing = [claim for claim in self.claims if not claim.advice]
        self.cited = [[e for e in row if e.cited] for row in self.table]
        self.cited += list(self._unstated())
        self.pairs: list[Evidence] = list(chain.from_iterable(self.cited))
        self._joint = {id(row): self._is_borne_out_together(row) for row in self.cited}
        self._pinned = {c.sentence for c in page_citations(page.case, *PINNING)}
        named = (c for c in page_citations(page.case, "attribution") if not is_nameless(c.target))
        self._named = {c.sentence for c in named}
        self._told = {row[0].claim for row in self.table if any(e.support.label == "supported" for e in row)}

    def _unstated(self) -> Iterator[list[Evidence]]:
        """Sentences that are no claims of their own ("Tell your team about ...") but carry a marker all the same.

        What stands in the passage word for word needs no judge.
        """
        case, known = self.page.case, {claim.sentence for claim in self.claims}
        legible = readable(case)
        rest: list[tuple[Claim, list[Passage]]] = []
        for index in self.page.markers:
            sentence = case.document.sentences[index]
            if index in known or sentence.region is not Region.BODY or is_question(sentence.text):
                continue
            text = self._without_markers(index)
            passages = [p for p in self.page.cited.passages(index) if p in legible]
            if len(text.split()) < 4 or not passages or any(normal(text).strip() in normal(p.text) for p in passages):
                continue
            claim = Claim(text=text, start=sentence.start, end=sentence.end, sentence=index, advice=True)
            rest.append((claim, passages))
        found = iter(case.judge.support([(p.text, claim.text) for claim, passages in rest for p in passages]))
        for claim, passages in rest:
            yield [Evidence(claim=claim, passage=p, support=next(found), cited=True) for p in passages]

    def is_unread(self) -> bool:
        """Whether statements cite passages with words, and the judge can lay none of them beside the page."""
        cited = (p for claim in self.claims for p in self.page.cited.passages(claim.sentence))
        return any(p.text.strip() for p in cited) and not readable(self.page.case)

    def _without_markers(self, index: int) -> str:
        sentence = self.page.document.sentences[index]
        text = sentence.text
        for marker in sorted({(m.start, m.end) for m in self.page.markers[index]}, reverse=True):
            text = text[: marker[0] - sentence.start] + text[marker[1] - sentence.start :]
        return " ".join(text.split()).replace(" .", ".")

    def coverage(self) -> Iterator[Checked]:
        """CIT201: clinical statements without a citation; one finding where the page cites nothing at all."""
        if self.needing and not self._pinned | self._named:
            message = f"none of the {len(self.needing)} clinical statements says where it can be checked"
            first = self.needing[0]
            finding = self.page.finding("CIT201", message, first.start, first.end, confidence=0.8, severity=2)
            yield Checked(check="coverage", verdict="wrong", finding=finding)
            yield from (Checked(check="coverage", verdict="wrong") for _ in self.needing[1:])
            return
        for claim in self.needing:
            if self.is_covered(claim):
                yield Checked(check="coverage", verdict="ok")
                continue
            severity: Severity = 2 if weight(claim) >= 2 else 1
            message = "no citation for this statement"
            finding = self.page.finding("CIT201", message, claim.start, claim.end, confidence=0.6, severity=severity)
            yield Checked(check="coverage", verdict="wrong", finding=finding)

    def is_covered(self, claim: Claim) -> bool:
        """Whether the reader is told where a statement is from.

        By a citation of its sentence, of a later one of the paragraph, or of the line that introduces its list; by one
        earlier in the paragraph, if a source bears the statement out; or by the body named in its own sentence, where
        CIT204 says what is missing.
        """
        sentences = self.page.document.sentences
        sentence = sentences[claim.sentence]
        beside = [i for i in self._pinned if sentences[i].block == sentence.block]
        if claim.sentence in self._named or any(i >= claim.sentence for i in beside):
            return True
        if beside and claim in self._told:
            return True
        if sentence.kind != "bullet":
            return False
        above = claim.sentence
        while above >= 0 and sentences[above].kind == "bullet":
            above -= 1
        return above in self._pinned and sentences[above].text.rstrip().endswith(":")

    def support(self) -> Iterator[Checked]:
        """CIT202 and CIT203: the cited passage does not tell the claim, or tells it otherwise."""
        for row in self.cited:
            for position, evidence in enumerate(row):
                good = self.is_precise(evidence, row)
                finding = self._of(row) if position == 0 else None
                yield Checked(check="support", verdict="ok" if good else "wrong", finding=finding)

    def _of(self, row: list[Evidence]) -> Finding | None:
        top = best(row)
        claim, page = top.claim, self.page
        if top.support.label == "supported" or self._joint[id(row)]:
            return None
        if top.support.label == "contradicted":
            message, grave = f"the cited source says otherwise: {told(top)}", contradiction_severity(top)
            return page.finding(
                "CIT203", message, claim.start, claim.end, confidence=0.85, severity=grave, related=top.related
            )
        severity: Severity = 3 if weight(claim) == 3 and not claim.advice else 2
        says = "says this only in part" if verdict(top) == "partly" else "does not say this"
        message = f"the cited passage (“{top.passage.title or top.passage.id}”) {says}"
        sure = 0.5 + 0.4 * (1 - top.support.probability)
        return page.finding(
            "CIT202", message, claim.start, claim.end, confidence=sure, severity=severity, related=top.related
        )

    def _is_borne_out_together(self, row: list[Evidence]) -> bool:
        """Whether several cited passages bear a claim out together that none of them does alone."""
        labels = [e.support.label for e in row]
        if len(row) < 2 or "supported" in labels or "contradicted" in labels:
            return False
        together = "\n\n".join(e.passage.text for e in row)
        return self.page.case.judge.support([(together, row[0].claim.text)])[0].label == "supported"

    def is_precise(self, evidence: Evidence, row: list[Evidence]) -> bool:
        """Whether a citation bears its claim out, alone or as a needed part of what is cited."""
        return evidence.support.label == "supported" or (self._joint[id(row)] and verdict(evidence) == "partly")

    def is_borne_out(self, sentence: int) -> bool:
        """Whether a citation of a sentence bears out what it says."""
        return any(e.support.label == "supported" for e in self.pairs if e.claim.sentence == sentence)

    def metrics(self) -> dict[str, float]:
        """Counts, and coverage, recall and precision where there is something to divide by."""
        verdicts = [verdict(pair) for pair in self.pairs]
        good = sum(self.is_precise(e, row) for row in self.cited for e in row)
        covered = sum(self.is_covered(claim) for claim in self.needing)
        counts = {"n_claims": len(self.needing), "n_cited": covered, "n_pairs": len(self.pairs), "n_supported": good}
        counts |= {
            f"pairs_{name}": verdicts.count(name) for name in ("supported", "partly", "not_found", "contradicted")
        }
        metrics = {name: float(value) for name, value in counts.items()}
        if self.needing:
            backed = sum(
                any(e.support.label == "supported" for e in row) or self._joint[id(row)]
                for row in self.cited
                if row and not row[0].claim.advice
            )
            metrics |= {"coverage": covered / len(self.needing), "recall": backed / len(self.needing)}
        if self.pairs:
            metrics["precision"] = good / len(self.pairs)
        return metrics


def verdict(pair: Evidence) -> str:
    """``supported``, ``contradicted``, ``partly`` (on the matter, but not all of it) or ``not_found``."""
    on_the_matter = pair.support.label == "not_found" and pair.support.probability >= _PARTLY
    return "partly" if on_the_matter else pair.support.label
