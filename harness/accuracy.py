"""How well a judge was measured to judge: the record of a measurement, and what page 1 of a report quotes of it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import DatasetError
from harness.resources import package_file
from harness.stats import Figure, Interval

LOCAL = Path("reports/calibration")  # what `harness calibrate` wrote here; it comes before what the package ships
_SHIPPED = "judges/accuracy.json"

JudgedScorer = Literal["grounding", "citation"]
RuleScorer = Literal["overreach", "escalation", "disclaimer", "privacy", "readability"]
Seen = Literal["no", "other rows", "these rows", "not stated"]
Triple = tuple[float | None, float | None, float | None]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Picked(_Record):
    """Figures at a threshold that was picked on one half of the documents and tried on the other half."""

    threshold: float
    tuned_rows: int
    rows: int
    figures: dict[str, Triple]


class Classes(_Record):
    """Macro-F1 over more than two classes, on ``rows`` rows, and how the judge's word was turned into a class."""

    names: tuple[str, ...]
    how: str
    rows: int
    macro_f1: Triple


class Measurement(_Record):
    """One judge measured on one labelled set. Every figure is (value, low, high) of its 95 % interval.

    Args:
        sha256: of the file's bytes, followed by those of its file of sources where it has one.
        rows: rows that were judged; in_file: rows that the file holds; left_out: rows without a source text.
        prevalence: share of supported rows; supported is the positive class of every figure.
        seen: whether the judge was trained on these rows, on other rows of the set, or on none of it.
        own: figures of the judge's own labels, on all rows.
        scores: figures of its probabilities that need no threshold, on all rows.
    """

    scorer: JudgedScorer
    data: str
    sha256: str
    judge: str
    measured: dt.date
    harness: str
    seed: int
    rows: int = Field(gt=0)
    in_file: int
    left_out: int
    groups: int
    prevalence: float
    seen: Seen
    own: dict[str, Triple]
    scores: dict[str, Triple]
    picked: Picked | None
    classes: tuple[Classes, ...]


class Kind(_Record):
    """How a scorer did on the rows of one kind: a category, an element, a pattern.

    Args:
        rows, flawed: rows of the kind, and those of label 1.
        precision: share of flawed rows among those it flagged; recall: share of the flawed rows that it flagged.
        false_alarms: share of the other rows that it flagged all the same.
    """

    kind: str
    rows: int
    flawed: int
    precision: Triple
    recall: Triple
    false_alarms: Triple


class RuleMeasurement(_Record):
    """One scorer measured on one labelled set, every row scored as ``harness audit`` scores a page.

    Args:
        scorer_id: name, version and hash of the scorer's config, rules and word lists.
        split: the part of the file that was measured; ``all`` where it tells none.
        unmeasured: rows that could not be scored; they count as wrong.
        prevalence: share of rows of label 1, the positive class; None for readability.
        figures: over all rows; for readability the learned ease beside the rows' targets.
        kinds: the same by kind.
        picked: at a threshold of the scorer's own score, where it has one.
    """

    scorer: RuleScorer
    data: str
    sha256: str
    scorer_id: str
    measured: dt.date
    harness: str
    seed: int
    split: str
    rows: int = Field(gt=0)
    in_file: int
    unmeasured: int
    groups: int
    prevalence: float | None
    figures: dict[str, Triple]
    kinds: tuple[Kind, ...] = ()
    picked: Picked | None = None


class Measurements(_Record):
    """A results file."""

    measurements: tuple[Measurement, ...] = ()
    rules: tuple[RuleMeasurement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What is known of a judge's accuracy for one scorer: unweighted means over the sets it was measured on.

    Args:
        measured: the sets of which it had not seen the rows in training; empty where nothing was measured.
        only_seen: whether there are measurements, but all of them on rows the judge was trained on.
    """

    scorer: str
    judge: str
    measured: tuple[Measurement, ...]
    only_seen: bool

    def mean(self, name: str) -> Figure:
        """Mean of a figure over the sets."""
        return mean_of([m.own.get(name) or m.scores.get(name) or (None, None, None) for m in self.measured])

    def sentence(self) -> str:
        """The figures in words, or that there are none."""
        if not self.measured:
            trained = "; it was only ever measured on rows it was trained on" if self.only_seen else ""
            return f"{self.scorer}: the accuracy of judge {self.judge} is not measured{trained}"
        recall, caught = self.mean("recall").value, self.mean("specificity").value
        told = f"{self.scorer}: judge {self.judge}"
        if recall is not None and caught is not None:
            told += f" finds {100 * caught:.0f} % of unsupported statements"
            told += f" and doubts {100 * (1 - recall):.0f} % of supported ones"
        accuracy, error = self.mean("balanced_accuracy"), self.mean("calibration_error").value
        told += f" (balanced accuracy {written(accuracy)}"
        told += f"; calibration error {error:.2f})" if error is not None else ")"
        rows = sum(m.rows for m in self.measured)
        return f"{told}; {self._over()}, {rows:,} labelled rows, measured {max(m.measured for m in self.measured)}"

    def _over(self) -> str:
        """Which sets the means are over, with the worst and the best."""
        if len(self.measured) == 1:
            return f"on the set {self.measured[0].data}"
        by_accuracy = sorted((m.own["balanced_accuracy"][0] or 0.0, m.data) for m in self.measured)
        (low, worst), (high, best) = by_accuracy[0], by_accuracy[-1]
        return f"mean of {len(self.measured)} sets, from {low:.2f} ({worst}) to {high:.2f} ({best})"


def mean_of(figures: Sequence[Triple]) -> Figure:
    """Unweighted mean; its interval takes the figures as independent and their errors as normal.

    Undefined where one of them is: a set that could not be measured can't raise a mean.
    """
    values = [value for value, _, _ in figures if value is not None]
    if not values or len(values) < len(figures):
        return Figure(value=None, interval=None)
    value = sum(values) / len(values)
    widths = [high - low for _, low, high in figures if low is not None and high is not None]
    if len(widths) < len(figures):
        return Figure(value=value, interval=None)
    half = math.sqrt(sum((w / 2) ** 2 for w in widths)) / len(widths)
    return Figure(value=value, interval=Interval(low=max(0.0, value - half), high=min(1.0, value + half)))


def figure_of(told: Triple) -> Figure:
    """A stored figure with its interval."""
    value, low, high = told
    return Figure(value=value, interval=None if low is None or high is None else Interval(low=low, high=high))


def written(figure: Figure) -> str:
    """``0.71, 95 % interval 0.69 to 0.73``; ``not measured`` where the figure is undefined."""
    if figure.value is None:
        return "not measured"
    interval = figure.interval
    return f"{figure.value:.2f}" + (f", 95 % interval {interval.low:.2f} to {interval.high:.2f}" if interval else "")


def read_measurements(path: Path) -> tuple[Measurement, ...]:
    """The measurements of judges in a results file; raises DatasetError naming the file where it is broken."""
    return read_results(path).measurements


def read_results(path: Path) -> Measurements:
    """A results file; raises DatasetError naming the file where it is broken."""
    try:
        return Measurements.model_validate_json(path.read_bytes())
    except OSError as problem:
        raise DatasetError(f"{path}: {problem.strerror or problem}", hint="check the path") from None
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        hint = "write it again with `harness calibrate`"
        raise DatasetError(f"{path}: {where}: {first['msg']}", hint=hint) from None


def measurements_text(measured: Iterable[Measurement]) -> str:
    """A results file, in a fixed order and one line each."""
    ordered = sorted(measured, key=lambda m: (m.judge, m.scorer, m.data))
    lines = ",\n".join(m.model_dump_json() for m in ordered)
    return f'{{"measurements": [\n{lines}\n]}}\n'


def rules_text(measured: Iterable[RuleMeasurement]) -> str:
    """A results file of scorers without a judge, in a fixed order and one line each."""
    ordered = sorted(measured, key=lambda m: (m.scorer, m.data))
    lines = ",\n".join(m.model_dump_json() for m in ordered)
    return f'{{"rules": [\n{lines}\n]}}\n'


def known_measurements() -> tuple[Measurement, ...]:
    """What was measured: shipped with the package, and in ``reports/calibration`` here, which comes first."""
    files = [package_file(_SHIPPED), *sorted(LOCAL.glob("*.json"))]
    by_set = {(m.judge, m.scorer, m.data): m for f in files for m in read_measurements(f)}
    return tuple(by_set.values())


def trust(judge: str, scorers: Iterable[str], known: Sequence[Measurement]) -> tuple[Trust, ...]:
    """What is known of a judge, for each of those ``scorers`` that rest on it."""
    told = []
    for scorer in (s for s in scorers if s in ("grounding", "citation")):
        mine = [m for m in known if (m.judge, m.scorer) == (judge, scorer)]
        unseen = tuple(m for m in mine if m.seen != "these rows")
        told.append(Trust(scorer=scorer, judge=judge, measured=unseen, only_seen=bool(mine) and not unseen))
    return tuple(told)
