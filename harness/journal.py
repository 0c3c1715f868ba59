"""The journal of a run: append-only, hash-chained, and flushed to the disk as it grows."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.errors import DatasetError, HarnessError, SuiteError

GENESIS = "0" * 64


class Journal:
    """Appends records to the journal, each chained to the one before.

    It is locked while it is open; the system takes the lock off even when its holder is killed (POSIX).

    Args:
        last: the hash of the record that is the file's last.

    Raises:
        OSError: if the file can't be opened.
        SuiteError: if another process is writing it.
    """

    def __init__(self, path: Path, last: str = GENESIS) -> None:
        import fcntl

        self.path = path
        self._last = last
        self._file = path.open("ab", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise SuiteError(f"{path}: another process is writing this run", hint="wait for it to end") from None

    @property
    def head(self) -> str:
        """The hash of the last record."""
        return self._last

    def take_up(self, last: str, end: int) -> None:
        """Go on after the last whole record, which has the hash ``last`` and ends at the offset ``end``."""
        self._file.truncate(end)
        self._last = last

    def append(self, record: dict[str, Any], *, flush: bool = True) -> str:
        """Write one record and return its hash; it survives the end of this process once this returns.

        Args:
            flush: whether it shall survive the end of the machine too, with all records before it. That takes about a
                millisecond; of records that come together, the last one can do it for all.

        Raises:
            HarnessError: where the disk takes no more.
        """
        body = json.dumps(record, ensure_ascii=False, sort_keys=True)
        sha = link(self._last, body)
        line = _line(sha, body)
        try:
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if flush:
                os.fsync(self._file.fileno())
        except OSError as problem:
            hint = "make room, then go on with --resume"
            raise HarnessError(f"{self.path}: can't write: {problem.strerror}", hint=hint) from None
        self._last = sha
        return sha

    def close(self) -> None:
        """Close the file; further appends raise ValueError."""
        self._file.close()


def link(last: str, body: str) -> str:
    """The hash of a record that follows on the one with the hash ``last``."""
    return hashlib.sha256(f"{last}\n{body}".encode("utf-8", "surrogatepass")).hexdigest()


def _line(sha: str, body: str) -> bytes:
    return f'{{"sha": "{sha}", "record": {body}}}\n'.encode("utf-8", "surrogatepass")


def read_journal(path: Path) -> Iterator[tuple[str, dict[str, Any], int]]:
    """The (sha, record, end offset) of every whole record in order; a torn last line is left out.

    Raises:
        DatasetError: naming the first record that was altered.
    """
    last, offset = GENESIS, 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            offset += len(line)
            if not line.endswith(b"\n"):
                return
            try:
                entry = json.loads(line.decode("utf-8", "surrogatepass"))
                body = json.dumps(entry["record"], ensure_ascii=False, sort_keys=True)
                sha = entry["sha"]
            except (ValueError, KeyError, TypeError):
                raise DatasetError(f"{path}:{number}: not a journal record", hint="the file was altered") from None
            if sha != link(last, body) or line != _line(sha, body):
                raise DatasetError(f"{path}:{number}: the hash chain breaks here", hint="this record was altered")
            last = sha
            yield sha, entry["record"], offset
