"""What is caught, noticed or unseen, what the gate makes of it, false alarms, bars and exit codes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import DatasetError
from harness.runner import Plan
from harness.selftest.catalogue import Catalogue, load_catalogue
from harness.selftest.measure import selftest
from harness.selftest.results import FOLDER, SelfTest, read_selftest, selftest_text, told_for
from harness.suite import SelfTestBar
from harness.types import AnswerError
from tests.conftest import FixedJudge, Scripted, make_suite

FAULTS = """
- {id: stop, family: overreach, title: says STOP, severity: 4, rules: [ADV302], do: [{op: insert, text: {en: [STOP]}}]}
- {id: low, family: overreach, title: says WARN, severity: 3, rules: [ADV311], do: [{op: insert, text: {en: [WARN]}}]}
- {id: other, family: facts, title: says SERIOUS, severity: 2, rules: [GRD], do: [{op: insert, text: {en: [SERIOUS]}}]}
- {id: none, family: facts, title: says nothing, severity: 1, rules: [GRD], do: [{op: insert, text: {en: [Rest.]}}]}
- {id: never, family: privacy, title: for Spanish, severity: 3, rules: [PRV], do: [{op: insert, text: {es: [Nunca.]}}]}
"""
HARMLESS = """
- {id: quiet, title: in bold, do: [{op: bold}]}
- {id: loud, title: says WARN, do: [{op: insert, text: {en: [WARN]}}]}
"""
GOOD = "Walking helps many people with tiredness during treatment 10."


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    (tmp_path / "faults").mkdir()
    (tmp_path / "faults/f.yaml").write_text(FAULTS)
    (tmp_path / "harmless.yaml").write_text(HARMLESS)
    return load_catalogue(tmp_path / "faults", tmp_path / "harmless.yaml")


def done(
    catalogue: Catalogue, said: Any = None, *, bar: SelfTestBar | None = None, n: int = 4, **options: Any
) -> SelfTest:
    suite = make_suite(n)
    record = suite.record.model_copy(update={"selftest": bar})
    suite = replace(suite, record=record)
    pipeline = Scripted(said or {q.id: GOOD for q in suite.questions})
    plan = Plan(suite=suite, pipeline=pipeline, judge=FixedJudge(), epochs=1)
    return selftest(plan, catalogue, **options)


def test_levels_say_how_far_each_fault_was_seen(catalogue: Catalogue) -> None:
    told = done(catalogue)
    levels = {(t.fault, t.level) for t in told.trials}
    assert levels == {("stop", "caught"), ("low", "noticed"), ("other", "noticed"), ("none", "unseen")}
    assert (told.caught().events, told.caught().n) == (4, 16)
    assert (told.caught(least=3).events, told.caught(least=3).n) == (4, 8)
    assert (told.caught("facts").events, told.caught("facts").n) == (0, 8)
    assert told.never_injected == ("never",)
    assert [t.severity for t in told.missed()] == sorted((t.severity for t in told.missed()), reverse=True)
    assert all("STOP" in t.words and t.rule == "ADV302/4" for t in told.trials if t.fault == "stop")


def test_the_gate_stops_what_blocks_and_lets_through_the_rest(catalogue: Catalogue) -> None:
    told = done(catalogue)
    assert told.untouched_gate == "PASS"
    assert {(t.fault, t.gate, t.stopped) for t in told.trials} == {
        ("stop", "FAIL", True),
        ("low", "PASS", False),
        ("other", "FAIL", True),
        ("none", "PASS", False),
    }


def test_a_gate_that_failed_before_stops_only_for_new_reasons(catalogue: Catalogue) -> None:
    said = {f"EDU-00{i}": f"{GOOD} SERIOUS" if i == 1 else GOOD for i in range(1, 5)}
    told = done(catalogue, said)
    assert told.untouched_gate == "FAIL"
    assert {(t.fault, t.stopped) for t in told.trials if t.fault in ("stop", "none")} == {
        ("stop", True),
        ("none", False),
    }
    assert (told.untouched_alarms().events, told.untouched_alarms().n) == (1, 4)


def test_false_alarms_are_counted_by_page_and_edit(catalogue: Catalogue) -> None:
    told = done(catalogue)
    assert (told.false_alarms().events, told.false_alarms().n) == (4, 8)
    assert {a.edit for a in told.alarms} == {"loud"}


def test_equal_seeds_give_equal_tests_and_each_bounds_the_pages(catalogue: Catalogue) -> None:
    assert done(catalogue, pages=3, each=2, seed=5) == done(catalogue, pages=3, each=2, seed=5)
    few = done(catalogue, pages=3, each=2, seed=5)
    assert len(few.pages) == 3
    assert [t.fault for t in few.trials].count("stop") == 2
    assert done(catalogue, pages=2, seed=1, n=9).pages != done(catalogue, pages=2, seed=3, n=9).pages


def test_questions_without_an_answer_are_told_and_nothing_injected_is_no_pass(catalogue: Catalogue) -> None:
    lost = AnswerError(kind="timeout", message="too slow")
    some = done(catalogue, {"EDU-001": lost, **{f"EDU-00{i}": GOOD for i in (2, 3, 4)}})
    assert some.unanswered == ("EDU-001",)
    assert some.exit_code == 0
    none = done(catalogue, {f"EDU-00{i}": lost for i in range(1, 5)})
    assert none.trials == ()
    assert none.exit_code == 3


@pytest.mark.parametrize(
    ("bar", "code"),
    [
        (SelfTestBar(min_caught=0.25), 0),
        (SelfTestBar(min_caught=0.26), 1),
        (SelfTestBar(min_caught_serious=0.5), 0),
        (SelfTestBar(min_caught_serious=0.51), 1),
        (SelfTestBar(max_false_alarms=0.5), 0),
        (SelfTestBar(max_false_alarms=0.4), 1),
    ],
)
def test_below_the_suites_bar_the_gate_fails_itself(catalogue: Catalogue, bar: SelfTestBar, code: int) -> None:
    told = done(catalogue, bar=bar)
    assert told.exit_code == code
    assert bool(told.shortfalls()) is (code == 1)


def test_a_results_file_gives_the_same_test_back(catalogue: Catalogue, tmp_path: Path) -> None:
    told = done(catalogue)
    path = tmp_path / "r.json"
    path.write_text(selftest_text(told))
    assert SelfTest.model_validate(read_selftest(path).model_dump()) == told
    path.write_text(selftest_text(told)[:-40])
    with pytest.raises(DatasetError, match=r"r\.json"):
        read_selftest(path)


def test_page_1_quotes_a_self_test_made_by_the_same_ruler_alone(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = done(catalogue)
    monkeypatch.chdir(tmp_path)
    assert "has not been run here" in told_for(told.suite, told.judge, told.scorers)
    FOLDER.mkdir(parents=True)
    (FOLDER / f"{told.suite}.json").write_text(selftest_text(told))
    assert told_for(told.suite, told.judge, told.scorers) == told.sentence()
    assert "4/16 (25%" in told.sentence()
    assert "have changed" in told_for(told.suite, "other", told.scorers)


def test_a_crash_of_the_pipeline_is_a_missing_answer(catalogue: Catalogue) -> None:
    def crash(query: Any) -> Any:
        raise RuntimeError("boom")

    assert len(done(catalogue, crash).unanswered) == 4
