"""Every file of a run folder is held by ``harness verify``: the first that was altered, cut off or removed is named."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from harness.api import verdict
from harness.errors import DatasetError, SuiteError
from harness.journal import Journal, read_journal
from harness.render.files import write_report, write_reports
from harness.runner import Plan, execute
from harness.seal import SEAL, unsealed, verify_sealed
from harness.store import JOURNAL, MANIFEST, OUTCOMES
from tests.conftest import FixedJudge, Scripted, make_suite, run_scripted

FILES = [
    "answers.jsonl",
    "journal.jsonl",
    "manifest.json",
    "outcomes.jsonl",
    "report.html",
    "report.json",
    "report.md",
    SEAL,
]


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    run = run_scripted(tmp_path / "r", {"EDU-001": "WARN 5"})
    write_reports(run, verdict(run), run.path)
    return run.path


def test_a_run_with_its_reports_is_intact(sealed: Path) -> None:
    assert sorted(p.name for p in sealed.iterdir()) == FILES
    run = verify_sealed(sealed)
    assert unsealed(run) == []
    (sealed / "notes.txt").write_text("mine")
    assert unsealed(run) == ["notes.txt"]


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_named(sealed: Path, name: str) -> None:
    raw = bytearray((sealed / name).read_bytes())
    middle = len(raw) // 2
    raw[middle] = raw[middle] ^ 1
    (sealed / name).write_bytes(raw)
    with pytest.raises(DatasetError, match="seal" if name == SEAL else re.escape(name)):
        verify_sealed(sealed)


@pytest.mark.parametrize("name", FILES)
def test_a_removed_file_is_named(sealed: Path, name: str) -> None:
    (sealed / name).unlink()
    with pytest.raises(DatasetError, match="holds no run" if name in (JOURNAL, MANIFEST) else rf"{name}: is gone"):
        verify_sealed(sealed)


def test_every_record_is_held(sealed: Path) -> None:
    lines = (sealed / JOURNAL).read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        changed = line.replace(b'"', b"'", 3) if number % 2 else line[:-2] + b" }\n"
        (sealed / JOURNAL).write_bytes(b"".join([*lines[: number - 1], changed, *lines[number:]]))
        with pytest.raises(DatasetError, match=rf"journal\.jsonl:{number}: "):
            verify_sealed(sealed)


@pytest.mark.parametrize("kept", [1, 3])
def test_a_journal_that_was_cut_short_is_found(sealed: Path, kept: int) -> None:
    lines = (sealed / JOURNAL).read_bytes().splitlines(keepends=True)
    (sealed / JOURNAL).write_bytes(b"".join(lines[:kept]))
    with pytest.raises(DatasetError, match=r"outcomes\.jsonl: differs from the journal"):
        verify_sealed(sealed)
    (sealed / OUTCOMES).unlink()
    (sealed / "answers.jsonl").unlink()
    with pytest.raises(DatasetError, match="does not end as it was sealed"):
        verify_sealed(sealed)


def test_a_report_written_again_is_sealed_again_but_nothing_else_is(sealed: Path, tmp_path: Path) -> None:
    run = verify_sealed(sealed)
    (sealed / "report.md").write_text("rosy")
    write_report("csv", run, verdict(run))
    write_report("json", run, verdict(run), tmp_path / "elsewhere.json")
    with pytest.raises(DatasetError, match=r"report\.md: differs from the seal"):
        verify_sealed(sealed)
    write_report("md", run, verdict(run))
    verify_sealed(sealed)
    assert "report.csv" in json.loads((sealed / SEAL).read_text())["files"]


def test_the_bar_is_written_before_the_first_answer(tmp_path: Path) -> None:
    seen: list[dict[str, object]] = []

    def answer(query: object) -> str:
        ((_, record, _),) = read_journal(tmp_path / "r" / JOURNAL)
        seen.append(record["manifest"])
        raise RuntimeError("the first answer is all that is looked at")

    suite = make_suite(1)
    pipeline = Scripted(answer)  # type: ignore[arg-type]
    execute(Plan(suite=suite, pipeline=pipeline, judge=FixedJudge(), epochs=1), tmp_path / "r")
    bar = seen[0]
    assert bar["gates"] == suite.record.gates.model_dump()
    for part in ("data", "questions", "corpus", "registry", "prompt", "judge", "scorers"):
        assert f"|{part}:" in str(bar["signature"])


def test_a_resumed_run_is_sealed_anew(sealed: Path) -> None:
    lines = (sealed / JOURNAL).read_bytes().splitlines(keepends=True)
    (sealed / JOURNAL).write_bytes(b"".join(lines[:3]))
    plan = Plan(suite=make_suite(), pipeline=Scripted({"EDU-001": "WARN 5"}), judge=FixedJudge(), epochs=1)
    execute(plan, sealed, resume=True)
    assert len(verify_sealed(sealed).items) == 4


def test_only_one_process_writes_a_run(tmp_path: Path) -> None:
    run_scripted(tmp_path / "r")
    journal = Journal(tmp_path / "r" / JOURNAL)
    plan = Plan(suite=make_suite(), pipeline=Scripted({}), judge=FixedJudge(), epochs=1)
    with pytest.raises(SuiteError, match="another process is writing"):
        execute(plan, tmp_path / "r", resume=True)
    journal.close()
    execute(plan, tmp_path / "r", resume=True)


def test_a_baseline_is_sealed_too(sealed: Path, tmp_path: Path) -> None:
    from harness.baseline import write_baseline

    write_baseline(sealed, tmp_path / "baseline")
    verify_sealed(tmp_path / "baseline")
    shutil.rmtree(tmp_path / "baseline")
