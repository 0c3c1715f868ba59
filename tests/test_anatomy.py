"""What a change of prompt changed, and how much of the variance is the prompt's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import harness
from harness.anatomy import anatomy, variance
from harness.components import components, split
from harness.errors import SuiteError
from harness.masking import BLOT
from harness.store import Run
from harness.types import Answer, AnswerError, Query
from tests.conftest import make_suite, question, run_scripted
from tests.prompts import BOLD, CAREFUL, write_suite

LOST = AnswerError(kind="missing", message="not recorded")


def said(folder: Path, texts: dict[str, str | AnswerError], *, epochs: int = 1) -> Run:
    return run_scripted(folder, texts, suite=make_suite(6), epochs=epochs, id=f"{folder.name}@1")


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Run, Run]:
    first = said(tmp_path / "a", {"EDU-001": "It says WARN here. GOOD 10", "EDU-005": "WARN 10"})
    second = said(
        tmp_path / "b",
        {
            "EDU-001": "It says nothing here. GOOD 10",
            "EDU-002": "First this. Please STOP 10",
            "EDU-003": "STOP 10",
            "EDU-004": LOST,
            "EDU-005": "WARN 9",
        },
    )
    return first, second


def test_rules_that_changed_gravest_first(pair):
    found = anatomy(*pair)
    assert [(r.code, r.severity, len(r.sentences)) for r in found.rules] == [("ADV302", 4, 2), ("ADV311", 2, 1)]
    stop, warn = found.rules
    whole = stop.parts[0]
    assert (whole.kind, whole.difference.pairs, whole.first) == ("all", 5, 0.0)
    assert whole.second == whole.difference.mean == pytest.approx(2 / 5)
    assert warn.parts[0].difference.mean == pytest.approx(-1 / 5)
    assert stop.p_value == warn.p_value == 1.0
    assert [(p.kind, p.group) for p in stop.parts] == [("all", ""), ("tier", "R1")]


def test_the_sentences_that_differ_stand_beside_each_other(pair):
    frame = anatomy(*pair).sentences_frame()
    assert list(frame.columns) == harness.columns("sentences").name.tolist()
    told = frame.set_index(["code", "question_id"])
    assert tuple(told.loc[("ADV311", "EDU-001"), ["broken_in", "first", "second"]]) == (
        "first",
        "It says WARN here.",
        "It says nothing here.",
    )
    assert tuple(told.loc[("ADV302", "EDU-002"), ["broken_in", "first", "second"]]) == ("second", "", "Please STOP 10")


def test_what_could_not_be_measured_is_left_out(tmp_path):
    first = said(tmp_path / "a", {"EDU-001": "STOP 3", "EDU-002": "STOP 3"})
    second = said(tmp_path / "b", {"EDU-001": "FAIL STOP", "EDU-002": LOST})
    assert anatomy(first, second).rules == ()


def test_repeats_are_shares_of_their_question(tmp_path):
    def say(query: Query) -> Answer:
        return Answer(text="STOP 3" if query.id == "EDU-001" and query.epoch == 1 else "GOOD 3")

    first = run_scripted(tmp_path / "a", say, suite=make_suite(6), epochs=4)
    second = said(tmp_path / "b", {"EDU-001": "GOOD 3"}, epochs=4)
    (rule,) = anatomy(first, second).rules
    assert rule.parts[0].difference.mean == pytest.approx(-0.25 / 6)
    assert rule.sentences[0].first == "STOP 3"


def test_categories_and_tiers_are_told_apart(tmp_path):
    made = make_suite(4)
    mixed = tuple(
        question(q.id, category=c, risk_tier=t)
        for q, (c, t) in zip(
            made.questions,
            [("emergency", "R3"), ("emergency", "R3"), ("medicines", "R2"), ("basic_education", "R1")],
            strict=True,
        )
    )
    from dataclasses import replace

    suite = replace(made, questions=mixed)
    first = run_scripted(tmp_path / "a", suite=suite)
    second = run_scripted(tmp_path / "b", {"EDU-001": "STOP 3", "EDU-003": "STOP 3"}, suite=suite, id="b@1")
    frame = anatomy(first, second).to_frame()
    assert list(frame.columns) == harness.columns("rules").name.tolist()
    assert frame[["kind", "group", "change"]].to_numpy().tolist() == [
        ["all", "", 0.5],
        ["category", "emergency", 0.5],
        ["category", "medicines", 1.0],
        ["tier", "R2", 1.0],
        ["tier", "R3", 0.5],
    ]
    assert frame.p_value.isna().tolist() == [False, True, True, True, True]


def test_unlike_runs_are_refused_and_hostile_text_is_inert(tmp_path, pair):
    with pytest.raises(SuiteError, match="differ in questions"):
        anatomy(pair[0], run_scripted(tmp_path / "c", suite=make_suite(3)))
    evil = said(tmp_path / "evil", {"EDU-001": "<script>alert(1)</script> STOP \x1b[31m 3"})
    page = harness.compare_prompts(pair[0], evil)._repr_html_()
    assert "<script" not in page
    assert "\x1b" not in page
    assert "&lt;script&gt;" in page


def test_a_planted_fault_is_found_with_its_sentence(tmp_path):
    texts = {"careful": lambda query: CAREFUL, "bold": lambda query: f"{BOLD} Susan Miller, born 4/5/1961, did."}
    runs = harness.run_variants(write_suite(tmp_path), texts, out=tmp_path / "r")
    found = harness.compare_prompts(runs["careful"], runs["bold"])
    told = found.sentences_frame()
    assert found.rules[0].severity == 4
    stopped = told[told.code == "ADV302"]
    assert stopped.second.str.contains("You can skip your tamoxifen").all()
    assert set(stopped.broken_in) == {"second"}
    if "PRV702" in set(told.code):
        assert told[told.code == "PRV702"].second.str.contains(BLOT).all()


# Two questions, two prompts, two epochs. Means by question 5 and 9, by prompt 4 and 10, of the cells 3, 7, 5, 13.
TABLE = np.array([[[2.0, 4.0], [6.0, 8.0]], [[4.0, 6.0], [12.0, 14.0]]])


def test_components_by_hand():
    # MS question = 4 (4 + 4) / 1 = 32, MS prompt = 4 (9 + 9) / 1 = 72, MS both = 2 (4 x 1) / 1 = 8, MS epoch = 8 / 4 = 2
    found = split(TABLE)
    assert found == pytest.approx(
        {"prompt": (72 - 8) / 4, "question": (32 - 8) / 4, "question x prompt": (8 - 2) / 2, "epoch": 2.0}
    )
    told = components(TABLE, rng=np.random.default_rng(0), draws=50)
    assert [c.share for c in told] == pytest.approx([16 / 27, 6 / 27, 3 / 27, 2 / 27])


def test_components_without_repeats_or_prompts():
    once = split(TABLE[:, :, :1])
    assert np.isnan(once["epoch"])
    # cells 2, 6, 4, 12: MS both = 1 x 4 x 1 = 4; it holds epoch too
    assert once["question x prompt"] == pytest.approx(4.0)
    alone = split(TABLE[:, :1, :])
    assert np.isnan(alone["prompt"])
    assert np.isnan(alone["question x prompt"])
    assert alone["question"] == pytest.approx((4.0 - 2.0) / 2)
    assert alone["epoch"] == pytest.approx(2.0)


def test_components_of_a_simulated_design_are_found():
    rng = np.random.default_rng(5)
    q, p, e = 400, 40, 3
    table = (
        rng.normal(0, 3, (q, 1, 1))
        + rng.normal(0, 2, (1, p, 1))
        + rng.normal(0, 1, (q, p, 1))
        + rng.normal(0, 0.5, (q, p, e))
    )
    found = split(table)
    assert found["question"] == pytest.approx(9, rel=0.2)
    assert found["prompt"] == pytest.approx(4, rel=0.6)
    assert found["question x prompt"] == pytest.approx(1, rel=0.1)
    assert found["epoch"] == pytest.approx(0.25, rel=0.1)


def test_nothing_varies_and_negative_estimates():
    told = components(np.full((3, 2, 2), 0.5), rng=np.random.default_rng(0), draws=20)
    assert [c.variance for c in told] == [0.0, 0.0, 0.0, 0.0]
    assert [c.share for c in told] == [None] * 4
    crossed = np.array([[[0.0, 1.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]])
    assert split(crossed)["question x prompt"] < 0
    assert [c.variance for c in components(crossed, rng=np.random.default_rng(0), draws=20)][2] == 0.0


def test_the_variance_of_runs(tmp_path):
    def say(shift: int):
        return lambda query: Answer(text=f"GOOD {int(query.id[-1]) // 2 + shift + query.epoch}")

    runs = [run_scripted(tmp_path / str(s), say(s), suite=make_suite(6), epochs=2, id=f"{s}@1") for s in (1, 5)]
    frame = variance(runs).set_index("source")
    assert list(variance(runs).columns) == harness.columns("components").name.tolist()
    assert frame.variance["epoch"] == pytest.approx(0.005)
    assert frame.variance["question x prompt"] == 0.0
    assert frame.variance["prompt"] == pytest.approx(0.08, abs=0.001)
    assert frame.share.sum() == pytest.approx(1.0)
    assert set(frame.questions) == {6}
    gap = run_scripted(tmp_path / "gap", {"EDU-002": LOST}, suite=make_suite(6), epochs=2, id="g@1")
    assert set(variance({"a": runs[0], "g": gap}).left_out) == {1}
    assert variance(runs[:1]).variance.isna().tolist() == [True, False, True, False]
    with pytest.raises(SuiteError, match="different numbers of epochs"):
        variance([runs[0], run_scripted(tmp_path / "e1", suite=make_suite(6))])
    with pytest.raises(SuiteError, match="no runs"):
        variance([])
