"""Does the corrected rate's 95 % interval hold the truth, and does that of the raw rate? Simulated, with a seed.

    python tools/review_coverage.py [--repeats 1000] [--seed 0]

Each repeat draws new questions, new answers with true faults, a tool that errs, and a review sample as
``harness.review.sampling`` draws it. The truth is the rate that the answers are drawn with, not that of the run.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

import numpy as np

from harness.review.rates import Unit, corrected
from harness.review.sampling import FEW, INFORMATIVE, SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How often answers fail, and how the tool errs.

    Args:
        r3: share of questions of tier R3. fails, fails_r3: chance of a true fault. hangs: of the same word in every
            epoch of a question. serious: whether what the tool flags is read for certain, as at severity 3.
        open: share of drawn answers that readers leave undecided.
    """

    name: str
    questions: int = 300
    epochs: int = 1
    r3: float = 0.2
    fails: float = 0.06
    fails_r3: float = 0.12
    finds: float = 0.6
    clears: float = 0.85
    serious: bool = True
    hangs: float = 0.0
    open: float = 0.0

    @property
    def truth(self) -> float:
        """The rate of true faults."""
        return self.r3 * self.fails_r3 + (1 - self.r3) * self.fails


WORLDS = (
    World(name="many false alarms"),
    World(name="many misses", fails=0.15, fails_r3=0.2, finds=0.3, clears=0.99),
    World(name="a category, false alarms", serious=False, clears=0.8),
    World(name="a category, misses", serious=False, fails=0.2, fails_r3=0.2, finds=0.3, clears=0.98),
    World(name="120 questions", questions=120, clears=0.8),
    World(name="rare faults", fails=0.02, fails_r3=0.03, finds=0.5, clears=0.9),
    World(name="three epochs", questions=100, epochs=3, hangs=0.8, clears=0.8),
    World(name="open disputes", open=0.05),
)


def simulate(world: World, rng: np.random.Generator) -> list[Unit]:
    """One run with its review."""
    n, k = world.questions, world.epochs
    r3 = np.repeat(rng.random(n) < world.r3, k)
    chance = np.where(r3, world.fails_r3, world.fails)
    truth = _hanging(rng, n, k, world.hangs) < chance
    flagged = _hanging(rng, n, k, world.hangs) < np.where(truth, world.finds, 1 - world.clears)
    strata = np.where(flagged & world.serious, "serious", np.where(r3, "tier R3", "random"))
    rest = rng.permutation(np.flatnonzero(strata == "random"))
    doubtful = rest[: max(FEW, math.ceil(INFORMATIVE * len(rest)))]
    strata[doubtful] = "informative"
    others = rest[len(doubtful) :]
    drawn = strata != "random"
    drawn[others[: math.ceil(SHARE * len(others))]] = True
    left = rng.random(n * k) < world.open
    return [
        Unit(
            stratum=str(strata[i]),
            cluster=str(i // k),
            flagged=bool(flagged[i]),
            drawn=bool(drawn[i]),
            truth=bool(truth[i]) if drawn[i] and not left[i] else None,
        )
        for i in range(n * k)
    ]


def _hanging(rng: np.random.Generator, n: int, k: int, hangs: float) -> np.ndarray:
    """Uniform numbers, n x k flat; with chance ``hangs`` an epoch has the number of its question."""
    shared, own = np.repeat(rng.random(n), k), rng.random(n * k)
    return np.where(rng.random(n * k) < hangs, shared, own)


def coverage(world: World, *, repeats: int, seed: int) -> dict[str, float]:
    """Shares of repeats in which each interval holds the truth, mean width of the corrected one and mean bias."""
    rng = np.random.default_rng(seed)
    raw, ours, widths, bias = 0, 0, [], []
    for _ in range(repeats):
        told = corrected(world.name, simulate(world, rng))
        if told.raw.interval is None or told.value is None:
            raise ValueError(f"{world.name}: nothing was measured")
        raw += told.raw.interval.low <= world.truth <= told.raw.interval.high
        ours += told.interval.low <= world.truth <= told.interval.high
        widths.append(told.interval.high - told.interval.low)
        bias.append(told.value - world.truth)
    return {
        "raw": raw / repeats,
        "corrected": ours / repeats,
        "width": float(np.mean(widths)),
        "bias": float(np.mean(bias)),
    }


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(f"{given.repeats} repeats, seed {given.seed}: share of 95 % intervals that hold the truth")
    print("| world | truth | raw | corrected | width | bias |\n| --- | --- | --- | --- | --- | --- |")
    for world in WORLDS:
        t = coverage(world, repeats=given.repeats, seed=given.seed)
        shares = f"{t['raw']:.1%} | {t['corrected']:.1%} | {t['width']:.3f} | {t['bias']:+.4f}"
        print(f"| {world.name} | {world.truth:.3f} | {shares} |")


if __name__ == "__main__":
    main()
