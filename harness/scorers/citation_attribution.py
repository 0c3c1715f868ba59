"""Attributions: is the body named the one cited, can a reader look it up, and is it that kind of document?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from harness.resources import package_yaml
from harness.scorers import page_faults
from harness.scorers.base import rules
from harness.scorers.citation_page import Checked, Page
from harness.scorers.citation_support import Support
from harness.scorers.matching import scopes
from harness.scorers.references import Listed, is_from, is_nameless, lexicon, page_citations, publisher
from harness.scorers.registry import bodies
from harness.text.patterns import is_question
from harness.text.phrases import fold, wordings
from harness.types import Citation, Finding, Region, Severity

_NEEDED_LEVEL = 4  # title, edition, place and address: below it an attribution can't be looked up
_NAMED_BY = 60  # characters after a body's name in which the kind of its document is told
_CLAUSE_END = re.compile(r"[,.;:\[(\n]")


class Attributions:
    """The authorities that statements of the body lean on."""

    def __init__(self, page: Page, support: Support) -> None:
        self.page = page
        self.support = support
        self._stated = {claim.sentence for claim in support.claims}
        sentences = page.document.sentences
        found = page_citations(page.case, "attribution")
        self._all = [c for c in found if not is_question(sentences[c.sentence].text)]
        self.found = [c for c in self._all if c.sentence in self._stated]

    def checks(self) -> Iterator[Checked]:
        """CIT204, CIT205 and CIT206 for each attribution; CIT206 also for each marker."""
        for citation in self._all:
            at = self._spoken_of(citation)
            behind = self.page.documents(at)
            if {citation.sentence, at} & (self._stated | self.page.markers.keys()):
                yield from self._attribution(citation, behind)
        for index in sorted(self.page.markers):
            if self.page.document.sentences[index].region is Region.BODY:
                yield from self._scope(index)

    def heard(self) -> Iterator[Checked]:
        """CIT204 for authorities that no list knows, as the trained encoder hears them; none beside a source."""
        document = self.page.document
        cited = {c.sentence for c in document.citations}
        bare = [
            s
            for i, s in enumerate(document.sentences)
            if s.region is Region.BODY and i not in cited and not is_question(s.text) and not self.page.documents(i)
        ]
        for finding in page_faults.findings(self.page.case, "vague_authority", rules("citation")["CIT204"], bare):
            yield Checked(check="attribution", verdict="wrong", finding=finding)

    def _spoken_of(self, citation: Citation) -> int:
        """The sentence that an attribution is about: the one before where it only points back ("This is what ...")."""
        sentences, at = self.page.document.sentences, citation.sentence
        points_back = at > 0 and at not in self.page.markers and sentences[at - 1].block == sentences[at].block
        return at - 1 if points_back and lexicon("points_back").match(sentences[at].text) else at

    def _attribution(self, citation: Citation, behind: list[Listed]) -> Iterator[Checked]:
        strangers = self._misattributed(citation, behind)
        if strangers:
            message = f"named is {citation.target}, but the source is {strangers}"
            yield self._wrong("CIT205", message, citation, confidence=0.85)
            return
        level = self.ladder(citation)
        if citation.sentence not in self._stated:
            pass
        elif level < _NEEDED_LEVEL:
            finding = self._without_pinpoint(citation, level)
            yield Checked(check="attribution", verdict="wrong", finding=finding)
        else:
            yield Checked(check="attribution", verdict="ok")
        yield from self._kind(citation, behind)

    def _misattributed(self, citation: Citation, behind: list[Listed]) -> str:
        """Who the sources really are from, where the body named is not among them and none of them speaks of it."""
        target = citation.target
        if is_nameless(target):
            return ""
        sources = [one for one in behind if publisher(one)] or [one for one in self.page.listed if publisher(one)]
        if not sources or any(is_from(one, target) or _speaks_of(one, target) for one in sources):
            return ""
        return " and ".join(sorted({publisher(one) for one in sources}))

    def _without_pinpoint(self, citation: Citation, level: int) -> Finding:
        sentence = citation.sentence
        unsupported = self.page.case.answer.passages and not any(
            evidence.support.label == "supported"
            for claim, row in zip(self.support.claims, self.support.table, strict=True)
            if claim.sentence == sentence
            for evidence in row
        )
        message = f"leans on {citation.target} without a document, edition and page to look it up (ladder C{level})"
        if unsupported:
            message += "; and no source given says this"
        severity: Severity = 3 if unsupported else 2
        return self.page.finding("CIT204", message, citation.start, citation.end, confidence=0.9, severity=severity)

    def ladder(self, citation: Citation) -> int:
        """Step on the citation ladder: 0 nobody named, 1 body, 2 title, 3 edition, 4 place and address, 5 supported."""
        behind = self.page.documents(citation.sentence)
        own = [one for one in self.page.listed if is_from(one, citation.target)]
        level = 0 if is_nameless(citation.target) else 1
        if behind:
            level = max(level, *(one.level for one in behind))
        elif len(own) == 1:
            level = max(level, min(own[0].level, 3))
        if any(c.sentence == citation.sentence for c in page_citations(self.page.case, "doi", "pmid", "pmcid", "nct")):
            level = max(level, _NEEDED_LEVEL)
        return 5 if level >= _NEEDED_LEVEL and self.support.is_borne_out(citation.sentence) else level

    def _kind(self, citation: Citation, behind: list[Listed]) -> Iterator[Checked]:
        """CIT206: called a guideline (a label, a review) and it is none, and doesn't speak of one either."""
        types = {one.source.type for one in behind if one.source}
        if not types:
            return
        told = self.page.document.plain[citation.start : citation.end + _NAMED_BY]
        end = _CLAUSE_END.search(told, citation.end - citation.start)
        told = told[: end.start()] if end else told
        for pattern, kinds in _kinds():
            hit = pattern.search(told)
            if hit is None:
                continue
            relayed = any(pattern.search(f"{one.text}\n{one.passage.text if one.passage else ''}") for one in behind)
            if types & kinds or relayed:
                yield Checked(check="document_type", verdict="ok")
            else:
                kind = " or ".join(sorted(types)).replace("_", " ")
                message = f"cited as “{hit.group().lower()}”, but the source is a {kind}"
                yield self._wrong("CIT206", message, citation, confidence=0.75, check="document_type")

    def _scope(self, index: int) -> Iterator[Checked]:
        """CIT206: the statement is about another cancer, stage or group of people than the document cited for it."""
        sentence = self.page.document.sentences[index]
        told = scopes(sentence.text)
        behind = self.page.documents(index)
        if not told or not behind:
            return
        for axis, values in told.items():
            others = [scopes(one.text).get(axis, frozenset()) for one in behind]
            spoken = [scopes(one.passage.text).get(axis, frozenset()) for one in behind if one.passage]
            if not all(others):
                continue
            if any(values & other for other in (*others, *spoken)):
                yield Checked(check="scope", verdict="ok")
                continue
            about, source = " and ".join(sorted(values)), " and ".join(sorted(frozenset().union(*others)))
            message = f"the statement is about {about} ({axis}), the document cited about {source}"
            marker = self.page.markers[index][0]
            finding = self.page.finding("CIT206", message, sentence.start, marker.end, confidence=0.7)
            yield Checked(check="scope", verdict="wrong", finding=finding)
            return

    def _wrong(
        self, code: str, message: str, citation: Citation, *, confidence: float, check: str = "attribution"
    ) -> Checked:
        finding = self.page.finding(code, message, citation.start, citation.end, confidence=confidence)
        return Checked(check=check, verdict="wrong", finding=finding)  # type: ignore[arg-type]


def _speaks_of(one: Listed, target: str) -> bool:
    """Whether the passage itself passes on what the body named says."""
    return one.passage is not None and (target in bodies(one.passage.text) or fold(target) in fold(one.passage.text))


@cache
def _kinds() -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    """Words for a kind of document, and the registry types that are of that kind."""
    raw: dict[str, dict[str, list[str]]] = package_yaml("lexicons/references.yaml")["kinds"]
    return tuple((wordings(kind["words"]), frozenset(kind["types"])) for kind in raw.values())
