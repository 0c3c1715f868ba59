from __future__ import annotations

import json

import pytest

from harness.errors import DatasetError, PipelineError
from harness.pipelines import answer_to_json, load_pipeline
from harness.types import Answer, CitationLink, Passage, Query


def write(path, *lines):
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
    return f"recorded:{path}"


def test_answers_come_back_by_question_and_epoch(tmp_path):
    full = Answer(
        text="Yes [1].",
        citations=(CitationLink(marker="1", passage_id="d#p1"),),
        passages=(Passage(id="d#p1", text="Yes."),),
        model="m",
        latency_s=1.5,
    )
    spec = write(
        tmp_path / "a.jsonl",
        answer_to_json(full, "Q1", 1),
        {"id": "Q1", "text": "first"},
        b"",
        {"id": "Q2", "text": ""},
    )
    pipeline = load_pipeline(spec, corpus=None)
    assert pipeline.answer(Query(id="Q1", text="?", epoch=1)) == full
    assert pipeline.answer(Query(id="Q1", text="?")).text == "first"
    assert pipeline.answer(Query(id="Q1", text="?", epoch=2)).kind == "missing"
    assert pipeline.answer(Query(id="Q9", text="?")).kind == "missing"
    assert pipeline.answer(Query(id="Q2", text="?")).kind == "empty"


def test_the_id_follows_the_content(tmp_path):
    one = load_pipeline(write(tmp_path / "a.jsonl", {"id": "Q", "text": "x"}), corpus=None).id
    two = load_pipeline(write(tmp_path / "a.jsonl", {"id": "Q", "text": "y"}), corpus=None).id
    assert one.startswith("recorded@1:a:")
    assert one != two


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"{", "not valid JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"id": "Q", "text": "a", "latency_s": NaN}', "NaN"),
        (b"[" * 100_000, "nested too deeply"),
        ([1], "needs an object with an id"),
        ({"text": "a"}, "needs an object with an id"),
        ({"id": "Q", "epoch": -1, "text": "a"}, "epoch"),
        ({"id": "Q", "epoch": True, "text": "a"}, "epoch"),
        ({"id": "Q"}, "text: "),
        ({"id": "A", "text": "again"}, "answered twice"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, complaint):
    spec = write(tmp_path / "a.jsonl", {"id": "A", "text": "fine"}, line)
    with pytest.raises(DatasetError, match=complaint) as caught:
        load_pipeline(spec, corpus=None)
    assert "a.jsonl:2: " in caught.value.message
    assert "\n" not in str(caught.value)


def test_missing_and_empty_files(tmp_path):
    with pytest.raises(PipelineError, match="no such file"):
        load_pipeline(f"recorded:{tmp_path / 'none.jsonl'}", corpus=None)
    with pytest.raises(DatasetError, match="no answers"):
        load_pipeline(write(tmp_path / "a.jsonl", b""), corpus=None)
    with pytest.raises(DatasetError, match="not a file"):
        load_pipeline(f"recorded:{tmp_path}", corpus=None)
