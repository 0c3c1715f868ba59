"""The recorder: ended and started again it asks only for what is missing, and packs the same bytes each time."""

from __future__ import annotations

import gzip
import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest

from harness import local_llm
from harness.errors import DatasetError
from harness.pipelines import load_pipeline
from harness.types import Answer, AnswerError, Passage, Query

ROOT = Path(__file__).parents[1]
SETTINGS = {"model": "tiny", "temperature": 0.0}


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return importlib.import_module("record")


class Counting:
    """A pipeline that counts how often it is asked; questions with NO in them fail."""

    id = "counting"
    prompt_sha = "abc"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def answer(self, query: Query) -> Answer | AnswerError:
        self.asked.append(query.text)
        if "NO" in query.text:
            return AnswerError(kind="timeout", message="too slow")
        passages = (Passage(id="p1", text="Rest helps."),)
        return Answer(text=f"on {query.text} [1]", passages=passages, model="tiny", latency_s=1.23456)


def ask(recorder, *texts, epoch=0):
    answers = [recorder.answer(Query(id="Q", text=text, epoch=epoch)) for text in texts]
    recorder.close()
    return answers


def test_what_is_written_down_is_not_asked_again(record: ModuleType, tmp_path: Path) -> None:
    pipeline, file = Counting(), tmp_path / "work" / "a.jsonl"
    first = ask(record.Recorder(pipeline, SETTINGS, file), "one", "two", "one", "NO")
    with file.open("ab") as torn:
        torn.write(b'{"sha": "cut off')
    second = ask(record.Recorder(pipeline, SETTINGS, file), "one", "two", "three", "NO")
    assert pipeline.asked == ["one", "two", "NO", "three", "NO"]
    assert second[:2] == [first[0], first[1]]
    assert isinstance(second[3], AnswerError)
    ask(record.Recorder(pipeline, SETTINGS, file), "one", epoch=1)
    ask(record.Recorder(pipeline, {**SETTINGS, "temperature": 1.0}, file), "two")
    assert pipeline.asked[5:] == ["one", "two"]


def test_an_altered_journal_is_refused(record: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    ask(record.Recorder(Counting(), SETTINGS, file), "one")
    file.write_text(file.read_text(encoding="utf-8").replace("on one", "on two"), encoding="utf-8")
    with pytest.raises(DatasetError, match="hash chain"):
        record.Recorder(Counting(), SETTINGS, file)


def test_packed_answers_replay_and_are_the_same_bytes_each_time(
    record: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "tiny.gguf"
    model.write_bytes(b"GGUF")
    monkeypatch.setattr(record, "find_model", lambda: model)
    monkeypatch.setattr(record, "engine", lambda: "engine 1")
    work, target = tmp_path / "work", tmp_path / "packed"
    file = target / "a.jsonl.gz"
    ask(record.Recorder(Counting(), SETTINGS, work / "a.jsonl"), "two", "one")
    assert record.main(["--pack", "--work", str(work), "--target", str(target)]) == 0
    before = file.read_bytes()
    record.pack(work, target)
    assert file.read_bytes() == before
    rows = [json.loads(line) for line in gzip.decompress(before).splitlines()]
    assert [row["question"] for row in rows] == ["one", "two"]
    assert rows[0]["latency_s"] == 1.23
    told = load_pipeline(f"recorded:{file}", corpus=None).answer(Query(id="Q", text="one"))
    assert isinstance(told, Answer)
    assert (told.text, told.passages[0].text) == ("on one [1]", "Rest helps.")
    contents = (target / "contents.yaml").read_text(encoding="utf-8")
    assert "answers: 2" in contents
    assert "prompt_sha: abc" in contents


def test_recording_goes_on_from_what_was_packed(
    record: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "tiny.gguf"
    model.write_bytes(b"GGUF")
    monkeypatch.setattr(record, "find_model", lambda: model)
    monkeypatch.setattr(record, "engine", lambda: "engine 1")
    target, pipeline = tmp_path / "packed", Counting()
    ask(record.Recorder(pipeline, SETTINGS, tmp_path / "old" / "a.jsonl"), "one")
    record.pack(tmp_path / "old", target)
    packed = record.recorded(target / "a.jsonl.gz")
    ask(record.Recorder(pipeline, SETTINGS, tmp_path / "new" / "a.jsonl", packed), "one", "two")
    assert pipeline.asked == ["one", "two"]
    record.pack(tmp_path / "new", target)
    assert len(record.recorded(target / "a.jsonl.gz")) == 2


def test_wordings_are_those_of_urgent_english_questions(record: ModuleType) -> None:
    suite = record.api.load_suite(ROOT / record.SUITE)
    urgent = {q.id: q.text for q in suite.questions if q.risk_tier == "R3" and q.language == "en"}
    asked = record.wordings(suite)
    assert {q.id for q in asked} == set(urgent)
    for id, text in urgent.items():
        texts = [q.text for q in asked if q.id == id]
        assert texts[0] == text
        assert 2 <= len(set(texts)) == len(texts) <= 1 + record.WORDINGS


def test_an_unknown_part_is_wrong_usage(record: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        record.main(["everything"])
    assert ended.value.code == 2
    assert "no part 'everything'" in capsys.readouterr().err


def test_without_the_model_recording_ends_in_one_line(
    record: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(local_llm, "MODEL_PACKAGE", "no_such_package_of_models")
    assert record.main(["variants"]) == 2
    assert capsys.readouterr().err.startswith("error: no local model is installed")
