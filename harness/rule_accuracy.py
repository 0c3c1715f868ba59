"""What page 1 of a report quotes of the scorers that rest on no judge: how they did on labelled rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.accuracy import LOCAL, RuleMeasurement, Triple, read_results
from harness.resources import package_file
from harness.scorers import SCORERS

SHIPPED = "scorers/accuracy.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTrust:
    """What is known of a scorer's accuracy.

    Args:
        scorer_id: the scorer as it ran here.
        measured: what was measured of it, of any version; empty where nothing was.
    """

    scorer: str
    scorer_id: str
    measured: tuple[RuleMeasurement, ...]

    def sentence(self) -> str:
        """The figures on the set it did worst on, in words, or that there are none."""
        if not self.measured:
            return f"{self.scorer}: how often it is right is not measured"
        worst = min(self.measured, key=_quality)
        sets = len(self.measured)
        among = f", the worst of {sets} sets" if sets > 1 else ""
        changed = " with other settings or word lists than here" if worst.scorer_id != self.scorer_id else ""
        return f"{self.scorer}: {_clause(worst)}{among}; measured {worst.measured}{changed}"


def _quality(m: RuleMeasurement) -> float:
    """What sets are compared by; an undefined figure is the worst."""
    value = m.figures["pearson" if m.scorer == "readability" else "balanced_accuracy"][0]
    return -2.0 if value is None else value


def _clause(m: RuleMeasurement) -> str:
    if m.scorer == "readability":
        parts = []
        if m.figures["pearson"][0] is not None:
            parts.append(f"learned ease correlates {_shown(m.figures['pearson'])} with human judgement")
        if m.figures["pairs"][0] is not None:
            parts.append(f"ranks {_shown(m.figures['pairs'], percent=True)} of pairs right")
        return f"{' and '.join(parts) or 'undefined'} on {m.data} ({m.rows:,} texts)"
    found, wrong = m.figures["recall"], m.figures["false_alarms"]
    told = f"finds {_shown(found, percent=True)} and wrongly flags {_shown(wrong, percent=True)}"
    return f"{told} on {m.data} ({m.rows:,} rows)"


def _shown(triple: Triple, *, percent: bool = False) -> str:
    """``0.61 (0.58 to 0.64)`` or ``91 % (88 to 94)``."""
    value, low, high = triple
    if value is None:
        return "an unknown share" if percent else "to an unknown degree"
    told = f"{100 * value:.0f} %" if percent else f"{value:.2f}"
    if low is None or high is None:
        return told
    return told + (f" ({100 * low:.0f} to {100 * high:.0f})" if percent else f" ({low:.2f} to {high:.2f})")


def known_rules() -> tuple[RuleMeasurement, ...]:
    """What was measured: shipped with the package, and in ``reports/calibration`` here, which comes first."""
    shipped = package_file(SHIPPED)
    files = [*([shipped] if shipped.is_file() else []), *sorted(LOCAL.glob("*.json"))]
    by_set = {(m.scorer, m.data): m for f in files for m in read_results(f).rules}
    return tuple(by_set.values())


def rule_trust(scorers: Mapping[str, str], known: Iterable[RuleMeasurement]) -> tuple[RuleTrust, ...]:
    """What is known of those scorers, told by name and id, that rest on rules or are of other packages."""
    foreign = [name for name in scorers if name not in SCORERS]
    names = ("overreach", "escalation", "disclaimer", "privacy", "readability", *foreign)
    every = sorted(known, key=lambda m: m.data)
    return tuple(
        RuleTrust(scorer=name, scorer_id=scorers[name], measured=tuple(m for m in every if m.scorer == name))
        for name in names
        if name in scorers
    )
