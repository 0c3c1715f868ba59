"""What a page's notices say: which elements are told, by meaning and polarity, and which are required."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.scorers.wording import asserted, found, lexicon
from harness.text.drugs import find_drugs
from harness.types import Case, Document, Region, Sentence, Span


@dataclass(frozen=True, slots=True)
class Notice:
    """The notices of one page.

    Args:
        sentences: notice sentences and headings in page order.
        told: for each element told, the sentence that tells it first.
    """

    sentences: tuple[Sentence, ...]
    told: dict[str, Sentence]

    @property
    def anchor(self) -> Sentence | None:
        """The sentence that stands for the notice in findings: what the page is not, or what it is for."""
        core = [self.told[e] for e in ("D2", "D1", *policy()["core"]) if e in self.told]
        return core[0] if core else None

    @property
    def runs(self) -> list[list[Sentence]]:
        """Notice sentences that follow each other, as told in one place."""
        grouped: list[list[Sentence]] = []
        for sentence in self.sentences:
            near = grouped and sentence.block - grouped[-1][-1].block <= 1
            if near:
                grouped[-1].append(sentence)
            else:
                grouped.append([sentence])
        return grouped


def policy() -> dict[str, Any]:
    """The organisation's policy: which elements are required when."""
    chosen: dict[str, Any] = lexicon("disclaimer")["policy"]
    return chosen


def element_name(element: str) -> str:
    """The plain name of an element."""
    return str(lexicon("disclaimer")["elements"][element]["name"])


def tells(element: str, text: str) -> bool:
    """Whether a sentence tells an element and doesn't undo it ("not just medical advice" undoes D2)."""
    entry = lexicon("disclaimer")["elements"][element]
    return found(entry["told"], text) is not None and not undoes(element, text)


def _told_on(document: Document, element: str, text: str) -> bool:
    """As ``tells``, but pointing at sources counts only on a page that has some; else it must say so."""
    if element == "D6" and not _has_sources(document):
        return found(rf"\b{lexicon('disclaimer')['words']['no_sources']}\b", text) is not None
    return tells(element, text)


def undoes(element: str, text: str) -> tuple[int, int] | None:
    """Where a sentence turns an element into its opposite, or None."""
    undone = lexicon("disclaimer")["elements"][element]["undone"]
    return found(undone, text) if undone else None


def read_notice(document: Document) -> Notice:
    """Find the notices of a page and what they tell."""
    notices = _notices(document)
    told: dict[str, Sentence] = {}
    for element, entry in lexicon("disclaimer")["elements"].items():
        places = {Region(r) for r in entry.get("regions", ["notice"])}
        near = [s for s in document.sentences if s in notices or s.region in places - {Region.NOTICE}]
        teller = next((s for s in near if _told_on(document, element, s.text)), None)
        if teller is not None:
            told[element] = teller
    return Notice(tuple(s for s in document.sentences if s in notices), told)


def speaks_of_page(text: str) -> bool:
    """Whether a sentence speaks about the page itself and tells what it is or isn't: a notice wherever it stands."""
    lex = lexicon("disclaimer")
    return found(lex["about_page"], text) is not None and any(tells(e, text) for e in lex["own"])


def _notices(document: Document) -> frozenset[Sentence]:
    """The sentences marked as notice, those that speak about the page itself, and what tells an element beside them."""
    lex = lexicon("disclaimer")
    sure = {s for s in document.sentences if s.region is Region.NOTICE}
    sure |= {s for s in document.body if speaks_of_page(s.text)}
    blocks = {s.block for s in sure}
    near = [s for s in document.body if s.block in blocks and s not in sure]
    return frozenset(sure | {s for s in near if any(tells(e, s.text) for e in lex["beside"])})


def required(case: Case) -> tuple[str, ...]:
    """The elements this page has to tell, by the policy."""
    chosen = policy()
    wanted = list(chosen["always"])
    for condition, holds in (
        ("medicine", _about_medicine(case)),
        ("persona", _speaks_as_person(case)),
        ("promotion", bool(case.document.region(Region.PROMOTION))),
    ):
        wanted += chosen[condition] if holds else []
    return tuple(wanted)


def answer_body(document: Document, notice: Notice) -> list[Sentence]:
    """The body without the notices that stand in it."""
    return [s for s in document.body if s not in notice.sentences]


def first_claim(document: Document, notice: Notice) -> Sentence | None:
    """The first sentence that a notice has to precede: no courtesy, no question, no call for urgent help."""
    lex = lexicon("disclaimer")
    passing = [lex["courtesy"], lex["words"]["urgent"]]
    body = answer_body(document, notice)
    return next((s for s in body if not s.text.endswith("?") and found(passing, s.text) is None), None)


def sentence_span(document: Document, sentence: Sentence) -> Span:
    """The span of a whole sentence."""
    return document.span(sentence.start, sentence.end)


def within(document: Document, sentence: Sentence, hit: tuple[int, int]) -> Span:
    """The span of some words of a sentence."""
    return document.span(sentence.start + hit[0], sentence.start + hit[1])


def _has_sources(document: Document) -> bool:
    """Whether the page names sources at all: a source box, or citations that lead somewhere."""
    return bool(document.region(Region.SOURCES)) or any(c.kind != "attribution" for c in document.citations)


def _about_medicine(case: Case) -> bool:
    """Whether the reader asks about a medicine; without a question, whether the answer keeps to one."""
    if case.question is not None:
        return case.question.category == "medicines" or bool(find_drugs(case.question.text))
    named = [m.name for s in case.document.body for m in find_drugs(s.text)]
    return len(named) > 1


def _speaks_as_person(case: Case) -> bool:
    """Whether this is a chat, or the answer speaks as a person with a role."""
    chat = case.question is not None and bool(case.question.turns)
    persona = lexicon("disclaimer")["undermining"]["persona"]
    return chat or any(asserted(persona, s.text) for s in case.document.body)
