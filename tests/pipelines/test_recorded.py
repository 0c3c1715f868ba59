from __future__ import annotations

import gzip
import json

import pytest

from harness.errors import DatasetError, PipelineError
from harness.pipelines import answer_to_json, load_pipeline
from harness.pipelines.prompts import load_prompt
from harness.types import Answer, AnswerError, CitationLink, Passage, Query


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
    with pytest.raises(PipelineError, match="a prompt has to be named") as caught:
        load_pipeline(f"recorded:{tmp_path}", corpus=None)
    assert caught.value.hint.endswith("to the prompts a")


def pack(path, *lines):
    path.write_bytes(gzip.compress("\n".join(json.dumps(line) for line in lines).encode(), mtime=0))
    return f"recorded:{path}"


def test_a_compressed_file_replays_like_a_plain_one(tmp_path):
    lines = ({"id": "Q", "text": "x"}, {"id": "Q", "epoch": 1, "text": "y"})
    packed = load_pipeline(pack(tmp_path / "a.jsonl.gz", *lines), corpus=None)
    plain = load_pipeline(write(tmp_path / "a.jsonl", *lines), corpus=None)
    assert packed.answers == plain.answers
    assert packed.id == plain.id


@pytest.mark.parametrize(
    "content",
    [b"not gzip", gzip.compress(b'{"id": "Q", "text": "x"}' * 99, mtime=0)[:-20], b""],
    ids=["something else", "cut short", "empty"],
)
def test_a_broken_archive_is_refused(tmp_path, content):
    (tmp_path / "a.jsonl.gz").write_bytes(content)
    with pytest.raises(DatasetError, match=r"a\.jsonl\.gz"):
        load_pipeline(f"recorded:{tmp_path / 'a.jsonl.gz'}", corpus=None)


def test_an_answer_to_other_words_never_serves(tmp_path):
    lines = ({"id": "Q", "question": "Is it bad?", "text": "x"}, {"id": "Q", "question": "is it bad", "text": "y"})
    pipeline = load_pipeline(write(tmp_path / "a.jsonl", *lines, {"id": "R", "text": "z"}), corpus=None)
    assert pipeline.answer(Query(id="Q", text="Is it bad?")).text == "x"
    assert pipeline.answer(Query(id="Q", text="is it bad")).text == "y"
    missing = pipeline.answer(Query(id="Q", text="is it good"))
    assert missing == AnswerError(kind="missing", message="no recorded answer for Q, epoch 0, in these words")
    assert pipeline.answer(Query(id="Q", text="Is it bad?", epoch=1)).kind == "missing"
    assert pipeline.answer(Query(id="R", text="whatever the words")).text == "z"


@pytest.mark.parametrize("question", [7, None, ["Is it?"]])
def test_a_question_that_is_no_text_is_refused(tmp_path, question):
    with pytest.raises(DatasetError, match=r"a\.jsonl:1: question"):
        load_pipeline(write(tmp_path / "a.jsonl", {"id": "Q", "question": question, "text": "x"}), corpus=None)


PROMPT = "---\nname: short\nversion: 1\n---\n# user\n{question}\n"


def test_a_folder_holds_the_answers_to_each_prompt(tmp_path):
    prompt = tmp_path / "short.md"
    prompt.write_text(PROMPT, encoding="utf-8")
    parameters = {"prompt_sha": load_prompt(prompt).sha}
    spec = f"recorded:{tmp_path}"
    pack(tmp_path / "short.jsonl.gz", {"id": "Q", "text": "x", "parameters": parameters})
    pipeline = load_pipeline(spec, corpus=None, prompt=prompt)
    assert (pipeline.prompt_sha, pipeline.answer(Query(id="Q", text="?")).text) == (parameters["prompt_sha"], "x")
    with pytest.raises(PipelineError, match="no answers to the prompt long"):
        load_pipeline(spec, corpus=None, prompt=tmp_path / "long.md")
    with pytest.raises(PipelineError, match="one file takes no prompt"):
        load_pipeline(f"{spec}/short.jsonl.gz", corpus=None, prompt=prompt)
    prompt.write_text(PROMPT + "Be brief.\n", encoding="utf-8")
    with pytest.raises(PipelineError, match="not recorded with"):
        load_pipeline(spec, corpus=None, prompt=prompt)


def test_answers_to_several_prompts_in_one_file_stand_for_none(tmp_path):
    prompt = tmp_path / "a.md"
    prompt.write_text(PROMPT, encoding="utf-8")
    lines = [{"id": f"Q{i}", "text": "x", "parameters": {"prompt_sha": f"{i}"}} for i in range(2)]
    spec = pack(tmp_path / "a.jsonl.gz", *lines)
    assert load_pipeline(spec, corpus=None).prompt_sha == ""
    with pytest.raises(PipelineError, match="not recorded with"):
        load_pipeline(f"recorded:{tmp_path}", corpus=None, prompt=prompt)
