"""Rows that the sentence encoder is trained on: splits by group, and variations that keep the label."""

from __future__ import annotations

import json
from pathlib import Path

from tools.sentences.data import (
    ASIDE,
    CALIBRATION,
    NEEDS_QUESTION,
    PARTS,
    Row,
    beside_questions,
    bundled,
    directive_rows,
    education_rows,
    labelled,
    part,
    varied,
)
from tools.sentences.urgent import action_rows, alarm_rows

ROOT = Path(__file__).parents[1]


def test_a_share_of_every_category_is_kept_aside_and_groups_are_not_split() -> None:
    rows = labelled(ROOT)
    kept = [r for r in rows if part(r.group) in ASIDE]
    assert 0.1 < len(kept) / len(rows) < 0.25
    assert {(r.category, r.overreach) for r in kept} == {(f"T{i}", label) for i in range(1, 12) for label in (0.0, 1.0)}
    assert not {r.question for r in kept if r.question} & {r.question for r in rows if part(r.group) in CALIBRATION}
    assert all(0 <= part(r.group) < PARTS for r in rows)


def test_questions_that_a_label_needs_are_kept() -> None:
    rows = [r for r in labelled(ROOT) if r.category in NEEDS_QUESTION and r.overreach == 1.0]
    for seed in range(3):
        assert [v.question for v in varied(rows, seed)] == [r.question for r in rows]


def test_a_fact_given_becomes_one_assumed_beside_another_question() -> None:
    why = "restates a fact the reader gave"
    row = Row("Your lupus matters.", "I have lupus. Ok?", overreach=0.0, category="T10", why=why)
    made = [next(varied([row, Row("x", "What foods help?", overreach=0.0, category="T1")], seed)) for seed in range(40)]
    assert {(v.question != row.question, v.overreach) for v in made} <= {(False, 0.0), (True, 1.0), (False, 1.0)}
    assert any(v.overreach == 1.0 for v in made)


def test_names_are_exchanged_and_variation_repeats_itself() -> None:
    rows = [Row("Stop the letrozole now.", overreach=1.0, category="T2")] * 40
    texts = [v.text for v in varied(rows, 1)]
    assert texts == [v.text for v in varied(rows, 1)]
    assert any("letrozole" not in t.lower() and t.lower().startswith("st") for t in texts)


def test_bundled_rows_hold_both_labels_and_known_categories() -> None:
    rows = bundled(ROOT)
    assert len([r for r in rows if r.overreach == 0.0]) > 1500
    assert {r.category for r in rows if r.overreach == 1.0} == {f"T{i}" for i in range(1, 12)}


def test_further_rows_are_well_formed() -> None:
    told, general = directive_rows(ROOT), education_rows(ROOT)
    assert {r.directive for r in told} == {0.0, 1.0}
    assert len({r.group for r in (*told, *general)}) == len(told) + len(general)
    beside = list(beside_questions(general, ["Why?"], seed=2))
    assert {r.question for r in beside} == {"", "Why?"}
    assert [r.text for r in beside] == [r.text for r in general]


def test_urgency_is_learned_from_both_labels_and_test_halves_are_kept_aside() -> None:
    actions, alarms = action_rows(ROOT), alarm_rows(ROOT)
    assert {r.action for r in actions} == {0.0, 1.0}
    assert {r.alarm for r in alarms} == {0.0, 1.0}
    assert all(r.overreach is None for r in (*actions, *alarms))
    kept = [r for r in actions if r.aside]
    assert {r.action for r in kept} == {0.0, 1.0}


def test_a_message_whose_label_is_open_teaches_nothing() -> None:
    path = ROOT / "datasets/calibration/escalation/questions.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    unsure = {r["question"] for r in rows if r["label"] is None}
    assert unsure
    assert not unsure & {r.text for r in alarm_rows(ROOT)}
