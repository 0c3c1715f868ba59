"""What every report shows of a run, worked out once: dials, worst findings in context, and one card a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from harness.accuracy import Trust, known_measurements, trust
from harness.gate import Verdict
from harness.masking import blotted, words_at
from harness.render.rules import title_of
from harness.render.words import texts_of
from harness.review.evidence import Evidence, load_evidence
from harness.rule_accuracy import RuleTrust, known_rules, rule_trust
from harness.selftest.results import told_for
from harness.store import Item, Run
from harness.suite import Gates, severity_word
from harness.summary import Dial, PlacedFinding, Summary, summarise
from harness.types import Answer, Outcome, Question, Span

FIVE = ("grounding", "citation", "overreach", "disclaimer", "readability")
_CONTEXT = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Words in their surroundings: ``before`` and ``after`` are cut at about 90 characters."""

    place: str
    before: str
    quote: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A finding as a reader sees it, with the words it points at."""

    number: int
    question_id: str
    epoch: int
    scorer: str
    code: str
    title: str
    severity: int
    word: str
    message: str
    confidence: float
    excerpt: Excerpt
    related: tuple[Excerpt, ...]
    waived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of the page: plain words, or words that findings point at (``marks`` are finding numbers)."""

    text: str
    marks: tuple[int, ...] = ()
    severity: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the page as ``heading``, ``bullet`` or ``text``."""

    kind: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything about one question and epoch."""

    question: Question
    epoch: int
    lines: tuple[Line, ...]
    error: str
    outcomes: tuple[Outcome, ...]
    findings: tuple[FindingView, ...]

    @property
    def worst(self) -> int:
        """Worst severity on the page; 5 where there is no answer, -1 without findings."""
        return 5 if self.error else max((f.severity for f in self.findings), default=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DialView:
    """A dial with the bar it is held to."""

    dial: Dial
    minimum: float | None
    first_five: bool

    @property
    def state(self) -> str:
        """``ok``, ``below`` the bar, ``unsure`` for missing items, ``unmeasured``, or ``free`` of a bar."""
        e = self.dial.estimate
        if e.mean is None:
            return "unmeasured"
        if self.minimum is None:
            return "free"
        if e.low_if_missing >= self.minimum:
            return "ok"
        return "below" if e.high_if_missing < self.minimum else "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """The whole report."""

    run: Run
    verdict: Verdict
    summary: Summary
    dials: tuple[DialView, ...]
    findings: tuple[FindingView, ...]
    cards: tuple[Card, ...]
    drafts: int
    left_out: Mapping[str, str]
    trust: tuple[Trust, ...]
    rule_trust: tuple[RuleTrust, ...]
    evidence: Evidence
    selftest: str

    def counts(self) -> list[tuple[str, int]]:
        """Findings by severity, worst first."""
        return [(severity_word(s), self.summary.count(s)) for s in (4, 3, 2, 1, 0)]

    def worst(self, n: int) -> tuple[FindingView, ...]:
        """The ``n`` worst findings of severity 2 or more."""
        return tuple(f for f in self.findings if f.severity >= 2)[:n]


def view(run: Run, verdict: Verdict) -> ReportView:
    """Work out what the reports show."""
    summary = summarise(run)
    items = {(i.question_id, i.epoch): i for i in run.items}
    findings = tuple(
        _finding(number, placed, items[placed.question_id, placed.epoch], run, placed in verdict.waived)
        for number, placed in enumerate(summary.findings, start=1)
    )
    gates = {g.scorer: g.min for g in Gates.model_validate(run.manifest["gates"]).scores}
    dials = tuple(
        DialView(dial=d, minimum=gates.get(d.scorer), first_five=d.scorer in FIVE)  # type: ignore[call-overload]
        for d in summary.dials
    )
    questions = {q.id: q for q in run.questions}
    return ReportView(
        run=run,
        verdict=verdict,
        summary=summary,
        dials=dials,
        findings=findings,
        cards=tuple(_card(i, questions[i.question_id], findings) for i in run.items),
        drafts=sum(q.status == "draft" for q in run.questions),
        left_out=run.manifest.get("left_out", {}),
        trust=trust(run.manifest["judge"], [d.scorer for d in summary.dials], known_measurements()),
        rule_trust=rule_trust(run.manifest["scorers"], known_rules()),
        evidence=load_evidence(run),
        selftest=told_for(run.manifest["suite"], run.manifest["judge"], dict(run.signature.parts).get("scorers", "")),
    )


def _finding(number: int, placed: PlacedFinding, item: Item, run: Run, waived: bool) -> FindingView:
    f = placed.finding
    return FindingView(
        number=number,
        question_id=placed.question_id,
        epoch=placed.epoch,
        scorer=placed.scorer,
        code=f.code,
        title=title_of(f.code),
        severity=f.severity,
        word=severity_word(f.severity),
        message=f.message,
        confidence=f.confidence,
        excerpt=_excerpt(f.span, item, run),
        related=tuple(_excerpt(s, item, run) for s in f.related),
        waived=waived,
    )


def _excerpt(span: Span, item: Item, run: Run) -> Excerpt:
    """The words of a span in their surroundings; without the source at hand, the quote alone."""
    question = next(q for q in run.questions if q.id == item.question_id)
    findings = [f for o in item.outcomes for f in o.findings]
    text = texts_of(item.answer, question, findings).get(span.source, "")
    shown = words_at(span, text)
    if text[span.start : span.end] != shown:
        return Excerpt(place=span.source, before="", quote=shown, after="")
    before = text[max(0, span.start - _CONTEXT) : span.start].rpartition("\n")
    after = text[span.end : span.end + _CONTEXT].partition("\n")
    cut_before = not before[1] and span.start > _CONTEXT
    cut_after = not after[1] and span.end + _CONTEXT < len(text)
    return Excerpt(
        place=span.source,
        before=("..." if cut_before else "") + before[2].lstrip("-*# "),
        quote=shown,
        after=after[0] + ("..." if cut_after else ""),
    )


def _card(item: Item, question: Question, findings: Sequence[FindingView]) -> Card:
    mine = tuple(f for f in findings if (f.question_id, f.epoch) == (item.question_id, item.epoch))
    if not isinstance(item.answer, Answer):
        error = f"{item.answer.kind}: {item.answer.message}"
        return Card(question=question, epoch=item.epoch, lines=(), error=error, outcomes=item.outcomes, findings=mine)
    raw = [f for o in item.outcomes for f in o.findings if f.span.source == "answer"]
    numbers = {(v.code, v.message, v.excerpt.quote): v.number for v in mine}
    text = blotted(item.answer.text, [f for o in item.outcomes for f in o.findings])
    marks = [(f.span.start, f.span.end, numbers[f.code, f.message, words_at(f.span, text)], f.severity) for f in raw]
    lines = highlight(text, marks)
    return Card(question=question, epoch=item.epoch, lines=lines, error="", outcomes=item.outcomes, findings=mine)


def highlight(text: str, marks: Sequence[tuple[int, int, int, int]]) -> tuple[Line, ...]:
    """Cut a page into lines of segments.

    Args:
        marks: (start, end, finding number, severity), offsets into ``text``; they may overlap.
    """
    edges = sorted({0, len(text), *(m[0] for m in marks), *(m[1] for m in marks)})
    lines: list[Line] = []
    current: list[Segment] = []
    for start, end in pairwise(edges):
        covering = [m for m in marks if m[0] <= start and end <= m[1]]
        numbers = tuple(m[2] for m in covering)
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
