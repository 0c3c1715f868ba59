from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from harness.api import verdict
from harness.budget import Budget
from harness.dispatch import Limits
from harness.errors import DatasetError, SuiteError
from harness.journal import read_journal
from harness.render.files import write_reports
from harness.runner import Plan, execute, rescore
from harness.store import ANSWERS, JOURNAL, MANIFEST, OUTCOMES, load_run
from harness.types import Answer, AnswerError, Query, Usage
from tests.conftest import FixedJudge, Scripted, WordScorer, make_suite, run_scripted


def plan(said: object = None, *, epochs: int = 1, n: int = 4, **fields: Any) -> Plan:
    suite = make_suite(n, answered=0.1)
    return Plan(suite=suite, pipeline=Scripted(said or {}), judge=FixedJudge(), epochs=epochs, **fields)  # type: ignore[arg-type]


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


def paid(query: Query) -> Answer:
    return Answer(text="GOOD 10", usage=Usage(prompt_tokens=100, completion_tokens=20))


def test_a_budget_ends_a_run_cleanly_and_never_passes(tmp_path: Path) -> None:
    budget = Budget(usd=0.0005, price_in=1.0, price_out=1.0)  # four answers of 120 tokens
    capped = execute(plan(paid, n=10, concurrency=2, limits=Limits(budget=budget)), tmp_path / "r")
    assert len(capped.items) == 4
    assert capped.spent == Usage(prompt_tokens=400, completion_tokens=80)
    assert "the budget of 0.0005 USD is used up" in capped.stopped
    assert all(o.status == "scored" for i in capped.items for o in i.outcomes)
    assert load_run(tmp_path / "r") == capped
    told = verdict(capped)
    assert told.status == "INCONCLUSIVE"
    assert "cut off at 4/10 items: the budget" in told.because()[0].text


def test_a_budget_holds_for_a_run_with_all_its_resumptions(tmp_path: Path) -> None:
    def limits(tokens: int) -> Limits:
        return Limits(budget=Budget(tokens=tokens))

    execute(plan(paid, n=10, concurrency=1, limits=limits(400)), tmp_path / "r")
    again = execute(plan(paid, n=10, concurrency=1, limits=limits(400)), tmp_path / "r", resume=True)
    assert len(again.items) == 3
    assert again.spent.prompt_tokens == 300
    whole = execute(plan(paid, n=10, concurrency=1, limits=limits(1200)), tmp_path / "r", resume=True)
    assert len(whole.items) == 10
    assert whole.stopped == ""
    assert verdict(whole).status == "PASS"


def test_answers_that_failed_are_paid_for_too(tmp_path: Path) -> None:
    from harness.pipelines.call import current

    def failing(query: Query) -> AnswerError:
        current().spend(Usage(prompt_tokens=7))
        return AnswerError(kind="empty", message="nothing said")

    assert execute(plan(failing), tmp_path / "r").spent == Usage(prompt_tokens=28)


def test_a_question_that_hangs_is_missing_and_never_scored(tmp_path: Path) -> None:
    never = threading.Event()

    def answer(query: Query) -> Answer:
        if query.id == "EDU-002":
            never.wait()
        return Answer(text="GOOD 10")

    run = execute(plan(answer, limits=Limits(item_s=3.0)), tmp_path / "r")
    never.set()
    hung = run.items[1]
    assert isinstance(hung.answer, AnswerError)
    assert (hung.answer.kind, hung.outcomes[0].status) == ("timeout", "failed")
    assert [i.outcomes[0].status for i in run.items] == ["scored", "failed", "scored", "scored"]
    assert run.stopped == ""
    assert load_run(tmp_path / "r").items == run.items


def test_a_scorer_that_hangs_is_given_up_too(tmp_path: Path) -> None:
    never = threading.Event()

    class Hanging(WordScorer):
        def score(self, case: Any) -> Any:
            never.wait()

    suite = make_suite(40, scorers=(Hanging(),))
    hung = Plan(suite=suite, pipeline=Scripted({}), judge=FixedJudge(), epochs=1, limits=Limits(item_s=0.2))
    run = execute(hung, tmp_path / "r")
    never.set()
    assert run.stopped.startswith("the run hangs: ")
    assert 4 <= len(run.items) < 40
    assert verdict(run).status == "INCONCLUSIVE"


def test_the_deadline_of_a_run_leaves_the_rest_missing(tmp_path: Path) -> None:
    never = threading.Event()

    def answer(query: Query) -> Answer:
        if query.id != "EDU-001":
            never.wait()
        return Answer(text="GOOD 10")

    run = execute(plan(answer, n=9, concurrency=1, limits=Limits(run_s=2.0)), tmp_path / "r")
    never.set()
    assert run.stopped == "the run's deadline of 2 s has passed"
    assert [i.outcomes[0].status for i in run.items] == ["scored", "failed"]
    assert verdict(run).status == "INCONCLUSIVE"
    again = execute(plan(n=9), tmp_path / "r", resume=True)
    assert again.stopped == ""
    assert verdict(again).status == "PASS"


def test_an_interrupt_keeps_what_was_finished(tmp_path: Path) -> None:
    def answer(query: Query) -> Answer:
        if query.id == "EDU-003":
            raise KeyboardInterrupt
        return Answer(text="GOOD 10")

    with pytest.raises(KeyboardInterrupt):
        execute(plan(answer, concurrency=1), tmp_path / "r")
    run = load_run(tmp_path / "r")
    assert len(run.items) == 2
    assert run.stopped == "it was interrupted"
    assert (tmp_path / "r" / OUTCOMES).read_text().count("\n") == 2
    assert verdict(run).status == "INCONCLUSIVE"


def test_an_interrupt_in_the_middle_of_a_record_leaves_a_journal_that_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    left, fsync = [3], os.fsync

    def interrupted(fd: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt  # the line is in the file, and the journal doesn't know it yet
        fsync(fd)

    monkeypatch.setattr("harness.journal.os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        execute(plan(concurrency=1), tmp_path / "r")
    assert len(load_run(tmp_path / "r").items) == 2
    assert len(execute(plan(), tmp_path / "r", resume=True).items) == 4


def test_resuming_a_finished_run_changes_nothing(tmp_path: Path) -> None:
    run = run_scripted(tmp_path / "r", epochs=2)
    write_reports(run, verdict(run), run.path)
    before = {p.name: p.read_bytes() for p in (tmp_path / "r").iterdir()}
    again = Scripted({})
    suite = make_suite()
    execute(Plan(suite=suite, pipeline=again, judge=FixedJudge(), epochs=2), tmp_path / "r", resume=True)
    assert again.asked == []
    assert {p.name: p.read_bytes() for p in (tmp_path / "r").iterdir()} == before


def test_a_page_that_can_not_be_read_was_not_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("no such page")

    monkeypatch.setattr("harness.runner.build_case", broken)
    run = execute(plan(), tmp_path / "r")
    assert {o.status for i in run.items for o in i.outcomes} == {"failed"}
    assert "no such page" in run.items[0].outcomes[0].reason


def test_an_incomplete_run_never_passes(tmp_path: Path) -> None:
    execute(plan(), tmp_path / "r")
    journal = tmp_path / "r" / JOURNAL
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:4]))
    told = verdict(load_run(tmp_path / "r"))
    assert told.status == "INCONCLUSIVE"
    assert told.because()[0].text == "the run was cut off at 3/4 items"


FULL_DISK = """
import resource, sys
from pathlib import Path
from harness.errors import HarnessError
from harness.runner import execute
from tests.test_runner import plan
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    execute(plan(n=8, concurrency=1), Path(sys.argv[1]))
except HarnessError as problem:
    print(problem.message)
"""


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path) -> None:
    run_scripted(tmp_path / "whole", suite=make_suite(8, answered=0.1))
    lines = (tmp_path / "whole" / JOURNAL).read_bytes().splitlines(keepends=True)
    room = sum(len(line) for line in lines[:5]) + 20
    words = [sys.executable, "-c", FULL_DISK, str(tmp_path / "r"), str(room)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "journal.jsonl: can't write: " in done.stdout, done.stderr
    assert len([*read_journal(tmp_path / "r" / JOURNAL)]) == 5
    run = execute(plan(n=8), tmp_path / "r", resume=True)
    assert [i.outcomes for i in run.items] == [i.outcomes for i in load_run(tmp_path / "whole").items]
