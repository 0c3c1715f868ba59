from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.pipelines.call import CallContext, current, working_on
from harness.pipelines.transport import (
    MAX_ANSWER_CHARS,
    MAX_REPLY_BYTES,
    CallFailed,
    Retry,
    delay_s,
    public_address,
    read_bounded,
    status_failure,
    time_for,
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


def test_retry_after_is_honoured(waited):
    retry = Retry(base_s=0.1, cap_s=5.0)
    assert retry.run("q", failing(status_failure("x", 429, "42"))).text == "fine"
    assert waited == [42.0]


NOW = dt.datetime(2026, 10, 21, 7, 27, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2.0),
        (" 1.5 ", 1.5),
        ("0", 0.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 30.0),
        ("Wednesday, 21-Oct-26 07:28:00 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:20:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("9" * 400, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    assert delay_s(header, NOW) == seconds


@given(st.text(max_size=40))
def test_any_retry_after_is_a_wait_or_nothing(header):
    wait = delay_s(header, NOW)
    assert wait is None or wait >= 0


def test_a_wait_that_is_too_long_is_not_cut_short_but_ends_it(waited):
    gone = Retry(retries=3).run("q", failing(status_failure("x", 429, "3600")))
    assert (gone.kind, gone.attempts) == ("http", 1)
    assert "3600 s away" in gone.message
    with working_on(CallContext(deadline=time.monotonic() + 10)):
        assert isinstance(Retry(retries=3).run("q", failing(status_failure("x", 429, "30"))), AnswerError)
        assert Retry(retries=3).run("q", failing(status_failure("x", 429, "5"))).text == "fine"
    assert waited == [5.0]


def test_a_try_gets_no_more_time_than_its_item_has():
    assert time_for(60.0, "x") == 60.0
    with working_on(CallContext(deadline=time.monotonic() + 5)):
        assert 4 < time_for(60.0, "x") <= 5
        assert time_for(1.0, "x") == 1.0
        current().give_up()
        with pytest.raises(CallFailed, match="time is up"):
            time_for(60.0, "x")


def test_a_busy_server_is_reported_and_others_are_not():
    heard = []
    with working_on(CallContext(on_congestion=lambda started, rest: heard.append(rest))):
        busy = [
            status_failure("x", 429, "3"),
            status_failure("x", 503, None),
            CallFailed("timeout", "x", transient=True),
        ]
        Retry(retries=3).run("q", failing(*busy))
        Retry(retries=3).run("q", failing(status_failure("x", 500, None), CallFailed("format", "x", transient=True)))
    assert heard == [3.0, None, None]


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
