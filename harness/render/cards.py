"""Evidence cards: one question with its answer, what was found in it, and the passages that decide, side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from harness.render.page import Hide, Page, hider
from harness.store import Item, Run
from harness.suite import severity_word
from harness.types import Answer, Checked, Finding, Outcome, Passage, Question, Scored, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of a text: plain words, or words that findings, or statements, point at (``marks`` are their numbers)."""

    text: str
    marks: tuple[int, ...] = ()
    severity: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a text as ``heading``, ``bullet`` or ``text``."""

    kind: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement of the answer with the judge's word on it; ``source`` is the number of its passage on the card."""

    number: int
    words: str
    label: str
    probability: float
    source: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """A passage that decides about a statement, or that a finding points at; ``marks`` in it are statement numbers."""

    number: int
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything about one question and epoch, with what identifies a person hidden.

    Args:
        error: why there is no answer, or "".
        findings: numbers and severities, worst first, as ``ReportView.findings`` numbers them.
        statements: what grounding counted; empty where the run doesn't hold it.
        unused: titles of passages that decide nothing.
    """

    question: Question
    epoch: int
    lines: tuple[Line, ...]
    error: str
    outcomes: tuple[Outcome, ...]
    findings: tuple[tuple[int, Finding], ...]
    statements: tuple[Statement, ...] = ()
    sources: tuple[SourceView, ...] = ()
    unused: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """Its place in the page."""
        return f"{self.question.id}-{self.epoch}"

    @property
    def severity(self) -> int:
        """The worst severity found, -1 without findings."""
        return max((f.severity for _, f in self.findings), default=-1)

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """Scorers that should have measured the answer and could not."""
        return tuple(o.scorer for o in self.outcomes if o.status == "failed")

    @property
    def states(self) -> tuple[str, ...]:
        """What it is filed under, worst first: a severity's word, ``no answer``, ``not assessed`` or ``clear``.

        ``clear`` is said only of an answer that every scorer measured, or need not measure, without any finding.
        """
        if self.error:
            return ("no answer",)
        found = [severity_word(self.severity)] if self.severity >= 0 else []  # type: ignore[arg-type]
        missing = ["not assessed"] if self.unmeasured or not self.outcomes else []
        return tuple(found + missing) or ("clear",)

    @property
    def rank(self) -> int:
        """The smaller, the sooner it should be read."""
        return _ORDER.index(self.states[0])


_ORDER = ("critical", "serious", "no answer", "not assessed", "moderate", "minor", "note", "clear")


def cards(run: Run, numbers: Mapping[int, int]) -> Iterator[Card]:
    """A card for every planned question and epoch, in suite order; one that the run never asked has no answer.

    Args:
        numbers: the number of each finding, by its ``id()``.
    """
    items = {(i.question_id, i.epoch): i for i in run.items}
    for question in run.questions:
        for epoch in range(int(run.manifest["epochs"])):
            item = items.get((question.id, epoch))
            yield _absent(question, epoch) if item is None else _card(item, question, numbers)


def _absent(question: Question, epoch: int) -> Card:
    error = "not run: the run ended before this question was asked"
    asked = _masked(question, hider(question))
    return Card(question=asked, epoch=epoch, lines=(), error=error, outcomes=(), findings=())


def _masked(question: Question, hide: Hide) -> Question:
    turns = tuple(replace(t, text=hide(t.text)) for t in question.turns)
    return replace(question, text=hide(question.text), turns=turns)


def _card(item: Item, question: Question, numbers: Mapping[int, int]) -> Card:
    page = Page.of(item, question)
    hide = page.hide
    asked = _masked(question, hide)
    found = [f for o in item.outcomes for f in o.findings]
    mine = tuple(sorted(((numbers[id(f)], f) for f in found), key=lambda pair: pair[0]))
    if not isinstance(item.answer, Answer):
        error = hide(f"{item.answer.kind}: {item.answer.message}")
        return Card(question=asked, epoch=item.epoch, lines=(), error=error, outcomes=item.outcomes, findings=mine)
    marks = [(f.span, number, f.severity) for number, f in mine]
    checked = [c for o in item.outcomes if isinstance(o, Scored) and "@" not in o.scorer for c in o.checked]
    sources, unused = _sources(item.answer.passages, checked, [f for _, f in mine], page)
    places = {id: place for place, (id, _) in enumerate(sources, start=1)}
    return Card(
        question=asked,
        epoch=item.epoch,
        lines=_marked(page, "answer", marks),
        error="",
        outcomes=item.outcomes,
        findings=mine,
        statements=tuple(
            Statement(
                number=number,
                words=hide(" ".join(c.span.quote.split())),
                label=c.label,
                probability=c.probability,
                source=places.get(c.passage, 0),
            )
            for number, c in enumerate(checked, start=1)
        ),
        sources=tuple(view for _, view in sources),
        unused=unused,
    )


def _sources(
    passages: Sequence[Passage], checked: Sequence[Checked], findings: Sequence[Finding], page: Page
) -> tuple[list[tuple[str, SourceView]], tuple[str, ...]]:
    """The passages that matter, by id and in the order in which statements need them; and the titles of the others."""
    marks: dict[str, list[tuple[Span, int, int]]] = defaultdict(list)
    wanted = dict.fromkeys(c.passage for c in checked)
    for number, c in enumerate(checked, start=1):
        marks[c.passage] += [(span, number, -1) for span in c.evidence]
    for f in findings:
        for span in (f.span, *f.related):
            kind, _, id = span.source.partition(":")
            if kind == "passage":
                wanted[id] = None
                marks[id].append((span, 0, f.severity))
    known = {p.id: p for p in passages}
    shown = [
        (
            id,
            SourceView(
                number=place,
                title=page.hide(title_of_passage(known[id])),
                lines=_marked(page, f"passage:{id}", marks[id]),
            ),
        )
        for place, id in enumerate((i for i in wanted if i in known), start=1)
    ]
    return shown, tuple(dict.fromkeys(title_of_passage(p) for p in passages if p.id not in wanted))


def title_of_passage(passage: Passage) -> str:
    """The source of a passage with its place in it, as far as they are known."""
    place = passage.locator or passage.heading
    return ", ".join(dict.fromkeys(p for p in (source_of(passage), place) if p))


def source_of(passage: Passage) -> str:
    """Organisation, title and edition or date of the source of a passage; its id where none is known."""
    parts = (passage.organisation, passage.title, passage.edition or passage.date)
    return ", ".join(dict.fromkeys(p for p in parts if p)) or passage.document or passage.id


def _marked(page: Page, source: str, marks: Iterable[tuple[Span, int, int]]) -> tuple[Line, ...]:
    """A text with the (span, number, severity) that stand in it as they say."""
    text = page.texts[source]
    fitting = [(s.start, s.end, n, v) for s, n, v in marks if s.source == source and text[s.start : s.end] == s.quote]
    return highlight(page.shown[source], fitting)


def highlight(text: str, marks: Sequence[tuple[int, int, int, int]]) -> tuple[Line, ...]:
    """Cut a text into lines of segments.

    Args:
        marks: (start, end, number, severity), offsets into ``text``; they may overlap.
    """
    edges = sorted({0, len(text), *(m[0] for m in marks), *(m[1] for m in marks)})
    lines: list[Line] = []
    current: list[Segment] = []
    for start, end in pairwise(edges):
        covering = [m for m in marks if m[0] <= start and end <= m[1]]
        numbers = tuple(dict.fromkeys(m[2] for m in covering))
        severity = max((m[3] for m in covering), default=-1)
        pieces = text[start:end].split("\n")
        for index, piece in enumerate(pieces):
            if index:
                lines.append(_line(current))
                current = []
            if piece:
                current.append(Segment(text=piece, marks=numbers, severity=severity))
    lines.append(_line(current))
    return tuple(lines)


def _line(segments: list[Segment]) -> Line:
    """Tell headings and bullets by how the line starts, and drop the Markdown sign."""
    first = segments[0].text if segments else ""
    for signs, kind in (("#", "heading"), ("-*", "bullet")):
        bare = first.lstrip(signs)
        if first[:1] and first[0] in signs and bare[:1] == " ":
            head = replace(segments[0], text=bare.lstrip())
            return Line(kind=kind, segments=tuple(s for s in (head, *segments[1:]) if s.text))
    return Line(kind="text", segments=tuple(segments))
