"""What a change of prompt changed: which rules are broken more or less often, where, and in which sentences.

And how much of what scores vary by is the prompt's doing at all, beside the question and asking again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import numpy as np

from harness.components import components
from harness.errors import SuiteError
from harness.leaderboard import names_of
from harness.masking import blotted, told, words_at
from harness.notebook import heading, table
from harness.ranking import difference_interval, sign_flip_p
from harness.scorers import title_of
from harness.stats import Interval, PairedDifference, holm, paired_difference
from harness.store import Item, Run
from harness.text.sentences import split as sentences_of
from harness.types import Answer, Finding

if TYPE_CHECKING:
    import pandas as pd

_ALIKE = 0.5  # sentences that share fewer words in order are not shown beside each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How often a rule is broken in part of the questions: ``kind`` is ``all``, ``category`` or ``tier``.

    Args:
        first, second: mean share of a question's epochs that break it; difference: second minus first.
    """

    kind: str
    group: str
    first: float
    second: float
    difference: PairedDifference
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentencePair:
    """Words that break a rule in one run only, and what the other says in their place; "" for nothing like it."""

    question_id: str
    category: str
    risk_tier: str
    broken_in: str
    first: str
    second: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """One rule that is broken in other answers than before.

    Args:
        severity: the worst finding of it in either run.
        parts: all questions first, then the groups in which it changed.
        sentences: one for each question in which it changed.
        p_value: sign-flip test over questions, after Holm's correction over the rules; None below two pairs.
    """

    code: str
    title: str
    severity: int
    parts: tuple[Part, ...]
    sentences: tuple[SentencePair, ...]
    p_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Anatomy:
    """The rules that changed from one run to another, gravest first, then by how much."""

    names: tuple[str, str]
    rules: tuple[RuleChange, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row a rule, and one for each category and tier it changed in (``harness.columns("rules")``)."""
        from harness.frames import typed

        return typed("rules", (_row(rule, part) for rule in self.rules for part in rule.parts))

    def sentences_frame(self) -> pd.DataFrame:
        """One row a rule and question: the sentences that differ (``harness.columns("sentences")``)."""
        from harness.frames import typed

        rows = ((rule, pair) for rule in self.rules for pair in rule.sentences)
        names = ("question_id", "category", "risk_tier", "broken_in", "first", "second")
        return typed("sentences", ({"code": r.code, **{n: getattr(p, n) for n in names}} for r, p in rows))

    def _repr_html_(self) -> str:
        """Rules and sentences, every text escaped."""
        heads = ("rule", "title", "severity", "kind", "group", *self.names, "change", "pairs", "p (Holm)")
        rows = [_row(rule, part) for rule in self.rules for part in rule.parts]
        keys = ("code", "title", "severity", "kind", "group", "first", "second", "change", "pairs", "p_value")
        first = table(heads, ([row[k] for k in keys] for row in rows))
        pairs = [(r.code, p.question_id, p.first, p.second) for r in self.rules for p in r.sentences]
        told = f"{len(self.rules)} rules changed from {self.names[0]} to {self.names[1]}"
        return heading(told) + first + table(("rule", "question", *self.names), pairs)


def anatomy(first: Run, second: Run) -> Anatomy:
    """Take a pair of runs apart, rule by rule. Answers that a rule's scorer failed to measure are left out.

    Raises:
        SuiteError: if the runs were not measured by the same ruler.
    """
    if differences := first.signature.differences(second.signature):
        hint = "`harness rescore RUN SUITE -o DIR` measures stored answers with today's judge and scorers"
        raise SuiteError(f"these runs can't be compared: they differ in {'; '.join(differences)}", hint=hint)
    names = names_of([first, second])
    found = [f for run in (first, second) for i in run.items for o in i.outcomes for f in o.findings]
    scorer_of = {f.code: o.scorer for run in (first, second) for i in run.items for o in i.outcomes for f in o.findings}
    changes = [
        change
        for code in sorted(scorer_of)
        if (change := _change(first, second, code, scorer_of[code], max(f.severity for f in found if f.code == code)))
    ]
    adjusted = holm({c.code: c.p_value for c in changes if c.p_value is not None})
    changes = [replace(c, p_value=adjusted.get(c.code)) for c in changes]
    changes.sort(key=lambda c: (-c.severity, -abs(c.parts[0].difference.mean or 0.0), c.code))
    return Anatomy(names=(names[0], names[1]), rules=tuple(changes))


def variance(runs: Sequence[Run] | Mapping[str, Run]) -> pd.DataFrame:
    """How the variance of every score splits into prompt, question, both together and epoch (``components.split``).

    Only questions with a score in every epoch of every run are counted; ``left_out`` says how many others there are.
    One run alone tells question and epoch apart. Columns: ``harness.columns("components")``.

    Raises:
        SuiteError: without a run, or if the runs differ in what measured them or in epochs.
    """
    from harness.frames import typed

    listed = list(runs.values()) if isinstance(runs, Mapping) else list(runs)
    if not listed:
        raise SuiteError("there are no runs", hint="give one or more")
    epochs = {int(r.manifest["epochs"]) for r in listed}
    for run in listed:
        if differences := listed[0].signature.differences(run.signature):
            raise SuiteError(f"{run.path}: differs from the first run in {'; '.join(differences)}", hint="rescore it")
    if len(epochs) > 1:
        raise SuiteError("the runs have different numbers of epochs", hint="run all of them with the same --epochs")
    rows = (row for scorer in listed[0].scorers() for row in _components(listed, scorer))
    return typed("components", rows)


def _components(runs: Sequence[Run], scorer: str) -> Iterator[dict[str, object]]:
    scores = [run.scores(scorer) for run in runs]
    epochs = int(runs[0].manifest["epochs"])
    whole = [q.id for q in runs[0].questions if all(len(s.get(q.id, ())) == epochs for s in scores)]
    if len(whole) < 2:
        return
    seed = int(runs[0].manifest["seed"])
    cells = np.array([[s[key] for s in scores] for key in whole])
    seen = {key for s in scores for key in s}
    for c in components(cells, rng=np.random.default_rng(seed)):
        yield {
            "scorer": scorer,
            "source": c.source,
            "variance": c.variance,
            "sd": None if c.variance is None else c.variance**0.5,
            "share": c.share,
            "low": c.interval.low if c.interval else None,
            "high": c.interval.high if c.interval else None,
            "questions": len(whole),
            "left_out": len(seen) - len(whole),
        }


def _broken(run: Run, code: str, scorer: str) -> dict[str, list[float]]:
    """For every question and each of its measured epochs whether the answer breaks a rule, 1 or 0."""
    found: dict[str, list[float]] = {}
    for item in run.items:
        outcome = next((o for o in item.outcomes if o.scorer == scorer), None)
        if isinstance(item.answer, Answer) and outcome is not None and outcome.status != "failed":
            found.setdefault(item.question_id, []).append(float(any(f.code == code for f in outcome.findings)))
    return found


def _change(first: Run, second: Run, code: str, scorer: str, severity: int) -> RuleChange | None:
    """What became of a rule; None where nothing did."""
    sides = [_broken(run, code, scorer) for run in (first, second)]
    epochs = int(first.manifest["epochs"]), int(second.manifest["epochs"])
    rng = np.random.default_rng(int(first.manifest["seed"]))
    moved = {key for key in sides[0].keys() & sides[1].keys() if np.mean(sides[0][key]) != np.mean(sides[1][key])}
    if not moved:
        return None
    groups: dict[tuple[str, str], set[str]] = {("all", ""): {q.id for q in first.questions}}
    for q in first.questions:
        for place in (("category", q.category), ("tier", q.risk_tier)):
            groups.setdefault(place, set()).add(q.id)
    parts = []
    for (kind, group), ids in sorted(groups.items()):
        if moved & ids and (group or kind == "all"):
            before, after = ({k: v for k, v in side.items() if k in ids} for side in sides)
            parts.append(_part(kind, group, before, after, epochs, rng))
    by_id = {q.id: q for q in first.questions}
    told = (_pair(first, second, key, code, scorer) for key in sorted(moved))
    return RuleChange(
        code=code,
        title=title_of(code),
        severity=severity,
        parts=tuple(parts),
        sentences=tuple(
            SentencePair(
                question_id=key,
                category=by_id[key].category,
                risk_tier=by_id[key].risk_tier,
                broken_in=broken_in,
                first=one,
                second=other,
            )
            for key, (broken_in, one, other) in zip(sorted(moved), told, strict=True)
        ),
        p_value=sign_flip_p(parts[0].difference.differences, rng=rng),
    )


def _part(
    kind: str,
    group: str,
    before: Mapping[str, Sequence[float]],
    after: Mapping[str, Sequence[float]],
    epochs: tuple[int, int],
    rng: np.random.Generator,
) -> Part:
    d = paired_difference(before, after, epochs=epochs)
    both = before.keys() & after.keys()
    return Part(
        kind=kind,
        group=group,
        first=float(np.mean([np.mean(before[k]) for k in both])),
        second=float(np.mean([np.mean(after[k]) for k in both])),
        difference=d,
        interval=difference_interval(d, rng=rng),
    )


def _pair(first: Run, second: Run, question_id: str, code: str, scorer: str) -> tuple[str, str, str]:
    """Which run breaks the rule in a question more often, and the sentences of either side."""
    sides = [[i for i in run.items if i.question_id == question_id] for run in (first, second)]
    found = [[(i, f) for i in items if (f := _finding(i, code, scorer))] for items in sides]
    more = 0 if len(found[0]) / len(sides[0]) > len(found[1]) / len(sides[1]) else 1
    item, finding = found[more][0]
    spared = [i for i in sides[1 - more] if isinstance(i.answer, Answer) and not _finding(i, code, scorer)]
    said = _sentence(item, finding)
    other = _nearest(said, next((i for i in spared if i.epoch == item.epoch), spared[0])) if spared else ""
    return ("first", said, other) if more == 0 else ("second", other, said)


def _finding(item: Item, code: str, scorer: str) -> Finding | None:
    return next((f for o in item.outcomes if o.scorer == scorer for f in o.findings if f.code == code), None)


def _page(item: Item) -> str:
    """The answer, with words that tell of a person blotted out."""
    text = item.answer.text if isinstance(item.answer, Answer) else ""
    return blotted(text, [f for o in item.outcomes for f in o.findings])


def _sentence(item: Item, finding: Finding) -> str:
    """The sentences of the answer that a finding points at; its quote where it points elsewhere."""
    page, span = _page(item), finding.span
    if span.source != "answer":
        return told(finding)
    spans = [(a, b) for a, b in sentences_of(page) if a < span.end and b > span.start]
    return page[spans[0][0] : spans[-1][1]] if spans else words_at(span, page)


def _nearest(said: str, item: Item) -> str:
    """The sentence of another answer that shares most words, in order; "" where none is much alike."""
    page, words = _page(item), said.lower().split()
    rated = [
        (SequenceMatcher(None, words, page[a:b].lower().split()).ratio(), -a, page[a:b]) for a, b in sentences_of(page)
    ]
    best = max(rated, default=(0.0, 0, ""))
    return best[2] if best[0] >= _ALIKE else ""


def _row(rule: RuleChange, part: Part) -> dict[str, object]:
    return {
        "code": rule.code,
        "title": rule.title,
        "severity": rule.severity,
        "kind": part.kind,
        "group": part.group,
        "first": part.first,
        "second": part.second,
        "change": part.difference.mean,
        "low": part.interval.low if part.interval else None,
        "high": part.interval.high if part.interval else None,
        "pairs": part.difference.pairs,
        "p_value": rule.p_value if part.kind == "all" else None,
    }
