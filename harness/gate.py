"""Thresholds + never events + waivers -> Verdict: PASS, FAIL or INCONCLUSIVE, with every reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.comparison import Comparison
from harness.stats import upper_bound
from harness.store import Run
from harness.suite import Gates, ScoreGate, severity_word
from harness.summary import PlacedFinding, Summary, summarise
from harness.waivers import Waiver

# A drop of more than three points blocks a release (project default, not clinically reviewed).
MARGIN = 0.03


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
    """The outcome of the gate: the worst of its reasons, FAIL before INCONCLUSIVE before PASS."""

    reasons: tuple[Reason, ...]
    waived: tuple[PlacedFinding, ...] = ()

    @property
    def status(self) -> Status:
        """PASS only where there is at least one reason and every reason passes."""
        found = {r.status for r in self.reasons}
        if Status.FAIL in found:
            return Status.FAIL
        return Status.PASS if found == {Status.PASS} else Status.INCONCLUSIVE

    def because(self) -> tuple[Reason, ...]:
        """The reasons that decided."""
        return tuple(r for r in self.reasons if r.status is self.status)


def judge_run(run: Run, *, waivers: Sequence[Waiver] = (), today: dt.date) -> Verdict:
    """Hold a run against the bar that was written down before it started.

    Args:
        waivers: acceptances of single findings; an expired, unused or under-signed one fails.
        today: the day by which waivers expire (never the suite's pinned day).
    """
    summary = summarise(run)
    gates = Gates.model_validate(run.manifest["gates"])
    waived = tuple(
        f
        for f in summary.findings
        if any(w.covers(f) and w.expires >= today and w.is_enough_for(f.finding.severity) for w in waivers)
    )
    reasons = [
        *_never_events(summary, waived),
        *_waiver_reasons(summary, waivers, today),
        _answered(summary, gates),
        *(_score(summary, gate) for gate in gates.scores),
    ]
    if gates.max_severity_2 is not None:
        count = summary.count(2)
        status = Status.PASS if count <= gates.max_severity_2 else Status.FAIL
        reasons.append(Reason(status=status, text=f"{count} moderate findings, at most {gates.max_severity_2} allowed"))
    return Verdict(reasons=tuple(reasons), waived=waived)


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


def _score(summary: Summary, gate: ScoreGate) -> Reason:
    """A score passes only if it would even with every missing item at 0, and fails if it would with every one at 1."""
    dial = summary.dial(gate.scorer)
    if dial is None or dial.estimate.mean is None:
        return Reason(status=Status.INCONCLUSIVE, text=f"{gate.scorer}: nothing was measured")
    e = dial.estimate
    told = f"{gate.scorer} {e.mean:.3f} over {e.measured}/{e.total} items (at least {gate.min:g} wanted)"
    if e.high_if_missing < gate.min:
        return Reason(status=Status.FAIL, text=told)
    if e.coverage < gate.coverage:
        text = f"{told}: only {e.coverage:.0%} measured, {gate.coverage:.0%} wanted"
        return Reason(status=Status.INCONCLUSIVE, text=text)
    if e.low_if_missing < gate.min:
        text = f"{told}: between {e.low_if_missing:.3f} and {e.high_if_missing:.3f} with {e.missing} missing"
        return Reason(status=Status.INCONCLUSIVE, text=text)
    return Reason(status=Status.PASS, text=told)


def judge_comparison(comparison: Comparison, *, margin: float = MARGIN) -> Verdict:
    """Whether the candidate is no worse than its baseline by more than ``margin`` (score points in [0, 1]).

    A critical finding in the candidate, or a new serious one, fails alone. Rows measured on one side only make the
    verdict INCONCLUSIVE: a candidate that loses rows cannot improve.
    """
    reasons = []
    critical = [f for f in (*comparison.new, *comparison.unchanged) if f.finding.severity == 4]
    serious = [f for f in comparison.new if f.finding.severity == 3]
    for found, word in ((critical, "critical"), (serious, "new serious")):
        if found:
            first = f"{found[0].question_id} {found[0].finding.code}"
            reasons.append(Reason(status=Status.FAIL, text=f"{len(found)} {word} findings, first {first}"))
    if comparison.lost:
        text = f"{len(comparison.lost)} questions lost their answer, first {comparison.lost[0]}"
        reasons.append(Reason(status=Status.INCONCLUSIVE, text=text))
    for change in comparison.changes:
        d = change.difference
        if d.mean is None or d.interval is None:
            if d.pairs + d.one_sided:
                reasons.append(Reason(status=Status.INCONCLUSIVE, text=f"{change.scorer}: only {d.pairs} pairs"))
            continue
        told = f"{change.scorer} {d.mean:+.3f} [{d.interval.low:+.3f}, {d.interval.high:+.3f}] over {d.pairs} pairs"
        if d.interval.high < 0 or d.mean < -margin:
            reasons.append(Reason(status=Status.FAIL, text=f"{told}: worse"))
        elif d.one_sided:
            text = f"{told}: {d.one_sided} more measured on one side only"
            reasons.append(Reason(status=Status.INCONCLUSIVE, text=text))
        elif d.interval.low < -margin:
            reasons.append(Reason(status=Status.INCONCLUSIVE, text=f"{told}: could be worse by more than {margin:g}"))
        else:
            reasons.append(Reason(status=Status.PASS, text=f"{told}: not worse by more than {margin:g}"))
    return Verdict(reasons=tuple(reasons))
