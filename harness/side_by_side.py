"""Judges side by side on the same answers: how far they agree, where they differ, and what each takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from harness.budget import Budget
from harness.errors import SuiteError
from harness.leaderboard import estimate_row, names_of
from harness.notebook import heading, listed, table
from harness.plots import matrix_plot
from harness.ranking import difference_interval
from harness.review.agreement import Agreement, agreement
from harness.stats import Estimate, Interval, PairedDifference, paired_difference
from harness.store import Run, first_judge
from harness.suite import Gates
from harness.summary import summarise
from harness.types import Usage

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_SHOWN = 20
Key = tuple[str, int, str]  # question, epoch, run


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
    """The judges of one or more runs: the first, which gates, and those that stand beside it.

    Args:
        runs: by name; scored by the same judges.
        columns: by scorer, the name of each judge with the scorer its scores stand under.
        prices: of a million prompt and completion tokens, in USD; None for no cost.
    """

    runs: Mapping[str, Run]
    columns: dict[str, dict[str, str]]
    prices: tuple[float, float] | None = None

    @property
    def complete(self) -> bool:
        """Whether every judge scored every answer that should have a score."""
        return not any(row["missing"] for row in self._rows())

    def to_frame(self) -> pd.DataFrame:
        """One row a run, scorer and judge: mean, coverage, time, tokens, cost (``harness.columns("judges")``)."""
        from harness.frames import typed

        return typed("judges", self._rows())

    def _rows(self) -> Iterator[dict[str, object]]:
        budget = Budget(price_in=self.prices[0], price_out=self.prices[1]) if self.prices else None
        for name, run in self.runs.items():
            summary = summarise(run)
            for scorer, named in self.columns.items():
                for place, (judge, column) in enumerate(named.items()):
                    dial = summary.dial(column)
                    assert dial is not None  # noqa: S101 - a summary has a dial for every scorer of its run
                    head = {"run": name, "scorer": scorer, "judge": judge, "gates": place == 0}
                    yield {**head, **_measured(dial.estimate), **_taken(run, judge, budget)}

    def causes(self) -> list[tuple[str, str, str, int]]:
        """Why answers have no score: scorer, judge, reason, and how many answers of all runs, most frequent first."""
        known = {column: (scorer, judge) for scorer, by in self.columns.items() for judge, column in by.items()}
        told = Counter(
            (*known[o.scorer], o.reason)
            for run in self.runs.values()
            for i in run.items
            for o in i.outcomes
            if o.scorer in known and o.status == "failed"
        )
        return [(*what, n) for what, n in told.most_common()]

    @property
    def _first(self) -> Run:
        return next(iter(self.runs.values()))

    @property
    def _gates(self) -> Gates:
        return Gates.model_validate(self._first.manifest["gates"])

    def pairs(self) -> list[Pair]:
        """Every two judges on every scorer, the answers of all runs together."""
        gates = self._gates
        return [
            self._pair(scorer, one, other, gates.bar_of(scorer))
            for scorer, named in self.columns.items()
            for one, other in combinations(named, 2)
        ]

    def _pair(self, scorer: str, judge: str, other: str, bar: float) -> Pair:
        mine, theirs = (_scores(self.runs, self.columns[scorer][name]) for name in (judge, other))
        both = sorted(mine.keys() & theirs.keys())
        rng = np.random.default_rng(int(self._first.manifest["seed"]))
        sides = [[scores[key] >= bar for key in both] for scores in (mine, theirs)]
        by_question = [_by_question(scores, both) for scores in (mine, theirs)]
        epochs = sum(int(run.manifest["epochs"]) for run in self.runs.values())
        d = paired_difference(by_question[0], by_question[1], epochs=(epochs, epochs))
        return Pair(
            scorer=scorer,
            judge=judge,
            other=other,
            sides=agreement(scorer, sides[0], sides[1], [key[0] for key in both], rng=rng),
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
            if _scores(self.runs, self.columns[scorer][name]):
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
        gates = self._gates
        asked = {q.id: q for run in self.runs.values() for q in run.questions}
        for scorer, named in self.columns.items():
            told = {judge: _scores(self.runs, column) for judge, column in named.items()}
            for key in sorted({key for scores in told.values() for key in scores}):
                scores = {judge: by[key] for judge, by in told.items() if key in by}
                spread = max(scores.values()) - min(scores.values())
                if spread > 0:
                    yield {
                        "run": key[2],
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
        lost = [f"no score for {n} answers: {scorer} by {judge}: {why}" for scorer, judge, why, n in self.causes()]
        return heading(f"Judges side by side on {', '.join(self.runs)}") + "".join(shown) + listed(lost)


def judges_of(runs: Run | Sequence[Run] | Mapping[str, Run], *, prices: tuple[float, float] | None = None) -> Judges:
    """The judges of one run, or of several that the same judges scored, side by side.

    Raises:
        SuiteError: if only one judge scored them, or they were not scored by the same judges and bars.
    """
    if isinstance(runs, Mapping):
        named = dict(runs)
    else:
        given = [runs] if isinstance(runs, Run) else list(runs)
        named = {given[0].name: given[0]} if len(given) == 1 else dict(zip(names_of(given), given, strict=True))
    if not named:
        raise SuiteError("there is no run to look at", hint="harness judges RUN")
    first = next(iter(named.values()))
    columns: dict[str, dict[str, str]] = {}
    for column in first.beside():
        scorer, _, judge = column.partition("@")
        columns.setdefault(scorer, {first_judge(first.manifest["judge"]): scorer})[judge] = column
    if not columns:
        hint = "`harness rescore RUN SUITE --judge local,llm:MODEL` scores stored answers by further judges"
        raise SuiteError(f"{first.path}: only one judge scored this run", hint=hint)
    for run in named.values():
        if differ := [part for part in ("judge", "beside", "gates") if run.manifest.get(part) != first.manifest[part]]:
            hint = "score them alike: `harness rescore RUN SUITE --judge ...`"
            raise SuiteError(f"{run.path}: has another {differ[0]} than {first.path}", hint=hint)
    return Judges(runs=named, columns=columns, prices=prices)


def sum_of(usages: list[Usage]) -> Usage:
    """All tokens together."""
    total = Usage()
    for usage in usages:
        total = total.plus(usage)
    return total


def _measured(e: Estimate) -> dict[str, object]:
    """A judge's mean and coverage."""
    due = e.measured + e.missing
    return {**estimate_row(e), "coverage": e.measured / due if due else None}


def _taken(run: Run, judge: str, budget: Budget | None) -> dict[str, object]:
    """What a judge took for a run; None where the run did not note it."""
    noted = [i.judging[judge] for i in run.items if judge in i.judging]
    spent = sum_of([j.spent for j in noted])
    tokens = spent.prompt_tokens + spent.completion_tokens
    seconds = sum(j.seconds for j in noted) if noted else None
    return {
        "pairs": sum(j.pairs for j in noted) if noted else None,
        "seconds": seconds,
        "seconds_each": None if seconds is None else seconds / len(noted),
        "tokens": tokens if noted else None,
        "cost_usd": budget.cost(spent) if budget and tokens else None,
    }


def _scores(runs: Mapping[str, Run], column: str) -> dict[Key, float]:
    return {
        (i.question_id, i.epoch, name): o.score
        for name, run in runs.items()
        for i in run.items
        for o in i.outcomes
        if o.scorer == column and o.score is not None
    }


def _by_question(scores: Mapping[Key, float], keys: Sequence[Key]) -> dict[str, list[float]]:
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
