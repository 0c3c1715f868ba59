"""The labelled sentences on pages are well-formed and distinct, and their card counts them right."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from harness.scorers.page_faults import Kind

FOLDER = Path(__file__).parents[1] / "datasets/calibration/page"
SETS = ("sentences", "test")


def rows_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", SETS)
def test_rows_have_the_fields_and_both_labels_of_every_kind(name: str) -> None:
    rows = rows_of(name)
    assert {frozenset(row) for row in rows} == {frozenset(("id", "text", "label", "kind", "language"))}
    assert {row["language"] for row in rows} == {"en", "es"}
    assert {(row["kind"], row["label"]) for row in rows} == {
        (kind, label) for kind in (*get_args(Kind), "told_detail", "promotion") for label in (0, 1)
    }


def test_no_id_and_no_sentence_of_a_kind_stands_twice() -> None:
    rows = [row for name in SETS for row in rows_of(name)]
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({(row["kind"], row["text"].lower()) for row in rows}) == len(rows)


def test_no_sentence_of_the_test_set_is_nearly_one_that_is_trained_on() -> None:
    trained = [set(re.findall(r"\w+", row["text"].lower())) for row in rows_of("sentences")]
    for row in rows_of("test"):
        words = set(re.findall(r"\w+", row["text"].lower()))
        assert max(len(words & other) / len(words | other) for other in trained) < 0.8, row["text"]


def test_the_card_counts_the_rows() -> None:
    card = (FOLDER / "CARD.md").read_text(encoding="utf-8")
    for name in SETS:
        assert f"{len(rows_of(name)):,} sentences (`{name}.jsonl`)" in card
    counts = Counter((row["kind"], row["label"]) for row in rows_of("sentences"))
    told = re.findall(r"^\| `(\w+)` \|[^|]*\|[^|]*\| (\d+) \+ (\d+) \|", card, re.MULTILINE)
    assert {(kind, int(flawed), int(passing)) for kind, flawed, passing in told} == {
        (kind, counts[kind, 1], counts[kind, 0]) for kind, _ in counts
    }
