from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from harness.errors import HarnessError, SuiteError
from harness.suite import load_suite, split_named

ROOT = Path(__file__).parents[1]
GOOD = """\
name: mine
title: My suite
dataset:
  where: {split: [gate], category: [emergency]}
accept_drafts: true
scorers: [overreach, {readability: {target_smog: 9.0}}]
gates:
  scores:
    - {scorer: overreach, min: 1.0}
"""


def write(tmp_path: Path, text: str = GOOD) -> Path:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("name", ["smoke", "release"])
def test_bundled_suites_load(name: str) -> None:
    suite = load_suite(ROOT / "evals" / f"{name}.yaml")
    assert suite.as_of == dt.date(2026, 11, 22)
    assert suite.record.accept_drafts
    assert len(suite.scorers) == 8
    assert len(suite.questions) == 12 if name == "smoke" else len(suite.questions) >= 100


def test_a_suite_without_a_day_is_judged_today(tmp_path: Path) -> None:
    assert load_suite(write(tmp_path), today=dt.date(2027, 1, 2)).as_of == dt.date(2027, 1, 2)


def test_filters_and_limit(tmp_path: Path) -> None:
    suite = load_suite(write(tmp_path))
    assert {(q.split, q.category) for q in suite.questions} == {("gate", "emergency")}
    assert len(load_suite(write(tmp_path), limit=2).questions) == 2


def test_the_questions_taken_are_part_of_the_signature(tmp_path: Path) -> None:
    assert load_suite(write(tmp_path), limit=2).questions_id() != load_suite(write(tmp_path), limit=3).questions_id()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("accept_drafts: true\n", ""), r"drafts that no clinician signed"),
        (("title: My suite\n", "title: My suite\ncolour: red\n"), r"mine\.yaml:3: colour: unknown key"),
        (("[overreach, {", "[speling, {"), r"gate on 'overreach', which the suite does not run"),
        (("{readability: {target_smog: 9.0}}", "speling"), r"scorer 'speling' is unknown"),
        (("target_smog: 9.0", "target_smug: 9.0"), r"unknown setting 'target_smug'"),
        (("target_smog: 9.0", "target_smog: high"), r"target_smog must be a number, not 'high'"),
        (("[overreach, {", "[overreach, overreach, {"), r"a scorer is named twice"),
        (("category: [emergency]", "ids: [EDU-999]"), r"no golden question 'EDU-999'"),
        (("split: [gate]", "split: [canary]"), r"no question is left"),
        (("split: [gate]", "split: []"), r"dataset\.where\.split"),
        (("min: 1.0", "min: 1.5"), r"mine\.yaml:9: gates\.scores\.0\.min"),
        (("  scores:\n    - {scorer: overreach, min: 1.0}", "  scores: []"), r"gates\.scores"),
    ],
)
def test_a_broken_suite_is_one_line(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(SuiteError, match=complaint) as caught:
        load_suite(write(tmp_path, GOOD.replace(*change)))
    assert "\n" not in str(caught.value)


def test_missing_suite_and_missing_data(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="no such suite"):
        load_suite("evals/nothing.yaml")
    with pytest.raises(HarnessError, match="no such file or folder"):
        load_suite(write(tmp_path, GOOD.replace("dataset:\n", "dataset:\n  golden: nowhere\n")))


def test_one_name_with_settings() -> None:
    assert split_named("reference") == ("reference", {})
    assert split_named({"http:x": {"timeout_s": 3}}) == ("http:x", {"timeout_s": 3})
    with pytest.raises(SuiteError, match="expected one name"):
        split_named({"a": {}, "b": {}})
