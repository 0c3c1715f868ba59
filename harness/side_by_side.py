"""Judges side by side on the same answers: how far they agree, where they differ, and what each takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from harness.budget import Budget
from harness.errors import SuiteError
from harness.notebook import heading, table
from harness.plots import matrix_plot
from harness.ranking import difference_interval
from harness.review.agreement import Agreement, agreement
from harness.stats import Interval, PairedDifference, paired_difference
from harness.store import Run, first_judge
from harness.suite import Gates
from harness.summary import summarise
from harness.types import Usage

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two judges on the answers that both scored.

    Args:
        sides: agreement on which side of the suite's bar an answer stands; None where both scored none.
        difference: the other's score minus the judge's, one value a question.
    """

    scorer: str
    judge: str
    other: str
    sides: Agreement | None
    difference: PairedDifference
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """The judges of one run: the first, which gates, and those that stand beside it.

    Args:
        columns: by scorer, the name of each judge with the scorer its scores stand under.
        prices: of a million prompt and completion tokens, in USD; None for no cost.
    """

    run: Run
    columns: dict[str, dict[str, str]]
    prices: tuple[float, float] | None = None

    def to_frame(self) -> pd.DataFrame:
        """One row a scorer and judge: mean, coverage, pairs, time, tokens, cost (``harness.columns("judges")``)."""
        from harness.frames import typed

        return typed("judges", self._rows())

    def _rows(self) -> Iterator[dict[str, object]]:
        summary = summarise(self.run)
        budget = Budget(price_in=self.prices[0], price_out=self.prices[1]) if self.prices else None
        for scorer, named in self.columns.items():
            for place, (judge, column) in enumerate(named.items()):
                dial = summary.dial(column)
                assert dial is not None  # noqa: S101 - a summary has a dial for every scorer of its run
                e = dial.estimate
                noted = [i.judging[judge] for i in self.run.items if judge in i.judging]
                spent = sum_of([j.spent for j in noted])
                tokens = spent.prompt_tokens + spent.completion_tokens
                seconds = sum(j.seconds for j in noted) if noted else None
                due = e.measured + e.missing
                yield {
                    "scorer": scorer,
                    "judge": judge,
                    "gates": place == 0,
                    "mean": e.mean,
                    "mean_low": e.interval.low if e.interval else None,
                    "mean_high": e.interval.high if e.interval else None,
                    "measured": e.measured,
                    "missing": e.missing,
                    "exempt": e.exempt,
                    "coverage": e.measured / due if due else None,
                    "pairs": sum(j.pairs for j in noted) if noted else None,
                    "seconds": seconds,
                    "seconds_each": None if seconds is None else seconds / len(noted),
                    "tokens": tokens if noted else None,
                    "cost_usd": budget.cost(spent) if budget and tokens else None,
                }

    def pairs(self) -> list[Pair]:
        """Every two judges on every scorer."""
        gates = Gates.model_validate(self.run.manifest["gates"])
        return [
            self._pair(scorer, one, other, gates.bar_of(scorer))
            for scorer, named in self.columns.items()
            for one, other in combinations(named, 2)
        ]

    def _pair(self, scorer: str, judge: str, other: str, bar: float) -> Pair:
        mine, theirs = (_scores(self.run, self.columns[scorer][name]) for name in (judge, other))
        both = sorted(mine.keys() & theirs.keys())
        rng = np.random.default_rng(int(self.run.manifest["seed"]))
        sides = [[scores[key] >= bar for key in both] for scores in (mine, theirs)]
        by_question = [_by_question(scores, both) for scores in (mine, theirs)]
        epochs = int(self.run.manifest["epochs"])
        d = paired_difference(by_question[0], by_question[1], epochs=(epochs, epochs))
        return Pair(
            scorer=scorer,
            judge=judge,
            other=other,
            sides=agreement(scorer, sides[0], sides[1], [q for q, _ in both], rng=rng),
            difference=d,
            interval=difference_interval(d, rng=rng),
        )

    def agreement_frame(self) -> pd.DataFrame:
        """One row a scorer and two judges: agreement, kappa, AC1, difference (``harness.columns("agreement")``)."""
        from harness.frames import typed

        return typed("agreement", map(_pair_row, self.pairs()))

    def matrix(self, scorer: str) -> pd.DataFrame:
        """Judges by judges: on what share of the answers that both scored they stand on the same side of the bar.

        Raises:
            SuiteError: for a scorer that has one judge only.
        """
        import pandas as pd

        if scorer not in self.columns:
            raise SuiteError(f"{scorer}: is not judged side by side", hint=f"one of {', '.join(self.columns)}")
        names = list(self.columns[scorer])
        frame = pd.DataFrame(np.nan, index=names, columns=names)
        for name in names:
            if _scores(self.run, self.columns[scorer][name]):
                frame.loc[name, name] = 1.0
        for p in self.pairs():
            if p.scorer == scorer and p.sides and p.sides.raw.value is not None:
                frame.loc[p.judge, p.other] = frame.loc[p.other, p.judge] = p.sides.raw.value
        return frame

    def disputes_frame(self) -> pd.DataFrame:
        """One row an answer on which judges differ, furthest apart first (``harness.columns("disputes")``)."""
        from harness.frames import typed

        rows = sorted(self._disputes(), key=lambda r: (-float(str(r["spread"])), str(r["question_id"])))
        return typed("disputes", rows)

    def _disputes(self) -> Iterator[dict[str, object]]:
        gates = Gates.model_validate(self.run.manifest["gates"])
        asked = {q.id: q for q in self.run.questions}
        for scorer, named in self.columns.items():
            told = {judge: _scores(self.run, column) for judge, column in named.items()}
            for key in sorted({key for scores in told.values() for key in scores}):
                scores = {judge: by[key] for judge, by in told.items() if key in by}
                spread = max(scores.values()) - min(scores.values())
                if spread > 0:
                    yield {
                        "scorer": scorer,
                        "question_id": key[0],
                        "category": asked[key[0]].category,
                        "epoch": key[1],
                        "spread": spread,
                        "sides": len({s >= gates.bar_of(scorer) for s in scores.values()}) > 1,
                        **{f"score.{judge}": s for judge, s in scores.items()},
                    }

    def plot(self, scorer: str = "grounding", ax: Axes | None = None) -> Axes:
        """The agreement matrix of one scorer as shades with numbers; raises SuiteError as ``matrix``."""
        frame = self.matrix(scorer)
        values = [[None if np.isnan(v) else float(v) for v in row] for row in frame.to_numpy()]
        label = f"{scorer}: share of answers on the same side of the bar"
        return matrix_plot(list(frame.index), values, label=label, ax=ax)

    def _repr_html_(self) -> str:
        """What each judge said and took, how far they agree, and where they differ most; every text is escaped."""
        rows, pairs = list(self._rows()), [_pair_row(p) for p in self.pairs()]
        disputes = self.disputes_frame().head(_SHOWN)
        shown = [
            table(list(rows[0]), (row.values() for row in rows)),
            table(list(pairs[0]), (row.values() for row in pairs)),
            table(list(disputes.columns), disputes.itertuples(index=False)),
        ]
        return heading(f"Judges side by side on {self.run.name}") + "".join(shown)


def judges_of(run: Run, *, prices: tuple[float, float] | None = None) -> Judges:
    """The judges of a run side by side.

    Raises:
        SuiteError: if only one judge scored it.
    """
    columns: dict[str, dict[str, str]] = {}
    for column in run.beside():
        scorer, _, judge = column.partition("@")
        columns.setdefault(scorer, {first_judge(run.manifest["judge"]): scorer})[judge] = column
    if not columns:
        hint = "`harness rescore RUN SUITE --judge local,llm:MODEL` scores stored answers by further judges"
        raise SuiteError(f"{run.path}: only one judge scored this run", hint=hint)
    return Judges(run=run, columns=columns, prices=prices)


def sum_of(usages: list[Usage]) -> Usage:
    """All tokens together."""
    total = Usage()
    for usage in usages:
        total = total.plus(usage)
    return total


def _scores(run: Run, column: str) -> dict[tuple[str, int], float]:
    return {
        (i.question_id, i.epoch): o.score
        for i in run.items
        for o in i.outcomes
        if o.scorer == column and o.score is not None
    }


def _by_question(scores: dict[tuple[str, int], float], keys: list[tuple[str, int]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for key in keys:
        found.setdefault(key[0], []).append(scores[key])
    return found


def _pair_row(p: Pair) -> dict[str, object]:
    a = p.sides
    low, high = (a.raw.interval.low, a.raw.interval.high) if a and a.raw.interval else (None, None)
    return {
        "scorer": p.scorer,
        "judge": p.judge,
        "other": p.other,
        "answers": a.n if a else 0,
        "agreement": a.raw.value if a else None,
        "agreement_low": low,
        "agreement_high": high,
        "kappa": a.kappa.value if a else None,
        "ac1": a.ac1.value if a else None,
        "difference": p.difference.mean,
        "low": p.interval.low if p.interval else None,
        "high": p.interval.high if p.interval else None,
    }
