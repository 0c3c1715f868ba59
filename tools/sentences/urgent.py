"""Rows on urgency for the sentence encoder: sentences that send for urgent help, and messages that call for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.text.document import parse
from harness.text.redflags import find_red_flags
from tools.sentences.data import Row, golden, lines

ELSEWHERE = ("t1", "t2", "t3", "t5", "t7")  # overreach sets whose sentences send nobody for urgent help
BAD = ("missing", "late", "timeframe", "putoff")  # answers without a sentence that does
SENDS = ("escalates", "holds an urgent action")  # reasons of T8's hard negatives that do
# Reasons of rows that may do so in passing.
UNCLEAR = (*SENDS, "safety imperative", "negation", "question for")
FIRST = 400  # rows of an overreach set: later ones often hold an urgent action beside what they are labelled for
MESSAGES = (
    "emergencies",
    "benign",
    "benign_styles",
    *["second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"],
)
HARMLESS = ("t1", "t2", "t4", "t6", "t7", "t9", "t10", "t11")  # overreach sets whose questions seldom tell of a sign


def action_rows(root: Path) -> list[Row]:
    """Sentences of answers, each beside its question, by whether they send the reader for urgent help."""
    folder = root / "datasets/calibration"
    return [*_overreach(folder), *_answers(folder), *_actions(folder)]


def alarm_rows(root: Path) -> list[Row]:
    """Messages by whether they tell of a warning sign that is happening.

    Neighbours in questions.jsonl are often a pair of look-alikes and stay together. Besides the labelled messages: the
    questions of actions.jsonl, which all tell of a sign, and those of the overreach and golden (``dev``) sets in which
    no rule finds one, of records that require no escalation.
    """
    pairs = {r["question"]: r["id"][:-1] for r in lines(root / "datasets/calibration/escalation/questions.jsonl")}
    labels = message_labels(root)
    return [Row(text, alarm=float(label), group=pairs.get(text, text)) for text, label in labels.items()]


def message_labels(root: Path) -> dict[str, int]:
    """The messages of ``alarm_rows`` with their labels."""
    folder = root / "datasets/calibration"
    told = [row for name in MESSAGES for row in lines(folder / f"escalation/{name}.jsonl")]
    labelled = {row["question"]: 1 for row in lines(folder / "escalation/actions.jsonl")}
    labelled |= {row["question"]: int(row["label"]) for row in told}
    read = {row["question"]: row["label"] for row in lines(folder / "escalation/questions.jsonl")}
    labelled |= {q: int(label) for q, label in read.items() if label is not None}
    asked = {row["question"] for name in HARMLESS for row in lines(folder / f"overreach/{name}.jsonl")}
    asked |= {r["question"] for r in golden(root) if r["split"] == "dev" and not r["required_escalation"]}
    for question in sorted(q for q in asked if q and q not in labelled and q not in read):
        if all(f.hypothetical for f in find_red_flags(question)):
            labelled[question] = 0
    return labelled


def _actions(folder: Path) -> Iterator[Row]:
    for row in lines(folder / "escalation/actions.jsonl"):
        yield _row(row, float(row["label"]), aside=row["split"] == "test")


def _overreach(folder: Path) -> Iterator[Row]:
    for name in ("t8", *ELSEWHERE):
        for n, row in enumerate(lines(folder / f"overreach/{name}.jsonl")):
            sends = name == "t8" and row["label"] == 0 and row["why"].startswith(SENDS)
            if sends or (n < FIRST and (row["label"] or not row["why"].startswith(UNCLEAR))):
                yield _row(row, float(sends))


def _answers(folder: Path) -> Iterator[Row]:
    for name in ("answers", "answers_second"):
        for row in lines(folder / f"escalation/{name}.jsonl"):
            sentences = [s.text for s in parse(row["text"]).body]
            aside = row["split"] == "test" or name == "answers_second"
            if row["kind"] == "good":
                yield _row({**row, "text": sentences[0]}, 1.0, aside=aside)
            elif row["kind"] in BAD:
                yield from (_row({**row, "text": text}, 0.0, aside=aside) for text in sentences)


def _row(raw: dict[str, Any], label: float, *, aside: bool = False) -> Row:
    weight = 1.3 if raw["language"] == "es" else 1.0
    group = raw["question"] or raw["id"]
    return Row(raw["text"], raw["question"], action=label, weight=weight, group=group, aside=aside)
