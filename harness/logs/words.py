"""Words of a record, kept beside the journal: it holds a salted commitment to them, so that they can be erased.

A commitment is SHA-256 over a random salt of 32 bytes and the words. Who has both can check it; once salt and words are
erased, it tells nothing, not even to who guesses the words.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import DatasetError

ERASED = "(erased)"
_SALT = 32  # bytes
_WORDS = frozenset({"answer", "id", "message", "question", "quote", "reason", "rejected", "source"})
_TOMBSTONE = b'{"erased": true}\n'
Record = dict[str, Any]


def split(record: Record) -> tuple[Record, list[Any]]:
    """A record with null in place of every text that may hold a person's words, and these texts in their order."""
    words: list[Any] = []

    def without(value: Any) -> Any:
        if isinstance(value, list):
            return [without(one) for one in value]
        if not isinstance(value, dict):
            return value
        bare = {}
        for key in sorted(value):
            if key in _WORDS:
                words.append(value[key])
            bare[key] = None if key in _WORDS else without(value[key])
        return bare

    return without(record), words


def joined(record: Record, words: list[Any] | None) -> Record:
    """The record that was ``split``; None for words stands for erased ones.

    Raises:
        ValueError: where there are more or fewer words than places for them.
    """
    rest = None if words is None else iter(words)

    def whole(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: (ERASED if rest is None else next(rest)) if k in _WORDS else whole(v) for k, v in value.items()}
        return [whole(one) for one in value] if isinstance(value, list) else value

    try:
        told: Record = whole(record)
    except StopIteration:
        raise ValueError("words are missing") from None
    if rest is not None and next(rest, rest) is not rest:
        raise ValueError("words are left over")
    return told


def commitment(salt: str, words: list[Any]) -> str:
    """The SHA-256 of a salt (in hex) and words."""
    return hashlib.sha256(bytes.fromhex(salt) + _body(words)).hexdigest()


def salted(words: list[Any]) -> tuple[str, bytes]:
    """The commitment to words under a new salt, and the line that holds both."""
    salt = secrets.token_hex(_SALT)
    return commitment(salt, words), b'{"salt": "%s", "words": %s}\n' % (salt.encode(), _body(words))


def _body(words: list[Any]) -> bytes:
    return json.dumps(words, ensure_ascii=False).encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the words file and the offset where it ends; ``words`` is None where they were erased."""

    raw: bytes
    end: int
    commitment: str
    words: list[Any] | None

    @property
    def kept(self) -> bool:
        """Whether the words are still there."""
        return self.words is not None


def read_words(path: Path) -> Iterator[Line]:
    """Every whole line in order; a torn last line is left out.

    Raises:
        DatasetError: naming the first line that holds neither words nor a tombstone.
    """
    end = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if not raw.endswith(b"\n"):
                return
            end += len(raw)
            yield Line(raw, end, "", None) if raw == _TOMBSTONE else _line(raw, end, f"{path}:{number}")


def _line(raw: bytes, end: int, where: str) -> Line:
    try:
        told = json.loads(raw.decode("utf-8", "surrogatepass"))
        salt, words = str(told["salt"]), told["words"]
        if len(salt) != 2 * _SALT or not isinstance(words, list):
            raise ValueError
        return Line(raw, end, commitment(salt, words), words)
    except (ValueError, KeyError, TypeError):
        raise DatasetError(f"{where}: neither words nor a tombstone", hint="the file was altered") from None


def tombstone() -> bytes:
    """The line that stands where words were erased."""
    return _TOMBSTONE
