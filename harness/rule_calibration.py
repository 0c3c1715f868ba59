"""Measure a scorer that rests on no judge: every labelled row is scored as ``harness audit`` scores a page."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from harness.accuracy import Kind, RuleMeasurement, RuleScorer, Triple
from harness.auditor import Auditor, read_jsonl
from harness.calibration import figures_of, one_half, pick, triple
from harness.errors import DatasetError
from harness.scorers import load_scorer, scorer_id
from harness.stats import Figure, Resamples, confusion, roc_auc, two_way, wilson
from harness.types import Finding, Outcome
from harness.version import __version__

SERIOUS = 2  # findings below it are advice on style, not a flaw that a row is labelled for
_BESIDE: Mapping[str, tuple[str, ...]] = {"overreach": ("overreach", "escalation", "privacy")}
_CODES: Mapping[str, tuple[str, ...]] = {
    "overreach": ("ADV", "ESC", "PRV"),
    "escalation": ("ESC",),
    "privacy": ("PRV",),
}
_SCORE: Mapping[str, str] = {"overreach": "directive"}  # metric that ranks rows, where a scorer has one
_ALSO: Mapping[str, str] = {"T8": "ESC", "T10": "PRV", "T11": "PRV"}  # families that tell of a category too
_FEW_PAIRS = 30  # below it a share of pairs says nothing
_NEUTRAL = "Thank you for your question."  # the answer to a row that has a question alone
_FORM = '{"id": "1", "text": "...", "question": "...", "label": 1, "kind": "...", "group": "page 7"}'
_READ_FORM = '{"id": "1", "text": "...", "target": 4.3, "group": "article 7"}'
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledText:
    """A row: a text under a question, whether it is flawed, and of which kind; for readability how hard it is.

    Args:
        target: the label as a number, 1 for flawed; for readability any scale.
        group: rows of one group aren't independent.
    """

    text: str
    question: str
    target: float
    kind: str
    group: str
    split: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTexts:
    """A labelled set: the rows of the part that is measured, how many the files hold, and the files' hash."""

    scorer: RuleScorer
    name: str
    sha256: str
    split: str
    rows: tuple[LabelledText, ...]
    in_file: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a scorer said of a row: whether it is flawed, under the right kind, and its score; None: not measured."""

    flagged: bool | None
    right_kind: bool = False
    score: float | None = None


def read_texts(
    paths: Sequence[Path], scorer: RuleScorer, *, name: str | None = None, split: str | None = None
) -> LabelledTexts:
    """Read a labelled set from one or more JSONL files.

    Args:
        name: of the set; by default that of the first file.
        split: the part to measure; by default ``test`` where rows tell a split, so that what rules were made from
            does not count, else every row. ``all`` takes every row.

    Raises:
        DatasetError: naming file and line of the first row that can't be used, or a set without rows to measure.
    """
    rows = [_row(where, raw, scorer) for path in paths for where, raw in read_jsonl(path)]
    wanted = split or ("test" if any(r.split for r in rows) else "all")
    kept = tuple(r for r in rows if wanted in ("all", r.split))
    if not kept:
        known = ", ".join(sorted({r.split for r in rows if r.split})) or "none"
        raise DatasetError(f"{paths[0]}: no row of split {wanted!r}", hint=f"splits in it: {known}")
    return LabelledTexts(
        scorer=scorer,
        name=name or paths[0].stem,
        sha256=hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest(),
        split=wanted,
        rows=kept,
        in_file=len(rows),
    )


def _row(where: str, raw: Any, scorer: str) -> LabelledText:
    """A row checked field by field."""
    reading = scorer == "readability"

    def complaint(what: str) -> DatasetError:
        return DatasetError(f"{where}: {what}", hint=_READ_FORM if reading else _FORM)

    if not isinstance(raw, dict):
        raise complaint("a row is an object")
    text, question = raw.get("text"), raw.get("question") or ""
    if not isinstance(text, str) or not isinstance(question, str):
        raise complaint("text and question should be text")
    if not text.strip() and (scorer != "escalation" or not question.strip()):
        raise complaint("text is empty")
    field, wanted = ("target", "a number") if reading else ("label", "1 (flawed) or 0")
    target = _number(raw.get(field))
    if target is None or not (reading or target in (0, 1)):
        raise complaint(f"{field} should be {wanted}, not {raw.get(field)!r:.40}")
    kind, group = raw.get("kind") or raw.get("category") or "", raw.get("group") or raw.get("id") or where
    split = raw.get("split") or ""
    if not isinstance(kind, str) or not isinstance(group, str | int) or not isinstance(split, str):
        raise complaint("kind, group and split should be text")
    if scorer == "disclaimer" and not kind:
        raise complaint("kind should name an element (D1 to D12) or a pattern (U1 to U10)")
    return LabelledText(text=text, question=question, target=target, kind=kind, group=str(group), split=split)


def _number(value: Any) -> float | None:
    """A finite number, True and False among them; None for anything else."""
    if not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if np.isfinite(number) else None


def measure_rules(
    data: LabelledTexts,
    *,
    seed: int = 0,
    limit: int | None = None,
    easier: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> RuleMeasurement:
    """Score the rows of a set and work out how right the scorer was.

    Args:
        limit: score only so many rows, drawn at random.
        seed: of that draw, of the two halves and of the bootstrap.
        easier: for readability, whether a higher target means easier; else it means harder.
        progress: called with (rows scored, rows to score).

    Raises:
        DatasetError: if all rows have the same label or target.
    """
    rng = np.random.default_rng(seed)
    rows = list(data.rows)
    if limit is not None and limit < len(rows):
        rows = [rows[i] for i in sorted(rng.permutation(len(rows))[:limit])]
    if len({r.target for r in rows}) < 2:
        raise DatasetError(f"{data.name}: all {len(rows)} rows have the same label", hint="at least two are needed")
    told = _score(data.scorer, rows, progress)
    made: dict[str, Any]
    if data.scorer == "readability":
        made = _reading(rows, told, easier=easier, seed=seed)
    else:
        made = _flags(data.scorer, rows, told, seed, one_half([r.group for r in rows], rng))
    return RuleMeasurement(
        scorer=data.scorer,
        data=data.name,
        sha256=data.sha256,
        scorer_id=scorer_id(load_scorer(data.scorer)),
        measured=dt.datetime.now(dt.UTC).date(),
        harness=__version__,
        seed=seed,
        split=data.split,
        rows=len(rows),
        in_file=data.in_file,
        groups=len({r.group for r in rows}),
        **made,
    )


def _score(scorer: str, rows: Sequence[LabelledText], progress: Callable[[int, int], None] | None) -> list[Told]:
    whole = Auditor.default()
    auditor = replace(whole, scorers=tuple(load_scorer(name) for name in _BESIDE.get(scorer, (scorer,))))
    found = []
    for done, row in enumerate(rows, start=1):
        outcomes = auditor.audit(row.text if row.text.strip() else _NEUTRAL, question=row.question or None)
        found.append(_told(scorer, row, list(outcomes)))
        if progress:
            progress(done, len(rows))
    return found


def _told(scorer: str, row: LabelledText, outcomes: Sequence[Outcome]) -> Told:
    if any(o.status == "failed" for o in outcomes):
        return Told(flagged=None)
    own = next(o for o in outcomes if o.scorer == scorer)
    if scorer == "disclaimer":
        found = own.metrics.get(row.kind)
        return Told(flagged=None if found is None else found == 1.0, right_kind=True)
    if scorer == "readability":
        return Told(flagged=None, score=own.metrics.get("learned_ease"))
    findings = [f for o in outcomes for f in o.findings]
    if not row.text.strip():
        return Told(flagged=any(f.code == "ESC601" for f in findings), right_kind=True)
    counted = [f for f in findings if f.severity >= SERIOUS and f.code.startswith(_CODES[scorer])]
    score = own.metrics.get(_SCORE[scorer]) if scorer in _SCORE else None
    return Told(flagged=bool(counted), right_kind=any(_is_of(f, row.kind) for f in counted), score=score)


def _is_of(finding: Finding, kind: str) -> bool:
    """Whether a finding is of an overreach category: ADV304 tells of T4."""
    own = kind[:1] == "T" and kind[1:].isdigit() and finding.code == f"ADV{300 + int(kind[1:])}"
    return own or (kind in _ALSO and finding.code.startswith(_ALSO[kind]))


def _flags(scorer: str, rows: Sequence[LabelledText], told: Sequence[Told], seed: int, tuning: Bools) -> dict[str, Any]:
    truth = np.array([r.target == 1 for r in rows])
    flagged = np.array([(not t) if f.flagged is None else f.flagged for t, f in zip(truth, told, strict=True)])
    groups = np.array([r.group for r in rows])
    figures = _shares(truth, flagged, groups, seed)
    resamples = Resamples(list(groups), rng=np.random.default_rng(seed))
    two = two_way(confusion(truth, flagged, resamples))
    figures |= {name: triple(resamples.figure(two[name])) for name in ("balanced_accuracy", "macro_f1")}
    hit = truth & flagged
    if scorer == "overreach" and any(r.kind for r in rows):
        right = np.array([f.right_kind for f in told])
        figures["right_kind"] = share(right[hit], groups[hit], seed)
    names = sorted({r.kind for r in rows if r.kind}, key=lambda k: (k.rstrip("0123456789"), len(k), k))
    kinds = np.array([r.kind for r in rows])
    scores = [f.score for f in told]
    ranked = np.array([s for s in scores if s is not None])
    whole = len(ranked) == len(rows)
    if whole:
        figures["roc_auc"] = triple(resamples.figure(roc_auc(truth, ranked, resamples)))
    return {
        "unmeasured": sum(f.flagged is None for f in told),
        "prevalence": round(float(truth.mean()), 4),
        "figures": figures,
        "kinds": tuple(_kind(name, truth, flagged, groups, kinds == name, seed) for name in names),
        "picked": pick(truth, ranked, list(groups), tuning, seed) if whole else None,
    }


def _kind(name: str, truth: Bools, flagged: Bools, groups: NDArray[Any], of: Bools, seed: int) -> Kind:
    shares = _shares(truth[of], flagged[of], groups[of], seed)
    return Kind(kind=name, rows=int(of.sum()), flawed=int(truth[of].sum()), **shares)


def _shares(truth: Bools, flagged: Bools, groups: NDArray[Any], seed: int) -> dict[str, Triple]:
    return {
        "precision": share(truth[flagged], groups[flagged], seed),
        "recall": share(flagged[truth], groups[truth], seed),
        "false_alarms": share(flagged[~truth], groups[~truth], seed),
    }


def share(hits: Bools, groups: NDArray[Any], seed: int) -> Triple:
    """A share with its 95 % interval: Wilson's, or a bootstrap over groups where some group has several rows."""
    n = len(hits)
    if not n:
        return None, None, None
    if len(set(groups)) == n:
        interval = wilson(int(hits.sum()), n)
        return triple(Figure(value=float(hits.mean()), interval=interval))
    resamples = Resamples(list(groups), rng=np.random.default_rng(seed))
    hit, total = resamples.totals(np.column_stack([hits, np.ones(n)])).T
    with np.errstate(invalid="ignore"):
        return triple(resamples.figure(hit / total))


def _reading(rows: Sequence[LabelledText], told: Sequence[Told], *, easier: bool, seed: int) -> dict[str, Any]:
    """Correlations of the learned ease with ease as the targets tell it, and the share of pairs ordered right."""
    kept = [(r, t.score) for r, t in zip(rows, told, strict=True) if t.score is not None]
    ease = np.array([score for _, score in kept], dtype=float)
    wanted = np.array([r.target for r, _ in kept]) * (1 if easier else -1)
    groups = [r.group for r, _ in kept]
    resamples = Resamples(groups, rng=np.random.default_rng(seed))
    figures = {
        "pearson": correlation(ease, wanted, resamples),
        "spearman": correlation(rankdata(ease), rankdata(wanted), resamples),
    }
    counted = {"pairs": _pairs(ease, wanted, np.array(groups), seed)}
    missing = len(rows) - len(kept)
    return {"unmeasured": missing, "prevalence": None, "figures": figures_of(figures, resamples) | counted}


def correlation(x: NDArray[Any], y: NDArray[Any], resamples: Resamples) -> NDArray[np.float64]:
    """Pearson's correlation in each resample; NaN where one side does not vary."""
    x, y = x - x.mean(), y - y.mean()
    n, sx, sy, sxx, syy, sxy = resamples.totals(np.column_stack([np.ones(len(x)), x, y, x * x, y * y, x * y])).T
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = (sxx - sx * sx / n) * (syy - sy * sy / n)
        return np.asarray((sxy - sx * sy / n) / np.sqrt(spread))


def _pairs(ease: NDArray[Any], wanted: NDArray[Any], groups: NDArray[Any], seed: int) -> Triple:
    """Share of pairs of a group, of different targets, that the ease orders right; a tie counts half.

    Undefined below ``_FEW_PAIRS`` pairs in all.
    """
    won, all_pairs, names = [], [], []
    for name in np.unique(groups):
        of = groups == name
        x, y = ease[of], wanted[of]
        apart = y[:, None] > y[None, :]
        if apart.any():
            ahead = x[:, None] - x[None, :]
            won.append(float((apart & (ahead > 0)).sum() + (apart & (ahead == 0)).sum() / 2))
            all_pairs.append(float(apart.sum()))
            names.append(str(name))
    if sum(all_pairs) < _FEW_PAIRS:
        return None, None, None
    resamples = Resamples(names, rng=np.random.default_rng(seed))
    hit, total = resamples.totals(np.column_stack([won, all_pairs])).T
    return triple(resamples.figure(hit / total))
