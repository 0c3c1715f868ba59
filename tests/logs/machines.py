"""Several machines in one, for tests of a cluster: network namespaces, or where they aren't allowed loopback addresses.

A machine made of namespaces has its own network, processes and temporary folder; no root is needed where users may make
namespaces. On loopback addresses machines share all but their address. Either way, killing one ends all that it runs.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_APART = ("unshare", "--map-root-user", "--net")
_MACHINE = ("unshare", "--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc")
_ENTER = ("nsenter", "--user", "--net", "--preserve-credentials", "--target")
_HOLD = 'ip link set lo up && mount -t tmpfs machine "$0" && exec cat'  # until its standard input ends, as ours does
_LINK = "ip link add {name} type veth peer name eth0 netns {pid} && ip link set {name} master switch up"
_JOIN = "ip addr add {address}/24 dev eth0 && ip link set eth0 up"


class NotAllowedError(Exception):
    """The system makes no namespaces for us."""


@dataclass
class Machine:
    """One machine: its address, and what runs on it."""

    address: str
    enter: tuple[str, ...] = ()
    holder: subprocess.Popen[bytes] | None = None
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, command: Sequence[str], env: dict[str, str], output: IO[bytes]) -> subprocess.Popen[bytes]:
        """Run a command on the machine."""
        process = subprocess.Popen(
            [*self.enter, *command], env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        self.started.append(process)
        return process

    def titles(self) -> list[str]:
        """What the processes on the machine call themselves."""
        return [title for pid in self._pids() if (title := _read(pid, "cmdline"))]

    def kill(self) -> None:
        """End all processes of the machine at once, with no time for any to say so."""
        if self.holder:
            self.holder.kill()  # the kernel ends every process of a namespace with its first
            self.holder.wait()
        for pid in self._pids():
            _kill(pid)
        for process in self.started:
            process.wait()
        self.started.clear()

    def _pids(self) -> list[int]:
        """The processes that the machine's commands started, parents first."""
        found = [process.pid for process in self.started if process.poll() is None]
        for pid in found:
            found += _children(pid)
        return found


@contextmanager
def machines(count: int, folder: Path) -> Iterator[list[Machine]]:
    """So many machines that reach each other; all that runs on them ends with the context.

    Args:
        folder: where each machine keeps its temporary files.
    """
    with ExitStack() as stack:
        try:
            made = [*_namespaces(stack, count, folder)]
        except NotAllowedError:
            made = [Machine(f"127.0.0.{n}") for n in range(2, count + 2)]
        for machine in made:
            stack.callback(machine.kill)
        yield made


def _namespaces(stack: ExitStack, count: int, folder: Path) -> Iterator[Machine]:
    switch = _held(stack, (*_APART, "cat"))
    within = (*_ENTER, str(switch.pid))
    _shell(within, "ip link add switch type bridge && ip link set switch up")
    for n in range(2, count + 2):
        holder = _held(stack, (*within, *_MACHINE, "sh", "-c", _HOLD, str(folder)))
        (first,) = _children(holder.pid)
        enter = (*_ENTER, str(first), "--pid", "--mount")
        _shell(within, _LINK.format(name=f"port{n}", pid=first))
        _shell(enter, _JOIN.format(address=f"10.77.0.{n}"))
        yield Machine(f"10.77.0.{n}", enter, holder)


def _held(stack: ExitStack, command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start namespaces around a process that echoes what it is told; they end with this process at the latest."""
    try:
        holder = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
    except OSError as problem:
        raise NotAllowedError from problem
    stack.callback(holder.communicate)
    assert holder.stdin
    assert holder.stdout
    try:
        holder.stdin.write(b"up\n")
    except BrokenPipeError as problem:
        raise NotAllowedError from problem
    if holder.stdout.readline() != b"up\n":
        raise NotAllowedError
    return holder


def _shell(within: Sequence[str], command: str) -> None:
    if subprocess.run([*within, "sh", "-c", command], capture_output=True, check=False).returncode:
        raise NotAllowedError


def _children(pid: int) -> list[int]:
    """The child processes of every thread of a process."""
    threads = [path.name for path in Path(f"/proc/{pid}/task").glob("*")]
    return [int(child) for thread in threads for child in _read(pid, f"task/{thread}/children").split()]


def _read(pid: int, name: str) -> str:
    """A file of a process; "" once it is gone."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace")
    except OSError:
        return ""


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
