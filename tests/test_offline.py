from __future__ import annotations

import asyncio
import errno
import http.client
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from harness.offline import OfflineError, offline

ROOT = Path(__file__).parents[1]
OUTSIDE = "192.0.2.1"  # reserved for documentation (RFC 5737): nothing answers there


def reach(address: tuple[str, int]) -> None:
    with socket.socket() as s:
        s.settimeout(0.2)
        s.connect(address)


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.org", 80), ("2001:db8::1", 80)])
def test_nothing_reaches_beyond_loopback(address: tuple[str, int]) -> None:
    with offline(), pytest.raises(OfflineError, match="--offline"):
        socket.create_connection(address, timeout=0.2)


def test_other_threads_are_held_too() -> None:
    caught: list[BaseException] = []

    def work() -> None:
        try:
            reach(("192.0.2.1", 80))
        except OSError as problem:
            caught.append(problem)

    with offline():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert isinstance(caught[0], OfflineError)


def test_loopback_still_works() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with offline():
            reach(server.getsockname())
            socket.create_connection(("localhost", server.getsockname()[1]), timeout=1).close()


def test_the_guard_ends_with_its_block() -> None:
    with offline():
        pass
    with pytest.raises(OSError) as caught:
        reach(("127.0.0.1", 1))
    assert not isinstance(caught.value, OfflineError)


def udp(family: int = socket.AF_INET) -> socket.socket:
    return socket.socket(family, socket.SOCK_DGRAM)


async def _datagram() -> None:
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(OUTSIDE, 53))


async def _sendto() -> None:
    loop = asyncio.get_running_loop()
    with udp() as s:
        s.setblocking(False)
        await loop.sock_sendto(s, b"x", (OUTSIDE, 53))


async def _listen() -> None:
    await asyncio.start_server(lambda *_: None, "0.0.0.0", 0)


def _sendmsg() -> None:
    with udp() as s:
        s.sendmsg([b"x"], [], 0, (OUTSIDE, 53))


def _mapped() -> None:
    with socket.socket(socket.AF_INET6) as s:
        s.connect((f"::ffff:{OUTSIDE}", 80))


WAYS: dict[str, Callable[[], object]] = {
    "connect": lambda: reach((OUTSIDE, 80)),
    "connect_ex": lambda: socket.socket().connect_ex((OUTSIDE, 80)),
    "connected datagram socket": lambda: udp().connect((OUTSIDE, 53)),
    "sendto": lambda: udp().sendto(b"x", (OUTSIDE, 53)),
    "sendmsg": _sendmsg,
    "IPv6": lambda: udp(socket.AF_INET6).sendto(b"x", ("2001:db8::1", 53)),
    "IPv4 in IPv6": _mapped,
    "broadcast": lambda: udp().sendto(b"x", ("255.255.255.255", 9)),
    "wildcard address": lambda: reach(("0.0.0.0", 80)),
    "empty host": lambda: udp().sendto(b"x", ("", 9)),
    "listening": lambda: socket.create_server(("0.0.0.0", 0)),
    "listening everywhere": lambda: socket.create_server(("", 0)),
    "getaddrinfo": lambda: socket.getaddrinfo("example.org", 443),
    "getaddrinfo of bytes": lambda: socket.getaddrinfo(b"example.org", 443),
    "gethostbyname": lambda: socket.gethostbyname("example.org"),
    "gethostbyname_ex": lambda: socket.gethostbyname_ex("example.org"),
    "gethostbyaddr": lambda: socket.gethostbyaddr(OUTSIDE),
    "getnameinfo": lambda: socket.getnameinfo((OUTSIDE, 80), 0),
    "asyncio connection": lambda: asyncio.run(asyncio.wait_for(asyncio.open_connection(OUTSIDE, 80), 5)),
    "asyncio look-up": lambda: asyncio.run(asyncio.wait_for(asyncio.open_connection("example.org", 80), 5)),
    "asyncio datagram": lambda: asyncio.run(_datagram()),
    "asyncio sendto": lambda: asyncio.run(_sendto()),
    "asyncio server": lambda: asyncio.run(_listen()),
    "http.client": lambda: http.client.HTTPConnection(OUTSIDE, timeout=1).request("GET", "/"),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_out_of_this_process(way: str) -> None:
    with offline(), pytest.raises(OSError, match=r"(?i)--offline: socket") as caught:  # some wrap it, errno and all
        WAYS[way]()
    assert caught.value.errno == errno.EACCES


@pytest.mark.parametrize("address", [f"http://{OUTSIDE}/", "http://example.org/"])
def test_clients_that_wrap_errors_are_refused_too(address: str) -> None:
    with offline():
        with pytest.raises(OSError, match="--offline"):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=1)
        with pytest.raises((httpx2.HTTPError, OSError), match="--offline"), httpx2.Client(trust_env=False) as client:
            client.get(address, timeout=1)


def test_what_stays_on_this_machine_is_let_through() -> None:
    async def both() -> None:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        async with server:
            reader, _ = await asyncio.open_connection(*server.sockets[0].getsockname())
            assert await reader.read() == b""

    with offline():
        asyncio.run(both())
        left, right = socket.socketpair()
        left.close()
        right.close()
        assert socket.gethostbyname("localhost") == "127.0.0.1"
        with udp() as a, udp() as b:
            a.bind(("127.0.0.1", 0))
            b.sendto(b"x", a.getsockname())


WATCHED = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(event) if event.startswith("socket.") and event != "socket.__new__" else None)
from harness.cli import main
try:
    main()
except SystemExit as end:
    print("exit", end.code, file=sys.stderr)
print("sockets", sorted(set(opened)), file=sys.stderr)
"""


def test_an_offline_run_opens_no_socket_at_all(tmp_path: Path) -> None:
    words = ["run", "evals/smoke.yaml", "--offline", "--limit", "2", "-o", str(tmp_path / "r")]
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "exit " in done.stderr, done.stderr
    assert "sockets []" in done.stderr
