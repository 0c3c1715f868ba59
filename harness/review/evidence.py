"""What a report quotes of the review: how much was read, how far readers agree, and the corrected rates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from harness.review.agreement import Agreement, agreement, krippendorff
from harness.review.ledger import FOLDER, Entry, SignEntry, latest_decisions, read_ledger, run_hash
from harness.review.merge import MEASURES, Merged, read_merged, vote
from harness.review.pack import gating_findings
from harness.review.rates import Corrected, Unit, corrected
from harness.review.records import MODERATE, OVERALL, SERIOUS, ItemReview
from harness.stats import Figure
from harness.store import Item, Run
from harness.types import Answer, Failed

MERGED = "merged.json"
FINDINGS = "findings of the tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Findings of one severity by the tool: how many, and what people said of them; pending where nobody decided."""

    severity: int
    flagged: int
    confirmed: int
    rejected: int
    pending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The clinical review of a run.

    Args:
        readers: names; adjudicator: "" for none. answers: of the run; drawn: in the sample; read: by at least one
            person; twice: by two; disputed: items on which they differ; open: disputed and not adjudicated.
        changed: answers whose severity a reader changed after seeing the tool's findings, over ``judgements``.
        severity: Krippendorff's alpha of the answers' severities.
    """

    readers: tuple[str, ...]
    adjudicator: str
    answers: int
    drawn: int
    read: int
    twice: int
    disputed: int
    open: int
    changed: int
    judgements: int
    severity: Figure
    agreement: tuple[Agreement, ...]
    rates: tuple[Corrected, ...]
    judged: tuple[Judged, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain data, for the merged file."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that people added to a run: the review, None where nothing was merged, and the sign-offs that count.

    ``outdated`` tells that there was a review or a sign-off, but over another state of the run: it doesn't count.
    """

    review: Review | None = None
    signed: tuple[tuple[Entry, SignEntry], ...] = ()
    outdated: bool = False

    @property
    def decision(self) -> str:
        """The strictest of the decisions, "" where nobody signed."""
        order = ("do-not-release", "conditional", "release")
        return min((s.decision for _, s in self.signed), key=order.index, default="")


def load_evidence(run: Run) -> Evidence:
    """What the run folder holds of a review; raises DatasetError where it is broken."""
    entries = read_ledger(run.path)
    if not entries:
        return Evidence()
    head, path = run_hash(run.path), run.path / FOLDER / MERGED
    merged = read_merged(path) if path.is_file() else None
    signed = latest_decisions(entries)
    valid = tuple((e, s) for e, s in signed if s.run == head)
    fits = merged is not None and merged.design.run == head
    return Evidence(
        review=weigh(run, merged) if merged is not None and fits else None,
        signed=valid,
        outdated=len(valid) < len(signed) or (merged is not None and not fits),
    )


def weigh(run: Run, merged: Merged) -> Review:
    """Work out agreement and rates. The bootstrap has the design's seed, so that equal files give equal figures."""
    seed = merged.design.seed
    reviews = [i for r in merged.reviews for i in r.items if i.done]
    read = Counter(i.item for i in reviews)
    places = {d.item: d.question for d in merged.design.items}
    rated = [(item, [r.severity for r in merged.of(item) if r.severity is not None]) for item in read]
    return Review(
        readers=tuple(r.reviewer for r in merged.reviews),
        adjudicator=merged.adjudicated.reviewer if merged.adjudicated else "",
        answers=sum(merged.design.population.values()),
        drawn=len(merged.design.items),
        read=len(read),
        twice=sum(n > 1 for n in read.values()),
        disputed=len(merged.disputed),
        open=sum(merged.adjudication(item) is None for item in merged.disputed),
        changed=sum(r.first != r.severity for r in reviews),
        judgements=len(reviews),
        severity=krippendorff([v for _, v in rated], [places[i] for i, _ in rated], rng=np.random.default_rng(seed)),
        agreement=_agreement(merged, places),
        rates=_rates(run, merged),
        judged=_judged(run, merged),
    )


def _agreement(merged: Merged, places: dict[str, str]) -> tuple[Agreement, ...]:
    """One row a measure, and one for the findings that the tool made, on what two readers decided."""
    twice = [(item, two) for item in places if len(two := merged.of(item)) == 2]
    rows = {m: [_pair(merged, i, two, m) for i, two in twice] for m in MEASURES}
    rows[FINDINGS] = [(i, _said(two[0], f), _said(two[1], f)) for i, two in twice for f in merged.candidates.get(i, {})]
    found = []
    for key, pairs in rows.items():
        decided = [(places[i], a, b) for i, a, b in pairs if a is not None and b is not None]
        rng = np.random.default_rng(merged.design.seed)
        first, second = [a for _, a, _ in decided], [b for _, _, b in decided]
        row = agreement(key, first, second, [q for q, _, _ in decided], rng=rng)
        found += [row] if row else []
    return tuple(found)


def _pair(merged: Merged, item: str, two: Sequence[ItemReview], measure: str) -> tuple[str, bool | None, bool | None]:
    known = merged.candidates.get(item, {})
    return item, vote(two[0], known, measure), vote(two[1], known, measure)


def _said(review: ItemReview, finding: str) -> bool | None:
    """Whether a reader confirmed a finding; None for "can't tell"."""
    verdict = next(v.verdict for v in review.findings if v.finding == finding)
    return None if verdict == "unsure" else verdict == "confirm"


def _rates(run: Run, merged: Merged) -> tuple[Corrected, ...]:
    """As a whole, and for each category in which the tool or a reader found something."""
    answered = [i for i in run.items if isinstance(i.answer, Answer)]
    drawn = {(d.question, d.epoch): d for d in merged.design.items}
    rows = []
    for measure in (m for m in MEASURES if m == OVERALL or m in run.scorers()):
        units = []
        for item in answered:
            d = drawn.get((item.question_id, item.epoch))
            units.append(
                Unit(
                    stratum=d.stratum if d else "random",
                    cluster=item.question_id,
                    flagged=told(item, measure),
                    drawn=d is not None,
                    truth=merged.truth(d.item, measure) if d else None,
                )
            )
        row = corrected(measure, units)
        if measure == OVERALL or row.flagged or row.failing:
            rows.append(row)
    return tuple(rows)


def told(item: Item, measure: str) -> bool | None:
    """The tool's yes or no on what readers are asked: does the answer fail? None where it could not measure."""
    level = SERIOUS if measure == OVERALL else MODERATE
    asked = [o for o in item.outcomes if "@" not in o.scorer and measure in (OVERALL, o.scorer)]
    if any(f.severity >= level for o in asked for f in o.findings):
        return True
    return None if not asked or any(isinstance(o, Failed) for o in asked) else False


def _judged(run: Run, merged: Merged) -> tuple[Judged, ...]:
    names = {(d.question, d.epoch): d.item for d in merged.design.items}
    tally: Counter[tuple[int, str]] = Counter()
    for item in run.items:
        name = names.get((item.question_id, item.epoch), "")
        for number, (_, finding) in enumerate(gating_findings(item), start=1):
            tally[finding.severity, merged.verdict(name, f"f{number}") if name else "pending"] += 1
    return tuple(
        Judged(
            severity=severity,
            flagged=sum(n for (s, _), n in tally.items() if s == severity),
            confirmed=tally[severity, "confirm"],
            rejected=tally[severity, "reject"],
            pending=tally[severity, "pending"] + tally[severity, "unsure"],
        )
        for severity in (4, 3, 2, 1)
    )
