"""Where a difference between two runs comes from: the system, the judge, or asking again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from harness.stats import PairedDifference, paired_difference
from harness.store import Run
from harness.types import Answer

_SYSTEM = ("pipeline", "prompt", "corpus")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The parts of one scorer's difference between baseline and candidate.

    Args:
        judge: the same answers measured by the old and the new judge and scorers; 0 where these are the same.
        rest: the candidate against the same ruler: system and sampling together.
        sampling: 95 % range of what asking the same system again moves, in either direction; None with one epoch a
            side.
        changed: pipeline, prompt or corpus differ. Where they don't, all of ``rest`` is sampling.
    """

    scorer: str
    judge: float
    rest: float | None
    sampling: float | None
    changed: bool

    @property
    def text(self) -> str:
        """One line."""
        parts = [f"judge {self.judge:+.3f}"]
        if self.rest is not None and not self.changed:
            parts.append(f"sampling {self.rest:+.3f} (pipeline, prompt and corpus are the same)")
        elif self.rest is not None and self.sampling is None:
            parts.append(f"system and sampling {self.rest:+.3f} (two epochs on either side would tell them apart)")
        elif self.rest is not None:
            parts.append(f"system {self.rest:+.3f}, of which sampling explains up to {self.sampling:.3f} either way")
        return f"{self.scorer}: {'; '.join(parts)}"


def same_answers(one: Run, other: Run, *, complete: bool) -> bool:
    """Whether two runs hold the same answers, word for word; with ``complete`` none may be missing."""
    left, right = ({i.key: i.answer for i in run.items} for run in (one, other))
    if complete and (len(left) != one.planned or len(right) != other.planned):
        return False
    if left.keys() != right.keys():
        return False
    texts = [tuple(a.text if isinstance(a, Answer) else None for a in (left[k], right[k])) for k in left]
    return all(a == b and not (complete and a is None) for a, b in texts)


def split_drift(
    baseline: Run, rescored: Run, candidate: Run, differences: Mapping[str, PairedDifference]
) -> tuple[Drift, ...]:
    """Split each difference.

    Args:
        rescored: the baseline's answers under the candidate's ruler; the baseline itself where the ruler is the same.
        differences: candidate minus ``rescored``, by scorer.
    """
    changed = bool(baseline.signature.differences(candidate.signature, _SYSTEM))
    return tuple(
        Drift(
            scorer=scorer,
            judge=_judge(baseline, rescored, scorer),
            rest=d.mean,
            sampling=1.96 * sqrt(d.sampling_variance / d.pairs)
            if d.sampling_variance is not None and d.pairs
            else None,
            changed=changed,
        )
        for scorer, d in differences.items()
    )


def _judge(baseline: Run, rescored: Run, scorer: str) -> float:
    if rescored is baseline:
        return 0.0
    sides = [run.scores(scorer) for run in (baseline, rescored)]
    epochs = int(baseline.manifest["epochs"]), int(rescored.manifest["epochs"])
    return paired_difference(sides[0], sides[1], epochs=epochs).mean or 0.0
