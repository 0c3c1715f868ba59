from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.errors import DatasetError, SuiteError
from harness.logs.audit import BATCH
from harness.logs.folder import JOURNAL, MANIFEST, SUMMARY, WORDS, records_of
from tests.logs.conftest import FINE, SEVERE, audit, job, jsonl

ROWS = [{"answer": f"{FINE} {n}", "id": f"r{n}", "day": f"2026-11-{20 + n % 2}", "version": "v1"} for n in range(20)]


def files(folder: Path) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in folder.iterdir()}


def results(folder: Path) -> dict[str, object]:
    """What doesn't depend on salts."""
    told: dict[str, object] = {n: b for n, b in files(folder).items() if n not in (JOURNAL, WORDS)}
    return told | {"records": list(records_of(folder))}


def test_one_bad_row_is_counted_and_never_the_end(tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", [{"text": FINE}, "{oops", {"answer": ""}, {"text": f"{FINE} {SEVERE}"}])
    counts = audit(job(log), tmp_path / "out")
    assert (counts.rows, counts.rejected, counts.whole.answers, counts.worst) == (4, 2, 2, 4)
    assert [where for where, _ in counts.listed] == [f"{log}:2", f"{log}:3"]
    stored = list(records_of(tmp_path / "out"))
    assert [r["where"] for r in stored] == [f"{log}:{n}" for n in range(1, 5)]
    summary = json.loads((tmp_path / "out" / SUMMARY).read_text())
    assert summary["rules"]["ADV302"]["events"] == 1
    assert summary["rules"]["ADV302"]["n"] == 2
    assert 0 < summary["rules"]["ADV302"]["low"] < 0.5 < summary["rules"]["ADV302"]["high"] < 1


def test_days_and_versions_are_told_apart(tmp_path: Path) -> None:
    summary = audit(job(jsonl(tmp_path / "log.jsonl", ROWS[:4]))).to_json()
    assert {day: g["answers"] for day, g in summary["groups"]["day"].items()} == {"2026-11-20": 2, "2026-11-21": 2}
    assert summary["groups"]["version"]["v1"]["answers"] == 4
    bare = audit(job(jsonl(tmp_path / "bare.jsonl", [{"answer": FINE}]))).to_json()
    assert bare["groups"] == {}


def test_a_file_without_rows_never_passes(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no pages in it"):
        audit(job(jsonl(tmp_path / "log.jsonl", ["", " "])))


def test_a_torn_journal_is_gone_on_with_to_the_same_bytes(tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", [*ROWS, "{oops"])
    audit(job(log), tmp_path / "whole")
    whole = files(tmp_path / "whole")
    lines = whole[JOURNAL].splitlines(keepends=True)
    assert len(lines) == 1 + -(-21 // BATCH)
    torn = tmp_path / "torn"
    torn.mkdir()
    (torn / MANIFEST).write_bytes(whole[MANIFEST])
    (torn / JOURNAL).write_bytes(lines[0] + lines[1] + lines[2][:50])
    (torn / WORDS).write_bytes(b"".join(whole[WORDS].splitlines(keepends=True)[: BATCH + 2])[:-9])
    audit(job(log), torn, resume=True)
    assert results(torn) == results(tmp_path / "whole")
    before = files(torn)
    audit(job(log), torn, resume=True)  # a finished one stays as it is
    assert files(torn) == before


def test_what_can_not_be_gone_on_with(tmp_path: Path) -> None:
    log, out = jsonl(tmp_path / "log.jsonl", ROWS[:1]), tmp_path / "out"
    audit(job(log), out)
    with pytest.raises(SuiteError, match="holds an audit already"):
        audit(job(log), out)
    with pytest.raises(SuiteError, match="map differs"):
        audit(job(log, paths={"id": "version"}), out, resume=True)
    jsonl(log, ROWS[:2])
    with pytest.raises(SuiteError, match="inputs differs"):
        audit(job(log), out, resume=True)
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("mine")
    with pytest.raises(SuiteError, match="not empty"):
        audit(job(log), other)
    (out / JOURNAL).write_text((out / JOURNAL).read_text().replace("scored", "failed"))
    jsonl(log, ROWS[:1])
    with pytest.raises(DatasetError, match="hash chain"):
        audit(job(log), out, resume=True)


def test_words_of_a_person_are_hidden_before_they_are_stored(tmp_path: Path) -> None:
    row = {
        "id": "susan.miller@gmail.com",
        "question": "My name is Susan Miller. May I skip my tablets?",
        "answer": f"Dear Susan, your patient number is MRN 00482913. Susan, skip your tamoxifen tonight. {SEVERE}",
    }
    log = jsonl(tmp_path / "log.jsonl", [row])
    counts = audit(job(log), tmp_path / "out")
    stored = b"".join(files(tmp_path / "out").values()).decode()
    assert "ADV302" in counts.whole.rules
    for words in ("Susan", "Miller", "00482913", "gmail"):
        assert words not in stored
    assert "skip your tamoxifen" in stored
    assert "May I skip" not in stored
    audit(job(log, keep_text=True), tmp_path / "kept")
    (kept,) = records_of(tmp_path / "kept")
    assert (kept["answer"], kept["question"], kept["id"]) == (row["answer"], row["question"], row["id"])


def harness(*arguments: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", "audit", *map(str, arguments), "--judge", "none"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_exit_codes(tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", [{"text": FINE}, "{oops"])
    out = tmp_path / "out"
    done = harness(log, "--fail-on", 5, "-o", out, "--as-of", "2026-11-22")
    assert done.returncode == 2, done.stderr
    assert f"rejected {log}:2: not valid JSON" in done.stdout
    assert "1 of 2 rows scored, 1 rejected" in done.stdout
    done = harness(log, "--fail-on", 5, "-o", out, "--resume", "--max-bad", 1, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rejected"] == 1
    done = harness(log, "--max-bad", 1, "--fail-on", 3, "--baseline", out)
    assert done.returncode == 1, done.stderr
    assert "no clear change" in done.stdout
    done = harness(log, "--max-bad", 1, "--fail-on", 5, "--map", "passages=context")
    assert done.returncode == 3, done.stderr
    assert "no row has passages (at context)" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("none.json",), "none.json: No such file"),
        (("log.jsonl", "--resume"), "need a folder"),
        (("log.jsonl", "--map", "x=y"), "--map x=y"),
        (("log.jsonl", "--map", "id=y", "--question", "Why?"), "for one page"),
        (("log.jsonl", "--workers", "2", "--format", "sarif"), "for pages"),
    ],
)
def test_wrong_usage_is_one_clear_line(arguments: tuple[str, ...], words: str) -> None:
    done = harness(*arguments)
    assert done.returncode == 2
    assert words in done.stderr.splitlines()[0]


def test_a_kill_loses_nothing_that_was_finished(tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", [{**r, "answer": FINE * 4} for r in ROWS * 2])
    audit(job(log), tmp_path / "whole")
    killed = tmp_path / "killed"
    options = ["--judge", "none", "--as-of", "2026-11-22", "-o", str(killed), "--workers", "2", "--fail-on", "5"]
    command = [sys.executable, "-m", "harness", "audit", str(log), *options]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while process.poll() is None and not ((killed / JOURNAL).exists() and (killed / JOURNAL).stat().st_size):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = (killed / JOURNAL).read_bytes()
    assert kept
    done = subprocess.run([*command, "--resume"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (killed / JOURNAL).read_bytes().startswith(kept[: kept.rindex(b"\n") + 1])
    whole = results(tmp_path / "whole")
    assert {name: results(killed)[name] for name in whole} == whole
    tables = {name for name in files(killed) if name.split(".")[0] in ("outcomes", "findings", "rejected")}
    assert tables | set(files(tmp_path / "whole")) == set(files(killed))
    assert len(tables) == 3


CHEAP = """
import sys
from pathlib import Path
from harness.auditor import Auditor
from harness.logs import scoring
from tests.logs.conftest import audit, job

cheap = Auditor.default(judge=scoring._NoJudge(), scorers=["disclaimer"])
scoring._auditor = lambda *key: cheap
audit(job(Path(sys.argv[1])), Path(sys.argv[2]))
# not ru_maxrss: a new process inherits that of the one that started it
print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))
"""


def test_memory_is_flat(tmp_path: Path) -> None:
    peaks = []
    for rows in (200, 2000):
        log = jsonl(tmp_path / f"{rows}.jsonl", ({"answer": FINE, "filler": "x" * 20_000} for _ in range(rows)))
        command = [sys.executable, "-c", CHEAP, str(log), str(tmp_path / str(rows))]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout))
    assert peaks[1] < 1.15 * peaks[0]  # the longer log is 36 MB more
