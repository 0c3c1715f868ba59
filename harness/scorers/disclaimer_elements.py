"""What a page's notices say: which elements are told, by meaning and polarity, and which are required."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from harness.scorers.disclaimer_frames import Said, lexicon, read, says
from harness.scorers.disclaimer_policy import Policy
from harness.scorers.wording import found
from harness.text.drugs import find_drugs
from harness.types import Case, Document, Region, Sentence, Span

ELEMENTS = tuple(f"D{n}" for n in range(1, 13))
_OWN = ("D1", "D2", "D4", "D5", "D9", "D11")
_OF_PAGE = frozenset((*_OWN, "D7", "D12", "reviewed"))
_SPEAKING = frozenset(Region) - {Region.RELATED, Region.ASK, Region.SOURCES}


@dataclass(frozen=True)
class Notice:
    """The notices of one page.

    Args:
        said: the sentences that speak for the page, in page order, with what they say.
        sentences: those of them that are a notice.
        told: for each element told, the sentence that tells it first.
        core: the elements of which each makes a text a notice.
    """

    said: tuple[Said, ...]
    sentences: tuple[Sentence, ...]
    told: dict[str, Sentence]
    core: tuple[str, ...]

    @property
    def anchor(self) -> Sentence | None:
        """The sentence that stands for the notice in findings: what the page is not, or what it is for."""
        core = [self.told[e] for e in ("D2", "D1", *self.core) if e in self.told]
        return core[0] if core else None

    @cached_property
    def runs(self) -> list[list[Sentence]]:
        """Notice sentences that follow each other, as told in one place."""
        grouped: list[list[Sentence]] = []
        for sentence in self.sentences:
            if grouped and sentence.block - grouped[-1][-1].block <= 1:
                grouped[-1].append(sentence)
            else:
                grouped.append([sentence])
        return grouped


def element_name(element: str) -> str:
    """The plain name of an element."""
    return str(lexicon()["elements"][element]["name"])


def tells(element: str, text: str) -> bool:
    """Whether a text tells an element and doesn't turn it round ("not just medical advice" turns D2 round)."""
    return says(element, text) is not None


def read_notice(document: Document, policy: Policy) -> Notice:
    """Find the notices of a page and what they tell."""
    speaking = [s for s in document.sentences if s.region in _SPEAKING]
    said = _about_the_page(read(speaking or document.sentences), policy)
    told: dict[str, Sentence] = {}
    for one in said:
        for label in one.signals:
            told.setdefault(label, one.sentence)
    for element, other in (("D3", "D3_change"), ("D6", "D6_list")):
        if other in told:
            told.setdefault(element, told[other])
    return Notice(tuple(said), tuple(_notices(said)), told, policy.core)


def _about_the_page(said: list[Said], policy: Policy) -> list[Said]:
    """Beside a marked notice, what the answer says of other things ("a range can be wrong") is no notice."""
    marked = [o.sentence for o in said if o.sentence.region is Region.NOTICE and set(policy.core) & set(o.signals)]
    blocks = {sentence.block for sentence in marked}
    if not marked:
        return said
    items = {sentence.block for sentence in marked if sentence.kind == "bullet"}
    for one in said:  # the items of one list go together
        if one.sentence.kind == "bullet" and one.sentence.block - 1 in items:
            items.add(one.sentence.block)
    blocks |= items
    return [
        replace(one, signals={k: hit for k, hit in one.signals.items() if k.removesuffix("-") not in _OF_PAGE})
        if one.sentence.region is Region.BODY and one.sentence.block not in blocks and "of_page" not in one.signals
        else one
        for one in said
    ]


def _notices(said: Iterable[Said]) -> list[Sentence]:
    """The sentences marked as notice, those that speak about the page itself, and what tells an element beside them."""
    told = list(said)
    sure = {one.sentence for one in told if one.sentence.region is Region.NOTICE or _is_own(one)}
    blocks = {s.block for s in sure}
    return [
        one.sentence
        for one in told
        if one.sentence in sure
        or (one.sentence.block in blocks and one.sentence.region is Region.BODY and _elements(one))
    ]


def _is_own(one: Said) -> bool:
    """Whether a sentence of the answer tells what the page itself is or isn't."""
    return one.sentence.region is Region.BODY and any(e in one.signals for e in _OWN)


def _elements(one: Said) -> list[str]:
    return [label for label in one.signals if label in lexicon()["elements"]]


def speaks_of_page(one: Said) -> bool:
    """Whether a sentence tells what the page itself is or isn't."""
    return any(e in one.signals for e in _OWN)


def required(case: Case, notice: Notice, policy: Policy) -> tuple[str, ...]:
    """The elements this page has to tell, by the policy."""
    wanted: list[str] = list(policy.always)
    for holds, more in (
        (_about_medicine(case), policy.medicine),
        (_speaks_as_person(case, notice), policy.persona),
        (bool(case.document.region(Region.PROMOTION)), policy.promotion),
        (case.question is not None, policy.tiers.get(case.question.risk_tier, ()) if case.question else ()),
    ):
        wanted += [e for e in more if holds and e not in wanted]
    return tuple(wanted)


def missing(document: Document, notice: Notice, wanted: Iterable[str], *, urgent: bool = False) -> list[str]:
    """The required elements that a page doesn't tell, or tells without keeping: sources pointed at have to be there.

    Args:
        urgent: whether the question calls for help at once; then a call to act in the answer is the emergency line.
    """
    lacking = [e for e in wanted if e not in notice.told]
    if "D8" in wanted and "D8" in notice.told and not _has_emergency_line(notice, urgent=urgent):
        lacking.append("D8")
    listed = notice.told.get("D6") is notice.told.get("D6_list")
    sourced = bool(document.region(Region.SOURCES)) or any(c.kind != "attribution" for c in document.citations)
    if "D6" in wanted and "D6" in notice.told and listed and not sourced:
        lacking.append("D6")
    honest = "no_sources" in notice.told and not sourced
    return [e for e in lacking if not (e == "D6" and honest)]


def _has_emergency_line(notice: Notice, *, urgent: bool) -> bool:
    """Whether a page with a notice of its own has the line for emergencies there, not only in what it answers."""
    marked = notice.anchor is not None and notice.anchor.region is Region.NOTICE
    if urgent or not marked:
        return True
    blocks = {one.sentence.block for one in notice.said if one.sentence.region is Region.NOTICE}
    lines = (one.sentence for one in notice.said if "D8" in one.signals)
    return any(line.region is not Region.BODY or line.block in blocks for line in lines)


def answer_body(document: Document, notice: Notice) -> list[Sentence]:
    """The body without the notices that stand in it."""
    own = frozenset(notice.sentences)
    return [s for s in document.body if s not in own]


def first_claim(document: Document, notice: Notice) -> Sentence | None:
    """The first sentence that a notice has to precede: no courtesy, no question, no call for urgent help."""
    urgent = {one.sentence for one in notice.said if "urgent" in one.signals}
    courtesy = lexicon()["courtesy"]
    body = (s for s in answer_body(document, notice) if s not in urgent and not s.text.endswith("?"))
    return next((s for s in body if found(courtesy, s.text) is None), None)


def sentence_span(document: Document, sentence: Sentence) -> Span:
    """The span of a whole sentence."""
    return document.span(sentence.start, sentence.end)


def within(document: Document, sentence: Sentence, hit: tuple[int, int]) -> Span:
    """The span of some words of a sentence."""
    return document.span(sentence.start + hit[0], sentence.start + hit[1])


def _about_medicine(case: Case) -> bool:
    """Whether the reader asks about a medicine; without a question, whether the answer keeps to one."""
    if case.question is not None:
        return case.question.category == "medicines" or bool(find_drugs(case.question.text))
    return len([m for s in case.document.body for m in find_drugs(s.text)]) > 1


def _speaks_as_person(case: Case, notice: Notice) -> bool:
    """Whether this is a chat, or the answer speaks as a person with a role."""
    chat = case.question is not None and bool(case.question.turns)
    return chat or any("U5" in one.signals for one in notice.said if one.sentence.region is Region.BODY)
