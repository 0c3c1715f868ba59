"""``--offline`` as a guard: while it is on, no socket of this process reaches beyond loopback."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from harness.errors import HarnessError

_depth: list[int] = []


class OfflineError(HarnessError, OSError):
    """Something tried to reach the network while ``--offline`` was on."""


@contextmanager
def offline() -> Iterator[None]:
    """Refuse every connection and name look-up beyond loopback, in every thread, until the block ends.

    Uses Python's audit events, so third-party code in this process is held too; subprocesses are not.
    """
    _install()
    _depth.append(1)
    try:
        yield
    finally:
        _depth.pop()


@cache
def _install() -> None:
    """Audit hooks can't be taken out again, so one is put in once and asks whether the guard is on."""
    sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _depth or event not in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        return
    address = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
    host = address[0] if isinstance(address, tuple) else address
    if not _is_local(host):
        raise OfflineError(f"--offline: a connection to {host!r} was refused", hint="leave out --offline to allow it")


def _is_local(host: Any) -> bool:
    """Loopback addresses, ``localhost``, Unix sockets and wildcard look-ups stay on this machine."""
    if host is None or (isinstance(host, bytes) and host[:1] in (b"\0", b"/")):
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in ("", "localhost") or name.startswith(("/", "\0")):
        return True
    try:
        return ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return False
