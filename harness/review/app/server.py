"""The app on a socket: loopback, unless a TLS proxy stands before it."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette

from harness.errors import HarnessError

_AT_ONCE = 512  # connections; more are answered 503


def serve(app: Starlette, host: str, port: int, *, proxy: str, started: Callable[[str], None]) -> None:
    """Answer requests until interrupted.

    Args:
        proxy: address of the TLS proxy whose X-Forwarded headers are believed; "" for none.
        started: is told the address once connections are taken.

    Raises:
        HarnessError: if the address can't be had, or would carry tokens in the clear over a network.
    """
    if not proxy and not _loopback(host):
        hint = "put a TLS proxy before it and give its address with --proxy"
        raise HarnessError(f"--host {host}: others on the network could read the tokens", hint=hint)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as problem:
            hint = "choose another with --port"
            raise HarnessError(f"{host}:{port}: can't listen: {problem.strerror}", hint=hint) from None
        shown = f"[{host}]" if ":" in host else host
        started(f"http://{shown}:{listener.getsockname()[1]}/")
        uvicorn.Server(configured(app, proxy=proxy)).run(sockets=[listener])


def configured(app: Starlette, *, proxy: str = "") -> uvicorn.Config:
    """How the app is run: no log of requests, no name of the server, no header believed but the proxy's."""
    return uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(proxy),
        forwarded_allow_ips=proxy or None,
        limit_concurrency=_AT_ONCE,
        timeout_keep_alive=75,  # longer than proxies keep theirs, so that none meets a closed connection
        timeout_graceful_shutdown=10,
        ws="none",
    )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
