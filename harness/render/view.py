"""What every report shows of a run, worked out once: dials, worst findings in context, and what people said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.accuracy import Trust, known_measurements, trust
from harness.gate import Verdict
from harness.render.page import Excerpt, Page
from harness.review.evidence import Evidence, load_evidence
from harness.rule_accuracy import RuleTrust, known_rules, rule_trust
from harness.scorers import title_of
from harness.selftest.results import told_for
from harness.store import Run
from harness.suite import Gates, severity_word
from harness.summary import Dial, PlacedFinding, Summary, summarise
from harness.types import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A finding as a reader sees it, with the words it points at; what identifies a person is hidden."""

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
class DialView:
    """A dial with the bar it is held to."""

    dial: Dial
    minimum: float | None

    @property
    def state(self) -> str:
        """``ok``, ``below`` the bar, ``unsure`` for missing items, ``unmeasured``, ``exempt``, or ``free`` of a bar."""
        e = self.dial.estimate
        if e.mean is None:
            return "unmeasured" if e.missing or not e.total else "exempt"
        if self.minimum is None:
            return "free"
        if e.low_if_missing >= self.minimum:
            return "ok"
        return "below" if e.high_if_missing < self.minimum else "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """The whole report, but for the evidence cards (``render.cards``)."""

    run: Run
    verdict: Verdict
    summary: Summary
    dials: tuple[DialView, ...]
    findings: tuple[FindingView, ...]
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

    def numbers(self) -> dict[int, int]:
        """The number of each finding, by its ``id()``."""
        return {id(placed.finding): n for n, placed in enumerate(self.summary.findings, start=1)}


def view(run: Run, verdict: Verdict) -> ReportView:
    """Work out what the reports show."""
    summary = summarise(run)
    gates = {g.scorer: g.min for g in Gates.model_validate(run.manifest["gates"]).scores}
    dials = tuple(DialView(dial=d, minimum=gates.get(d.scorer)) for d in summary.dials)
    return ReportView(
        run=run,
        verdict=verdict,
        summary=summary,
        dials=dials,
        findings=_findings(run, summary, verdict),
        drafts=sum(q.status == "draft" for q in run.questions),
        left_out=run.manifest.get("left_out", {}),
        trust=trust(run.manifest["judge"], [d.scorer for d in summary.dials], known_measurements()),
        rule_trust=rule_trust(run.manifest["scorers"], known_rules()),
        evidence=load_evidence(run),
        selftest=told_for(run.manifest["suite"], run.manifest["judge"], dict(run.signature.parts).get("scorers", "")),
    )


def _findings(run: Run, summary: Summary, verdict: Verdict) -> tuple[FindingView, ...]:
    questions = {q.id: q for q in run.questions}
    items = {(i.question_id, i.epoch): i for i in run.items}
    waived = set(verdict.waived)
    pages: dict[tuple[str, int], Page] = {}
    found = []
    for number, placed in enumerate(summary.findings, start=1):
        where = (placed.question_id, placed.epoch)
        if where not in pages:
            pages[where] = Page.of(items[where], questions[placed.question_id])
        found.append(_finding(number, placed, pages[where], placed in waived))
    return tuple(found)


def _finding(number: int, placed: PlacedFinding, page: Page, waived: bool) -> FindingView:
    f: Finding = placed.finding
    return FindingView(
        number=number,
        question_id=placed.question_id,
        epoch=placed.epoch,
        scorer=placed.scorer,
        code=f.code,
        title=title_of(f.code),
        severity=f.severity,
        word=severity_word(f.severity),
        message=page.hide(f.message),
        confidence=f.confidence,
        excerpt=page.excerpt(f.span),
        related=tuple(page.excerpt(s) for s in f.related),
        waived=waived,
    )
