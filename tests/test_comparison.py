"""Two runs side by side: findings, flips, groups, drift and the reports of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from harness.comparison import Comparison, compare_runs
from harness.errors import SuiteError
from harness.gate import Status, judge_comparison, judge_run
from harness.render.comparison import comparison_html, print_comparison
from harness.runner import Plan, execute, rescore
from harness.summary import summarise
from harness.types import Answer, AnswerError, Case, Outcome, Query, Scored
from tests.conftest import FixedJudge, Scripted, WordScorer, make_suite, run_scripted

TODAY = dt.date(2026, 11, 22)
LOST = AnswerError(kind="missing", message="not recorded")


def compared(folder: Path, before: dict[str, object], after: dict[str, object], n: int = 12) -> Comparison:
    suite = make_suite(n, minimum=0.8)
    base = run_scripted(folder / "a", before, suite=suite)
    return compare_runs(base, run_scripted(folder / "b", after, suite=suite, id="new@2"))


def test_findings_match_by_rule_and_words_wherever_they_stand(tmp_path: Path) -> None:
    c = compared(tmp_path, {"EDU-001": "WARN 10", "EDU-002": "WARN 10"}, {"EDU-001": "moved along: WARN 10"})
    assert [f.question_id for f in c.unchanged] == ["EDU-001"]
    assert [f.question_id for f in c.gone] == ["EDU-002"]
    assert c.new == ()


def test_repeats_of_a_finding_are_told_once(tmp_path: Path) -> None:
    base = run_scripted(tmp_path / "a")
    cand = run_scripted(tmp_path / "b", {"EDU-001": "WARN 10"}, epochs=3)
    assert len(compare_runs(base, cand).new) == 1


def test_flips_carry_both_answers(tmp_path: Path) -> None:
    c = compared(tmp_path, {"EDU-002": "GOOD 2 before"}, {"EDU-001": "GOOD 3 after"})
    lost, won = c.changes[0].flips
    assert (lost.question_id, lost.worse, lost.before, lost.after) == ("EDU-001", True, "GOOD 10", "GOOD 3 after")
    assert (won.question_id, won.worse, won.before, won.after) == ("EDU-002", False, "GOOD 2 before", "GOOD 10")
    frame = c.flips_frame()
    assert list(frame.change) == ["lost", "won"]
    assert frame.after[0] == "GOOD 3 after"
    assert c.changes[0].p_value == 1.0


def test_groups_add_up_to_the_whole(tmp_path: Path) -> None:
    c = compared(tmp_path, {}, {"EDU-001": "GOOD 5"})
    (tier,) = c.changes[0].groups
    assert (tier.kind, tier.name) == ("tier", "R1")
    assert tier.difference == c.changes[0].difference
    assert list(c.to_frame().columns[:2]) == ["scorer", "difference"]
    assert list(c.groups_frame().name) == ["R1"]


def test_a_question_that_answers_in_fewer_epochs_is_lost(tmp_path: Path) -> None:
    def say(query: Query) -> Answer | AnswerError:
        return LOST if query.id == "EDU-002" and query.epoch == 1 else Answer(text="GOOD 10")

    base = run_scripted(tmp_path / "a", lambda query: Answer(text="GOOD 9"), epochs=2)
    c = compare_runs(base, run_scripted(tmp_path / "b", say, epochs=2))
    assert c.lost == ("EDU-002",)
    assert judge_comparison(c).status is Status.INCONCLUSIVE


def test_identical_answers_leave_nothing_to_test_but_a_lost_one_does(tmp_path: Path) -> None:
    same = compared(tmp_path / "1", {"EDU-001": "GOOD 7"}, {"EDU-001": "GOOD 7"})
    assert same.identical
    assert judge_comparison(same).status is Status.PASS
    both = compared(tmp_path / "2", {"EDU-001": LOST}, {"EDU-001": LOST})
    assert not both.identical
    assert judge_comparison(both).status is Status.INCONCLUSIVE


def test_equal_answers_do_not_pass_where_the_scores_could_not_be_measured(tmp_path: Path) -> None:
    class Broken(WordScorer):
        def score(self, case: Case) -> Outcome:
            raise RuntimeError("judge is down")

    working = run_scripted(tmp_path / "a")
    assert judge_comparison(compare_runs(working, working)).status is Status.PASS
    broken = run_scripted(tmp_path / "b", suite=make_suite(scorers=(Broken(),)))
    down = compare_runs(broken, broken)
    assert down.identical
    assert judge_comparison(down).status is Status.INCONCLUSIVE


def test_equal_scores_of_other_answers_are_not_shown_equal_by_few_questions(tmp_path: Path) -> None:
    v = judge_comparison(compared(tmp_path, {}, {"EDU-001": "GOOD 10 said otherwise"}))
    assert v.status is Status.INCONCLUSIVE
    assert "the interval crosses the margin of 0.03: about 87 more questions would decide" in v.reasons[-1].text


def test_the_margin_of_the_suite_decides(tmp_path: Path) -> None:
    suite = make_suite(12, margin=0.3)
    base = run_scripted(tmp_path / "a", suite=suite)
    cand = run_scripted(tmp_path / "b", {"EDU-001": "GOOD 10 said otherwise"}, suite=suite)
    assert judge_comparison(compare_runs(base, cand)).status is Status.PASS


def test_the_coverage_floor_holds_for_pairs(tmp_path: Path) -> None:
    suite = make_suite(12, margin=0.9, coverage=0.9)
    said = {f"EDU-{i:03d}": "NA" for i in range(1, 4)}
    base = run_scripted(tmp_path / "a", said, suite=suite)
    cand = run_scripted(tmp_path / "b", said | {"EDU-012": "GOOD 10 said otherwise"}, suite=suite)
    v = judge_comparison(compare_runs(base, cand))
    assert v.status is Status.INCONCLUSIVE
    assert "only 75% measured on both sides, 90% wanted" in v.reasons[-1].text


def test_drift_splits_into_judge_system_and_sampling(tmp_path: Path) -> None:
    old, new = make_suite(6), make_suite(6, scorers=(WordScorer(scale=20.0),))
    base = run_scripted(tmp_path / "a", {"EDU-001": "GOOD 8"}, suite=old)
    cand = run_scripted(tmp_path / "b", {"EDU-001": "GOOD 2"}, suite=new, id="new@2")
    with pytest.raises(SuiteError, match="differ in scorers") as caught:
        compare_runs(base, cand)
    assert "--rescored" in caught.value.hint
    again = rescore(base, new, FixedJudge(), tmp_path / "c")
    (drift,) = compare_runs(base, cand, rescored=again).drift
    assert drift.judge == pytest.approx((8 / 20 + 5 * 10 / 20 - 8 / 10 - 5) / 6)
    assert drift.rest == pytest.approx((2 / 20 - 8 / 20) / 6)
    assert drift.changed
    assert "two epochs on either side would tell them apart" in drift.text


def test_a_rescored_run_has_to_hold_the_same_answers(tmp_path: Path) -> None:
    base = run_scripted(tmp_path / "a")
    other = run_scripted(tmp_path / "b", {"EDU-001": "GOOD 3"})
    with pytest.raises(SuiteError, match="other answers"):
        compare_runs(base, other, rescored=other)


def test_the_same_system_asked_again_differs_by_sampling_alone(tmp_path: Path) -> None:
    def say(shift: int) -> Scripted:
        return Scripted(lambda q: Answer(text=f"GOOD {(int(q.id[-1]) + q.epoch * 3 + shift) % 10}"), "same@1")

    suite = make_suite(6)
    runs = [
        execute(Plan(suite=suite, pipeline=say(i), judge=FixedJudge(), epochs=2), tmp_path / str(i)) for i in range(2)
    ]
    (drift,) = compare_runs(*runs).drift
    assert not drift.changed
    assert drift.sampling
    assert "sampling" in drift.text
    assert "system" not in drift.text
    moved = replace(drift, changed=True)
    assert "of which sampling explains up to" in moved.text


def test_further_judges_stay_out_of_comparison_and_verdict(tmp_path: Path) -> None:
    base = run_scripted(tmp_path / "a")
    cand = run_scripted(tmp_path / "b", {"EDU-001": "GOOD 10 said otherwise"})
    first, *rest = cand.items
    doubt = Scored(scorer="overreach@llm:m", score=0.0)
    judged = replace(
        cand,
        manifest=cand.manifest | {"beside": {"overreach@llm:m": "llm:m"}},
        items=(replace(first, outcomes=(*first.outcomes, doubt)), *rest),
    )
    alone, beside = compare_runs(base, cand), compare_runs(base, judged)
    assert summarise(judged).dial("overreach@llm:m") is not None
    assert [c.scorer for c in beside.changes] == [c.scorer for c in alone.changes] == ["overreach"]
    assert judge_comparison(beside) == judge_comparison(alone)
    assert judge_run(judged, today=TODAY) == judge_run(cand, today=TODAY)


def test_reports_of_a_comparison_keep_hostile_text_harmless(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "GOOD 3 <script>alert(1)</script> {{ 7 * 7 }} \x1b[31mred ##vso[a]" + " ::error::x" * 30
    c = compared(tmp_path, {}, {"EDU-001": evil, "EDU-003": "WARN 10"})
    v = judge_comparison(c)
    page = comparison_html(c, v)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "{{ 7 * 7 }}" in page
    print_comparison(c, v)
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "##vso[" not in shown
    assert not [line for line in shown.splitlines() if line.lstrip().startswith("::")]
    assert "overreach lost EDU-001 (1.00 -> 0.30)" in shown
    assert "new EDU-003 ADV311 moderate" in shown
    assert shown.strip().splitlines()[-1].startswith("verdict: ")
