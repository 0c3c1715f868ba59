from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.cache import AnswerCache
from harness.errors import HarnessError
from harness.pipelines import load_pipeline
from harness.runner import Plan, execute
from harness.types import Answer, AnswerError, CitationLink, Passage, Query, Turn, Usage
from tests.conftest import FixedJudge, Scripted, make_suite
from tests.pipelines.conftest import FakeServer, Reply, server

__all__ = ["server"]
QUERY = Query(id="EDU-001", text="What is HER2?", turns=(Turn(role="user", text="hi"),), facts=("takes letrozole",))
ANSWER = Answer(
    text="A protein [1]. \ud800 {{ 7*7 }}",
    citations=(CitationLink(marker="1", passage_id="p"),),
    passages=(Passage(id="p", text="HER2 is a protein."),),
    usage=Usage(prompt_tokens=3, completion_tokens=4),
    latency_s=0.5,
)


def cache(folder: Path, **conditions: str) -> AnswerCache:
    return AnswerCache(folder=folder, conditions={"corpus": "c", **conditions})


def test_an_answer_comes_back_as_it_was(tmp_path: Path) -> None:
    kept = cache(tmp_path)
    assert kept.get(Scripted({}), QUERY) is None
    kept.put(Scripted({}), QUERY, ANSWER)
    assert cache(tmp_path).get(Scripted({}), QUERY) == ANSWER


@pytest.mark.parametrize(
    "change",
    [{"id": "EDU-002"}, {"text": "What is HER3?"}, {"turns": ()}, {"facts": ()}, {"epoch": 1}],
    ids=lambda change: next(iter(change)),
)
def test_another_question_or_epoch_is_another_answer(tmp_path: Path, change: dict[str, Any]) -> None:
    cache(tmp_path).put(Scripted({}), QUERY, ANSWER)
    assert cache(tmp_path).get(Scripted({}), replace(QUERY, **change)) is None


def test_another_pipeline_prompt_or_corpus_is_another_answer(tmp_path: Path) -> None:
    cache(tmp_path).put(Scripted({}), QUERY, ANSWER)
    prompted = Scripted({})
    prompted.prompt_sha = "other"
    assert cache(tmp_path).get(Scripted({}, "openai@1:m:t=0.7"), QUERY) is None
    assert cache(tmp_path).get(prompted, QUERY) is None
    assert cache(tmp_path, corpus="d").get(Scripted({}), QUERY) is None


@pytest.mark.parametrize("damage", [b"", b"{", b'{"answer": {}}', b"\xff", b"[]", b"null"])
def test_a_damaged_answer_is_asked_for_again(tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    kept = cache(tmp_path)
    kept.put(Scripted({}), QUERY, ANSWER)
    (file,) = tmp_path.rglob("*.json")
    file.write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        assert kept.get(Scripted({}), QUERY) is None
    assert file.name in caplog.text
    kept.put(Scripted({}), QUERY, ANSWER)
    assert kept.get(Scripted({}), QUERY) == ANSWER


def test_an_altered_answer_is_damaged(tmp_path: Path) -> None:
    kept = cache(tmp_path)
    kept.put(Scripted({}), QUERY, ANSWER)
    (file,) = tmp_path.rglob("*.json")
    entry = json.loads(file.read_text(errors="surrogatepass"))
    entry["answer"]["text"] = "Another."
    file.write_text(json.dumps(entry))
    assert kept.get(Scripted({}), QUERY) is None


def test_a_folder_that_can_not_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HarnessError, match="can't write"):
        cache(tmp_path / "file").put(Scripted({}), QUERY, ANSWER)


def run(folder: Path, pipeline: Any, answers: Path, **fields: Any) -> Any:
    plan = Plan(suite=make_suite(3), pipeline=pipeline, judge=FixedJudge(), epochs=2, cache=answers, **fields)
    return execute(plan, folder)


def test_a_second_run_asks_for_what_it_lacks_only(tmp_path: Path) -> None:
    late = AnswerError(kind="timeout", message="late")
    first = run(tmp_path / "a", Scripted({"EDU-002": late}), tmp_path / "kept")
    again = Scripted({})
    second = run(tmp_path / "b", again, tmp_path / "kept")
    assert sorted(again.asked) == ["EDU-002#0", "EDU-002#1"]
    assert [i.cached for i in second.items] == [True, True, False, False, True, True]
    assert [i.outcomes for i in second.items if i.cached] == [
        i.outcomes for i in first.items if not i.outcomes[0].reason
    ]


def test_cached_answers_cost_nothing(tmp_path: Path) -> None:
    def answer(query: Query) -> Answer:
        return Answer(text="GOOD 5", usage=Usage(prompt_tokens=10, completion_tokens=1))

    assert run(tmp_path / "a", Scripted(answer), tmp_path / "kept").spent == Usage(
        prompt_tokens=60, completion_tokens=6
    )
    assert run(tmp_path / "b", Scripted(answer), tmp_path / "kept").spent == Usage()


def test_no_secret_is_written(tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"KEY": "sesame-header", "query": "sesame-query", "password": "sesame-password"}
    monkeypatch.setenv("KEY", secrets["KEY"])
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server.script(Reply(body={"answer": "GOOD 5"}))
    address = server.url.replace("http://", f"http://me:{secrets['password']}@") + f"/a?key={secrets['query']}"
    pipeline = load_pipeline(f"http:{address}", corpus=None, options={"headers_from_env": {"X-Key": "KEY"}})
    done = run(tmp_path / "r", pipeline, tmp_path / "kept")
    assert isinstance(done.items[0].answer, Answer)
    assert server.headers[0]["x-key"] == secrets["KEY"]
    written = [p.read_text() for p in tmp_path.rglob("*") if p.is_file()]
    assert len(list((tmp_path / "kept").rglob("*.json"))) == 6
    assert not [text for text in written if "sesame" in text]
