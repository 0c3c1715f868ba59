"""Measure a judge on labelled rows: how often it is right, how well its probabilities fit, which threshold to use."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np

from harness.accuracy import Classes, JudgedScorer, Measurement, Picked, Seen, Triple
from harness.auditor import read_jsonl
from harness.errors import DatasetError
from harness.stats import (
    Bin,
    Figure,
    Resamples,
    brier,
    calibration_error,
    confusion,
    macro_f1,
    reliability,
    roc_auc,
    two_way,
)
from harness.types import Judge, Support
from harness.version import __version__

CLAIM_FIELD: Mapping[str, str] = {"grounding": "claim", "citation": "statement"}
_BATCH = 256  # pairs handed to the judge at once, between two steps of the progress bar
_LABELS = ("supported", "not_found", "contradicted")
_DEGREES = ("supported", "in part or wrongly", "irrelevant")
_CUTS = 40  # thresholds that are tried for each of two cuts
_FORM = {
    "grounding": '{"id": "1", "source": "...", "claim": "...", "label": 1, "group": "document 7"}',
    "citation": '{"id": "1", "source": "...", "statement": "...", "label": 0, "group": "article 3"}',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A labelled pair. ``group`` is the document or question it belongs to: rows of one group aren't independent."""

    source: str
    claim: str
    supported: bool
    kind: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A labelled set: its usable rows, the rows left out for want of a source text, and the hash of its files."""

    scorer: JudgedScorer
    name: str
    sha256: str
    rows: tuple[Row, ...]
    left_out: int

    @property
    def in_file(self) -> int:
        """Rows that the file holds."""
        return len(self.rows) + self.left_out


def read_labelled(path: Path, scorer: JudgedScorer, *, sources: Path | None = None) -> Labelled:
    """Read a labelled set.

    Args:
        path: JSONL of ``{id, source, claim or statement, label, kind?, group?}``; a row may have ``source_id`` instead.
        sources: JSONL of ``{id, sentences}`` that source ids stand for; by default ``NAME.sources.jsonl`` beside it.

    Raises:
        DatasetError: naming file and line of the first row that can't be used, or a set without usable rows.
    """
    beside = path.with_suffix(".sources.jsonl")
    joined = sources or (beside if beside.is_file() else None)
    texts = _read_sources(joined) if joined else {}
    rows = [_row(where, raw, scorer, texts) for where, raw in read_jsonl(path)]
    usable = tuple(r for r in rows if r.source.strip())
    if not usable:
        raise DatasetError(f"{path}: no row with a source text", hint=_FORM[scorer])
    raw = path.read_bytes() + (joined.read_bytes() if joined else b"")
    return Labelled(
        scorer=scorer,
        name=path.stem,
        sha256=hashlib.sha256(raw).hexdigest(),
        rows=usable,
        left_out=len(rows) - len(usable),
    )


def _read_sources(path: Path) -> dict[str, str]:
    texts = {}
    for where, raw in read_jsonl(path):
        sentences = raw.get("sentences") if isinstance(raw, dict) else None
        if not isinstance(sentences, list) or not all(isinstance(s, str) for s in sentences):
            raise DatasetError(
                f"{where}: a source needs sentences", hint='{"id": "article", "sentences": ["...", "..."]}'
            )
        texts[str(raw.get("id"))] = "\n".join(sentences)
    return texts


def _row(where: str, raw: Any, scorer: str, texts: Mapping[str, str]) -> Row:
    """A row checked field by field."""
    field = CLAIM_FIELD[scorer]

    def complaint(what: str) -> DatasetError:
        return DatasetError(f"{where}: {what}", hint=_FORM[scorer])

    if not isinstance(raw, dict):
        raise complaint("a row is an object")
    claim, label, source_id = raw.get(field), raw.get("label"), raw.get("source_id")
    if not isinstance(claim, str) or not claim.strip():
        raise complaint(f"{field} should be text, not {claim!r:.40}")
    if label not in (0, 1):  # True and False are 1 and 0
        raise complaint(f"label should be 1 (supported) or 0, not {label!r:.40}")
    source = raw.get("source")
    if source_id is not None and not source:
        if str(source_id) not in texts:
            raise complaint(f"no source {str(source_id)[:60]!r} in the file of sources (--sources)")
        source = texts[str(source_id)]
    if not isinstance(source, str):
        raise complaint(f"source should be text, not {source!r:.40}")
    kind, group = raw.get("kind") or "", raw.get("group") or raw.get("id") or where
    if not isinstance(kind, str) or not isinstance(group, str | int):
        raise complaint("kind and group should be text")
    return Row(source=source, claim=claim, supported=label == 1, kind=kind, group=str(group))


def calibrate(
    data: Labelled,
    judge: Judge,
    *,
    seed: int = 0,
    limit: int | None = None,
    seen: Seen = "not stated",
    progress: Callable[[int, int], None] | None = None,
) -> Measurement:
    """Judge the rows of a set, equal pairs once, and work out how right the judge was.

    Args:
        limit: judge only so many rows, drawn at random.
        seed: of that draw, of the two halves and of the bootstrap.
        progress: called with (pairs judged, pairs to judge).

    Raises:
        JudgeError: if the judge can't judge; DatasetError: if all rows have the same label.
    """
    rng = np.random.default_rng(seed)
    rows = list(data.rows)
    if limit is not None and limit < len(rows):
        rows = [rows[i] for i in sorted(rng.permutation(len(rows))[:limit])]
    truth = np.array([r.supported for r in rows])
    if truth.all() or not truth.any():
        raise DatasetError(f"{data.name}: all {len(rows)} rows have the same label", hint="both labels are needed")
    supports = judge_pairs(judge, [(r.source, r.claim) for r in rows], progress=progress)
    groups = [r.group for r in rows]
    whole = Resamples(groups, rng=np.random.default_rng(seed))
    probability = np.array([s.probability for s in supports])
    own = np.array([s.label == "supported" for s in supports])
    scores = {
        "roc_auc": roc_auc(truth, probability, whole),
        "calibration_error": calibration_error(truth, probability, whole),
        "brier": brier(truth, probability, whole),
    }
    tuning = one_half(groups, rng)
    return Measurement(
        scorer=data.scorer,
        data=data.name,
        sha256=data.sha256,
        judge=judge.id,
        measured=dt.datetime.now(dt.UTC).date(),
        harness=__version__,
        seed=seed,
        rows=len(rows),
        in_file=data.in_file,
        left_out=data.left_out,
        groups=whole.clusters,
        prevalence=round(float(truth.mean()), 4),
        seen=seen,
        own=figures_of(two_way(confusion(truth, own, whole)), whole),
        scores=figures_of(scores, whole),
        picked=pick(truth, probability, groups, tuning, seed),
        classes=tuple(_classes(rows, supports, tuning, seed)),
    )


def reliability_of(data: Labelled, judge: Judge, *, bins: int = 10) -> tuple[Bin, ...]:
    """How a judge's probabilities of support fit the rows of a set; raises JudgeError where it can't judge."""
    supports = judge_pairs(judge, [(r.source, r.claim) for r in data.rows])
    truth = np.array([r.supported for r in data.rows])
    return reliability(truth, np.array([s.probability for s in supports]), bins=bins)


def judge_pairs(
    judge: Judge, pairs: Sequence[tuple[str, str]], *, progress: Callable[[int, int], None] | None = None
) -> list[Support]:
    """One Support for each pair; equal pairs are judged once, and pairs of one source together."""
    distinct = sorted(set(pairs))
    known: dict[tuple[str, str], Support] = {}
    for start in range(0, len(distinct), _BATCH):
        batch = distinct[start : start + _BATCH]
        known.update(zip(batch, judge.support(batch), strict=True))
        if progress:
            progress(len(known), len(distinct))
    return [known[p] for p in pairs]


def triple(figure: Figure) -> Triple:
    """A figure as (value, low, high), rounded to four places."""

    def rounded(x: float | None) -> float | None:
        return None if x is None else round(x, 4)

    low, high = (figure.interval.low, figure.interval.high) if figure.interval else (None, None)
    return rounded(figure.value), rounded(low), rounded(high)


def figures_of(values: Mapping[str, np.ndarray], resamples: Resamples) -> dict[str, Triple]:
    """The figures of statistics that were worked out for each resample."""
    return {name: triple(resamples.figure(drawn)) for name, drawn in values.items()}


def one_half(groups: Sequence[str], rng: np.random.Generator) -> np.ndarray:
    """Which rows belong to the half that thresholds are picked on; no group is on both sides."""
    names, of_row = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    order = rng.permutation(len(names))
    sizes = np.cumsum(np.bincount(of_row, minlength=len(names))[order])
    taken = 1 + int(np.argmin(np.abs(sizes - len(groups) / 2)))
    return np.isin(of_row, order[:taken])


def pick(
    truth: np.ndarray, probability: np.ndarray, groups: Sequence[str], tuning: np.ndarray, seed: int
) -> Picked | None:
    """Figures on one half at the best threshold of the other; None unless both halves have rows of both labels."""
    held = ~tuning
    if len({(bool(t), bool(h)) for t, h in zip(truth, held, strict=True)}) < 4:
        return None
    threshold = best_threshold(truth[tuning], probability[tuning])
    resamples = Resamples([g for g, h in zip(groups, held, strict=True) if h], rng=np.random.default_rng(seed))
    counts = confusion(truth[held], probability[held] >= threshold, resamples)
    return Picked(
        threshold=round(threshold, 6),
        tuned_rows=int(tuning.sum()),
        rows=int(held.sum()),
        figures=figures_of(two_way(counts), resamples),
    )


def best_threshold(truth: np.ndarray, probability: np.ndarray) -> float:
    """The threshold with the highest balanced accuracy; the middle one where several are equally good."""
    candidates = np.unique(probability)
    yes, no = np.sort(probability[truth]), np.sort(probability[~truth])
    recall = 1 - np.searchsorted(yes, candidates) / len(yes)
    specificity = np.searchsorted(no, candidates) / len(no)
    best = np.flatnonzero(np.isclose(recall + specificity, (recall + specificity).max()))
    return float(candidates[best[len(best) // 2]])


def _classes(rows: Sequence[Row], supports: Sequence[Support], tuning: np.ndarray, seed: int) -> list[Classes]:
    """Macro-F1 over three classes where the kinds of the rows tell them apart."""
    found = []
    kinds = {r.kind for r in rows}
    groups = [r.group for r in rows]
    truth = np.array([0 if r.supported else 2 if r.kind == "contradicted" else 1 for r in rows])
    if len(set(truth)) == len(_LABELS):
        told = np.array([_LABELS.index(s.label) for s in supports])
        resamples = Resamples(groups, rng=np.random.default_rng(seed))
        figure = triple(resamples.figure(macro_f1(truth, told, 3, resamples)))
        found.append(Classes(names=_LABELS, how="the judge's own labels", rows=len(rows), macro_f1=figure))
    if "irrelevant" in kinds and 0 < tuning.sum() < len(rows):
        truth = np.array([0 if r.supported else 2 if r.kind == "irrelevant" else 1 for r in rows])
        told = _degrees(truth, supports, tuning)
        held = ~tuning
        resamples = Resamples([g for g, h in zip(groups, held, strict=True) if h], rng=np.random.default_rng(seed))
        figure = triple(resamples.figure(macro_f1(truth[held], told[held], 3, resamples)))
        how = "two thresholds, picked on one half and tried on the other"
        found.append(Classes(names=_DEGREES, how=how, rows=int(held.sum()), macro_f1=figure))
    return found


def _degrees(truth: np.ndarray, supports: Sequence[Support], tuning: np.ndarray) -> np.ndarray:
    """Classes by two cuts of the probability, the best for the rows of ``tuning``; a contradiction is relevant."""
    probability = np.array([s.probability for s in supports])
    contradicted = np.array([s.label == "contradicted" for s in supports])
    sample = Resamples(["all"] * int(tuning.sum()), rng=np.random.default_rng(0), draws=0)

    def classes(low: float, high: float) -> np.ndarray:
        return np.where(probability >= high, 0, np.where((probability < low) & ~contradicted, 2, 1))

    def quality(cuts: tuple[float, float]) -> float:
        return float(macro_f1(truth[tuning], classes(*cuts)[tuning], 3, sample)[0])

    tried = np.unique(np.quantile(probability[tuning], np.linspace(0, 1, _CUTS)))
    return classes(*max(combinations_with_replacement(tried.tolist(), 2), key=quality))
