from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errors import DatasetError, SuiteError
from harness.runner import Plan, execute, rescore
from harness.store import ANSWERS, JOURNAL, MANIFEST, OUTCOMES, load_run
from harness.types import Answer, AnswerError, Query
from tests.conftest import FixedJudge, Scripted, WordScorer, make_suite, run_scripted


def plan(said: object = None, *, epochs: int = 1, n: int = 4) -> Plan:
    return Plan(suite=make_suite(n), pipeline=Scripted(said or {}), judge=FixedJudge(), epochs=epochs)  # type: ignore[arg-type]


def test_a_run_reads_back_as_it_was_written(tmp_path: Path) -> None:
    run = run_scripted(
        tmp_path / "r", {"EDU-001": "WARN 5", "EDU-002": AnswerError(kind="timeout", message="late")}, epochs=2
    )
    again = load_run(tmp_path / "r")
    assert again.items == run.items
    assert again.questions == run.questions
    assert again.manifest == run.manifest


def test_two_runs_give_byte_identical_outcomes_and_answers(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run_scripted(tmp_path / name, {"EDU-003": "WARN 4"}, epochs=2)
    for file in (OUTCOMES, ANSWERS):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_crashing_scorer_has_failed_and_so_has_everything_without_an_answer(tmp_path: Path) -> None:
    said = {"EDU-001": "CRASH", "EDU-002": AnswerError(kind="http", message="503"), "EDU-003": "  "}
    run = run_scripted(tmp_path / "r", said)
    statuses = [i.outcomes[0].status for i in run.items]
    reasons = [i.outcomes[0].reason for i in run.items]
    assert statuses == ["failed", "failed", "failed", "scored"]
    assert "RuntimeError: boom" in reasons[0]
    assert reasons[1] == "no answer: http"
    assert reasons[2] == "no answer: empty"


def test_a_crashing_pipeline_is_a_missing_answer(tmp_path: Path) -> None:
    def crash(query: Query) -> Answer:
        raise RuntimeError(f"no luck with {query.id}")

    run = run_scripted(tmp_path / "r", crash)
    assert all(isinstance(i.answer, AnswerError) and i.answer.kind == "crash" for i in run.items)


def test_the_frame_has_a_row_for_every_question_epoch_and_scorer(tmp_path: Path) -> None:
    frame = run_scripted(tmp_path / "r", {"EDU-001": "STOP 3", "EDU-002": "NA"}, epochs=2).to_frame()
    assert len(frame) == 8
    first = frame[frame.question_id == "EDU-001"].iloc[0]
    assert (first.score, first.max_severity, first["metric.number"]) == (pytest.approx(0.3), 4, 3.0)
    assert frame[frame.question_id == "EDU-002"].score.isna().all()
    assert frame[frame.question_id == "EDU-002"].status.eq("not_applicable").all()


def test_a_run_for_a_notebook_escapes_nothing_dangerous(tmp_path: Path) -> None:
    assert "<table" in run_scripted(tmp_path / "r")._repr_html_()


def test_resume_asks_only_what_has_no_answer(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    run_scripted(folder, {"EDU-002": AnswerError(kind="timeout", message="late")})
    again = Scripted({})
    run = execute(Plan(suite=make_suite(), pipeline=again, judge=FixedJudge(), epochs=1), folder, resume=True)
    assert again.asked == ["EDU-002#0"]
    assert len(run.items) == 4
    assert load_run(folder).items == run.items


@pytest.mark.parametrize("cut", [1, 40, 400])
def test_a_torn_journal_loses_only_its_last_records(tmp_path: Path, cut: int) -> None:
    clean = run_scripted(tmp_path / "clean")
    folder = tmp_path / "torn"
    run_scripted(folder)
    journal = folder / JOURNAL
    journal.write_bytes(journal.read_bytes()[:-cut])
    resumed = execute(plan(), folder, resume=True)
    assert resumed.items == clean.items
    assert (folder / OUTCOMES).read_bytes() == (tmp_path / "clean" / OUTCOMES).read_bytes()


def test_a_journal_torn_in_its_first_line_starts_over(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    run_scripted(folder)
    (folder / JOURNAL).write_bytes((folder / JOURNAL).read_bytes()[:50])
    assert len(execute(plan(), folder, resume=True).items) == 4


def test_resume_refuses_another_signature(tmp_path: Path) -> None:
    run_scripted(tmp_path / "r")
    other = Plan(suite=make_suite(), pipeline=Scripted({}, "other@2"), judge=FixedJudge(), epochs=1)
    with pytest.raises(SuiteError, match="can't resume with another pipeline"):
        execute(other, tmp_path / "r", resume=True)


def test_a_taken_folder_is_refused(tmp_path: Path) -> None:
    run_scripted(tmp_path / "r")
    with pytest.raises(SuiteError, match="holds a run already"):
        run_scripted(tmp_path / "r")


def test_an_unwritable_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SuiteError, match="can't write here"):
        run_scripted(tmp_path / "file" / "r")


def test_an_altered_record_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    run_scripted(folder)
    lines = (folder / JOURNAL).read_text().splitlines(keepends=True)
    lines[2] = lines[2].replace("GOOD 10", "GOOD 11")
    (folder / JOURNAL).write_text("".join(lines))
    with pytest.raises(DatasetError, match=r"journal\.jsonl:3: the hash chain breaks"):
        load_run(folder)


def test_an_altered_manifest_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    run_scripted(folder)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["gates"]["scores"][0]["min"] = 0.0
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(DatasetError, match=r"manifest\.json: differs"):
        load_run(folder)


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no run"):
        load_run(tmp_path)


def test_rescore_replays_stored_answers_under_the_same_pipeline_id(tmp_path: Path) -> None:
    run = run_scripted(tmp_path / "r", {"EDU-001": "GOOD 5", "EDU-002": AnswerError(kind="timeout", message="late")})
    suite = make_suite(scorers=(WordScorer(scale=20.0),))
    fresh = rescore(run, suite, FixedJudge(), tmp_path / "again")
    assert fresh.manifest["pipeline"] == run.manifest["pipeline"]
    assert fresh.items[0].outcomes[0].score == pytest.approx(0.25)
    assert fresh.items[1].outcomes[0].status == "failed"


def test_rescore_refuses_a_suite_that_lost_a_question(tmp_path: Path) -> None:
    run = run_scripted(tmp_path / "r")
    with pytest.raises(SuiteError, match="no longer asks EDU-004"):
        rescore(run, make_suite(3), FixedJudge(), tmp_path / "again")


def test_progress_counts_every_item(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    execute(plan(), tmp_path / "r", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_hostile_text_survives_the_journal(tmp_path: Path) -> None:
    nasty = "GOOD 5 \ud800 \x1b[31m {{ 7*7 }} </script> =cmd|' /C calc'!A0 \u202e ::error::\n\u2028"
    run = run_scripted(tmp_path / "r", {"EDU-001": nasty})
    first = load_run(tmp_path / "r").items[0].answer
    assert isinstance(first, Answer)
    assert first.text == nasty
    assert first == run.items[0].answer
