from __future__ import annotations

import socket
import threading

import pytest

from harness.offline import OfflineError, offline


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
