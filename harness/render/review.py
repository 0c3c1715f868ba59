"""The review in words: for the terminal, and the labels of page 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.review.evidence import Review
from harness.review.merge import Merged
from harness.review.rates import Corrected
from harness.review.records import OVERALL
from harness.stats import Figure, Interval

_NAMES = {OVERALL: "any serious or critical fault"}


def label(key: str) -> str:
    """What a measure is called in a report."""
    return _NAMES.get(key, key)


def day(when: str) -> str:
    """The date of an entry of the record."""
    return when[:10]


def review_lines(merged: Merged, review: Review) -> list[str]:
    """The review for the terminal: how much was read, agreement, rates, and what to do next."""
    lines = [f"{review.read} of {review.drawn} drawn answers were read, {review.twice} by two readers"]
    if review.disputed:
        names = ", ".join(merged.disputed[:12]) + (" ..." if review.disputed > 12 else "")
        lines.append(f"readers differ on {review.disputed}: {names}; {review.open} still open")
    silent = [label(a.key) for a in review.agreement if not a.yes]
    for a in (a for a in review.agreement if a.yes):
        lines.append(
            f"agreement, {label(a.key)}: {written(a.raw)} of {a.n}, on yes {written(a.positive)}, "
            f"on no {written(a.negative)}, kappa {written(a.kappa)}, AC1 {written(a.ac1)}"
        )
    if silent:
        lines.append(f"no reader saw such a fault: {', '.join(silent)}")
    if review.twice:
        lines.append(f"agreement on severity: Krippendorff's alpha {written(review.severity)}")
    lines += [f"rate, {label(r.key)}: {rate_sentence(r)}" for r in review.rates]
    if review.open:
        lines.append("next: harness review pack RUN --adjudicate MERGED --reviewer NAME")
    return [line.replace("\n", " ") for line in lines]


def review_sentence(review: Review | None) -> str:
    """Who read how much, and how far they agree."""
    if review is None:
        return "No person's judgement is recorded: every finding is the tool's alone."
    told = f"{' and '.join(review.readers)} read {review.read} of {review.answers} answers, blinded"
    if review.twice:
        told += f", {review.twice} of them independently of each other; they differ on {review.disputed}"
    if review.disputed:
        by = f"{review.adjudicator} adjudicated; " if review.adjudicator else ""
        told += f" ({by}{review.open} still open)"
    overall = next((a for a in review.agreement if a.key == OVERALL), None)
    if overall is not None:
        told += f". On serious faults they agree in {percent(overall.raw)}, beyond chance AC1 {written(overall.ac1)}"
        told += f", on the faults themselves {written(overall.positive)}"
    return f"{told}."


def rate_sentence(rate: Corrected) -> str:
    """The rate as the tool tells it and corrected, and whether the sample is large enough."""
    told = f"the tool says {percent(rate.raw)}, corrected {corrected_words(rate)}"
    told += f"; the tool finds {percent(rate.sensitivity)} of these faults and clears {percent(rate.specificity)}"
    return f"{told} of the answers without{'; ' + small_words(rate) if rate.small else ''}"


def corrected_words(rate: Corrected) -> str:
    """``4.1 % (1.2 % to 9.8 %)``, or the interval alone where a part was never sampled."""
    value = "unknown" if rate.value is None else f"{100 * rate.value:.1f} %"
    return f"{value} ({interval_words(rate.interval)})"


def small_words(rate: Corrected) -> str:
    """Why a rate says little, and what would help."""
    if rate.more:
        return f"the sample is too small to say much: read about {rate.more} more answers"
    return "too few questions to say much: all that were drawn are read"


def percent(figure: Figure) -> str:
    """``12.5 % (8.1 % to 18.8 %)``; ``not known`` where undefined."""
    if figure.value is None:
        return "not known"
    told = f"{100 * figure.value:.1f} %"
    return f"{told} ({interval_words(figure.interval)})" if figure.interval else told


def interval_words(interval: Interval) -> str:
    """``8.1 % to 18.8 %``."""
    return f"{100 * interval.low:.1f} % to {100 * interval.high:.1f} %"


def written(figure: Figure) -> str:
    """``0.71 (0.60 to 0.82)``; a dash where undefined."""
    if figure.value is None:
        return "-"
    told = f"{figure.value:.2f}"
    return f"{told} ({figure.interval.low:.2f} to {figure.interval.high:.2f})" if figure.interval else told


FILTERS: Mapping[str, Callable[[Any], str]] = {
    "label": label,
    "day": day,
    "share": percent,
    "figure": written,
    "corrected": corrected_words,
    "too_small": small_words,
}
