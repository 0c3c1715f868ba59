"""Run x Run -> Comparison: which findings are new, and the paired difference of every score."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import SuiteError
from harness.plots import interval_plot
from harness.stats import PairedDifference, mcnemar, paired_difference
from harness.store import Run
from harness.summary import PlacedFinding, scores_by_question, summarise

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreChange:
    """Candidate minus baseline for one scorer.

    Args:
        worse, better: questions whose score fell, or rose; p_value: exact McNemar on those two counts.
    """

    scorer: str
    difference: PairedDifference
    worse: tuple[str, ...]
    better: tuple[str, ...]
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A candidate run beside its baseline. ``lost`` are questions the baseline answered and the candidate did not."""

    baseline: Run
    candidate: Run
    changes: tuple[ScoreChange, ...]
    new: tuple[PlacedFinding, ...]
    unchanged: tuple[PlacedFinding, ...]
    gone: tuple[PlacedFinding, ...]
    lost: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row a scorer: mean difference, its 95 % interval, pairs, one-sided rows, worse, better, p."""
        import pandas as pd

        rows = [
            {
                "scorer": c.scorer,
                "difference": c.difference.mean,
                "low": c.difference.interval.low if c.difference.interval else None,
                "high": c.difference.interval.high if c.difference.interval else None,
                "pairs": c.difference.pairs,
                "one_sided": c.difference.one_sided,
                "worse": len(c.worse),
                "better": len(c.better),
                "p_value": c.p_value,
            }
            for c in self.changes
        ]
        return pd.DataFrame(rows)

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


def compare_runs(baseline: Run, candidate: Run) -> Comparison:
    """Compare two runs measured by the same ruler.

    Raises:
        SuiteError: if data, registry, questions, judge, scorers or the day of judgement differ.
    """
    differences = baseline.signature.differences(candidate.signature)
    if differences:
        raise SuiteError(
            f"these runs can't be compared: they differ in {'; '.join(differences)}",
            hint="`harness rescore RUN SUITE` measures stored answers anew; other questions or data need another run",
        )
    before, after = summarise(baseline).findings, summarise(candidate).findings
    known, present = {f.identity for f in before}, {f.identity for f in after}
    answered = {i.question_id for i in candidate.items if i.question_id and _answered(i.answer)}
    lost = [i.question_id for i in baseline.items if _answered(i.answer) and i.question_id not in answered]
    return Comparison(
        baseline=baseline,
        candidate=candidate,
        changes=tuple(_change(baseline, candidate, s) for s in candidate.scorers()),
        new=tuple(f for f in after if f.identity not in known),
        unchanged=tuple(f for f in after if f.identity in known),
        gone=tuple(f for f in before if f.identity not in present),
        lost=tuple(dict.fromkeys(lost)),
    )


def _answered(answer: object) -> bool:
    return hasattr(answer, "text")


def _change(baseline: Run, candidate: Run, scorer: str) -> ScoreChange:
    base, cand = scores_by_question(baseline, scorer), scores_by_question(candidate, scorer)
    rng = np.random.default_rng(int(candidate.manifest["seed"]))
    worse = tuple(_moved(base, cand, -1))
    better = tuple(_moved(base, cand, +1))
    return ScoreChange(
        scorer=scorer,
        difference=paired_difference(base, cand, rng=rng),
        worse=worse,
        better=better,
        p_value=mcnemar(len(worse), len(better)),
    )


def _moved(base: dict[str, list[float]], cand: dict[str, list[float]], sign: int) -> Iterable[str]:
    """Questions on both sides whose mean score moved in one direction."""
    return (k for k in sorted(base.keys() & cand.keys()) if sign * (np.mean(cand[k]) - np.mean(base[k])) > 1e-9)
