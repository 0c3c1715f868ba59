"""Thresholds + never events + waivers -> Verdict: PASS, FAIL or INCONCLUSIVE, with every reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from harness.comparison import Comparison, ScoreChange, compare_runs
from harness.errors import DatasetError, SuiteError
from harness.noninferiority import NonInferiority, noninferiority
from harness.shards import shard_of
from harness.stats import Estimate, PairedDifference, upper_bound
from harness.store import Run, verify_run
from harness.suite import Gates, ScoreGate, severity_word
from harness.summary import PlacedFinding, Summary, summarise
from harness.types import Failed
from harness.waivers import Waiver, accepted


class Status(StrEnum):
    """The tool's verdict; the human decision over it is a separate thing."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"

    @property
    def exit_code(self) -> int:
        """0 pass, 1 fail, 3 could not measure or inconclusive."""
        return {Status.PASS: 0, Status.FAIL: 1, Status.INCONCLUSIVE: 3}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing the gate looked at and what it made of it."""

    status: Status
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome of the gate: the worst of its reasons, FAIL before INCONCLUSIVE before PASS.

    Args:
        waived: findings that a valid waiver accepts; waivers: all that the gate was given, valid or not.
        compared: the run beside its baseline, where the gate looked at one.
    """

    reasons: tuple[Reason, ...]
    waived: tuple[PlacedFinding, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    compared: Comparison | None = None

    @property
    def status(self) -> Status:
        """PASS only where there is at least one reason and every reason passes."""
        found = {r.status for r in self.reasons}
        if Status.FAIL in found:
            return Status.FAIL
        return Status.PASS if found == {Status.PASS} else Status.INCONCLUSIVE

    def __str__(self) -> str:
        """The verdict with the number of findings that were waived, as in every last line and headline."""
        n = len(self.waived)
        return f"{self.status.value} ({n} finding{'s' * (n > 1)} waived)" if n else self.status.value

    def because(self) -> tuple[Reason, ...]:
        """The reasons that decided."""
        return tuple(r for r in self.reasons if r.status is self.status)


def judge_run(
    run: Run, *, waivers: Sequence[Waiver] = (), today: dt.date, baseline: Comparison | Path | None = None
) -> Verdict:
    """Hold a run against the bar that was written down before it started.

    Args:
        waivers: acceptances of single findings; an expired, unused or under-signed one fails.
        today: the day by which waivers expire (never the suite's pinned day).
        baseline: a comparison with the run's baseline, or the folder that the suite wants one in: a missing or altered
            one fails, and one measured by another ruler is inconclusive.
    """
    summary = summarise(run)
    gates = Gates.model_validate(run.manifest["gates"])
    waived = accepted(summary.findings, waivers, today)
    reasons = [
        *_part(run),
        *_never_events(summary, waived),
        *_waiver_reasons(summary, waivers, today),
        *_cut_off(run),
        _answered(summary, gates),
        *(_score(summary, gate, gates) for gate in gates.scores),
        *(reason for gate in gates.scores if (reason := _worst(summary, gate))),
    ]
    if gates.max_severity_2 is not None:
        count = summary.count(2)
        status = Status.PASS if count <= gates.max_severity_2 else Status.FAIL
        reasons.append(Reason(status=status, text=f"{count} moderate findings, at most {gates.max_severity_2} allowed"))
    beside = _wanted(run, baseline) if isinstance(baseline, Path) else baseline
    compared = beside if isinstance(beside, Comparison) else None
    if compared is not None:
        reasons += judge_comparison(compared, waived=waived).reasons
    elif isinstance(beside, Reason):
        reasons.append(beside)
    return Verdict(reasons=tuple(reasons), waived=waived, waivers=tuple(waivers), compared=compared)


def _part(run: Run) -> list[Reason]:
    """A shard alone is never a pass."""
    part = shard_of(run)
    text = f"shard {part} of the suite, {len(run.questions)} questions: `harness merge` brings all shards together"
    return [Reason(status=Status.INCONCLUSIVE, text=text)] if part else []


def _wanted(run: Run, folder: Path) -> Comparison | Reason:
    """The run beside the baseline that its suite wants; none that can be read is a reason, and never a pass."""
    try:
        return compare_runs(verify_run(folder), run)
    except DatasetError as problem:
        text = f"the suite wants a baseline: {problem.message} (`harness baseline RUN` writes one)"
        return Reason(status=Status.FAIL, text=text)
    except SuiteError as problem:
        return Reason(status=Status.INCONCLUSIVE, text=f"baseline {folder}: {problem.message}")


def _never_events(summary: Summary, waived: Sequence[PlacedFinding]) -> list[Reason]:
    """Severity 4 and 3 findings fail alone, whatever the means; none is told with its upper bound."""
    reasons = []
    for severity in (4, 3):
        word = severity_word(severity)
        found = [f for f in summary.findings if f.finding.severity == severity and f not in waived]
        if found:
            where = ", ".join(dict.fromkeys(f"{f.question_id} {f.finding.code}" for f in found[:4]))
            more = f" and {len(found) - 4} more" if len(found) > 4 else ""
            text = f"{len(found)} {word} finding{'s' * (len(found) > 1)}: {where}{more}"
            reasons.append(Reason(status=Status.FAIL, text=text))
        elif summary.answered:
            bound = upper_bound(0, summary.answered)
            text = f"0 {word} findings in {summary.answered} answers (true rate at most {bound:.1%}, one-sided 95 %)"
            reasons.append(Reason(status=Status.PASS, text=text))
    return reasons


def _waiver_reasons(summary: Summary, waivers: Sequence[Waiver], today: dt.date) -> list[Reason]:
    """Every waiver must be alive, needed and signed by enough people."""
    reasons = []
    for w in waivers:
        name = f"waiver {w.question} {w.code}"
        covered = [f for f in summary.findings if w.covers(f)]
        if w.expires < today:
            reasons.append(Reason(status=Status.FAIL, text=f"{name} expired on {w.expires}"))
        elif not covered:
            reasons.append(Reason(status=Status.FAIL, text=f"{name} is unused: no such finding; remove it"))
        elif not all(w.is_enough_for(f.finding.severity) for f in covered):
            need = (
                "severity 4 can't be waived" if covered[0].finding.severity == 4 else "severity 3 needs two signatures"
            )
            reasons.append(Reason(status=Status.FAIL, text=f"{name}: {need}"))
        else:
            reasons.append(Reason(status=Status.PASS, text=f"{name} accepted until {w.expires}"))
    return reasons


def _answered(summary: Summary, gates: Gates) -> Reason:
    """Enough questions must have an answer at all."""
    share = summary.answered / summary.planned if summary.planned else 0.0
    text = f"{summary.answered}/{summary.planned} questions answered (at least {gates.answered:.0%} wanted)"
    enough = summary.answered > 0 and share >= gates.answered
    return Reason(status=Status.PASS if enough else Status.INCONCLUSIVE, text=text)


def _cut_off(run: Run) -> list[Reason]:
    """A run that a deadline, a budget, an interrupt or a crash ended has not measured what it set out to."""
    if not run.stopped and len(run.items) == run.planned:
        return []
    text = f"the run was cut off at {len(run.items)}/{run.planned} items"
    return [Reason(status=Status.INCONCLUSIVE, text=f"{text}: {run.stopped}" if run.stopped else text)]


def _score(summary: Summary, gate: ScoreGate, gates: Gates) -> Reason:
    """A score passes only if it would even with every missing item at 0, and fails if it would with every one at 1."""
    dial = summary.dial(gate.scorer)
    if dial is None or dial.estimate.mean is None:
        return Reason(status=Status.INCONCLUSIVE, text=f"{gate.scorer}: nothing was measured")
    return _held(gate.scorer, dial.estimate, "items", minimum=gate.min, floor=gates.coverage_of(gate.scorer))


def _worst(summary: Summary, gate: ScoreGate) -> Reason | None:
    """With repeats, the worst epoch of the gravest questions (tier R3) has to meet the bar too."""
    dial = summary.dial(gate.scorer)
    if dial is None or dial.repeats is None or dial.repeats.worst is None:
        return None
    name = f"{gate.scorer}, worst of {dial.repeats.epochs} epochs on tier R3"
    if dial.repeats.worst.mean is None:
        return Reason(status=Status.INCONCLUSIVE, text=f"{name}: nothing was measured in every epoch")
    return _held(name, dial.repeats.worst, "questions", minimum=gate.min, floor=0.0)


def _held(name: str, e: Estimate, what: str, *, minimum: float, floor: float) -> Reason:
    """A mean against its bar, with its bounds under what is missing."""
    told = f"{name} {e.mean:.3f} over {e.measured}/{e.total} {what} (at least {minimum:g} wanted)"
    if e.high_if_missing < minimum:
        return Reason(status=Status.FAIL, text=told)
    if e.coverage < floor:
        text = f"{told}: only {e.coverage:.0%} measured, {floor:.0%} wanted"
        return Reason(status=Status.INCONCLUSIVE, text=text)
    if e.low_if_missing < minimum:
        text = f"{told}: between {e.low_if_missing:.3f} and {e.high_if_missing:.3f} with {e.missing} missing"
        return Reason(status=Status.INCONCLUSIVE, text=text)
    return Reason(status=Status.PASS, text=told)


def judge_comparison(comparison: Comparison, *, waived: Sequence[PlacedFinding] = ()) -> Verdict:
    """Whether the candidate is no worse than its baseline by more than the margins written down in its suite.

    A critical finding in the candidate, or a new serious one that is not among the ``waived``, fails alone. A question
    that lost an answer makes the verdict INCONCLUSIVE, and what one side lacks counts against the candidate: losing
    rows can't improve it. Where every answer is the same, word for word, there is no difference to test.
    """
    reasons = _cut_off(comparison.candidate)
    accepted = {f.identity for f in waived}
    critical = [f for f in (*comparison.new, *comparison.unchanged) if f.finding.severity == 4]
    serious = [f for f in comparison.new if f.finding.severity == 3 and f.identity not in accepted]
    for found, word in ((critical, "critical"), (serious, "new serious")):
        if found:
            first = f"{found[0].question_id} {found[0].finding.code}"
            text = f"{len(found)} {word} finding{'s' * (len(found) > 1)}, first {first}"
            reasons.append(Reason(status=Status.FAIL, text=text))
    if comparison.lost:
        text = f"{len(comparison.lost)} questions lost an answer, first {comparison.lost[0]}"
        reasons.append(Reason(status=Status.INCONCLUSIVE, text=text))
    reasons += _differences(comparison)
    told = tuple(replace(r, text=f"against the baseline: {r.text}") for r in reasons)
    return Verdict(reasons=told, waived=tuple(waived))


def _differences(comparison: Comparison) -> list[Reason]:
    """One reason for every score; scores that are equal because the answers are share one."""
    gates = comparison.gates
    told = {c.scorer: c.difference for c in comparison.changes if _is_due(comparison, c)}
    if comparison.identical:
        same = [name for name, d in told.items() if d.pairs and not d.one_sided and not any(d.differences)]
        told = {name: d for name, d in told.items() if name not in same}
        text = f"all {len(comparison.candidate.items)} answers are those of the baseline, word for word"
        equal = [Reason(status=Status.PASS, text=f"{text}; equal in {', '.join(same)}")] if same else []
    else:
        equal = []
    tests = noninferiority(told, {name: gates.margin_of(name) for name in told})
    questions = len(comparison.candidate.questions)
    tested = [_difference(name, d, tests.get(name), questions, gates.coverage_of(name)) for name, d in told.items()]
    return equal + tested


def _is_due(comparison: Comparison, change: ScoreChange) -> bool:
    """Whether a score has anything to say: measured somewhere, wanted by a floor, or failed to be measured."""
    if change.difference.pairs + change.difference.one_sided or comparison.gates.coverage_of(change.scorer):
        return True
    items = (*comparison.baseline.items, *comparison.candidate.items)
    return any(isinstance(o, Failed) for i in items for o in i.outcomes if o.scorer == change.scorer)


def _difference(name: str, d: PairedDifference, test: NonInferiority | None, questions: int, floor: float) -> Reason:
    pairs = f"{d.pairs}/{questions} questions"
    if test is None:
        return Reason(status=Status.INCONCLUSIVE, text=f"{name}: only {pairs} are measured on both sides")
    told = f"{name} {test.mean:+.3f} over {pairs}, at least {test.lower:+.3f} (one-sided 95 %)"
    if d.one_sided:
        told += f" with {d.one_sided} measured on one side only"
    if test.decision == "worse":
        return Reason(status=Status.FAIL, text=f"{told}: worse (p = {test.p_worse:.2g} after Holm)")
    if test.decision == "open":
        text = f"{told}: the interval crosses the margin of {test.margin:g}: {test.advice}"
        return Reason(status=Status.INCONCLUSIVE, text=text)
    if d.pairs < floor * questions:
        text = f"{told}: only {d.pairs / questions:.0%} measured on both sides, {floor:.0%} wanted"
        return Reason(status=Status.INCONCLUSIVE, text=text)
    return Reason(status=Status.PASS, text=f"{told}: not worse by more than {test.margin:g}")
