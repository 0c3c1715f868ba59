"""A run that was split and merged is the run that was never split; anything less is refused in one line."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.baseline import write_baseline
from harness.comparison import compare_runs
from harness.errors import DatasetError, HarnessError, IncompleteError, SuiteError
from harness.gate import Status, judge_run
from harness.runner import Plan, execute, rescore
from harness.shards import Shard, dealt, merge_shards
from harness.store import Run, load_run, verify_run
from harness.types import AnswerError
from tests.conftest import FixedJudge, Scripted, make_suite, run_scripted

ROOT = Path(__file__).parents[1]
TODAY = dt.date(2026, 11, 22)
SAID: dict[str, Any] = {
    "EDU-002": "WARN 3",
    "EDU-004": AnswerError(kind="timeout", message="too slow"),
    "EDU-005": "SERIOUS 9",
    "EDU-007": "NA",
}


def part(folder: Path, text: str, *, n: int = 7, epochs: int = 2, said: Any = None, **suite: Any) -> Run:
    plan = Plan(
        suite=make_suite(n, **suite),
        pipeline=Scripted(SAID if said is None else said),
        judge=FixedJudge(),
        epochs=epochs,
        concurrency=2,
        shard=Shard.parse(text),
    )
    return execute(plan, folder)


def parts(folder: Path, of: int, **more: Any) -> list[Path]:
    return [part(folder / f"{i}", f"{i}/{of}", **more).path for i in range(1, of + 1)]


@pytest.mark.parametrize("of", [1, 2, 3, 7])
def test_a_merged_run_is_the_unsharded_one(tmp_path: Path, of: int) -> None:
    whole = run_scripted(tmp_path / "whole", SAID, suite=make_suite(7), epochs=2)
    merged = merge_shards(list(reversed(parts(tmp_path / "parts", of))), tmp_path / "merged")
    for name in ("outcomes.jsonl", "answers.jsonl"):
        assert (merged.path / name).read_bytes() == (whole.path / name).read_bytes()
    assert verify_run(tmp_path / "merged").items == whole.items
    told = {k: v for k, v in merged.manifest.items() if k not in ("merged", "started")}
    assert told == {k: v for k, v in whole.manifest.items() if k != "started"}
    assert len(merged.manifest["merged"]) == of
    assert judge_run(merged, today=TODAY) == judge_run(whole, today=TODAY)
    assert compare_runs(whole, merged).identical is False  # an answer is missing on both sides
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_every_question_is_in_one_shard() -> None:
    questions = list(range(10))
    taken = [q for i in range(1, 5) for q in Shard(index=i, of=4).take(questions)]
    assert sorted(taken) == questions
    with pytest.raises(SuiteError, match="shard 3/3: there are only 2 questions"):
        Shard(index=3, of=3).take([1, 2])


@pytest.mark.parametrize("text", ["", "2", "0/3", "4/3", "-1/3", "1/0", "1/2/3", "a/b", "1/99999", "\u0661/\u0662"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(SuiteError, match="not a part of a suite"):
        Shard.parse(text)


@given(st.integers(0, 60), st.integers(1, 12))
def test_what_is_dealt_out_comes_back_in_order(n: int, of: int) -> None:
    questions = list(range(n))
    hands = [questions[i::of] for i in range(of)]
    assert list(dealt(hands)) == questions


@given(st.text(max_size=12) | st.from_regex(r"\d{1,5}/\d{1,5}", fullmatch=True))
def test_a_shard_reads_back_or_is_refused(text: str) -> None:
    try:
        shard = Shard.parse(text)
    except SuiteError:
        return
    assert 1 <= shard.index <= shard.of
    assert Shard.parse(str(shard)) == shard


def test_a_missing_shard_is_not_a_pass(tmp_path: Path) -> None:
    one, _, three = parts(tmp_path / "p", 3)
    with pytest.raises(IncompleteError, match="missing: shard 2/3 ") as caught:
        merge_shards([one, three], tmp_path / "m")
    assert caught.value.exit_code == 3
    assert not (tmp_path / "m").exists()


def test_an_unfinished_shard_is_not_a_pass(tmp_path: Path) -> None:
    one, two = parts(tmp_path / "p", 2)
    journal = two / "journal.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    for name in ("outcomes.jsonl", "answers.jsonl"):
        (two / name).unlink()
    with pytest.raises(IncompleteError, match=r"shard 2/2 has 5 of 6 items"):
        merge_shards([one, two], tmp_path / "m")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"epochs": 1}, "epochs: 2 and 1"),
        ({"minimum": 0.6}, "differ in gates"),
        ({"n": 8}, "questions: 7@"),
    ],
)
def test_shards_of_different_runs_are_refused(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    one = part(tmp_path / "1", "1/2").path
    two = part(tmp_path / "2", "2/2", **changed).path
    with pytest.raises(SuiteError, match=told):
        merge_shards([one, two], tmp_path / "m")


def test_overlapping_shards_and_whole_runs_are_refused(tmp_path: Path) -> None:
    one, two = parts(tmp_path / "p", 2)
    with pytest.raises(SuiteError, match="shard 1/2 is given twice"):
        merge_shards([one, two, one], tmp_path / "m")
    third = part(tmp_path / "third", "2/3").path
    with pytest.raises(SuiteError, match="the number of shards: 2 and 3"):
        merge_shards([one, third], tmp_path / "m")
    whole = run_scripted(tmp_path / "whole", SAID, suite=make_suite(7), epochs=2).path
    with pytest.raises(SuiteError, match="whole: is a whole run, not a shard"):
        merge_shards([whole, two], tmp_path / "m")


def test_an_altered_shard_is_named(tmp_path: Path) -> None:
    one, two = parts(tmp_path / "p", 2)
    journal = two / "journal.jsonl"
    journal.write_text(journal.read_text().replace("WARN 3", "WARN 9"))
    with pytest.raises(DatasetError, match=r"p/2/journal\.jsonl:\d+: the hash chain breaks"):
        merge_shards([one, two], tmp_path / "m")


def test_nothing_is_written_over(tmp_path: Path) -> None:
    shards = parts(tmp_path / "p", 2)
    (tmp_path / "m").mkdir()
    merge_shards(shards, tmp_path / "m")
    with pytest.raises(SuiteError, match="exists already"):
        merge_shards(shards, tmp_path / "m")
    (tmp_path / "file").touch()
    with pytest.raises(HarnessError, match="file/m"):
        merge_shards(shards, tmp_path / "file" / "m")


def test_a_shard_alone_is_never_a_pass_nor_a_baseline(tmp_path: Path) -> None:
    run = part(tmp_path / "1", "1/2", said={})
    verdict = judge_run(run, today=TODAY)
    assert verdict.status is Status.INCONCLUSIVE
    assert "shard 1/2 of the suite, 4 questions" in verdict.because()[0].text
    with pytest.raises(SuiteError, match="is shard 1/2; a baseline needs the whole run"):
        write_baseline(run.path, tmp_path / "baseline")
    with pytest.raises(SuiteError, match="rescoring needs the whole run"):
        rescore(run, make_suite(7), FixedJudge(), tmp_path / "again")
    with pytest.raises(SuiteError, match="shard: absent and 1/2"):
        compare_runs(run_scripted(tmp_path / "whole", suite=make_suite(7), epochs=2), run)


def test_a_shard_resumes_as_itself_only(tmp_path: Path) -> None:
    run = part(tmp_path / "1", "1/2")
    plan = Plan(suite=make_suite(7), pipeline=Scripted(SAID), judge=FixedJudge(), epochs=2, shard=Shard(index=2, of=2))
    with pytest.raises(SuiteError, match="can't resume with another shard"):
        execute(plan, run.path, resume=True)


SUITE = """\
name: sample
title: A sample release
dataset: {where: {ids: [EDU-001, EDU-002, EDU-003]}}
accept_drafts: true
as_of: 2026-11-22
scorers: [overreach, disclaimer]
gates: {scores: [{scorer: overreach, min: 1.0, coverage: 1.0}]}
"""


def harness(cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "harness", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, check=False, timeout=600)


def test_the_command_splits_merges_and_gates(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SUITE)
    rows = [{"id": f"EDU-00{i}", "text": "This is general information, not medical advice."} for i in (1, 2, 3)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = ("run", "s.yaml", "--pipeline", "recorded:a.jsonl", "--offline")
    for i in (1, 2):
        done = harness(tmp_path, *run, "--shard", f"{i}/2", "-o", f"shards/{i}")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"shard {i}/2: {3 - i} items in shards/{i}")
        assert not (tmp_path / f"shards/{i}/report.html").exists()
    lost = harness(tmp_path, "merge", "shards/2", "-o", "merged")
    assert (lost.returncode, lost.stderr.splitlines()[0]) == (3, "error: missing: shard 1/2")
    merged = harness(tmp_path, "merge", "shards/2", "shards/1", "-o", "merged")
    assert merged.returncode == 0, merged.stdout + merged.stderr
    assert "verdict: PASS" in merged.stdout
    assert (tmp_path / "merged/report.html").exists()
    assert harness(tmp_path, "verify", "merged").returncode == 0
    shutil.rmtree(tmp_path / "shards")
    assert load_run(tmp_path / "merged").planned == 3
    wrong = harness(tmp_path, *run, "--shard", "3/2")
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (2, 2)
