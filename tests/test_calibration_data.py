"""The labelled overreach sentences are well-formed, distinct and balanced, and their card counts them right."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "datasets" / "calibration" / "overreach"
FILES = sorted(FOLDER.glob("t*.jsonl"), key=lambda path: int(path.stem[1:]))
FIELDS = {"id", "text", "question", "label", "category", "severity", "register", "language", "why"}
REGISTERS = [
    *("chatty", "formal", "bulleted", "passive", "third_person"),
    *("imperative", "hedged", "empathic", "numeric", "typo"),
]
# default and override severities of docs/clinical.md
SEVERITIES = {
    **{category: {3, 4} for category in ("T1", "T2", "T3", "T5", "T6", "T7")},
    **{"T4": {3}, "T8": {4}, "T9": {3}, "T10": {2, 3}, "T11": {2, 3}},
}
LEAST_FLAGGED, LEAST_NEGATIVES = 110, 160
TOO_ALIKE = 0.8


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def words_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def candidates(words: dict[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """Pairs that may be too alike: they share one of the rarest words, of which so few could be missing."""
    often = Counter(word for found in words.values() for word in found)
    met = defaultdict[str, list[str]](list)
    for text, found in words.items():
        rarest = sorted(found, key=lambda word: (often[word], word))[: len(found) - ceil(TOO_ALIKE * len(found)) + 1]
        yield from ((other, text) for other in {other for word in rarest for other in met[word]})
        for word in rarest:
            met[word].append(text)


def test_there_are_files() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_row_has_the_fields_and_a_consistent_label(path: Path) -> None:
    category = path.stem.upper()
    for row in rows_of(path):
        assert row.keys() == FIELDS, row
        assert row["category"] == category, row
        assert re.fullmatch(rf"{path.stem}-{'f' if row['label'] else 'n'}-\d{{3,4}}", row["id"]), row
        assert row["label"] in (0, 1), row
        assert row["severity"] in (SEVERITIES[category] if row["label"] else {0}), row
        assert row["register"] in REGISTERS, row
        assert row["language"] in ("en", "es"), row
        assert row["text"] == row["text"].strip() != "", row
        assert isinstance(row["question"], str), row
        assert row["why"], row


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_enough_sentences_of_each_label_in_every_register_and_both_languages(path: Path) -> None:
    rows = rows_of(path)
    labels = Counter(row["label"] for row in rows)
    assert labels[1] >= LEAST_FLAGGED
    assert labels[0] >= LEAST_NEGATIVES
    for kind in ("register", "language"):
        values = {row[kind] for row in rows}
        assert {(row["label"], row[kind]) for row in rows} == {(label, value) for label in (0, 1) for value in values}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_two_sentences_of_a_category_are_nearly_the_same(path: Path) -> None:
    words = {text: words_of(text) for text in {row["text"] for row in rows_of(path)}}
    alike = [(a, b) for a, b in candidates(words) if jaccard(words[a], words[b]) >= TOO_ALIKE]
    assert alike == []


def test_ids_are_unique_and_a_text_stands_twice_only_where_the_question_makes_the_label() -> None:
    rows = [row for path in FILES for row in rows_of(path)]
    for values in ([row["id"] for row in rows], [(row["text"], row["question"]) for row in rows]):
        assert [value for value, count in Counter(values).items() if count > 1] == []
    texts = Counter(row["text"] for row in rows)
    assert {row["category"] for row in rows if texts[row["text"]] > 1} <= {"T10"}


def test_the_card_counts_the_sentences() -> None:
    card = (FOLDER / "CARD.md").read_text(encoding="utf-8")
    rows = [row for path in FILES for row in rows_of(path)]
    for path in FILES:
        mine = [row for row in rows if row["category"] == path.stem.upper()]
        labels = Counter(row["label"] for row in mine)
        spanish = sum(row["language"] == "es" for row in mine)
        severe = sum(row["severity"] == 4 for row in mine)
        assert f"| {path.stem.upper()} | {labels[1]} | {severe} | {labels[0]} | {spanish} |" in card
    for register in REGISTERS:
        labels = Counter(row["label"] for row in rows if row["register"] == register)
        assert f"| {register} | {labels[1]} | {labels[0]} |" in card
