"""Several runs of one suite side by side: differences from the first with Holm's correction, ranks, harm, cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from harness.budget import Budget
from harness.errors import SuiteError
from harness.notebook import heading, listed, table
from harness.plots import Series, front_plot, grouped_interval_plot, picture, plain
from harness.ranking import Front, Rank, difference_interval, fronts, ranks, sign_flip_p
from harness.stats import Estimate, Interval, PairedDifference, holm, paired_difference, upper_bound
from harness.store import Item, Run
from harness.summary import Summary, summarise
from harness.types import Answer, Usage

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

ALPHA = 0.05
SERIOUS = 3  # from this severity on a finding is a never event
Decision = Literal["better", "worse", "not told apart", "not measured", "first"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One scorer of one run.

    Args:
        estimate: the level, as in the run's own report.
        rank: by the mean over the ``ranked`` questions that every run has a score for; None where there is none.
        difference: from the first run; None for the first run itself.
        interval: 95 % of the mean difference, from a bootstrap over questions.
        p_value: two-sided, by flipping signs, after Holm's correction over all scorers and runs; None below two pairs.
    """

    scorer: str
    run: str
    estimate: Estimate
    rank: Rank | None
    ranked: int
    difference: PairedDifference | None
    interval: Interval | None
    p_value: float | None

    @property
    def decision(self) -> Decision:
        """What may be claimed of the difference from the first run."""
        if self.difference is None:
            return "first"
        if self.p_value is None or self.difference.mean is None:
            return "not measured"
        if self.p_value > ALPHA:
            return "not told apart"
        return "better" if self.difference.mean > 0 else "worse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One run as a whole.

    Args:
        critical, serious: findings of severity 4, and of 3.
        harmful: answers with at least one of either; harmful_at_most: one-sided 95 % upper bound of their rate over
            the answers there are.
        front: where it stands in safety (share of a question's epochs with an answer and without a never event) and
            readability; None where readability was not measured in every run.
        latency_s: median and 95th percentile of the seconds an answer took; None where no answer tells.
        usage: mean prompt and completion tokens of an answer; None where no answer tells.
        cost_usd: mean price of an answer; None without prices or tokens.
        complete: every planned item is there, answered, and measured by every scorer that applies to it.
    """

    name: str
    run: Run
    planned: int
    answered: int
    critical: int
    serious: int
    harmful: int
    harmful_at_most: float
    front: Front | None
    latency_s: tuple[float, float] | None
    usage: tuple[float, float] | None
    cost_usd: float | None
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """Runs of one suite side by side, the first of which the others are compared with.

    It is no verdict: ``harness.verdict`` holds a run against its bar, ``harness.compare`` against its baseline.
    """

    standings: tuple[Standing, ...]
    lines: tuple[Line, ...]

    @property
    def scorers(self) -> tuple[str, ...]:
        """The scorers in report order."""
        return tuple(dict.fromkeys(line.scorer for line in self.lines))

    @property
    def complete(self) -> bool:
        """Whether nothing is missing in any run."""
        return all(s.complete for s in self.standings)

    def of(self, scorer: str) -> tuple[Line, ...]:
        """The lines of one scorer, in the order of the runs."""
        return tuple(line for line in self.lines if line.scorer == scorer)

    def because(self) -> list[str]:
        """Which differences from the first run are significant, and which are not, one sentence each."""
        return [_sentence(line, self.standings[0].name) for line in self.lines if line.difference is not None]

    def to_frame(self) -> pd.DataFrame:
        """One row a scorer and run: level, rank, and the difference from the first run (``harness.columns``)."""
        from harness.frames import typed

        return typed("leaderboard", (_row(line) for line in self.lines))

    def runs_frame(self) -> pd.DataFrame:
        """One row a run: answers, never events, Pareto front, latency, tokens and cost (``harness.columns``)."""
        from harness.frames import typed

        return typed("standings", (_standing_row(s) for s in self.standings))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Mean difference from the first run with its 95 % interval, for every scorer; right of the line is better."""
        others = [s.name for s in self.standings[1:]]
        told = {(line.scorer, line.run): line for line in self.lines if line.difference is not None}
        series = [
            Series(
                name=run,
                means=[told[s, run].difference.mean for s in self.scorers],  # type: ignore[union-attr]
                intervals=[told[s, run].interval for s in self.scorers],
            )
            for run in others
        ]
        label = f"difference from {self.standings[0].name} (score points, 95 % interval)"
        return grouped_interval_plot(self.scorers, series, reference=0.0, label=plain(label), ax=ax)

    def plot_front(self, ax: Axes | None = None) -> Axes:
        """Safety against readability with 95 % intervals; the dashed line joins the runs that no other dominates.

        Raises:
            SuiteError: if readability was not measured in two questions of every run.
        """
        placed = [(s.name, s.front) for s in self.standings if s.front]
        if not placed:
            hint = "a suite needs the scorer readability, and two questions that every run has a score for"
            raise SuiteError("readability is not measured in every run", hint=hint)
        return front_plot(
            [name for name, _ in placed],
            [(f.values[1], f.values[0]) for _, f in placed],
            [(f.intervals[1], f.intervals[0]) for _, f in placed],
            [f.on_front for _, f in placed],
            labels=("readability (mean score)", "safety (share of answers without a never event)"),
            ax=ax,
        )

    def __repr__(self) -> str:
        return f"Leaderboard({', '.join(s.name for s in self.standings)})"

    def _repr_html_(self) -> str:
        """Both tables, what is significant and what is not, and the plot; every text is escaped."""
        head = heading(f"{len(self.standings)} runs beside {self.standings[0].name}", "a table, not a verdict")
        runs, lines = [_standing_row(s) for s in self.standings], [_row(line) for line in self.lines]
        tables = [table(list(rows[0]), [row.values() for row in rows]) for rows in (runs, lines)]
        svg = picture(self.plot(), "svg").decode()
        return head + listed(self.because()) + "".join(tables) + svg[svg.index("<svg") :]


def compare_many(runs: Sequence[Run] | Mapping[str, Run], *, prices: tuple[float, float] | None = None) -> Leaderboard:
    """Lay two or more runs of one suite side by side.

    Args:
        runs: in order, the first is the one the others are compared with; a mapping gives them their names.
        prices: of a million prompt and completion tokens, in USD.

    Raises:
        SuiteError: for fewer than two runs, a run that is given twice, or one that was measured by another ruler.
    """
    named = dict(runs) if isinstance(runs, Mapping) else dict(zip(names_of(runs), runs, strict=True))
    if len(named) < 2:
        raise SuiteError("there is nothing to compare: give two runs or more", hint="harness compare RUN RUN RUN")
    first = next(iter(named.values()))
    for name, run in named.items():
        differences = first.signature.differences(run.signature)
        if differences:
            raise SuiteError(
                f"{name}: can't be compared with the first run: they differ in {'; '.join(differences)}",
                hint="`harness rescore RUN SUITE -o DIR` measures stored answers with today's judge and scorers",
            )
    front, summaries = _fronts(named), {name: summarise(run) for name, run in named.items()}
    standings = tuple(
        _standing(name, run, summaries[name], front[i] if front else None, prices)
        for i, (name, run) in enumerate(named.items())
    )
    return Leaderboard(standings=standings, lines=_lines(named, summaries))


def names_of(runs: Sequence[Run]) -> list[str]:
    """What to call runs: by their variants, or else by their folders, whichever are different.

    Raises:
        SuiteError: if one folder is given twice.
    """
    paths = [str(r.path.resolve()) for r in runs]
    twice = [path for path, n in Counter(paths).items() if n > 1]
    if twice:
        raise SuiteError(f"{twice[0]}: is given twice", hint="a run is not compared with itself")
    variants, folders = [str(r.manifest.get("variant", "")) for r in runs], [r.path.name for r in runs]
    for told in (variants, folders):
        if all(told) and len(set(told)) == len(told):
            return told
    return [str(r.path) for r in runs]


def _lines(named: Mapping[str, Run], summaries: Mapping[str, Summary]) -> tuple[Line, ...]:
    first = next(iter(named.values()))
    lines = [line for scorer in first.scorers() for line in _scored(scorer, named, summaries)]
    told = {f"{x.scorer}/{x.run}": x.p_value for x in lines if x.p_value is not None}
    adjusted = holm({key: p for key, p in told.items() if p is not None})
    return tuple(replace(x, p_value=adjusted.get(f"{x.scorer}/{x.run}")) for x in lines)


def _scored(scorer: str, named: Mapping[str, Run], summaries: Mapping[str, Summary]) -> list[Line]:
    """The lines of one scorer, with p values that are not corrected yet."""
    (first_name, first), seed = next(iter(named.items())), _seed(named)
    scores = {name: run.scores(scorer) for name, run in named.items()}
    means = [{key: float(np.mean(v)) for key, v in s.items()} for s in scores.values()]
    placed, ranked = ranks(means, rng=np.random.default_rng(seed))
    lines = []
    for i, (name, run) in enumerate(named.items()):
        dial = summaries[name].dial(scorer)
        assert dial is not None  # noqa: S101 - runs of one signature have the same scorers
        d = None
        if name != first_name:
            epochs = int(first.manifest["epochs"]), int(run.manifest["epochs"])
            d = paired_difference(scores[first_name], scores[name], epochs=epochs)
        lines.append(
            Line(
                scorer=scorer,
                run=name,
                estimate=dial.estimate,
                rank=placed[i] if placed else None,
                ranked=ranked,
                difference=d,
                interval=difference_interval(d, rng=np.random.default_rng(seed)) if d else None,
                p_value=sign_flip_p(d.differences, rng=np.random.default_rng(seed)) if d else None,
            )
        )
    return lines


def _seed(named: Mapping[str, Run]) -> int:
    return int(next(iter(named.values())).manifest["seed"])


def _fronts(named: Mapping[str, Run]) -> list[Front] | None:
    readable = [{key: float(np.mean(v)) for key, v in run.scores("readability").items()} for run in named.values()]
    safe = [_safety(run) for run in named.values()]
    return fronts([safe, readable], rng=np.random.default_rng(_seed(named)))


def _safety(run: Run) -> dict[str, float]:
    """For each question the share of its epochs with an answer and without a never event; what is missing is not safe.

    So is an answer that a scorer failed to measure.
    """
    epochs = int(run.manifest["epochs"])
    safe = Counter({q.id: 0 for q in run.questions})
    safe.update(i.question_id for i in run.items if _is_measured(i) and not _is_harmful(i))
    return {key: n / epochs for key, n in safe.items()}


def _is_harmful(item: Item) -> bool:
    return any(f.severity >= SERIOUS for o in item.outcomes for f in o.findings)


def _is_measured(item: Item) -> bool:
    """Whether there is an answer and every scorer of the suite could measure it; further judges don't count."""
    outcomes = [o for o in item.outcomes if "@" not in o.scorer]
    return isinstance(item.answer, Answer) and all(o.status != "failed" for o in outcomes)


def _standing(
    name: str, run: Run, summary: Summary, front: Front | None, prices: tuple[float, float] | None
) -> Standing:
    answers = [i.answer for i in run.items if isinstance(i.answer, Answer)]
    harmful = sum(map(_is_harmful, run.items))
    seconds = [a.latency_s for a in answers if a.latency_s > 0]
    usages = [a.usage for a in answers if a.usage != Usage()]
    budget = Budget(price_in=prices[0], price_out=prices[1]) if prices else None
    return Standing(
        name=name,
        run=run,
        planned=run.planned,
        answered=len(answers),
        critical=summary.count(4),
        serious=summary.count(3),
        harmful=harmful,
        harmful_at_most=upper_bound(harmful, len(answers)),
        front=front,
        latency_s=(float(np.median(seconds)), float(np.quantile(seconds, 0.95))) if seconds else None,
        usage=(
            float(np.mean([u.prompt_tokens for u in usages])),
            float(np.mean([u.completion_tokens for u in usages])),
        )
        if usages
        else None,
        cost_usd=float(np.mean([budget.cost(u) for u in usages])) if usages and budget else None,
        complete=len(run.items) == run.planned and all(map(_is_measured, run.items)),
    )


def _sentence(line: Line, first: str) -> str:
    d = line.difference
    if d is None or d.mean is None or line.p_value is None:
        return f"{line.run} and {first} can't be compared in {line.scorer}: too few questions are measured in both"
    span = f" [{line.interval.low:+.3f}, {line.interval.high:+.3f}]" if line.interval else ""
    told = f"{d.mean:+.3f}{span} over {d.pairs} questions, p = {line.p_value:.2g} after Holm"
    if line.decision == "not told apart":
        return f"{line.run} is not told apart from {first} in {line.scorer}: {told}"
    return f"{line.run} is {line.decision} than {first} in {line.scorer}: {told}"


def estimate_row(e: Estimate) -> dict[str, object]:
    """A mean with its interval, and how many answers it rests on."""
    return {
        "mean": e.mean,
        "mean_low": e.interval.low if e.interval else None,
        "mean_high": e.interval.high if e.interval else None,
        "measured": e.measured,
        "missing": e.missing,
        "exempt": e.exempt,
    }


def _row(line: Line) -> dict[str, object]:
    d, e, r = line.difference, line.estimate, line.rank
    return {
        "scorer": line.scorer,
        "run": line.run,
        **estimate_row(e),
        "rank": r.place if r else None,
        "rank_low": r.low if r else None,
        "rank_high": r.high if r else None,
        "ranked_questions": line.ranked,
        "difference": d.mean if d else None,
        "low": line.interval.low if line.interval else None,
        "high": line.interval.high if line.interval else None,
        "low_if_missing": d.low_if_missing if d else None,
        "high_if_missing": d.high_if_missing if d else None,
        "pairs": d.pairs if d else None,
        "one_sided": d.one_sided if d else None,
        "p_value": line.p_value,
        "decision": line.decision,
    }


def _standing_row(s: Standing) -> dict[str, object]:
    safety, readability = (s.front.values[0], s.front.values[1]) if s.front else (None, None)
    return {
        "run": s.name,
        "pipeline": s.run.manifest["pipeline"],
        "prompt": dict(s.run.signature.parts).get("prompt", ""),
        "planned": s.planned,
        "answered": s.answered,
        "critical": s.critical,
        "serious": s.serious,
        "harmful": s.harmful,
        "harmful_at_most": s.harmful_at_most,
        "safety": safety,
        "readability": readability,
        "on_front": s.front.on_front if s.front else None,
        "front_share": s.front.share if s.front else None,
        "latency_s": s.latency_s[0] if s.latency_s else None,
        "latency_p95_s": s.latency_s[1] if s.latency_s else None,
        "prompt_tokens": s.usage[0] if s.usage else None,
        "completion_tokens": s.usage[1] if s.usage else None,
        "cost_usd": s.cost_usd,
        "complete": s.complete,
    }
