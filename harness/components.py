"""Where the variance of scores comes from: the prompt, the question, the two together, and asking again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harness.stats import Interval

SOURCES = ("prompt", "question", "question x prompt", "epoch")
DRAWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One source of variance.

    Args:
        variance: in score points squared; a negative estimate is told as 0, None where the design can't tell it.
        share: of the sum of all; None where nothing varies.
        interval: 95 % of the share, over resampled questions; None below two questions.
    """

    source: str
    variance: float | None
    share: float | None
    interval: Interval | None


def split(table: np.ndarray) -> dict[str, float]:
    """The variance components of a balanced two-way crossed random-effects design with repeats, by the ANOVA method.

    score = mean + prompt + question + question x prompt + epoch. Each mean square is set equal to what it is expected
    to be (Searle, Casella & McCulloch 1992, ch. 4.3; as a generalizability study: Brennan 2001, ch. 3). With P prompts,
    Q questions, E epochs and the components p, q, qp and e:

    - MS epoch = e, and MS question x prompt = e + E qp;
    - MS question = e + E qp + P E q, and MS prompt = e + E qp + Q E p.

    With one epoch the interaction can't be told from repeating, and holds both; with one prompt there is no prompt and
    no interaction. Those are NaN. Estimates may be negative.

    Args:
        table: (questions x prompts x epochs), without gaps.
    """
    q, p, e = table.shape
    mean, by_q, by_p, cells = table.mean(), table.mean(axis=(1, 2)), table.mean(axis=(0, 2)), table.mean(axis=2)
    nan = float("nan")
    within = float(((table - cells[:, :, None]) ** 2).sum() / (q * p * (e - 1))) if e > 1 else nan
    ms_q = float(p * e * ((by_q - mean) ** 2).sum() / (q - 1)) if q > 1 else nan
    if p == 1:
        return {"prompt": nan, "question": (ms_q - (0.0 if e == 1 else within)) / e, SOURCES[2]: nan, "epoch": within}
    ms_p = float(q * e * ((by_p - mean) ** 2).sum() / (p - 1))
    rest = cells - by_q[:, None] - by_p[None, :] + mean
    ms_qp = float(e * (rest**2).sum() / ((q - 1) * (p - 1))) if q > 1 else nan
    return {
        "prompt": (ms_p - ms_qp) / (q * e),
        "question": (ms_q - ms_qp) / (p * e),
        SOURCES[2]: ms_qp if e == 1 else (ms_qp - within) / e,
        "epoch": within,
    }


def components(table: np.ndarray, *, rng: np.random.Generator, draws: int = DRAWS) -> tuple[Component, ...]:
    """The components of ``split`` with their shares, negative ones told as 0, and a bootstrap over questions."""
    found = split(table)
    shares = _shares(found)
    drawn = rng.integers(0, len(table), size=(draws, len(table)))
    again = [_shares(split(table[rows])) for rows in drawn] if len(table) > 1 else []
    return tuple(
        Component(
            source=source,
            variance=None if np.isnan(found[source]) else max(0.0, found[source]),
            share=shares[source],
            interval=_interval([s[source] for s in again]),
        )
        for source in SOURCES
    )


def _shares(found: Mapping[str, float]) -> dict[str, float | None]:
    kept = {source: max(0.0, v) for source, v in found.items() if not np.isnan(v)}
    total = sum(kept.values())
    return {source: kept[source] / total if source in kept and total > 0 else None for source in found}


def _interval(shares: list[float | None]) -> Interval | None:
    known = [s for s in shares if s is not None]
    if not known:
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(low=float(low), high=float(high))
