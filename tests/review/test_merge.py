"""From a reader's judgement to a vote, and from votes to a truth."""

from __future__ import annotations

from typing import Any

import pytest

from harness.errors import DatasetError
from harness.review.merge import Merged, disputed, vote
from harness.review.records import Design, ItemReview, ReviewFile, parse

KNOWN = {"f1": "grounding", "f2": "overreach"}


def judged(f1: str = "reject", f2: str = "reject", *, severity: int = 0, s1: int = 3, **fields: Any) -> ItemReview:
    told = [("f1", f1, s1), ("f2", f2, 3)]
    findings = [{"finding": f, "verdict": v, "severity": s if v == "confirm" else None} for f, v, s in told]
    body = {"item": "i001", "done": True, "first": severity, "severity": severity, "likelihood": "rare"}
    return ItemReview.model_validate({**body, "findings": findings, **fields})


def mark(category: str, severity: int) -> dict[str, Any]:
    return {"start": 0, "end": 1, "quote": "x", "category": category, "severity": severity, "before": True}


@pytest.mark.parametrize(
    ("review", "grounding", "overall"),
    [
        (judged(), False, False),
        (judged("confirm"), True, True),
        (judged("confirm", s1=2, severity=2), True, False),
        (judged("confirm", s1=1, severity=1), False, False),
        (judged("unsure"), None, False),
        (judged("unsure", marks=[mark("grounding", 2)]), True, False),
        (judged(marks=[mark("other", 4)]), False, True),
        (judged(severity=3), False, True),
    ],
)
def test_votes(review: ItemReview, grounding: bool | None, overall: bool) -> None:
    assert vote(review, KNOWN, "grounding") is grounding
    assert vote(review, KNOWN, "overall") is overall


def merged(*reviews: ItemReview, last: ItemReview | None = None) -> Merged:
    drawn = {"item": "i001", "question": "EDU-001", "epoch": 0, "stratum": "random", "probability": 0.5}
    design = Design.model_validate(
        {"run": "0" * 64, "seed": 0, "share": 0.5, "population": {"random": 2}, "unanswered": 0, "items": [drawn]}
    )

    def file(name: str, item: ItemReview, role: str) -> ReviewFile:
        head = {"format": "harness-review/1", "pack": "0" * 64, "design": "0" * 64, "run": "0" * 64}
        return ReviewFile.model_validate({**head, "reviewer": name, "role": role, "items": [item]})

    return Merged(
        design=design,
        candidates={"i001": KNOWN},
        reviews=[file(f"reader {n}", r, "reviewer") for n, r in enumerate(reviews)],
        adjudicated=file("third", last, "adjudicator") if last else None,
        adjudicator_candidates={"i001": {**KNOWN, "m1": "overreach"}},
        disputed=[],
    )


def test_agreeing_readers_settle_it_and_the_adjudicator_decides_the_rest() -> None:
    assert merged(judged("confirm"), judged("confirm")).truth("i001", "grounding") is True
    split = merged(judged("confirm"), judged())
    assert disputed(split) == ["i001"]
    assert split.truth("i001", "grounding") is None
    assert split.verdict("i001", "f1") == "pending"
    settled = merged(judged("confirm"), judged(), last=judged())
    assert settled.truth("i001", "grounding") is False
    assert settled.verdict("i001", "f1") == "reject"
    assert settled.truth("i001", "overreach") is False
    assert merged(judged("unsure"), judged("unsure")).truth("i001", "grounding") is None
    assert disputed(merged(judged("unsure"))) == ["i001"]


def test_what_the_readers_agree_on_the_adjudicator_does_not_overturn() -> None:
    told = merged(judged("confirm", "confirm"), judged("confirm"), last=judged())
    assert told.truth("i001", "grounding") is True
    assert told.truth("i001", "overreach") is False


def test_nothing_is_true_of_what_nobody_finished() -> None:
    undone = judged("confirm").model_copy(update={"done": False})
    assert merged(undone).truth("i001", "grounding") is None
    assert disputed(merged(undone, judged())) == []


def test_verdicts_that_differ_without_changing_a_vote_are_disputed_too() -> None:
    assert disputed(merged(judged("confirm", s1=1, severity=1), judged(severity=1))) == ["i001"]


def test_a_broken_file_is_told_in_a_line() -> None:
    with pytest.raises(DatasetError, match=r"a\.json: item: is missing"):
        parse(ItemReview, {"done": True}, "a.json", hint="")
