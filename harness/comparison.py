"""Run x Run -> Comparison: which findings are new, which questions flipped, and how every score differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.drift import Drift, same_answers, split_drift
from harness.errors import SuiteError
from harness.plots import interval_plot
from harness.stats import PairedDifference, mcnemar, paired_difference
from harness.store import Item, Run
from harness.suite import Gates
from harness.summary import PlacedFinding, summarise
from harness.types import Answer, Scored

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChange:
    """Candidate minus baseline for one scorer in part of the questions: ``kind`` is ``category`` or ``tier``."""

    scorer: str
    kind: str
    name: str
    difference: PairedDifference


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A question that passes on one side only, with an answer of either side.

    Args:
        worse: it passed in the baseline and fails in the candidate.
        baseline, candidate: mean score of its epochs.
        before, after: the answers; with repeats those that show the change most.
    """

    scorer: str
    question_id: str
    question: str
    worse: bool
    baseline: float
    candidate: float
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreChange:
    """Candidate minus baseline for one scorer.

    Args:
        worse, better: questions whose score fell, or rose.
        flips: questions that pass on one side only (at least half of their epochs reach the bar), the lost ones first.
        p_value: exact McNemar on the flips.
    """

    scorer: str
    difference: PairedDifference
    worse: tuple[str, ...]
    better: tuple[str, ...]
    flips: tuple[Flip, ...]
    groups: tuple[GroupChange, ...]
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A candidate run beside its baseline.

    Args:
        new, unchanged, gone: findings, matched by question, rule and words; repeats of one are told once.
        lost: questions of which the candidate answered a smaller share of epochs than the baseline.
        identical: every answer is the same on both sides, word for word, and none is missing.
        drift: what part of each difference comes from the system, the judge, and sampling.
    """

    baseline: Run
    candidate: Run
    changes: tuple[ScoreChange, ...]
    new: tuple[PlacedFinding, ...]
    unchanged: tuple[PlacedFinding, ...]
    gone: tuple[PlacedFinding, ...]
    lost: tuple[str, ...]
    identical: bool
    drift: tuple[Drift, ...]

    @property
    def gates(self) -> Gates:
        """The bar that the candidate's run wrote down before its first answer."""
        return Gates.model_validate(self.candidate.manifest["gates"])

    def to_frame(self) -> pd.DataFrame:
        """One row a scorer: difference, its 95 % interval, pairs, one-sided rows, worse, better, lost, won, p_value."""
        import pandas as pd

        rows = [
            {
                "scorer": c.scorer,
                **_row(c.difference),
                "worse": len(c.worse),
                "better": len(c.better),
                "lost": sum(f.worse for f in c.flips),
                "won": sum(not f.worse for f in c.flips),
                "p_value": c.p_value,
            }
            for c in self.changes
        ]
        return pd.DataFrame(rows)

    def groups_frame(self) -> pd.DataFrame:
        """One row a scorer and group: scorer, kind (category or tier), name, difference, interval, pairs, one-sided."""
        import pandas as pd

        groups = [g for c in self.changes for g in c.groups]
        return pd.DataFrame(
            [{"scorer": g.scorer, "kind": g.kind, "name": g.name, **_row(g.difference)} for g in groups]
        )

    def flips_frame(self) -> pd.DataFrame:
        """One row a flip: scorer, question_id, question, change, baseline, candidate, before, after (both answers)."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "scorer": f.scorer,
                    "question_id": f.question_id,
                    "question": f.question,
                    "change": "lost" if f.worse else "won",
                    "baseline": f.baseline,
                    "candidate": f.candidate,
                    "before": f.before,
                    "after": f.after,
                }
                for c in self.changes
                for f in c.flips
            ],
            columns=["scorer", "question_id", "question", "change", "baseline", "candidate", "before", "after"],
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Mean difference and 95 % interval of every score that both runs have; right of the line is better."""
        told = [(c.scorer, c.difference.mean, c.difference.interval) for c in self.changes]
        known = [(name, mean, interval) for name, mean, interval in told if mean is not None]
        return interval_plot(
            [name for name, _, _ in known],
            [mean for _, mean, _ in known],
            [interval for _, _, interval in known],
            reference=0.0,
            label="candidate minus baseline (score points, 95 % interval)",
            ax=ax,
        )

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))


def _row(d: PairedDifference) -> dict[str, float | int | None]:
    return {
        "difference": d.mean,
        "low": d.interval.low if d.interval else None,
        "high": d.interval.high if d.interval else None,
        "pairs": d.pairs,
        "one_sided": d.one_sided,
    }


def compare_runs(baseline: Run, candidate: Run, *, rescored: Run | None = None) -> Comparison:
    """Compare two runs measured by the same ruler.

    Args:
        rescored: the baseline's own answers measured by the candidate's ruler, where judge or scorers have changed
            since: the candidate is compared with it, and what changed from the baseline to it is the judge's part.

    Raises:
        SuiteError: if data, registry, questions, judge, scorers or the day of judgement differ, or ``rescored`` holds
            other answers than the baseline.
    """
    if rescored is not None and not same_answers(baseline, rescored, complete=False):
        raise SuiteError(
            f"{rescored.path}: holds other answers than {baseline.path}",
            hint=f"`harness rescore {baseline.path} SUITE -o DIR` replays the baseline's own",
        )
    measured = rescored or baseline
    differences = measured.signature.differences(candidate.signature)
    if differences:
        raise SuiteError(
            f"these runs can't be compared: they differ in {'; '.join(differences)}",
            hint=f"where judge or scorers changed: `harness rescore {measured.path} SUITE -o DIR`, then `harness "
            f"compare {baseline.path} {candidate.path} --rescored DIR`; other questions or data need another run",
        )
    before, after = _told_once(summarise(measured).findings), _told_once(summarise(candidate).findings)
    changes = tuple(_change(measured, candidate, s) for s in candidate.scorers())
    return Comparison(
        baseline=measured,
        candidate=candidate,
        changes=changes,
        new=tuple(f for key, f in after.items() if key not in before),
        unchanged=tuple(f for key, f in after.items() if key in before),
        gone=tuple(f for key, f in before.items() if key not in after),
        lost=_lost(measured, candidate),
        identical=same_answers(measured, candidate, complete=True),
        drift=split_drift(baseline, measured, candidate, {c.scorer: c.difference for c in changes}),
    )


def _told_once(findings: Sequence[PlacedFinding]) -> dict[tuple[str, str, str], PlacedFinding]:
    """Findings by what makes them the same; the first, which is the worst, stands for its repeats."""
    told: dict[tuple[str, str, str], PlacedFinding] = {}
    for f in findings:
        told.setdefault(f.identity, f)
    return told


def _lost(baseline: Run, candidate: Run) -> tuple[str, ...]:
    before, after = _answered_share(baseline), _answered_share(candidate)
    return tuple(q for q, share in before.items() if after.get(q, 0.0) < share - 1e-9)


def _answered_share(run: Run) -> dict[str, float]:
    shares = dict.fromkeys((q.id for q in run.questions), 0.0)
    for item in run.items:
        if isinstance(item.answer, Answer):
            shares[item.question_id] += 1 / int(run.manifest["epochs"])
    return shares


def _change(baseline: Run, candidate: Run, scorer: str) -> ScoreChange:
    base, cand = baseline.scores(scorer), candidate.scores(scorer)
    epochs = int(baseline.manifest["epochs"]), int(candidate.manifest["epochs"])
    flips = _flips(baseline, candidate, scorer, base, cand)
    lost = sum(f.worse for f in flips)

    def part(kind: str, name: str, ids: set[str]) -> GroupChange:
        sides = [{k: v for k, v in side.items() if k in ids} for side in (base, cand)]
        difference = paired_difference(sides[0], sides[1], epochs=epochs)
        return GroupChange(scorer=scorer, kind=kind, name=name, difference=difference)

    ids: dict[tuple[str, str], set[str]] = {}
    for q in candidate.questions:
        for group in (("category", q.category), ("tier", q.risk_tier)):
            ids.setdefault(group, set()).add(q.id)
    return ScoreChange(
        scorer=scorer,
        difference=paired_difference(base, cand, epochs=epochs),
        worse=tuple(_moved(base, cand, -1)),
        better=tuple(_moved(base, cand, +1)),
        flips=flips,
        groups=tuple(part(kind, name, ids[kind, name]) for kind, name in sorted(ids) if name),
        p_value=mcnemar(lost, len(flips) - lost),
    )


def _moved(base: dict[str, list[float]], cand: dict[str, list[float]], sign: int) -> Iterable[str]:
    """Questions on both sides whose mean score moved in one direction."""
    return (k for k in sorted(base.keys() & cand.keys()) if sign * (np.mean(cand[k]) - np.mean(base[k])) > 1e-9)


def _flips(
    baseline: Run, candidate: Run, scorer: str, base: dict[str, list[float]], cand: dict[str, list[float]]
) -> tuple[Flip, ...]:
    bar = Gates.model_validate(candidate.manifest["gates"]).bar_of(scorer)
    texts = {q.id: q.text for q in candidate.questions}
    found = []
    for key in sorted(base.keys() & cand.keys()):
        passed = [sum(s >= bar for s in side[key]) * 2 >= len(side[key]) for side in (base, cand)]
        if passed[0] == passed[1]:
            continue
        worse = passed[0]
        found.append(
            Flip(
                scorer=scorer,
                question_id=key,
                question=texts.get(key, ""),
                worse=worse,
                baseline=float(np.mean(base[key])),
                candidate=float(np.mean(cand[key])),
                before=_shown(baseline, key, scorer, best=worse),
                after=_shown(candidate, key, scorer, best=not worse),
            )
        )
    return tuple(sorted(found, key=lambda f: (not f.worse, f.question_id)))


def _shown(run: Run, question_id: str, scorer: str, *, best: bool) -> str:
    """The answer of the epoch with the best, or worst, score."""

    def score(item: Item) -> float:
        return next((o.score for o in item.outcomes if o.scorer == scorer and isinstance(o, Scored)), 0.0)

    items = [i for i in run.items if i.question_id == question_id and isinstance(i.answer, Answer)]
    item = max(items, key=score) if best else min(items, key=score)
    return item.answer.text if isinstance(item.answer, Answer) else ""
