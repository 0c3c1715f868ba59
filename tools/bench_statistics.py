"""Simulate pipelines with known differences and hold the gate's statistics against them.

Run as ``python tools/bench_statistics.py``. Printed for three kinds of scores, with 1 and with 4 epochs: how often a
candidate that is worse by exactly the margin passes (at most 5 % wanted), and how often 95 % intervals hold the truth
(93 to 97 % wanted). Beside them stand the naive figures, with every epoch taken for a question of its own, and those of
a percentile bootstrap over questions. Seeded, so that a run repeats.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy import stats as scipy_stats

from harness.noninferiority import ALPHA, noninferiority
from harness.stats import estimate, paired_difference

Scores = tuple[np.ndarray, np.ndarray]
RESAMPLES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Rates over all simulations of one cell; ``ok`` where false passes and coverage are as wanted."""

    scores: str
    epochs: int
    false_pass: float
    coverage_difference: float
    coverage_mean: float
    naive_false_pass: float
    naive_coverage_difference: float
    naive_coverage_mean: float
    bootstrap_false_pass: float
    bootstrap_coverage_difference: float
    ok: bool


def pass_fail(rng: np.random.Generator, n: int, epochs: int, margin: float) -> Scores:
    """Pass/fail: questions differ in how often they are passed (mean 0.85); the candidate is worse at a tenth."""
    rate = rng.beta(3.4, 0.6, size=(n, 1))
    worse = np.where(rng.random((n, 1)) < 0.1, rate * (1 - 10 * margin / 0.85), rate)
    return rng.random((n, epochs)) < rate, rng.random((n, epochs)) < worse


def rare_losses(rng: np.random.Generator, n: int, epochs: int, margin: float) -> Scores:
    """Nearly all pass, every time; the candidate repairs half of the rest, and loses some outright."""
    passed, luck = rng.random((n, 1)) < 0.98, rng.random((n, 1))
    after = np.where(passed, luck >= (margin + 0.01) / 0.98, luck < 0.5)
    return np.repeat(passed, epochs, axis=1), np.repeat(after, epochs, axis=1)


def smooth(rng: np.random.Generator, n: int, epochs: int, margin: float) -> Scores:
    """Scores with a question's own level (mean 0.8) and noise; every answer of the candidate is worse."""
    level = 0.3 + 0.6 * rng.beta(5.0, 1.0, size=(n, 1))
    noise = rng.uniform(-0.1, 0.1, size=(2, n, epochs))
    return level + noise[0], level - margin + noise[1]


CELLS: dict[str, tuple[Callable[[np.random.Generator, int, int, float], Scores], float]] = {
    "pass/fail": (pass_fail, 0.85),
    "rare losses": (rare_losses, 0.98),
    "smooth": (smooth, 0.8),
}


def by_question(scores: np.ndarray) -> dict[str, list[float]]:
    """Rows as the harness holds them."""
    return {str(i): [float(s) for s in row] for i, row in enumerate(scores)}


def naive(values: np.ndarray, truth: float) -> tuple[bool, float]:
    """Whether a t interval over all epochs holds the truth, and its one-sided lower bound."""
    flat = values.ravel().astype(float)
    error = flat.std(ddof=1) / np.sqrt(len(flat))
    t = scipy_stats.t.ppf([0.975, 0.95], len(flat) - 1) * error
    return bool(abs(flat.mean() - truth) <= t[0]), float(flat.mean() - t[1])


def simulate(name: str, epochs: int, *, n: int, margin: float, simulations: int, seed: int) -> Row:
    """One cell of the table."""
    make, mean = CELLS[name]
    rng = np.random.default_rng([seed, list(CELLS).index(name), epochs])
    found = np.zeros((simulations, 8))
    for i in range(simulations):
        base, cand = (s.astype(float) for s in make(rng, n, epochs, margin))
        d = paired_difference(by_question(base), by_question(cand), epochs=(epochs, epochs))
        test = noninferiority({name: d}, {name: margin})[name]
        e = estimate(by_question(base), missing=0, exempt=0)
        plain_d, bound = naive(cand - base, -margin)
        plain_m, _ = naive(base, mean)
        pairs = np.array(d.differences)
        drawn = pairs[rng.integers(0, n, size=(RESAMPLES, n))].mean(axis=1)
        low, one_sided, high = np.quantile(drawn, [0.025, 0.05, 0.975])
        found[i] = (
            test.p_margin <= ALPHA,
            d.interval is not None and d.interval.low <= -margin <= d.interval.high,
            e.interval is not None and e.interval.low <= mean <= e.interval.high,
            bound > -margin,
            plain_d,
            plain_m,
            one_sided > -margin,
            low <= -margin <= high,
        )
    rates = [float(r) for r in found.mean(axis=0)]
    luck = scipy_stats.binomtest(int(found[:, 0].sum()), simulations, ALPHA, alternative="greater").pvalue
    return Row(
        scores=name,
        epochs=epochs,
        false_pass=rates[0],
        coverage_difference=rates[1],
        coverage_mean=rates[2],
        naive_false_pass=rates[3],
        naive_coverage_difference=rates[4],
        naive_coverage_mean=rates[5],
        bootstrap_false_pass=rates[6],
        bootstrap_coverage_difference=rates[7],
        ok=bool(luck >= 0.05 and all(0.93 <= r <= 0.97 for r in rates[1:3])),
    )


def table(rows: Sequence[Row]) -> str:
    """The rows for a terminal; ``d`` is the paired difference, ``m`` the mean of one run."""
    head = f"{'scores':<14}{'epochs':>7}{'false pass':>12}{'cover d':>9}{'cover m':>9}"
    lines = [f"{head}  | naive: pass, d, m        | bootstrap: pass, d"]
    for r in rows:
        ours = f"{r.false_pass:>12.1%}{r.coverage_difference:>9.1%}{r.coverage_mean:>9.1%}"
        plain = f"{r.naive_false_pass:>7.1%}{r.naive_coverage_difference:>8.1%}{r.naive_coverage_mean:>8.1%}"
        boot = f"{r.bootstrap_false_pass:>7.1%}{r.bootstrap_coverage_difference:>8.1%}"
        lines.append(f"{r.scores:<14}{r.epochs:>7}{ours}  | {plain}  | {boot}{'' if r.ok else '  not as wanted'}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Simulate and print; exit 1 where a cell is not as wanted."""
    parser = argparse.ArgumentParser(description="The gate's statistics on simulated pipelines")
    parser.add_argument("--simulations", type=int, default=200, help="pipelines a cell; 2000 for figures to quote")
    parser.add_argument("--questions", type=int, default=121, help="questions of the suite")
    parser.add_argument("--margin", type=float, default=0.03, help="non-inferiority margin, in score points")
    parser.add_argument("--seed", type=int, default=20261127)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    told = parser.parse_args(argv)
    if told.simulations < 1 or told.questions < 2 or not 0 < told.margin < 0.08:
        parser.error("--simulations at least 1, --questions at least 2, --margin between 0 and 0.08")
    sizes = {"n": told.questions, "margin": told.margin, "simulations": told.simulations, "seed": told.seed}
    rows = [simulate(name, epochs, **sizes) for name in CELLS for epochs in (1, 4)]
    if told.json:
        print(json.dumps({**sizes, "rows": [asdict(r) for r in rows]}, indent=1))
    else:
        print(f"{told.simulations} simulations a cell, {told.questions} questions, margin {told.margin:g}")
        print(table(rows))
    return 0 if all(r.ok for r in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
