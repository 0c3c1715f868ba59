from __future__ import annotations

from pathlib import Path

import pytest

from harness.baseline import write_baseline
from harness.errors import DatasetError, HarnessError
from harness.gate import Status, judge_run
from harness.store import JOURNAL, load_run
from tests.conftest import AS_OF, make_suite, run_scripted


def test_a_baseline_is_a_whole_copy_that_verifies_and_replaces_the_old(tmp_path: Path) -> None:
    folder = tmp_path / "reports/baseline"
    folder.mkdir(parents=True)
    (folder / ".gitkeep").touch()
    write_baseline(run_scripted(tmp_path / "a").path, folder)
    second = run_scripted(tmp_path / "b", {"EDU-001": "GOOD 7"})
    assert write_baseline(second.path, folder).items == second.items
    assert load_run(folder).items == second.items
    assert [p.name for p in folder.parent.iterdir()] == ["baseline"]


def test_an_altered_or_incomplete_run_is_no_baseline(tmp_path: Path) -> None:
    write_baseline(run_scripted(tmp_path / "old").path, tmp_path / "baseline")
    run = run_scripted(tmp_path / "a")
    journal = run.path / JOURNAL
    whole = journal.read_bytes()
    journal.write_bytes(whole.replace(b"GOOD 10", b"GOOD 11", 1))
    with pytest.raises(DatasetError, match="hash chain breaks"):
        write_baseline(run.path, tmp_path / "baseline")
    journal.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    for name in ("outcomes.jsonl", "answers.jsonl"):
        (run.path / name).unlink()
    with pytest.raises(DatasetError, match="3 of 4 items"):
        write_baseline(run.path, tmp_path / "baseline")
    assert len(load_run(tmp_path / "baseline").items) == 4


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/mine.txt").write_text("keep")
    with pytest.raises(HarnessError, match="something else"):
        write_baseline(run_scripted(tmp_path / "a").path, tmp_path / "notes")
    assert (tmp_path / "notes/mine.txt").read_text() == "keep"


def test_a_wanted_baseline_that_is_missing_or_altered_fails(tmp_path: Path) -> None:
    run = run_scripted(tmp_path / "a", suite=make_suite(4))
    missing = judge_run(run, today=AS_OF, baseline=tmp_path / "baseline")
    assert missing.status is Status.FAIL
    assert "`harness baseline RUN` writes one" in missing.because()[0].text
    write_baseline(run.path, tmp_path / "baseline")
    assert judge_run(run, today=AS_OF, baseline=tmp_path / "baseline").status is Status.PASS
    file = tmp_path / "baseline/outcomes.jsonl"
    file.write_bytes(file.read_bytes()[:-10])
    assert judge_run(run, today=AS_OF, baseline=tmp_path / "baseline").status is Status.FAIL
