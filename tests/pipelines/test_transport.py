from __future__ import annotations

import time

import pytest

from harness.pipelines.transport import (
    MAX_ANSWER_CHARS,
    MAX_REPLY_BYTES,
    CallFailed,
    Retry,
    public_address,
    read_bounded,
    status_failure,
)
from harness.types import Answer, AnswerError


def failing(*failures: CallFailed):
    """A call that fails in turn and then answers."""
    left = list(failures)

    def ask() -> Answer:
        if left:
            raise left.pop(0)
        return Answer(text="fine")

    return ask


def test_tries_again_only_what_may_pass():
    busy = status_failure("x", 429, None)
    assert Retry(retries=2).run("q", failing(busy, busy)).text == "fine"
    lasting = Retry(retries=2).run("q", failing(status_failure("x", 401, None)))
    assert lasting == AnswerError(kind="http", message="x: HTTP 401", attempts=1)
    worn_out = Retry(retries=2).run("q", failing(busy, busy, busy))
    assert worn_out == AnswerError(kind="http", message="x: HTTP 429", attempts=3)


def test_waits_grow_are_scattered_and_capped(waited):
    retry = Retry(retries=3, base_s=1.0, cap_s=3.0)
    failures = [status_failure("x", 503, None) for _ in range(3)]
    retry.run("q", failing(*failures))
    assert 0.5 <= waited[0] <= 1.0
    assert 1.0 <= waited[1] <= 2.0
    assert 2.0 <= waited[2] <= 3.0
    assert waited == [retry.wait_s("q", n) for n in (1, 2, 3)]
    assert retry.wait_s("q", 1) != retry.wait_s("another", 1)
    assert retry.wait_s("q", 10_000) == 3.0


def test_retry_after_is_honoured_up_to_the_cap():
    retry = Retry(base_s=0.1, cap_s=5.0)
    assert retry.wait_s("q", 1, status_failure("x", 429, "2").retry_after_s) == 2.0
    assert retry.wait_s("q", 1, status_failure("x", 429, "3600").retry_after_s) == 5.0
    assert status_failure("x", 429, "Wed, 21 Oct 2026 07:28:00 GMT").retry_after_s is None


def test_empty_and_too_large_answers_are_errors():
    empty = Retry(retries=1).run("q", lambda: Answer(text=" \n"))
    assert (empty.kind, empty.attempts) == ("empty", 2)
    huge = Retry(retries=1).run("q", lambda: Answer(text="x" * (MAX_ANSWER_CHARS + 1)))
    assert (huge.kind, huge.attempts) == ("format", 1)


def test_reading_stops_at_its_bounds():
    later = time.monotonic() + 60
    assert read_bounded([b"ab", b"c"], deadline=later, where="x") == b"abc"
    with pytest.raises(CallFailed, match="larger"):
        read_bounded((b"x" * 1_000_000 for _ in range(10**9)), deadline=later, where="x")
    with pytest.raises(CallFailed, match="in time"):
        read_bounded([b"drip"], deadline=time.monotonic() - 1, where="x")
    assert MAX_REPLY_BYTES > MAX_ANSWER_CHARS


def test_an_address_shows_no_secret():
    assert public_address("https://me:pw@host.org:8443/v1/?key=abc#x") == "https://host.org:8443/v1"
