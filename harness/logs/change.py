"""What changed between two audited logs: the rate of each rule now and in a baseline window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from harness.errors import DatasetError
from harness.logs.counts import rate, rate_json
from harness.rates import Rate
from harness.signature import Signature

RULER = ("registry", "judge", "scorers")  # of a log's signature; the day by which editions are judged moves on


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A rule's rates; ``low`` to ``high`` is the 95 % interval of now minus then."""

    code: str
    severity: int
    now: Rate
    then: Rate
    low: float
    high: float

    @property
    def new(self) -> bool:
        """It fires, and in the baseline it never did."""
        return self.now.events > 0 and self.then.events == 0

    @property
    def clear(self) -> bool:
        """The interval leaves out no change. Of twenty rules without change, one is told so by chance."""
        return not self.low <= 0.0 <= self.high

    def to_json(self) -> dict[str, Any]:
        """Both rates, the difference with its interval, and what they amount to."""
        return {
            "code": self.code,
            "severity": self.severity,
            "now": rate_json(self.now),
            "then": rate_json(self.then),
            "difference": round(self.now.share - self.then.share, 6),
            "low": round(self.low, 6),
            "high": round(self.high, 6),
            "new": self.new,
            "clear": self.clear,
        }


def changes(now: Mapping[str, Any], then: Mapping[str, Any]) -> tuple[Change, ...]:
    """The change of every rule that fired in either summary (``Counts.to_json``), newly firing first, then by severity.

    Raises:
        DatasetError: where the baseline is no summary.
    """
    try:
        codes = {**then["rules"], **now["rules"]}
        found = [_change(code, rule, now, then) for code, rule in codes.items()]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise DatasetError("the baseline's summary can't be read", hint="--resume writes it again") from None
    return tuple(sorted(found, key=lambda c: (not c.new, not c.clear, -c.severity, c.code)))


def told_changes(
    signature: str, now: Mapping[str, Any], manifest: Mapping[str, Any], then: Mapping[str, Any]
) -> dict[str, Any]:
    """The changes since a baseline, and in what its ruler differs: then the ruler may have changed, not the answers.

    Args:
        signature: of the audit now; ``manifest``: of the baseline, whose summary is ``then``.

    Raises:
        DatasetError: where the baseline can't be read.
    """
    try:
        ruler = Signature.parse(str(manifest["signature"])).differences(Signature.parse(signature), RULER)
    except (KeyError, ValueError):
        raise DatasetError("the baseline's manifest has no signature", hint="the file was altered") from None
    return {"ruler": ruler, "rules": [change.to_json() for change in changes(now, then)]}


def _change(code: str, rule: Mapping[str, Any], now: Mapping[str, Any], then: Mapping[str, Any]) -> Change:
    one, other = (_rate(code, rule["scorer"], side) for side in (now, then))
    low, high = newcombe(one, other)
    return Change(code=code, severity=rule["severity"], now=one, then=other, low=low, high=high)


def _rate(code: str, scorer: str, summary: Mapping[str, Any]) -> Rate:
    told = summary["rules"].get(code)
    if told is not None:
        return rate(told["events"], told["n"])
    tally = summary["scorers"].get(scorer, {"scored": 0, "not_applicable": 0})
    return rate(0, tally["scored"] + tally["not_applicable"])


def newcombe(one: Rate, other: Rate) -> tuple[float, float]:
    """95 % interval of the difference of two independent shares (Newcombe 1998, method 10); -1 to 1 without data."""
    if not (one.n and other.n):
        return -1.0, 1.0
    difference = one.share - other.share
    down = sqrt((one.share - one.low) ** 2 + (other.high - other.share) ** 2)
    up = sqrt((one.high - one.share) ** 2 + (other.share - other.low) ** 2)
    return difference - down, difference + up
