"""What a stream of records comes to: counts of fixed size, told as rates with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.rates import Rate
from harness.stats import wilson

VERSION = 1
GROUPS = ("day", "version")
MOST_GROUPS = 1000  # days or versions that are counted apart; the rest stand together
OTHERS = "(others)"
UNTOLD = "(not told)"
_LISTED = 20  # rejections that are listed in the summary; all of them are in the journal and the tables


@dataclass(slots=True)
class Tally:
    """The outcomes of one scorer, in answers."""

    scored: int = 0
    not_applicable: int = 0
    failed: int = 0
    total: float = 0.0
    flagged: int = 0  # with a finding

    @property
    def measured(self) -> int:
        """Answers that the scorer didn't fail on."""
        return self.scored + self.not_applicable


@dataclass(slots=True)
class Fired:
    """The answers that a rule fired on, and its worst severity there."""

    scorer: str
    answers: int = 0
    severity: int = 0


@dataclass(slots=True)
class Tallies:
    """Scorers and rules over a set of answers."""

    answers: int = 0
    scorers: dict[str, Tally] = field(default_factory=dict)
    rules: dict[str, Fired] = field(default_factory=dict)

    def add(self, outcomes: list[dict[str, Any]]) -> None:
        """Count the outcomes of one answer."""
        self.answers += 1
        for outcome in outcomes:
            tally = self.scorers.setdefault(outcome["scorer"], Tally())
            setattr(tally, outcome["status"], getattr(tally, outcome["status"]) + 1)
            tally.total += outcome["score"] or 0.0
            tally.flagged += bool(outcome["findings"])
            worst: dict[str, int] = {}
            for finding in outcome["findings"]:
                worst[finding["code"]] = max(worst.get(finding["code"], 0), finding["severity"])
            for code, severity in worst.items():
                fired = self.rules.setdefault(code, Fired(outcome["scorer"]))
                fired.answers += 1
                fired.severity = max(fired.severity, severity)

    def rate(self, code: str) -> Rate:
        """Answers that a rule fired on, of those its scorer could measure."""
        fired = self.rules[code]
        return rate(fired.answers, max(fired.answers, self.scorers[fired.scorer].measured))

    def to_json(self) -> dict[str, Any]:
        """Rates by scorer and rule, by name."""
        return {
            "answers": self.answers,
            "scorers": {name: _scorer_json(tally) for name, tally in sorted(self.scorers.items())},
            "rules": {
                code: {"scorer": f.scorer, "severity": f.severity, **rate_json(self.rate(code))}
                for code, f in sorted(self.rules.items())
            },
        }


@dataclass(slots=True)
class Counts:
    """The whole of a log.

    Args:
        rejected: rows that could not be read, broken: files that could not be read to their end; lost: rows whose
            process died twice.
        has: answers that had a field; listed: the first rejections as (file:line, what).
    """

    rows: int = 0
    rejected: int = 0
    broken: int = 0
    lost: int = 0
    worst: int = -1
    has: dict[str, int] = field(default_factory=dict)
    listed: list[tuple[str, str]] = field(default_factory=list)
    whole: Tallies = field(default_factory=Tallies)
    groups: dict[str, dict[str, Tallies]] = field(default_factory=lambda: {name: {} for name in GROUPS})

    def add(self, record: Mapping[str, Any]) -> None:
        """Count one record."""
        self.rows += 1
        if "outcomes" in record:
            self._scored(record)
            return
        if "lost" in record:
            self.lost += 1
        else:
            self.rejected += 1
            self.broken += bool(record.get("file"))
        if len(self.listed) < _LISTED:
            self.listed.append((record["where"], record.get("rejected") or record["lost"]))

    def _scored(self, record: Mapping[str, Any]) -> None:
        self.whole.add(record["outcomes"])
        for outcome in record["outcomes"]:
            self.worst = max([self.worst, *(f["severity"] for f in outcome["findings"])])
        for name in record["has"]:
            self.has[name] = self.has.get(name, 0) + 1
        for name, known in self.groups.items():
            key = record[name] or UNTOLD
            key = key if key in known or len(known) < MOST_GROUPS else OTHERS
            known.setdefault(key, Tallies()).add(record["outcomes"])

    @property
    def unmeasured(self) -> int:
        """Outcomes that failed, and rows that were lost."""
        return self.lost + sum(t.failed for t in self.whole.scorers.values())

    def to_json(self) -> dict[str, Any]:
        """The summary; a group is left out where no row tells it."""
        told = {n: g for n, g in self.groups.items() if set(g) - {UNTOLD}}
        return {
            "summary": VERSION,
            "rows": self.rows,
            "rejected": self.rejected,
            "broken_files": self.broken,
            "lost": self.lost,
            "rejections": [{"where": where, "why": why} for where, why in self.listed],
            "fields": dict(sorted(self.has.items())),
            **self.whole.to_json(),
            "groups": {n: {key: t.to_json() for key, t in sorted(g.items())} for n, g in told.items()},
        }


def rate(events: int, n: int) -> Rate:
    """``events`` of ``n`` with the 95 % Wilson interval; 0 to 1 where n is 0."""
    if not n:
        return Rate.of(())
    interval = wilson(events, n)
    return Rate(events=events, n=n, low=interval.low, high=interval.high)


def rate_json(one: Rate) -> dict[str, Any]:
    """Counts, share and interval, rounded to six digits."""
    ends = {"share": one.share, "low": one.low, "high": one.high}
    return {"events": one.events, "n": one.n, **{k: round(v, 6) for k, v in ends.items()}}


def _scorer_json(tally: Tally) -> dict[str, Any]:
    mean = round(tally.total / tally.scored, 6) if tally.scored else None
    counts = {"scored": tally.scored, "not_applicable": tally.not_applicable, "failed": tally.failed}
    return {**counts, "mean": mean, "with_finding": rate_json(rate(min(tally.flagged, tally.measured), tally.measured))}
