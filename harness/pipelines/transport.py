"""What pipelines that call something share: a retry policy, bounded reading, and failures that become AnswerErrors."""

from __future__ import annotations

import datetime as dt
import math
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from harness.pipelines.call import current
from harness.types import Answer, AnswerError

MAX_ANSWER_CHARS = 200_000
MAX_REPLY_BYTES = 4_000_000
TRANSIENT_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
BUSY_STATUS = frozenset({429, 503, 529})


class CallFailed(Exception):
    """One attempt gave no usable answer.

    Args:
        kind: as in AnswerError.
        message: one line in our words; never text from the other side, which may echo a secret.
        transient: whether trying again may help.
        retry_after_s: how long the other side asked us to wait, if it did.
        status: the HTTP status, 0 where there was none.
    """

    def __init__(
        self, kind: str, message: str, *, transient: bool, retry_after_s: float | None = None, status: int = 0
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.transient = transient
        self.retry_after_s = retry_after_s
        self.status = status

    @property
    def is_congestion(self) -> bool:
        """Whether the other side has too much to do: fewer calls at a time may help."""
        return self.status in BUSY_STATUS or self.kind == "timeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often to try and how long to wait in between.

    The wait doubles from ``base_s`` up to ``cap_s`` and is scattered over its upper half, by a hash of question and
    attempt so that runs repeat exactly. A Retry-After header is honoured: there is no try before its time, and none at
    all where that is more than ``patience_s`` away or past the item's deadline.
    """

    retries: int = 3
    base_s: float = 0.5
    cap_s: float = 20.0
    patience_s: float = 300.0

    def wait_s(self, key: str, attempt: int, retry_after_s: float | None = None) -> float:
        """Seconds to wait after the failed attempt number ``attempt`` (from 1)."""
        scatter = zlib.crc32(f"{key}:{attempt}".encode("utf-8", "replace")) / 2**32
        backoff = self.base_s * 2.0 ** min(attempt - 1, 30) * (0.5 + scatter / 2)
        return max(min(self.cap_s, backoff), retry_after_s or 0.0)

    def run(self, key: str, ask: Callable[[], Answer]) -> Answer | AnswerError:
        """Ask until there is an answer, a lasting failure, or no try or time left; fills ``latency_s``."""
        context, attempt = current(), 0
        while True:
            attempt += 1
            started = time.monotonic()
            try:
                answer = checked(ask())
            except CallFailed as failure:
                if failure.is_congestion:
                    context.congestion(started, failure.retry_after_s)
                message = failure.message
                if failure.transient and attempt <= self.retries:
                    wait = self.wait_s(key, attempt, failure.retry_after_s)
                    if wait < min(context.time_left(), self.patience_s):
                        pause(wait)
                        continue
                    message += f"; the next try would be {wait:.0f} s away, which is too late"
                return AnswerError(kind=failure.kind, message=message, attempts=attempt)
            return replace(answer, latency_s=time.monotonic() - started)


def pause(seconds: float) -> None:
    """Wait; a name of its own so that tests need not."""
    time.sleep(seconds)


def checked(answer: Answer) -> Answer:
    """The answer, if it has text of a bearable size.

    Raises:
        CallFailed: ``empty`` (worth another try) or ``format``.
    """
    if not answer.text.strip():
        raise CallFailed("empty", "the answer is empty", transient=True)
    if len(answer.text) > MAX_ANSWER_CHARS:
        size = f"{len(answer.text):,} characters"
        raise CallFailed("format", f"the answer has {size}, more than {MAX_ANSWER_CHARS:,}", transient=False)
    return answer


def read_bounded(chunks: Iterable[bytes], *, deadline: float, where: str) -> bytes:
    """All of a reply, unless it grows past 4 MB or drips past ``deadline`` (a time.monotonic() moment)."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > MAX_REPLY_BYTES:
            message = f"{where}: the reply is larger than {MAX_REPLY_BYTES:,} bytes"
            raise CallFailed("format", message, transient=False)
        if time.monotonic() > deadline:
            raise CallFailed("timeout", f"{where}: the reply did not end in time", transient=True)
    return bytes(body)


def time_for(timeout_s: float, where: str) -> float:
    """Seconds that one try may take: its own limit, or what is left of the item's time.

    Raises:
        CallFailed: ``timeout``, where nothing is left.
    """
    allowed = min(timeout_s, current().time_left())
    if allowed <= 0:
        raise CallFailed("timeout", f"{where}: the item's time is up", transient=False)
    return allowed


def status_failure(where: str, status: int, retry_after: str | None) -> CallFailed:
    """The failure an HTTP status other than 2xx stands for."""
    wait = delay_s(retry_after or "", dt.datetime.now(dt.UTC))
    transient = status in TRANSIENT_STATUS
    return CallFailed("http", f"{where}: HTTP {status}", transient=transient, retry_after_s=wait, status=status)


def delay_s(retry_after: str, now: dt.datetime) -> float | None:
    """Seconds that a Retry-After header (RFC 9110, 10.2.3) asks to wait: a number, or an HTTP date; None if neither."""
    asked = retry_after.strip()
    if asked.isascii() and asked.replace(".", "", 1).isdigit():
        wait = float(asked)
        return wait if math.isfinite(wait) else None
    try:
        when = parsedate_to_datetime(asked)
        return max(0.0, (when.replace(tzinfo=when.tzinfo or dt.UTC) - now).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def public_address(url: str) -> str:
    """Scheme, host, port and path of a URL, without user name, password and query, which may be secret."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path.rstrip('/')}"
