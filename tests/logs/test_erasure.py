from __future__ import annotations

import csv
import datetime as dt
import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from harness.errors import DatasetError, HarnessError, IncompleteError, SuiteError
from harness.logs import erasure
from harness.logs.counts import Counts
from harness.logs.erasure import Choice, Erased, erase
from harness.logs.folder import JOURNAL, MANIFEST, SUMMARY, VERSION, WORDS, State, Writer, records_of
from harness.logs.verify import verify_audit
from harness.logs.words import ERASED
from harness.render import log_tables
from harness.render.log_tables import altered_table, tables_of, write_tables
from tests.logs.conftest import FINE, SEVERE, jsonl

TODAY = dt.date(2026, 11, 27)
SECRET = ("zebra", "okapi", "Grüße")  # of row 2, of row 4, of both


def record(n: int, words: str, day: str = "2026-11-20") -> dict[str, Any]:
    span = {"start": 0, "end": 4, "quote": f"{words} quoted"}
    finding = {"code": "ADV302", "severity": 4, "confidence": 0.9, "message": f"{words} told", "span": span}
    finding |= {"related": [{**span, "source": f"{words}.html"}], "likelihood": "likely", "reach": "one"}
    outcome = {"scorer": "overreach", "status": "scored", "score": 0.0, "reason": words, "metrics": {}}
    about = {"where": f"log:{n}", "day": day, "version": "v1", "has": ["answer"], "id": f"person-{words}"}
    return {**about, "question": f"{words}?", "answer": f"{words}!", "outcomes": [{**outcome, "findings": [finding]}]}


RECORDS = [
    record(1, "plain", "2026-11-21"),
    record(2, "zebra Grüße"),
    {"where": "log:3", "rejected": "question: not a text"},
    record(4, "okapi Grüße", ""),
    record(5, "other", "2026-11-22"),
    {"where": "log:6", "lost": "it died"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished audit with tables."""
    made, counts = tmp_path / "out", Counts()
    made.mkdir()
    manifest = {"audit": VERSION, "signature": "judge:none", "as_of": "2026-11-22"}
    (made / MANIFEST).write_text(json.dumps(manifest))
    with closing(Writer(made)) as writer:
        writer.note({"audit": manifest})
        writer.append(RECORDS[:4])
        writer.append(RECORDS[4:])
    for one in RECORDS:
        counts.add(one)
    erasure.write_summary(made, counts)
    write_tables(made)
    return made


def run(folder: Path, **choice: Any) -> Erased:
    return erase(folder, Choice(**choice), reason="asked for", day=TODAY, tables=write_tables)


def holds(folder: Path, word: str) -> list[str]:
    """Files that hold a word in any of the ways a file may spell it."""
    spelt = {word.encode(), json.dumps(word)[1:-1].encode(), word.encode("utf-16-le")}
    found = [f.name for f in folder.iterdir() if any(s in f.read_bytes() for s in spelt)]
    for table in folder.glob("*.parquet"):  # compressed
        parquet = pytest.importorskip("pyarrow.parquet")
        found += [table.name] if word in str(parquet.read_table(table).to_pylist()) else []
    return found


def test_erased_words_are_nowhere_and_the_rest_stays(folder: Path) -> None:
    chain, rates = (folder / JOURNAL).read_bytes(), json.loads((folder / SUMMARY).read_text())
    (folder / ".words.jsonl.1.part").write_text("zebra of a process that was killed")
    assert all(len(holds(folder, word)) >= 3 for word in SECRET)
    assert run(folder, ids=["person-zebra Grüße"], rows=[4]) == Erased(rows=(2, 4), undated=())
    assert [holds(folder, word) for word in SECRET] == [[], [], []]
    assert (folder / JOURNAL).read_bytes().startswith(chain)
    assert json.loads((folder / SUMMARY).read_text()) == rates
    told = list(records_of(folder))
    assert [told[n] for n in (0, 2, 4, 5)] == [RECORDS[n] for n in (0, 2, 4, 5)]
    assert (told[1]["id"], told[1]["day"], told[1]["where"]) == (ERASED, "2026-11-20", "log:2")
    assert told[1]["outcomes"][0]["findings"][0]["code"] == "ADV302"
    checked = verify_audit(folder)
    assert checked.whole
    assert checked.lines() == ["intact: 6 rows, judge:none", "erased 2026-11-27: 2 rows 2, 4 (asked for)"]
    assert altered_table(folder) is None
    assert run(folder, rows=[4]).rows == ()  # a second time changes nothing
    assert len(verify_audit(folder).erasures) == 1


def test_what_is_too_old_goes_and_what_tells_no_day_is_said(folder: Path) -> None:
    assert run(folder, before=dt.date(2026, 11, 22)) == Erased(rows=(1, 2), undated=(3, 4))
    assert run(folder, before=dt.date(2026, 11, 22), undated=True) == Erased(rows=(3, 4), undated=())
    assert [e.rows for e in verify_audit(folder).erasures] == [(1, 2), (3, 4)]
    assert next(r for r in records_of(folder) if r["where"] == "log:3")["rejected"] == ERASED
    summary = json.loads((folder / SUMMARY).read_text())
    assert summary["rejections"][0] == {"where": "log:3", "why": ERASED}
    assert (summary["rejected"], summary["answers"]) == (1, 4)


def test_rows_that_are_not_there_erase_nothing(folder: Path) -> None:
    before = {f.name: f.read_bytes() for f in folder.iterdir()}
    for choice, words in (({"ids": ["nobody"]}, "no row with words"), ({"rows": [2, 7]}, "no row 7")):
        with pytest.raises(DatasetError, match=words):
            run(folder, **choice)
    assert {f.name: f.read_bytes() for f in folder.iterdir()} == before
    (folder / MANIFEST).write_text('{"audit": 1}')
    with pytest.raises(DatasetError, match="no audit of a log whose rows"):
        run(folder, rows=[1])


def test_an_id_with_hidden_words_is_never_guessed(folder: Path) -> None:
    hidden = [{**record(n, "words"), "id": "MRN •••"} for n in (7, 8)]
    state = State()
    list(erasure.read_batches(folder, state))
    with closing(Writer(folder)) as writer:
        writer.take_up(state)
        writer.append(hidden)
    with pytest.raises(DatasetError, match="may be that of 2 rows: 7, 8"):
        run(folder, ids=["MRN 123"])


def test_nothing_is_erased_while_an_audit_is_writing(folder: Path) -> None:
    with closing(Writer(folder)), pytest.raises(SuiteError, match="another process"):
        run(folder, rows=[1])


def altered(folder: Path, name: str, old: bytes, new: bytes) -> None:
    told = (folder / name).read_bytes()
    assert old in told
    (folder / name).write_bytes(told.replace(old, new, 1))


def test_altered_words_are_named(folder: Path) -> None:
    lines = (folder / WORDS).read_bytes().splitlines(keepends=True)
    for new, words in (
        ([*lines[:1], lines[1].replace(b"zebra", b"horse"), *lines[2:]], "words of row 2 differ"),
        ([lines[0], lines[3], *lines[2:]], "words of row 2 differ"),
        ([lines[0], b'{"erased": true}\n', *lines[2:]], "words of row 2 are gone, and no erasure"),
        (lines[:-1], "words of row 6 are gone, and no erasure"),
        ([b'{"salt": "00", "words": []}\n', *lines[1:]], "words.jsonl:1: neither words nor a tombstone"),
    ):
        (folder / WORDS).write_bytes(b"".join(new))
        with pytest.raises(DatasetError, match=words):
            verify_audit(folder)
        with pytest.raises(DatasetError, match=words):
            run(folder, rows=[1])


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        (JOURNAL, b'"severity": 4', b'"severity": 1', "hash chain breaks"),
        (JOURNAL, b"asked for", b"no reason", "hash chain breaks"),
        (MANIFEST, b"2026-11-22", b"2026-11-23", "differs from the journal's copy"),
        (SUMMARY, b'"rows": 6', b'"rows": 5', "summary.json: differs"),
    ],
)
def test_altered_files_are_named_after_an_erasure(folder: Path, name: str, old: bytes, new: bytes, words: str) -> None:
    run(folder, rows=[2])
    altered(folder, name, old, new)
    with pytest.raises(DatasetError, match=words):
        verify_audit(folder)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_an_altered_table_is_named_and_the_other_kind_is_removed(
    folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "csv":
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    else:
        pytest.importorskip("pyarrow")
    run(folder, rows=[2])
    assert [t.suffix for t in tables_of(folder)] == [f".{kind}"] * 3
    assert altered_table(folder) is None
    findings = folder / f"findings.{kind}"
    if kind == "csv":
        rows = list(csv.reader(findings.open(encoding="utf-8")))
        findings.write_text("".join(",".join(r) + "\n" for r in rows[:-1]), encoding="utf-8")
    else:
        log_tables._parquet(findings, log_tables.COLUMNS["findings"], iter([]))
    assert altered_table(folder) == findings


KILLED = """
import datetime as dt, os, signal, sys
from pathlib import Path
from harness.logs import erasure
from harness.render.log_tables import write_tables

def die(*_): os.kill(os.getpid(), signal.SIGKILL)
at, folder = sys.argv[1], Path(sys.argv[2])
if at == "tables":
    tables = die
else:
    tables = write_tables
    setattr(erasure, at, die)
erasure.erase(folder, erasure.Choice(rows=[2, 4]), reason="asked for", day=dt.date(2026, 11, 27), tables=tables)
"""


@pytest.mark.parametrize("at", ["write_summary", "tables", "tombstone", "_flush_folder"])
def test_killed_in_the_middle_it_is_finished_by_the_next(folder: Path, at: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, at, str(folder)], check=False)
    assert done.returncode == -signal.SIGKILL
    if at != "_flush_folder":  # then the words file is already replaced
        assert holds(folder, "zebra")
        with pytest.raises(IncompleteError, match="erasure of row 2 was not finished"):
            verify_audit(folder)
        assert run(folder).rows == (2, 4)
    assert [holds(folder, word) for word in SECRET] == [[], [], []]
    assert len(verify_audit(folder).erasures) == 1
    assert altered_table(folder) is None


def test_a_full_disk_keeps_the_old_words_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(erasure.os, "fsync", full)
    with pytest.raises(HarnessError, match="can't write"):
        run(folder, rows=[2])
    monkeypatch.undo()
    assert not list(folder.glob(".*"))
    run(folder)
    assert verify_audit(folder).whole


def harness(*arguments: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_commands(tmp_path: Path) -> None:
    rows = [{"id": f"r{n}", "answer": f"{FINE} {SEVERE}", "question": f"Quagga {n}?"} for n in range(3)]
    log, out = jsonl(tmp_path / "log.jsonl", rows), tmp_path / "out"
    done = harness("audit", log, "--judge", "none", "--keep-text", "--fail-on", 5, "-o", out)
    assert done.returncode == 0, done.stderr
    assert harness("verify", out).returncode == 0
    assert "needs a --reason" in harness("erase", out, "--id", "r1").stderr
    done = harness("erase", out, "--id", "r1", "--reason", "asked for")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert not holds(out, "Quagga 1")
    assert holds(out, "Quagga 2")
    done = harness("verify", out)
    assert done.returncode == 0, done.stderr
    assert "row 2 (asked for)" in done.stdout
    done = harness("erase", out, "--before", "2026-11-01", "--reason", "kept for 30 days")
    assert done.returncode == 3
    assert "2 rows tell no day and stay" in done.stderr
    done = harness("erase", out)
    assert done.returncode == 2
    assert "nothing to erase" in done.stderr.splitlines()[0]
