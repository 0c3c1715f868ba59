"""What a run adds up to: one dial a scorer with its denominators, and the findings in order of harm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.stats import Estimate, Figure, estimate, pass_hat_k, unsteady, worst_of
from harness.store import Item, Run
from harness.suite import Gates
from harness.types import AnswerError, Failed, Finding, NotApplicable, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """What repeating the questions showed of one scorer.

    Args:
        epochs: k. pass_hat_k: share of questions of which k epochs in a row reach the bar; questions: how many have k.
        unsteady: questions of which some epochs reach the bar and others don't.
        worst: mean of the worst epoch over the questions of tier R3; None where there is none.
    """

    epochs: int
    pass_hat_k: float
    questions: int
    unsteady: tuple[str, ...]
    worst: Estimate | None

    def sentence(self) -> str:
        """The same in words, without the names of the unsteady questions."""
        told = f"pass^{self.epochs} {self.pass_hat_k:.3f} over {self.questions} questions"
        if self.worst:
            mean = "not measured" if self.worst.mean is None else f"{self.worst.mean:.3f}"
            told += (
                f"; worst of {self.epochs} on tier R3 {mean} over {self.worst.measured}/{self.worst.total} questions"
            )
        return f"{told}; {len(self.unsteady)} flip between epochs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One scorer over the whole run; ``repeats`` is None where each question was asked once."""

    scorer: str
    estimate: Estimate
    repeats: Repeats | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFinding:
    """A finding with the item it stands in."""

    question_id: str
    epoch: int
    scorer: str
    finding: Finding

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes it the same finding in another run: question, rule and words, not offsets."""
        return self.question_id, self.finding.code, " ".join(self.finding.span.quote.lower().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Dials, findings (worst first) and what could not be measured.

    Args:
        unanswered: items without an answer, with the reason; ``planned`` counts all items the run set out for.
        failures: (question, scorer, reason) of every outcome that should have been measured and was not.
    """

    dials: tuple[Dial, ...]
    findings: tuple[PlacedFinding, ...]
    planned: int
    answered: int
    unanswered: tuple[tuple[str, str], ...]
    failures: tuple[tuple[str, str, str], ...]

    def figures(self) -> Mapping[str, Figure]:
        """The mean of each scorer that measured something, with its interval, as plots take them."""
        told = {d.scorer: d.estimate for d in self.dials if d.estimate.mean is not None}
        return {name: Figure(value=e.mean, interval=e.interval) for name, e in told.items()}

    def dial(self, scorer: str) -> Dial | None:
        """The dial of one scorer, None where the run did not have it."""
        return next((d for d in self.dials if d.scorer == scorer), None)

    def causes(self) -> list[tuple[str, int]]:
        """Why items could not be measured, the most frequent first, with how many items each cost."""
        told = [reason for _, reason in self.unanswered] + [
            f"{scorer}: {reason}" for _, scorer, reason in self.failures
        ]
        return Counter(told).most_common()

    def count(self, severity: int) -> int:
        """Findings of one severity."""
        return sum(1 for f in self.findings if f.finding.severity == severity)


def _outcomes(run: Run, scorer: str) -> Iterable[tuple[Item, Outcome]]:
    return ((i, o) for i in run.items for o in i.outcomes if o.scorer == scorer)


def summarise(run: Run) -> Summary:
    """Add a run up. Items planned but absent from the journal count as missing."""
    findings = [
        PlacedFinding(question_id=i.question_id, epoch=i.epoch, scorer=o.scorer, finding=f)
        for i in run.items
        for o in i.outcomes
        for f in o.findings
    ]
    findings.sort(key=lambda p: (-p.finding.severity, -p.finding.confidence, p.question_id, p.epoch, p.finding.code))
    failures = [
        (i.question_id, o.scorer, o.reason)
        for i in run.items
        if not isinstance(i.answer, AnswerError)
        for o in i.outcomes
        if isinstance(o, Failed)
    ]
    unanswered = [
        (i.question_id, f"{i.answer.kind}: {i.answer.message}") for i in run.items if isinstance(i.answer, AnswerError)
    ]
    return Summary(
        dials=tuple(_dial(run, s) for s in (*run.scorers(), *run.beside())),
        findings=tuple(findings),
        planned=run.planned,
        answered=len(run.items) - len(unanswered),
        unanswered=tuple(unanswered),
        failures=tuple(failures),
    )


def _dial(run: Run, scorer: str) -> Dial:
    exempt = sum(isinstance(o, NotApplicable) for _, o in _outcomes(run, scorer))
    scores = run.scores(scorer)
    measured = sum(len(v) for v in scores.values())
    return Dial(
        scorer=scorer,
        estimate=estimate(scores, missing=run.planned - measured - exempt, exempt=exempt),
        repeats=_repeats(run, scorer, scores) if int(run.manifest["epochs"]) > 1 and scores else None,
    )


def _repeats(run: Run, scorer: str, scores: dict[str, list[float]]) -> Repeats:
    epochs = int(run.manifest["epochs"])
    bar = Gates.model_validate(run.manifest["gates"]).bar_of(scorer.partition("@")[0])  # other judges': the same bar
    passed = pass_hat_k(scores, bar=bar, k=epochs)
    gravest = {q.id for q in run.questions if q.risk_tier == "R3"}
    exempt = Counter(i.question_id for i, o in _outcomes(run, scorer) if isinstance(o, NotApplicable))
    applies = [q for q in gravest if exempt[q] < epochs]
    whole = {q: scores[q] for q in applies if len(scores.get(q, ())) + exempt[q] == epochs}
    worst = estimate(worst_of(whole), missing=len(applies) - len(whole), exempt=len(gravest) - len(applies))
    return Repeats(
        epochs=epochs,
        pass_hat_k=sum(passed.values()) / len(passed) if passed else 0.0,
        questions=len(passed),
        unsteady=unsteady(scores, bar=bar),
        worst=worst if applies else None,
    )
