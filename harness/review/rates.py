"""Failure rates corrected for the tool's errors, from the answers that people read.

The tool judged every answer, people judged a sample whose probabilities are known. Within each stratum of the sample
the answers are split by the tool's word (flagged, clear, not measured); what people found in a cell stands for the
whole cell. With weights N/n this is at once the prediction-powered estimate (mean of the tool's word plus the weighted
mean of its errors; Angelopoulos et al. 2023) and that of Rogan & Gladen 1978 with the weighted sensitivity and
specificity; for a yes/no word the three are the same number.

The interval joins two sources of chance by the method of variance estimates recovery (Zou & Donner 2008): that these
questions were asked and not others, and that of each cell only some answers were read. Each part is a score interval
(Wilson 1927) over questions, since the epochs of one question hang together.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy.special import betaincinv, ndtri

from harness.stats import Figure, Interval

_Z = float(ndtri(0.975))
WIDE = 0.2  # an interval wider than 20 points says little: ours, not clinically reviewed


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One answer of the run.

    Args:
        cluster: its question. flagged: the tool's word, None where it could not measure.
        drawn: whether it is in the sample. truth: what the readers found, None where open or not read.
    """

    stratum: str
    cluster: str
    flagged: bool | None
    drawn: bool
    truth: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A failure rate as the tool tells it, and corrected.

    Args:
        answers: of the run. flagged: by the tool. measured: those it could judge. raw: flagged over measured.
        drawn: answers in the sample; decided: those with a truth; failing: those of them that truly fail.
        value: None where a part of the run was not sampled at all; the interval then counts it both ways, as it does
            drawn answers that are still open.
        sensitivity, specificity: of the tool, weighted; their intervals are exact ones for the effective sample size
            (Korn & Graubard 1998).
        more: about how many more answers have to be read for an interval of 20 points; 0 where it is narrow enough.
    """

    key: str
    answers: int
    measured: int
    flagged: int
    raw: Figure
    drawn: int
    decided: int
    failing: int
    value: float | None
    interval: Interval
    sensitivity: Figure
    specificity: Figure
    more: int

    @property
    def corrected(self) -> Figure:
        """The corrected rate with its interval."""
        return Figure(value=self.value, interval=self.interval)

    @property
    def small(self) -> bool:
        """Whether the sample is too small to say much."""
        return self.value is None or self.interval.high - self.interval.low > WIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """Answers of one stratum with the same word of the tool: all (N), and those decided (n)."""

    flagged: bool | None
    population: float
    read: int
    failing: int
    questions: int

    @property
    def rate(self) -> float:
        return self.failing / self.read

    @property
    def weight(self) -> float:
        return self.population / self.read


def corrected(key: str, units: Sequence[Unit]) -> Corrected:
    """Work out one rate; ``units`` are all answers of the run. Raises ValueError for none."""
    if not units:
        raise ValueError("no answers")
    measured = [u for u in units if u.flagged is not None]
    flagged = sum(bool(u.flagged) for u in measured)
    questions = len({u.cluster for u in measured})
    raw = flagged / len(measured) if measured else None
    cells = _cells(units)
    unread = sum(c.population for c in cells if not c.read)
    ends = [_interval(_cells(units, open_as=guess), len({u.cluster for u in units})) for guess in (False, True)]
    interval = Interval(low=min(e.low for e in ends), high=max(e.high for e in ends))
    decided = [u for u in units if u.drawn and u.truth is not None]
    return Corrected(
        key=key,
        answers=len(units),
        measured=len(measured),
        flagged=flagged,
        raw=Figure(value=raw, interval=None if raw is None else _wilson(raw, questions)),
        drawn=sum(u.drawn for u in units),
        decided=len(decided),
        failing=sum(bool(u.truth) for u in decided),
        value=None if unread else sum(c.population * c.rate for c in cells) / len(units),
        interval=interval,
        sensitivity=_share(cells, of_failing=True),
        specificity=_share(cells, of_failing=False),
        more=_more(cells, interval, len(decided)),
    )


def _cells(units: Sequence[Unit], *, open_as: bool | None = None) -> list[_Cell]:
    """The cells; where nothing of a cell was read, the others of its stratum stand for it, so that no weight is lost.

    Args:
        open_as: take drawn answers without a truth as failing or not; None leaves them out.
    """
    strata: dict[str, list[Unit]] = defaultdict(list)
    for u in units:
        strata[u.stratum].append(u)
    cells = []
    for members in strata.values():
        by_word: dict[bool | None, list[Unit]] = defaultdict(list)
        for u in members:
            by_word[u.flagged].append(u)
        split = [_cell(word, group, open_as) for word, group in by_word.items()]
        read = sum(c.read for c in split)
        if read and not all(c.read for c in split):
            split = [replace(c, population=len(members) * c.read / read) for c in split if c.read]
        cells += split
    return cells


def _cell(word: bool | None, members: Sequence[Unit], open_as: bool | None) -> _Cell:
    drawn = [u for u in members if u.drawn]
    truths = [(u.cluster, open_as if u.truth is None else u.truth) for u in drawn]
    read = [(cluster, truth) for cluster, truth in truths if truth is not None]
    return _Cell(
        flagged=word,
        population=len(members),
        read=len(read),
        failing=sum(truth for _, truth in read),
        questions=len({cluster for cluster, _ in read}),
    )


def _interval(cells: Sequence[_Cell], questions: int) -> Interval:
    """95 % interval of the rate; a part of which nothing was read may be anything between 0 and 1."""
    total = sum(c.population for c in cells)
    known = [c for c in cells if c.read]
    unread = (total - sum(c.population for c in known)) / total
    rate = sum(c.population * c.rate for c in known) / total
    asked = _wilson(rate, questions)
    below, above = (rate - asked.low) ** 2, (asked.high - rate) ** 2
    for c in known:
        part = _wilson(c.rate, c.questions)
        factor = (c.population / total) ** 2 * (1 - c.read / c.population)
        below += factor * (c.rate - part.low) ** 2
        above += factor * (part.high - c.rate) ** 2
    return Interval(low=max(0.0, rate - math.sqrt(below)), high=min(1.0, rate + unread + math.sqrt(above)))


def _wilson(p: float, n: float) -> Interval:
    """Wilson's interval for a share of ``n`` questions that need not be a whole count."""
    centre = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
    return Interval(low=max(0.0, centre - half), high=min(1.0, centre + half))


def _share(cells: Sequence[_Cell], *, of_failing: bool) -> Figure:
    """The share of failing answers that the tool flags, or of good ones that it clears; None where none was read."""
    parts = [
        (c.weight, c.failing if of_failing else c.read - c.failing, c.flagged is of_failing, c.questions / c.read)
        for c in cells
        if c.read and c.flagged is not None
    ]
    total = sum(w * n for w, n, _, _ in parts)
    if not total:
        return Figure(value=None, interval=None)
    value = sum(w * n for w, n, right, _ in parts if right) / total
    size = total**2 / sum(w * w * n for w, n, _, _ in parts)  # Kish's effective sample size
    size *= sum(n * share for _, n, _, share in parts) / sum(n for _, n, _, _ in parts)  # epochs hang together
    hits = value * size
    low = float(betaincinv(hits, size - hits + 1, 0.025)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, size - hits, 0.975)) if hits < size else 1.0
    return Figure(value=value, interval=Interval(low=low, high=high))


def _more(cells: Sequence[_Cell], interval: Interval, decided: int) -> int:
    """How many more to read for an interval as narrow as ``WIDE``, as widths shrink with the root of the sample."""
    left = round(sum(c.population - c.read for c in cells))
    width = interval.high - interval.low
    wanted = math.ceil(max(decided, 1) * ((width / WIDE) ** 2 - 1))
    return min(left, max(0, wanted))
