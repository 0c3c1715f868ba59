"""Judges are measured on labelled rows: bad rows are named, equal pairs judged once, thresholds tried on other rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.calibration import Labelled, Row, best_threshold, calibrate, judge_pairs, read_labelled
from harness.errors import DatasetError
from harness.types import Support


class Reader:
    """A judge that reads the probability, and perhaps the label, from the claim."""

    id = "reader@1"

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        self.seen += pairs
        return [self._one(claim) for _, claim in pairs]

    def _one(self, claim: str) -> Support:
        word, _, label = claim.partition(" ")
        p = float(word)
        return Support(probability=p, label=label or ("supported" if p >= 0.5 else "not_found"))  # type: ignore[arg-type]


def labelled(rows: list[tuple[str, bool, str, str]]) -> Labelled:
    made = tuple(Row(source="s", claim=c, supported=y, kind=k, group=g) for c, y, k, g in rows)
    return Labelled(scorer="grounding", name="made", sha256="0" * 64, rows=made, left_out=0)


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows))
    return path


GOOD = {"id": "1", "source": "Ice is cold.", "claim": "Ice is cold.", "label": 1, "group": "g"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([1], "a row is an object"),
        ({**GOOD, "claim": " "}, "claim should be text"),
        ({**GOOD, "claim": 7}, "claim should be text, not 7"),
        ({**GOOD, "label": "yes"}, "label should be 1 (supported) or 0, not 'yes'"),
        ({**GOOD, "label": 2}, "label should be"),
        ({**GOOD, "source": None}, "source should be text"),
        ({**GOOD, "group": ["a"]}, "kind and group should be text"),
        ({**GOOD, "source": "", "source_id": "x9"}, "no source 'x9'"),
        ("{oops", "not valid JSON"),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(tmp_path: Path, row: Any, words: str) -> None:
    file = write(tmp_path / "rows.jsonl", GOOD, row)
    with pytest.raises(DatasetError) as caught:
        read_labelled(file, "grounding")
    assert caught.value.message.startswith(f"{file}:2: ")
    assert words in caught.value.message
    assert caught.value.hint


def test_citation_rows_are_joined_with_their_sources(tmp_path: Path) -> None:
    row = {"id": 1, "statement": "Ice is cold.", "source": "", "source_id": "a", "label": 0}
    bare = {"id": 2, "statement": "Fire is hot.", "source": "", "label": 0}
    file = write(tmp_path / "rows.jsonl", row, bare)
    beside = write(tmp_path / "rows.sources.jsonl", {"id": "a", "sentences": ["Ice is water.", "It is cold."]})
    data = read_labelled(file, "citation")
    assert (data.rows[0].source, data.left_out, data.in_file) == ("Ice is water.\nIt is cold.", 1, 2)
    assert data.rows[0].group == "1"
    assert read_labelled(file, "citation", sources=beside) == data
    write(beside, {"id": "a", "sentences": ["Ice is hot."]})
    assert read_labelled(file, "citation").sha256 != data.sha256
    write(beside, {"id": "a", "sentences": "Ice"})
    with pytest.raises(DatasetError, match=r"rows.sources.jsonl:1: a source needs sentences"):
        read_labelled(file, "citation")


def test_rows_without_any_source_measure_nothing(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no row with a source text"):
        read_labelled(write(tmp_path / "rows.jsonl", {**GOOD, "source": ""}), "grounding")


def test_one_label_alone_measures_nothing() -> None:
    with pytest.raises(DatasetError, match="all 2 rows have the same label"):
        calibrate(labelled([("0.9", True, "", "a"), ("0.1", True, "", "b")]), Reader())


def test_equal_pairs_are_judged_once_and_keep_their_places() -> None:
    judge = Reader()
    pairs = [("s", f"0.{i % 7}") for i in range(600)] + [("t", "0.5")]
    steps: list[tuple[int, int]] = []
    found = judge_pairs(judge, pairs, progress=lambda done, total: steps.append((done, total)))
    assert [s.probability for s in found] == [float(c) for _, c in pairs]
    assert len(judge.seen) == len(set(judge.seen)) == 8
    assert steps == [(8, 8)]


def test_a_perfect_judge_is_measured_as_one() -> None:
    rows = [(("0.9", True) if i % 2 else ("0.1", False)) + ("", f"g{i // 4}") for i in range(80)]
    m = calibrate(labelled(rows), Reader())
    assert m.own["balanced_accuracy"][0] == m.scores["roc_auc"][0] == 1.0
    assert m.scores["brier"][0] == pytest.approx(0.01)
    assert m.scores["calibration_error"][0] == pytest.approx(0.1)
    assert (m.rows, m.groups, m.prevalence, m.judge, m.data) == (80, 20, 0.5, "reader@1", "made")
    assert m.picked is not None
    assert m.picked.threshold == 0.9
    assert m.picked.tuned_rows + m.picked.rows == 80


def test_the_threshold_is_tried_on_groups_it_was_not_picked_on() -> None:
    """Every group has its own best threshold, so a threshold picked on the same rows would look better than it is."""
    rng = np.random.default_rng(5)
    rows = [(f"{rng.random():.3f}", bool(rng.random() < 0.5), "", f"g{i % 40}") for i in range(120)]
    data = labelled(rows)
    m = calibrate(data, Reader())
    assert m.picked is not None
    truth = np.array([r.supported for r in data.rows])
    p = np.array([float(r.claim) for r in data.rows])
    best = best_threshold(truth, p)
    in_sample = ((p[truth] >= best).mean() + (p[~truth] < best).mean()) / 2
    tried = m.picked.figures["balanced_accuracy"][0]
    assert tried is not None
    assert tried < in_sample


def test_a_useful_threshold_is_found_where_the_judges_own_is_wrong() -> None:
    rows = [(("0.30", True) if i % 2 else ("0.20", False)) + ("", f"g{i}") for i in range(60)]
    m = calibrate(labelled(rows), Reader())
    assert m.own["recall"][0] == 0.0
    assert m.own["precision"] == (None, None, None)
    assert m.picked is not None
    assert m.picked.threshold == 0.3
    assert m.picked.figures["balanced_accuracy"][0] == 1.0


def test_no_threshold_is_picked_where_a_half_lacks_a_label() -> None:
    rows = [("0.9", True, "", "a"), ("0.1", False, "", "a")]
    assert calibrate(labelled(rows), Reader()).picked is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=40))
def test_the_best_threshold_is_best(rows: list[tuple[bool, int]]) -> None:
    truth, p = np.array([t for t, _ in rows]), np.array([s / 20 for _, s in rows])
    if truth.all() or not truth.any():
        return

    def quality(t: float) -> float:
        return float((p[truth] >= t).mean() + (p[~truth] < t).mean())

    assert quality(best_threshold(truth, p)) == pytest.approx(max(quality(t) for t in p))


def test_three_way_macro_f1_needs_all_three_kinds() -> None:
    rows = [
        ("0.9", True, "supported", "a"),
        ("0.2", False, "not_found", "b"),
        ("0.1 contradicted", False, "contradicted", "c"),
        ("0.3", False, "partial", "d"),
    ]
    (three,) = calibrate(labelled(rows), Reader()).classes
    assert three.names == ("supported", "not_found", "contradicted")
    assert three.macro_f1[0] == 1.0
    assert calibrate(labelled(rows[:2]), Reader()).classes == ()


def test_degrees_of_support_take_two_cuts() -> None:
    kinds = [("0.9", True, "supported"), ("0.5", False, "partial"), ("0.1", False, "irrelevant")]
    rows = [(*kinds[i % 3], f"g{i}") for i in range(60)]
    (degrees,) = calibrate(labelled(rows), Reader()).classes
    assert degrees.names[2] == "irrelevant"
    assert degrees.macro_f1[0] == 1.0
    assert 0 < degrees.rows < 60


def test_a_limit_draws_the_same_rows_for_the_same_seed() -> None:
    rows = [(f"0.{i:02}", i % 3 == 0, "", f"g{i}") for i in range(90)]
    first, again, other = Reader(), Reader(), Reader()
    measured = [calibrate(labelled(rows), j, limit=30, seed=s) for j, s in ((first, 1), (again, 1), (other, 2))]
    assert measured[0].rows == len(first.seen) == 30
    assert measured[0] == measured[1]
    assert sorted(first.seen) == sorted(again.seen) != sorted(other.seen)
    assert measured[0].in_file == 90
