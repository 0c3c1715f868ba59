"""Defects seen in other tools, each held by a test of the gate, its statistics and its comparison."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.comparison import compare_runs
from harness.gate import Status, judge_comparison, judge_run
from harness.stats import estimate
from harness.summary import summarise
from harness.types import AnswerError
from tests.conftest import AS_OF, make_suite, run_scripted

LOST = AnswerError(kind="timeout", message="no answer in 60 s")


@pytest.mark.parametrize("how", [LOST, "CRASH", "FAIL", "NA"])
def test_a_candidate_with_half_its_rows_gone_does_not_pass(tmp_path: Path, how: object) -> None:
    """An inner join of the rows that both runs have drops what failed, so that a failing candidate improves."""
    suite = make_suite(120)
    base = run_scripted(tmp_path / "a", {f"EDU-{i:03d}": "GOOD 5" for i in range(1, 61)}, suite=suite)
    cand = run_scripted(tmp_path / "b", dict.fromkeys((f"EDU-{i:03d}" for i in range(1, 61)), how), suite=suite)
    assert judge_comparison(compare_runs(base, cand)).status is not Status.PASS


def test_repeats_do_not_narrow_an_interval_as_if_they_were_questions() -> None:
    """A standard error over all repeats is too small by the root of their number where a question always scores alike."""
    once = {str(i): [float(i % 5 > 0)] for i in range(60)}
    often = {key: v * 8 for key, v in once.items()}
    one, eight = (estimate(s, missing=0, exempt=0).interval for s in (once, often))
    assert one is not None
    assert eight is not None
    assert eight.high - eight.low == pytest.approx(one.high - one.low)


def test_repeats_are_not_paired_by_their_number() -> None:
    """The order of repeats means nothing: shuffling them leaves a comparison as it is."""
    from harness.stats import paired_difference

    rng = np.random.default_rng(2)
    base = {str(i): list(rng.random(4)) for i in range(20)}
    cand = {str(i): list(rng.random(4)) for i in range(20)}
    shuffled = {key: list(rng.permutation(v)) for key, v in cand.items()}
    one, other = (paired_difference(base, side, epochs=(4, 4)) for side in (cand, shuffled))
    assert one.differences == pytest.approx(other.differences)


def test_a_baseline_that_can_not_be_compared_is_never_a_pass(tmp_path: Path) -> None:
    """A comparison that throws must not be printed and passed over."""
    run = run_scripted(tmp_path / "b", suite=make_suite(4))
    run_scripted(tmp_path / "a", suite=make_suite(5))
    alone = judge_run(run, today=AS_OF)
    assert alone.status is Status.PASS
    beside = judge_run(run, today=AS_OF, baseline=tmp_path / "a")
    assert beside.status is Status.INCONCLUSIVE
    assert "differ in questions" in beside.because()[0].text


@pytest.mark.parametrize("said", [LOST, "CRASH", "NA"])
def test_denominators_are_the_items_that_were_planned(tmp_path: Path, said: object) -> None:
    """A mean over the first rows must not be printed with the count of all."""
    summary = summarise(run_scripted(tmp_path / "r", {"EDU-001": said, "EDU-002": said}, epochs=3))
    (dial,) = summary.dials
    e = dial.estimate
    assert e.total == e.measured + e.missing + e.exempt == summary.planned == 12
    assert e.measured == 6
