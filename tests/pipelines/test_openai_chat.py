from __future__ import annotations

import pytest

from harness.errors import PipelineError
from harness.pipelines import load_pipeline
from harness.types import AnswerError, Query, Turn
from tests.pipelines.conftest import AS_OF, Reply

QUERY = Query(id="q", text="Does hair grow back after chemo?", turns=(Turn(role="assistant", text="Hello"),))
SECRET = "sk-very-secret"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def load(server, corpus, prompt=None, **options):
    given = {"base_url": f"{server.url}/v1", "retries": 1, **options}
    return load_pipeline("openai:tiny", corpus=corpus, prompt=prompt, options=given, as_of=AS_OF)


def test_retrieved_passages_are_numbered_and_cited(server, corpus, chat_reply):
    server.script(Reply(body=chat_reply("It grows back [1], see also [2] and [99].")))
    answer = load(server, corpus, top_k=2).answer(QUERY)
    assert answer.cited("1").id == "hair-changes#p1"
    assert [link.marker for link in answer.citations] == ["1", "2"]
    assert len(answer.passages) == 2
    assert (answer.model, answer.usage.prompt_tokens, answer.usage.completion_tokens) == ("tiny-model", 11, 7)
    assert answer.latency_s > 0
    sent = server.requests[0]
    assert (sent["model"], sent["temperature"]) == ("tiny", 0)
    assert [m["role"] for m in sent["messages"]] == ["system", "assistant", "user"]
    assert "2026-11-22" in sent["messages"][0]["content"]
    assert "[1] National Cancer Institute, Coping with treatment, 2024, section 1" in sent["messages"][-1]["content"]
    assert QUERY.text in sent["messages"][-1]["content"]
    assert server.headers[0]["authorization"] == f"Bearer {SECRET}"


def test_without_retrieval_no_corpus_is_needed(server, chat_reply):
    server.script(Reply(body=chat_reply("Plain [1].")))
    answer = load(server, None, retrieval=False, max_tokens=50, seed=3).answer(QUERY)
    assert (answer.passages, answer.citations) == ((), ())
    assert server.requests[0]["max_tokens"] == 50
    assert server.requests[0]["seed"] == 3


def test_survives_429_500_broken_json_and_empty_answers(server, chat_reply, waited):
    server.script(
        Reply(status=429, headers={"Retry-After": "3"}, body={"error": {"message": SECRET}}),
        Reply(status=500),
        Reply(body=b"{broken"),
        Reply(body=chat_reply("")),
        Reply(body=chat_reply("there")),
    )
    assert load(server, None, retrieval=False, retries=4).answer(QUERY).text == "there"
    assert waited[0] == 3.0
    assert len(server.requests) == 5


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=401, body={"error": {"message": f"bad key {SECRET}"}}), "http"),
        (Reply(status=503), "http"),
        (Reply(body={"choices": []}), "format"),
        (Reply(body=b"<html>"), "format"),
        (Reply(body={"choices": [{"message": {"role": "assistant", "content": None}}]}), "empty"),
        (Reply(body=b"1" * 5_000_000), "format"),
    ],
)
def test_what_does_not_pass_is_a_value_without_secrets(server, reply, kind):
    server.script(reply)
    error = load(server, None, retrieval=False).answer(QUERY)
    assert isinstance(error, AnswerError)
    assert error.kind == kind
    assert SECRET not in error.message


def test_timeouts_and_refused_connections(server):
    server.script(Reply(hold=True))
    assert load(server, None, retrieval=False, retries=0, timeout_s=0.3).answer(QUERY).kind == "timeout"
    server.close()
    assert load(server, None, retrieval=False, retries=0).answer(QUERY).kind == "connection"


def test_the_id_holds_what_changes_answers(server, corpus, tmp_path):
    base = load(server, corpus)
    assert base.id.startswith(f"openai@1:tiny:t=0:{server.url}/v1:hybrid@2:k=6")
    assert load(server, corpus, temperature=0.5).id != base.id
    assert load(server, corpus, top_k=2).id != base.id
    assert SECRET not in base.id
    prompt = tmp_path / "p.md"
    prompt.write_text("---\nname: p\nversion: 1\n---\n# user\n{passages} {question}")
    assert load(server, corpus, prompt=prompt).prompt_sha != base.prompt_sha


def test_base_url_may_come_from_the_environment(server, monkeypatch, chat_reply):
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/other")
    server.script(Reply(body=chat_reply("hi")))
    pipeline = load_pipeline("openai", corpus=None, options={"model": "m", "retrieval": False})
    assert pipeline.answer(QUERY).text == "hi"


def test_bad_choices_say_what_is_wrong(server, corpus, monkeypatch, tmp_path):
    with pytest.raises(PipelineError, match="retrieval needs a corpus"):
        load(server, None)
    with pytest.raises(PipelineError, match="temprature: unknown option"):
        load(server, corpus, temprature=1)
    with pytest.raises(PipelineError, match="model: is missing"):
        load_pipeline("openai", corpus=None, options={"retrieval": False})
    with pytest.raises(PipelineError, match="base_url is not a URL"):
        load(server, None, retrieval=False, base_url="localhost")
    prompt = tmp_path / "p.md"
    prompt.write_text("---\nname: p\nversion: 1\n---\n# user\n{passages} {question}")
    with pytest.raises(PipelineError, match="retrieval is off"):
        load(server, None, prompt=prompt, retrieval=False)
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(PipelineError, match="OPENAI_API_KEY is not set"):
        load(server, None, retrieval=False)
