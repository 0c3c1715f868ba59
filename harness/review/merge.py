"""Readers' files joined: checked against the packs that were sent out, paired, and what they differ in."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from harness.errors import DatasetError
from harness.records import Record
from harness.review.ledger import Entry, PackEntry
from harness.review.pack import Disputed, shown
from harness.review.records import (
    MODERATE,
    OVERALL,
    SERIOUS,
    Design,
    ItemReview,
    ReviewFile,
    design_sha,
    parse,
    person,
    read_json,
)
from harness.scorers import SCORERS
from harness.store import Run
from harness.types import Answer

_HINT = "send the file as the review page saved it"
MEASURES = (OVERALL, *SCORERS)  # what is answered yes or no of every answer that was read


class Merged(Record):
    """The merged file: every reader's file as it came, and the items they differ in.

    ``figures`` are for readers of the file; reports work them out again.
    """

    format: Literal["harness-review-merged/1"] = "harness-review-merged/1"
    design: Design
    candidates: dict[str, dict[str, str]]
    reviews: list[ReviewFile]
    adjudicated: ReviewFile | None = None
    adjudicator_candidates: dict[str, dict[str, str]] = Field(default_factory=dict)
    disputed: list[str]
    figures: dict[str, Any] = Field(default_factory=dict)

    @cached_property
    def _finished(self) -> dict[str, list[ItemReview]]:
        found: dict[str, list[ItemReview]] = defaultdict(list)
        for review in (i for r in self.reviews for i in r.items if i.done):
            found[review.item].append(review)
        return dict(found)

    def of(self, item: str) -> list[ItemReview]:
        """The finished reviews of an item by the independent readers."""
        return self._finished.get(item, [])

    def adjudication(self, item: str) -> ItemReview | None:
        """The adjudicator's finished review of an item."""
        told = self.adjudicated.items if self.adjudicated else []
        return next((i for i in told if i.item == item and i.done), None)

    def truth(self, item: str, measure: str) -> bool | None:
        """Whether the answer fails: what the readers agree on, or else what the adjudicator says; None where open."""
        votes = {vote(r, self.candidates.get(item, {}), measure) for r in self.of(item)}
        if len(votes) == 1 and None not in votes:
            return votes.pop()
        last = self.adjudication(item)
        return vote(last, self.adjudicator_candidates.get(item, {}), measure) if last and votes else None

    def verdict(self, item: str, finding: str) -> str:
        """``confirm``, ``reject``, ``unsure`` or, where nobody decided, ``pending``."""
        told = {v.verdict for r in self.of(item) for v in r.findings if v.finding == finding}
        if len(told) == 1:
            return told.pop()
        last = self.adjudication(item)
        return next((v.verdict for v in last.findings if v.finding == finding), "pending") if last else "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """A reader's file with its name and the pack it was made from."""

    path: Path
    file: ReviewFile
    pack: PackEntry


def vote(review: ItemReview, candidates: Mapping[str, str], measure: str) -> bool | None:
    """One reader's yes or no: does the answer fail in this respect? None where the reader could not tell.

    As a whole it fails at severity 3 or worse; in a category at a confirmed finding or a mark of severity 2 or worse.
    """
    if measure == OVERALL:
        return review.overall() >= SERIOUS
    told = [v for v in review.findings if candidates.get(v.finding) == measure]
    hits = [v.severity or 0 for v in told if v.verdict == "confirm"]
    hits += [m.severity for m in review.marks if m.category == measure]
    if any(severity >= MODERATE for severity in hits):
        return True
    return None if any(v.verdict == "unsure" for v in told) else False


def merge(run: Run, entries: Sequence[Entry], files: Sequence[tuple[Path, ReviewFile]]) -> Merged:
    """Join one or two readers' files, and an adjudicator's.

    Raises:
        DatasetError: one line naming the file and what in it doesn't fit the run, its pack or the other files.
    """
    given = [_checked(run, entries, path, file) for path, file in files]
    readers = sorted((g for g in given if g.file.role == "reviewer"), key=lambda g: g.file.reviewer)
    last = [g for g in given if g.file.role == "adjudicator"]
    if not 1 <= len(readers) <= 2 or len(last) > 1:
        hint = "name the files of one or two reviewers, and at most one adjudicator's"
        raise DatasetError(f"{len(readers)} reviewers' and {len(last)} adjudicators' files can't be merged", hint=hint)
    first = readers[0]
    for other in readers[1:]:
        if other.file.design != first.file.design:
            raise DatasetError(f"{other.path}: drawn otherwise than {first.path}", hint="make packs with one --seed")
    names = [person(g.file.reviewer) for g in given]
    if len(set(names)) < len(names):
        raise DatasetError(f"{given[-1].path}: two files are by one person", hint="readers have to be independent")
    merged = Merged(
        design=first.pack.design,
        candidates=first.pack.candidates,
        reviews=[g.file for g in readers],
        disputed=[],
    )
    merged = merged.model_copy(update={"disputed": disputed(merged)})
    if not last:
        return merged
    if last[0].pack.reviews != reviews_sha(merged.reviews):
        hint = "merge it with the very files that its pack was made from"
        raise DatasetError(f"{last[0].path}: adjudicates other reviews than these", hint=hint)
    update = {"adjudicated": last[0].file, "adjudicator_candidates": last[0].pack.candidates}
    return merged.model_copy(update=update)


def reviews_sha(reviews: Sequence[ReviewFile]) -> str:
    """What an adjudicator's pack is bound to: the readers' files."""
    text = json.dumps([r.model_dump(mode="json") for r in reviews], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _checked(run: Run, entries: Sequence[Entry], path: Path, file: ReviewFile) -> _Given:
    """A file against the pack it was made from."""
    packs = [e.body for e in entries if isinstance(e.body, PackEntry)]
    pack = next((p for p in packs if p.pack == file.pack), None)
    if pack is None:
        raise DatasetError(f"{path}: made from a pack that this run's record doesn't know", hint="is it another run's?")
    if file.run != pack.design.run or file.design != design_sha(pack.design):
        raise DatasetError(f"{path}: run or design differ from those of its pack", hint=_HINT)
    if file.reviewer != pack.reader or file.role != pack.role:
        raise DatasetError(f"{path}: the pack was made for {pack.reader}, {pack.role}", hint=_HINT)
    places = {d.item: (d.question, d.epoch) for d in pack.design.items}
    answers = {(i.question_id, i.epoch): i.answer for i in run.items}
    seen = set()
    for item in file.items:
        if item.item not in pack.candidates:
            raise DatasetError(f"{path}: {item.item}: not in the pack", hint=_HINT)
        if item.item in seen:
            raise DatasetError(f"{path}: {item.item}: is given twice", hint=_HINT)
        seen.add(item.item)
        answer = answers.get(places[item.item])
        problem = mistake(item, pack.candidates[item.item], shown(answer.text) if isinstance(answer, Answer) else "")
        if problem:
            raise DatasetError(f"{path}: {item.item}: {problem}", hint=_HINT)
    return _Given(path=path, file=file, pack=pack)


def mistake(item: ItemReview, known: Mapping[str, str], answer: str) -> str:
    """What is wrong with a reader's judgement of an item; "" where nothing is."""
    told = [v.finding for v in item.findings]
    unknown = next((f for f in told if f not in known), None)
    if unknown:
        return f"{unknown}: no such finding in the pack"
    if len(set(told)) < len(told):
        return "a finding is judged twice"
    if any(answer[m.start : m.end] != m.quote for m in item.marks):
        return "a mark's words are not the answer's"
    if not item.done:
        return ""
    missing = next((f for f in known if f not in told), None)
    if missing:
        return f"is told to be done, but {missing} is not judged"
    if any(v.verdict == "confirm" and v.severity is None for v in item.findings):
        return "a confirmed finding has no severity"
    if item.first is None or item.severity is None:
        return "is told to be done, but has no severity"
    return "" if item.likelihood or not item.severity else "is told to be done, but has no likelihood"


def disputed(merged: Merged) -> list[str]:
    """The items on which two readers differ, or which a reader could not decide."""
    return [d.item for d in merged.design.items if _differ(merged, d.item)]


def _differ(merged: Merged, item: str) -> bool:
    reviews, known = merged.of(item), merged.candidates.get(item, {})
    votes = [{vote(r, known, m) for r in reviews} for m in MEASURES]
    if any(len(v) > 1 or None in v for v in votes):
        return True
    told = [{v.verdict for r in reviews for v in r.findings if v.finding == f} for f in known]
    return any({"confirm", "reject"} <= t for t in told)


def disputed_reviews(merged: Merged) -> dict[str, Disputed]:
    """What an adjudicator is shown of each disputed item."""
    return {item: Disputed(reviews=tuple(merged.of(item))) for item in merged.disputed}


def read_merged(path: Path) -> Merged:
    """A merged file; raises DatasetError naming file and field."""
    hint = "write it again with `harness review merge`"
    return parse(Merged, read_json(path, hint=hint), str(path), hint=hint)
