"""``--offline`` as a guard: while it is on, no socket of this process reaches beyond loopback."""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from harness.errors import HarnessError

_depth: list[int] = []
_ADDRESS = {  # audit events of the socket module, and which of their arguments says where to
    "socket.connect": 1,
    "socket.bind": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
    "socket.getnameinfo": 0,
}


class OfflineError(HarnessError, OSError):
    """Something tried to reach the network while ``--offline`` was on; as an OSError, a permission that was refused."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.errno, self.strerror = errno.EACCES, message


@contextmanager
def offline() -> Iterator[None]:
    """Refuse every connection, datagram, listening address and name look-up beyond loopback, in every thread.

    Uses Python's audit events, so third-party code in this process is held too, asyncio included. Subprocesses, and
    C extensions that open sockets of their own, are not.
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
    if not _depth or event not in _ADDRESS:
        return
    address = arguments[_ADDRESS[event]]
    family = getattr(arguments[0], "family", socket.AF_INET)
    if family in (socket.AF_UNIX, getattr(socket, "AF_NETLINK", None)) or address is None:
        return
    host = address[0] if isinstance(address, tuple) else address
    if family not in (socket.AF_INET, socket.AF_INET6) or not _is_local(event, host):
        raise OfflineError(f"--offline: {event} to {host!r} was refused", hint="leave out --offline to allow it")


def _is_local(event: str, host: Any) -> bool:
    """Loopback addresses and ``localhost`` stay on this machine; a look-up without a name does too."""
    name = host.decode("utf-8", "replace") if isinstance(host, bytes | bytearray) else str(host)
    if name == "":
        return event == "socket.getaddrinfo"
    try:
        address = ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return name.lower() == "localhost"
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
