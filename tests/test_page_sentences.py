"""The labelled sentences on pages are well-formed and distinct, and their card counts them right."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "datasets/calibration/page"


def test_rows_and_card() -> None:
    rows = [json.loads(line) for line in (FOLDER / "sentences.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {frozenset(row) for row in rows} == {frozenset(("id", "text", "label", "kind", "language"))}
    assert len({row["id"] for row in rows}) == len({row["text"].lower() for row in rows}) == len(rows)
    assert {row["language"] for row in rows} == {"en", "es"}
    counts = Counter((row["kind"], row["label"]) for row in rows)
    card = (FOLDER / "CARD.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)` \|.*\| \d+/(\d+) \| \d+/(\d+) \|$", card, re.MULTILINE)
    assert {(kind, int(flawed), int(passing)) for kind, flawed, passing in told} == {
        (kind, counts[kind, 1], counts[kind, 0]) for kind, _ in counts
    }
    assert f"{len(rows):,} sentences" in card
