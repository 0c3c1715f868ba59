from __future__ import annotations

import pytest

from harness.errors import PipelineError
from harness.pipelines import load_pipeline
from harness.types import AnswerError, Query, Turn
from tests.pipelines.conftest import Reply

QUERY = Query(id="q", text="What is chemo?", turns=(Turn(role="user", text="hello"),), facts=("age 50",))


def ask(server, **options):
    return load_pipeline(f"http:{server.url}/ask", corpus=None, options=options).answer(QUERY)


def test_posts_a_question_and_reads_the_answer(server):
    server.script(Reply(body={"answer": "A drug [1].", "passages": ["Chemo is a drug."], "model": "m1"}))
    answer = ask(server)
    assert (answer.text, answer.model, answer.passages[0].text) == ("A drug [1].", "m1", "Chemo is a drug.")
    assert answer.latency_s > 0
    assert server.requests == [
        {
            "id": "q",
            "question": "What is chemo?",
            "turns": [{"role": "user", "text": "hello"}],
            "facts": ["age 50"],
        }
    ]


def test_mapping_is_configurable(server, monkeypatch):
    monkeypatch.setenv("SITE_KEY", "s3cret")
    server.script(Reply(body={"data": {"out": ["Hi [1]."], "docs": [{"content": "Hi.", "meta": {"id": "d1"}}]}}))
    answer = ask(
        server,
        reply={"text": "data.out.0", "passages": "data.docs", "passage": {"text": "content", "id": "meta.id"}},
        request={"question": "query", "facts": ""},
        headers_from_env={"X-Key": "SITE_KEY"},
    )
    assert answer.cited("1").id == "d1"
    assert server.requests[0].keys() == {"id", "query", "turns"}
    assert server.headers[0]["x-key"] == "s3cret"


def test_survives_429_500_broken_json_and_empty_answers(server, waited):
    server.script(
        Reply(status=429, headers={"Retry-After": "7"}),
        Reply(status=500),
        Reply(body=b"{broken"),
        Reply(body={"answer": ""}),
        Reply(body={"answer": "there"}),
    )
    assert ask(server, retries=4).text == "there"
    assert waited[0] == 7.0
    assert len(waited) == 4


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=503), "http"),
        (Reply(status=404), "http"),
        (Reply(status=302, headers={"Location": "/x"}), "http"),
        (Reply(body=b"\xff"), "format"),
        (Reply(body=b"[" * 200_000), "format"),
        (Reply(body={"reply": "elsewhere"}), "format"),
        (Reply(body={"answer": "a", "passages": [3]}), "format"),
        (Reply(body={"answer": "x" * 300_000}), "format"),
        (Reply(body=b" " * 5_000_000), "format"),
        (Reply(body={"answer": " "}), "empty"),
    ],
)
def test_what_does_not_pass_is_a_value(server, reply, kind):
    server.script(reply)
    error = ask(server, retries=1)
    assert isinstance(error, AnswerError)
    assert error.kind == kind
    assert "\n" not in error.message


def test_a_silent_server_times_out(server):
    server.script(Reply(hold=True))
    error = ask(server, retries=0, timeout_s=0.2)
    assert (error.kind, error.attempts) == ("timeout", 1)


def test_nobody_there_is_a_connection_error_without_secrets(server):
    server.close()
    address = server.url.replace("http://", "http://user:hunter2@")
    error = load_pipeline(f"http:{address}/ask?token=abc", corpus=None, options={"retries": 0}).answer(QUERY)
    assert error.kind == "connection"
    assert "hunter2" not in error.message
    assert "abc" not in error.message


def test_the_id_holds_the_mapping_but_no_secret(server):
    plain = load_pipeline("http:https://me:pw@host/ask?k=abc", corpus=None)
    mapped = load_pipeline("http:https://me:pw@host/ask?k=abc", corpus=None, options={"reply": {"text": "out"}})
    assert plain.id.startswith("http@1:https://host/ask:")
    assert plain.id != mapped.id
    assert plain.prompt_sha == ""


@pytest.mark.parametrize(
    ("spec", "options", "complaint"),
    [
        ("http:ftp://x", {}, "not a URL"),
        ("http:nonsense", {}, "not a URL"),
        ("http:https://x", {"timeout": 3}, "timeout: unknown option"),
        ("http:https://x", {"timeout_s": 0}, "timeout_s: "),
        ("http:https://x", {"reply": {"txt": "a"}}, "reply.txt: unknown option"),
        ("http:https://x", {"headers_from_env": {"X": "NOT_SET_HERE"}}, "NOT_SET_HERE is not set"),
    ],
)
def test_bad_specs_say_what_is_wrong(spec, options, complaint):
    with pytest.raises(PipelineError, match=complaint) as caught:
        load_pipeline(spec, corpus=None, options=options)
    assert caught.value.hint
