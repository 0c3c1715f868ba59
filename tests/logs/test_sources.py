from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import DatasetError, SuiteError
from harness.logs import sources
from harness.logs.adapters import rows_of
from harness.logs.fields import FIELDS, entry_of, parse_map
from harness.logs.sources import Rejected, Row, count, files_of, is_log, read
from tests.logs.conftest import FINE, jsonl

few = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def entries(file: Path, mapping: str = "") -> list[Any]:
    return [entry_of(row, parse_map(mapping)) for row in read(file) if isinstance(row, Row)]


def test_a_bad_row_is_told_with_its_line_and_the_rest_is_read(tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", [{"answer": FINE}, "{oops", "", {"answer": FINE}])
    first, bad, last = read(log)
    assert isinstance(first, Row)
    assert isinstance(bad, Rejected)
    assert bad.where == f"{log}:2"
    assert "not valid JSON" in bad.why
    assert not bad.file
    assert isinstance(last, Row)
    assert last.where == f"{log}:4"
    assert count(log) == 3


def test_bytes_that_are_not_utf8_and_a_line_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b'{"answer": "caf\xe9"}\n' + b'{"answer": "' + b"x" * 300 + b'"}\n{"answer": "y"}')
    monkeypatch.setattr(sources, "MAX_LINE", 100)
    found = list(read(log))
    assert [getattr(f, "why", "") for f in found] == ["byte 15 is not UTF-8", "more than 100 bytes", ""]
    assert [f.where for f in found] == [f"{log}:{n}" for n in (1, 2, 3)]


def test_gz_and_a_torn_gz(tmp_path: Path) -> None:
    rows = [{"answer": f"{FINE} {n * 7919 % 1009}"} for n in range(500)]
    log = tmp_path / "log.jsonl.gz"
    log.write_bytes(gzip.compress("".join(json.dumps(r) + "\n" for r in rows).encode()))
    assert [e.answer.text for e in entries(log)] == [r["answer"] for r in rows]
    log.write_bytes(log.read_bytes()[:-40])
    found = list(read(log))
    assert isinstance(found[-1], Rejected)
    assert found[-1].file
    assert all(isinstance(f, Row) for f in found[:-2])
    assert count(log) == len(found)


def test_no_gz_at_all(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl.gz"
    log.write_bytes(b"plain words")
    (found,) = read(log)
    assert isinstance(found, Rejected)
    assert found.file


def test_folders_and_globs_in_order(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    named = [tmp_path / "b.jsonl", tmp_path / "a.jsonl", tmp_path / "deep" / "c.jsonl"]
    for file in named:
        jsonl(file, [{"answer": FINE}])
    (tmp_path / "notes.txt").write_text("no log")
    b, a, c = named
    assert files_of(str(tmp_path)) == (a, b, c)
    assert files_of(str(tmp_path / "*.jsonl")) == (a, b)
    assert files_of(str(a)) == (a,)
    assert is_log(str(tmp_path))
    assert not is_log(str(a))
    assert is_log("night.json")
    for wrong, words in (
        (tmp_path / "*.csv", "no file fits"),
        (tmp_path / "*.txt", "not a log"),
        (tmp_path / "none.jsonl", "No such file"),
        (tmp_path / "notes.txt", "not a log"),
    ):
        with pytest.raises(DatasetError, match=words):
            files_of(str(wrong))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="without logs"):
        files_of(str(tmp_path / "empty"))


def test_a_mapping_reaches_into_the_row(tmp_path: Path) -> None:
    row = {
        "output": {"text": FINE},
        "input": "Does it hurt?",
        "request_id": 7,
        "contexts": ["Joint pain is common.", {"text": "Ask."}],
        "at": 1763805600000,
        "release": {"tag": "v3"},
    }
    log = jsonl(tmp_path / "log.jsonl", [row])
    mapping = "answer=output.text, question=input,id=request_id,passages=contexts,day=at,version=release.tag"
    (entry,) = entries(log, mapping)
    assert (entry.answer.text, entry.question, entry.id, entry.day, entry.version) == (
        FINE,
        "Does it hurt?",
        "7",
        "2025-11-22",
        "v3",
    )
    assert [p.text for p in entry.answer.passages] == ["Joint pain is common.", "Ask."]
    assert set(entry.has) == {"answer", "question", "id", "passages", "day", "version"}


@pytest.mark.parametrize("wrong", ["answer", "answer=", "colour=a", "id=a,id=b"])
def test_mappings_that_are_refused(wrong: str) -> None:
    with pytest.raises(SuiteError, match="--map"):
        parse_map(wrong)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([], "not an object"),
        ({}, "answer: is not there"),
        ({"answer": " "}, "answer: is empty"),
        ({"answer": {"text": "x"}}, "answer: is not a text"),
        ({"answer": "", "error": "rate\nlimit"}, "no answer, but an error: rate limit"),
        ({"answer": FINE, "question": 3}, "question: not a text"),
        ({"answer": FINE, "facts": "old"}, "facts: not a list"),
        ({"answer": FINE, "turns": [1]}, "turns"),
        ({"answer": FINE, "passages": [3]}, "passages"),
        ({"answer": FINE, "day": "soon"}, "day"),
        ({"answer": FINE, "day": 1e300}, "day"),
    ],
)
def test_rows_that_are_refused(row: Any, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        entry_of(Row("log.jsonl:1", row, row), {})


@few
@given(st.dictionaries(st.sampled_from(FIELDS), st.one_of(st.none(), st.text(), st.floats(), st.lists(st.text()))))
def test_any_row_is_an_entry_or_one_clear_line(row: dict[str, Any]) -> None:
    try:
        entry = entry_of(Row("log.jsonl:1", row, row), {})
    except DatasetError as problem:
        assert "\n" not in problem.message
    else:
        assert entry.answer.text.strip()


@few
@given(st.recursive(st.none() | st.text() | st.integers(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)))
def test_any_json_is_rows_or_one_clear_line(data: Any) -> None:
    try:
        rows_of(data)
    except DatasetError as problem:
        assert "\n" not in problem.message


INSPECT = {
    "version": 2,
    "status": "success",
    "eval": {"task": "ask", "model": "openai/gpt-x", "created": "2026-11-20T08:00:00+00:00"},
    "samples": [
        {
            "id": "q1",
            "epoch": 1,
            "input": "What is HER2?",
            "target": "",
            "metadata": {"contexts": ["HER2 is a protein."]},
            "output": {"model": "gpt-x", "choices": [{"message": {"role": "assistant", "content": "A protein."}}]},
        },
        {
            "id": "q1",
            "epoch": 2,
            "input": [
                {"role": "system", "content": "Be kind."},
                {"role": "user", "content": "I take letrozole."},
                {"role": "assistant", "content": "I see."},
                {"role": "user", "content": [{"type": "text", "text": "Does it hurt?"}]},
            ],
            "output": {"completion": FINE, "choices": []},
            "completed_at": "2026-11-21T00:10:00+00:00",
        },
        {"id": "q2", "epoch": 1, "input": "?", "output": {"choices": []}, "error": {"message": "timed out"}},
    ],
}


def test_an_inspect_log(tmp_path: Path) -> None:
    log = tmp_path / "eval.json"
    log.write_text(json.dumps(INSPECT))
    *good, bad = read(log)
    one, two = (entry_of(r, {}) for r in good if isinstance(r, Row))
    assert (one.id, one.answer.text, one.question, one.day) == ("q1/1", "A protein.", "What is HER2?", "2026-11-20")
    assert one.version == "openai/gpt-x"
    assert [p.text for p in one.answer.passages] == ["HER2 is a protein."]
    assert (two.id, two.answer.text, two.question, two.day) == ("q1/2", FINE, "Does it hurt?", "2026-11-21")
    assert [t["text"] for t in two.turns] == ["I take letrozole.", "I see."]
    assert isinstance(bad, Row)
    with pytest.raises(DatasetError, match="timed out"):
        entry_of(bad, {})


PROMPTFOO = {
    "evalId": "eval-1",
    "results": {
        "version": 3,
        "timestamp": "2026-11-20T08:00:00.000Z",
        "prompts": [],
        "results": [
            {
                "id": "r1",
                "testIdx": 0,
                "promptIdx": 0,
                "provider": {"id": "openai:gpt-x", "label": "candidate"},
                "prompt": {"raw": "You help. What is HER2?", "label": "p"},
                "vars": {"question": "What is HER2?", "context": "HER2 is a protein."},
                "response": {"output": "A protein."},
                "success": True,
            },
            {
                "testIdx": 1,
                "promptIdx": 0,
                "provider": {"id": "openai:gpt-x"},
                "prompt": {"raw": "Hello?", "label": "p"},
                "vars": {},
                "response": {"error": "429"},
            },
        ],
        "stats": {"successes": 1, "failures": 0, "errors": 1},
    },
    "config": {},
}


@pytest.mark.parametrize("data", [PROMPTFOO, PROMPTFOO["results"]])
def test_a_promptfoo_file(tmp_path: Path, data: Any) -> None:
    log = tmp_path / "results.json"
    log.write_text(json.dumps(data))
    first, second = (r for r in read(log) if isinstance(r, Row))
    one = entry_of(first, {})
    assert (one.id, one.answer.text, one.question, one.version) == ("r1", "A protein.", "What is HER2?", "candidate")
    assert [p.text for p in one.answer.passages] == ["HER2 is a protein."]
    assert entry_of(first, {"question": "prompt.raw"}).question == "You help. What is HER2?"
    with pytest.raises(DatasetError, match="429"):
        entry_of(second, {})


@pytest.mark.parametrize("text", ["{oops", "{}", '"words"', '{"eval": {}, "samples": null}', "[" * 100_000])
def test_a_json_that_is_no_log_is_a_broken_file(tmp_path: Path, text: str) -> None:
    log = tmp_path / "x.json"
    log.write_text(text)
    (found,) = read(log)
    assert isinstance(found, Rejected)
    assert found.file


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [{"answer": f"{FINE} {n}", "passages": ["One.", "Two."]} for n in range(600)]
    log = tmp_path / "log.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(rows), log, row_group_size=100)
    found = entries(log)
    assert [e.answer.text for e in found] == [r["answer"] for r in rows]
    assert [p.text for p in found[0].answer.passages] == ["One.", "Two."]
    assert count(log) == 600
    log.write_bytes(b"no parquet")
    (broken,) = read(log)
    assert isinstance(broken, Rejected)
    assert broken.file


def test_parquet_without_pyarrow_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(SuiteError, match="needs pyarrow"):
        list(read(tmp_path / "log.parquet"))
