from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from harness.api import comparison_verdict
from harness.comparison import compare_runs
from harness.errors import SuiteError
from harness.gate import Status, Verdict, judge_comparison, judge_run
from harness.render.github import report_comment
from harness.render.html import report_html
from harness.render.markdown import report_markdown
from harness.render.terminal import print_run
from harness.summary import summarise
from harness.types import Answer, AnswerError, Query
from harness.waivers import Waiver, load_waivers
from tests.conftest import WordScorer, make_suite, run_scripted

TODAY = dt.date(2026, 11, 22)
LOST = AnswerError(kind="missing", message="not recorded")


def verdict(folder: Path, said: dict[str, Any], *, waivers: tuple[Waiver, ...] = (), **suite: Any) -> Verdict:
    return judge_run(run_scripted(folder, said, suite=make_suite(**suite)), waivers=waivers, today=TODAY)


def waiver(**fields: Any) -> Waiver:
    signed = [{"who": "A", "role": "clinical lead"}, {"who": "B", "role": "oncologist"}]
    base = {"question": "EDU-001", "code": "ADV301", "quote": "SERIOUS", "reason": "accepted", "signed": signed}
    return Waiver.model_validate({**base, "expires": "2027-01-01", **fields})


def test_good_answers_pass_and_say_how_sure_that_is(tmp_path: Path) -> None:
    v = verdict(tmp_path / "r", {})
    assert v.status is Status.PASS
    assert any("0 critical findings in 4 answers (true rate at most" in r.text for r in v.reasons)


def test_one_critical_finding_fails_whatever_the_mean(tmp_path: Path) -> None:
    v = verdict(tmp_path / "r", {"EDU-002": "STOP 10"})
    assert v.status is Status.FAIL
    assert "EDU-002 ADV302" in v.because()[0].text


def test_a_mean_below_the_bar_fails(tmp_path: Path) -> None:
    assert verdict(tmp_path / "r", {f"EDU-00{i}": "GOOD 1" for i in range(1, 5)}).status is Status.FAIL


def test_missing_answers_are_inconclusive_even_where_the_rest_is_perfect(tmp_path: Path) -> None:
    v = verdict(tmp_path / "r", {"EDU-003": LOST, "EDU-004": LOST}, minimum=0.9)
    assert v.status is Status.INCONCLUSIVE
    assert v.status.exit_code == 3


def test_a_critical_finding_among_missing_answers_fails(tmp_path: Path) -> None:
    v = verdict(tmp_path / "r", {"EDU-001": "STOP 10", "EDU-003": LOST, "EDU-004": LOST})
    assert v.status is Status.FAIL


def test_crashed_scorers_are_inconclusive(tmp_path: Path) -> None:
    v = verdict(tmp_path / "r", {"EDU-001": "CRASH", "EDU-002": "CRASH", "EDU-003": "CRASH"})
    assert v.status is Status.INCONCLUSIVE


def test_nothing_measured_is_never_a_pass(tmp_path: Path) -> None:
    assert verdict(tmp_path / "r", {f"EDU-00{i}": "NA" for i in range(1, 5)}).status is Status.INCONCLUSIVE
    assert Verdict(reasons=()).status is Status.INCONCLUSIVE


def test_low_coverage_is_inconclusive(tmp_path: Path) -> None:
    v = verdict(tmp_path / "r", {f"EDU-00{i}": "NA" for i in range(1, 4)})
    assert v.status is Status.INCONCLUSIVE
    assert any("only 25% measured" in r.text for r in v.reasons)


def test_a_cap_on_moderate_findings(tmp_path: Path) -> None:
    assert verdict(tmp_path / "a", {"EDU-001": "WARN 10"}, max_severity_2=1).status is Status.PASS
    assert verdict(tmp_path / "b", {"EDU-001": "WARN 10"}, max_severity_2=0).status is Status.FAIL


def test_a_serious_finding_needs_a_waiver_with_two_signatures(tmp_path: Path) -> None:
    said = {"EDU-001": "SERIOUS 10"}
    assert verdict(tmp_path / "a", said).status is Status.FAIL
    v = verdict(tmp_path / "b", said, waivers=(waiver(),))
    assert v.status is Status.PASS
    assert len(v.waived) == 1
    one = waiver(signed=[{"who": "A", "role": "clinical lead"}])
    assert verdict(tmp_path / "c", said, waivers=(one,)).status is Status.FAIL


def test_expired_unused_and_critical_waivers_fail(tmp_path: Path) -> None:
    said = {"EDU-001": "SERIOUS 10"}
    expired = verdict(tmp_path / "a", said, waivers=(waiver(expires="2026-11-21"),))
    assert any("expired on 2026-11-21" in r.text for r in expired.because())
    unused = verdict(tmp_path / "b", {}, waivers=(waiver(),))
    assert any("unused" in r.text for r in unused.because())
    critical = verdict(tmp_path / "c", {"EDU-001": "STOP 10"}, waivers=(waiver(code="ADV302", quote="STOP"),))
    assert any("severity 4 can't be waived" in r.text for r in critical.because())


def test_waiver_files(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text("[]\n")
    assert load_waivers(file) == ()
    file.write_text("- question: EDU-001\n  code: ADV301\n")
    with pytest.raises(SuiteError, match=r"waivers\.yaml:1: quote: is missing"):
        load_waivers(file)
    file.write_text("question: EDU-001\n")
    with pytest.raises(SuiteError, match="expected a list"):
        load_waivers(file)


def test_equal_runs_compare_as_a_pass(tmp_path: Path) -> None:
    said = {"EDU-001": "WARN 7"}
    c = compare_runs(run_scripted(tmp_path / "a", said), run_scripted(tmp_path / "b", said, id="new@2"))
    assert judge_comparison(c).status is Status.PASS
    assert (len(c.new), len(c.unchanged), len(c.gone)) == (0, 1, 0)
    assert c.to_frame().iloc[0].difference == 0.0
    assert "<table" in c._repr_html_()


def test_a_candidate_that_loses_rows_is_inconclusive(tmp_path: Path) -> None:
    base = run_scripted(tmp_path / "a", {"EDU-001": "GOOD 2", "EDU-002": "GOOD 2"})
    cand = run_scripted(tmp_path / "b", {"EDU-001": LOST, "EDU-002": LOST})
    c = compare_runs(base, cand)
    assert c.lost == ("EDU-001", "EDU-002")
    assert judge_comparison(c).status is Status.INCONCLUSIVE


def test_a_critical_finding_in_the_candidate_fails_even_if_it_is_old(tmp_path: Path) -> None:
    said = {"EDU-001": "STOP 10"}
    c = compare_runs(run_scripted(tmp_path / "a", said), run_scripted(tmp_path / "b", said))
    assert judge_comparison(c).status is Status.FAIL


def test_a_clear_drop_fails_and_an_unclear_one_is_inconclusive(tmp_path: Path) -> None:
    base = run_scripted(tmp_path / "a", suite=make_suite(12))
    drop = run_scripted(tmp_path / "b", {f"EDU-{i:03d}": "GOOD 5" for i in range(1, 13)}, suite=make_suite(12))
    assert judge_comparison(compare_runs(base, drop)).status is Status.FAIL
    mixed = run_scripted(tmp_path / "c", {"EDU-001": "GOOD 8"}, suite=make_suite(12))
    c = compare_runs(base, mixed)
    assert judge_comparison(c).status is Status.INCONCLUSIVE
    assert c.changes[0].worse == ("EDU-001",)
    axes = c.plot()
    assert [t.get_text() for t in axes.get_yticklabels()] == ["overreach"]


def test_runs_measured_by_another_ruler_are_refused(tmp_path: Path) -> None:
    base = run_scripted(tmp_path / "a")
    other = run_scripted(tmp_path / "b", suite=make_suite(scorers=(WordScorer(scale=20.0),)))
    with pytest.raises(SuiteError, match="differ in scorers") as caught:
        compare_runs(base, other)
    assert "rescore" in caught.value.hint


def test_one_person_in_two_spellings_does_not_sign_twice(tmp_path: Path) -> None:
    signed = [{"who": "Dr Ada Lee", "role": "clinical lead"}, {"who": "dr  ada lee", "role": "oncologist"}]
    v = verdict(tmp_path / "r", {"EDU-001": "SERIOUS 10"}, waivers=(waiver(signed=signed),))
    assert v.status is Status.FAIL
    assert any("two signatures" in r.text for r in v.because())


def test_waived_findings_are_counted_in_the_last_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = run_scripted(tmp_path / "r", {"EDU-001": "SERIOUS 10"})
    print_run(run, judge_run(run, waivers=(waiver(),), today=TODAY), [])
    assert "verdict: PASS (1 finding waived)" in capsys.readouterr().out


def test_waived_findings_are_counted_in_every_headline(tmp_path: Path) -> None:
    run = run_scripted(tmp_path / "r", {"EDU-001": "SERIOUS 10", "EDU-002": "SERIOUS 10"})
    v = judge_run(run, waivers=(waiver(), waiver(question="EDU-002")), today=TODAY)
    assert str(v) == "PASS (2 findings waived)"
    assert report_markdown(run, v).startswith("# PASS (2 findings waived): A tiny suite\n")
    assert "\n### PASS (2 findings waived): A tiny suite\n" in report_comment(run, v)
    assert "<h2>PASS (2 findings waived)</h2>" in report_html(run, v)
    assert str(judge_run(run, today=TODAY)) == "FAIL"


def test_a_comparison_knows_the_waivers_of_its_candidate(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    signed = "[{who: A, role: clinical lead}, {who: B, role: oncologist}]"
    file.write_text(
        f"- {{question: EDU-001, code: ADV301, quote: SERIOUS, reason: accepted, signed: {signed}, expires: 2999-01-01}}\n"
    )
    base = run_scripted(tmp_path / "a", suite=make_suite(4, margin=0.9))
    c = compare_runs(base, run_scripted(tmp_path / "b", {"EDU-001": "SERIOUS 10"}, suite=make_suite(4, margin=0.9)))
    assert comparison_verdict(c).status is Status.FAIL
    told = comparison_verdict(c, waivers=file)
    assert str(told) == "PASS (1 finding waived)"
    file.write_text(file.read_text().replace("2999", "2001"))
    assert comparison_verdict(c, waivers=file).status is Status.FAIL


def test_a_waived_finding_that_the_baseline_lacks_passes_beside_it(tmp_path: Path) -> None:
    base = run_scripted(tmp_path / "a", suite=make_suite(4, margin=0.9))
    run = run_scripted(tmp_path / "b", {"EDU-001": "SERIOUS 10"}, suite=make_suite(4, margin=0.9))
    c = compare_runs(base, run)
    assert judge_run(run, waivers=(waiver(),), today=TODAY, baseline=c).status is Status.PASS
    assert any("new serious" in r.text for r in judge_run(run, today=TODAY, baseline=c).because())


def test_the_suites_coverage_floor_holds_for_every_score(tmp_path: Path) -> None:
    v = verdict(tmp_path / "r", {"EDU-001": "NA"}, coverage=0.9)
    assert any("only 75% measured, 90% wanted" in r.text for r in v.because())


def test_the_worst_repeat_of_the_gravest_questions_has_to_meet_the_bar(tmp_path: Path) -> None:
    def say(query: Query) -> Answer:
        return Answer(text="GOOD 2" if query.epoch == 1 and query.id != "EDU-001" else "GOOD 10")

    for tier, status in (("R2", Status.PASS), ("R3", Status.FAIL)):
        run = run_scripted(tmp_path / tier, say, suite=make_suite(4, tier=tier, minimum=0.6), epochs=4)
        v = judge_run(run, today=TODAY)
        assert v.status is status
        (dial,) = summarise(run).dials
        assert dial.repeats is not None
        assert dial.repeats.pass_hat_k == 0.25
        assert dial.repeats.unsteady == ("EDU-002", "EDU-003", "EDU-004")
    assert v.because()[0].text.startswith("overreach, worst of 4 epochs on tier R3 0.400 over 4/4 questions")


def test_a_repeat_that_was_not_measured_leaves_the_worst_one_open(tmp_path: Path) -> None:
    def say(query: Query) -> Answer:
        return Answer(text="FAIL" if query.epoch == 1 and query.id == "EDU-001" else "GOOD 10")

    run = run_scripted(tmp_path / "r", say, suite=make_suite(4, tier="R3", minimum=0.8), epochs=2)
    v = judge_run(run, today=TODAY)
    assert any("between 0.750 and 1.000 with 1 missing" in r.text for r in v.because())
