"""A Ray cluster of several machines: a head that scores nothing and two nodes of two CPUs, of which one is killed.

Where Ray is not installed, or the system is no Linux, one loud skip.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.logs.folder import MANIFEST, SUMMARY, WORDS, records_of
from harness.logs.verify import verify_audit
from tests.logs.conftest import AS_OF, FINE, SEVERE, jsonl
from tests.logs.machines import Machine, machines

ROOT = Path(__file__).resolve().parents[2]
ROWS = 600
PORT = 46379
PATIENCE = 300  # seconds, until a test gives up where nothing happens
RAY = (sys.executable, "-m", "ray.scripts.scripts", "start", "--block")
RAY += ("--include-log-monitor=false", "--object-store-memory=100000000")
AGENTS = ("metrics-export", "dashboard-agent-grpc", "dashboard-agent-listen", "runtime-env-agent")


@dataclass
class Cluster:
    """Ray on several machines, and a log that is audited from its head."""

    log: Path
    head: Machine
    nodes: list[Machine]
    env: dict[str, str]
    folder: Path
    local: Path = field(init=False)
    code: int = field(init=False)

    def __post_init__(self) -> None:
        self.local = self.folder / "local"
        process = subprocess.run(self.command(self.local), env=self.env, capture_output=True, check=False)
        self.code = process.returncode

    def command(self, out: Path, *options: str) -> list[str]:
        words = [sys.executable, "-m", "harness", "audit", str(self.log), "-o", str(out), "--judge=none", "--light"]
        return [*words, f"--as-of={AS_OF}", "--max-bad=1", *options]

    def audit(self, name: str, workers: int, **env: str) -> tuple[subprocess.Popen[bytes], Path, Path]:
        """Begin an audit on the head; its process, its folder, and what it tells."""
        out, told = self.folder / name, self.folder / f"{name}.txt"
        options = ("--executor=ray", f"--ray-address={self.head.address}:{PORT}", f"--workers={workers}")
        with told.open("wb") as output:
            return self.head.start(self.command(out, *options), self.env | env, output), out, told

    def same(self, out: Path) -> bool:
        """Whether an audit holds the bytes of the local one, all but the journal's salts."""
        names = sorted(path.name for path in self.local.iterdir() if path.suffix in {".parquet", ".csv"})
        assert len(names) == 3
        assert all((out / n).read_bytes() == (self.local / n).read_bytes() for n in (MANIFEST, SUMMARY, *names))
        return list(records_of(out)) == list(records_of(self.local)) and verify_audit(out).whole


def begun_ray(machine: Machine, env: dict[str, str], folder: Path, *options: str) -> Callable[[], None]:
    """Start Ray on a machine, without what tests don't need; what is returned waits until it is there.

    Ports are a machine's own, as addresses may be one system's. Ray gives its agents 15 s: where that is too short for
    a busy system, it is started again.
    """
    first, told = PORT + 10 * int(machine.address.rpartition(".")[2]), folder / f"{machine.address}.txt"
    ports = [f"--{agent}-port={first + n}" for n, agent in enumerate(AGENTS)]
    command = (*RAY, f"--node-ip-address={machine.address}", *ports, *options)
    end = time.monotonic() + PATIENCE

    def begin() -> subprocess.Popen[bytes]:
        with told.open("wb") as output:
            return machine.start(command, env, output)

    process = begin()

    def wait() -> None:
        nonlocal process
        while "Ray runtime started" not in told.read_text():
            assert time.monotonic() < end, told.read_text()[-2000:]
            if process.poll() is not None:
                process = begin()
            time.sleep(0.1)

    return wait


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if importlib.util.find_spec("ray") is None or sys.platform != "linux":
        pytest.skip("no Linux with ray: an audit on several machines is NOT tested here")
    folder = tmp_path_factory.mktemp("cluster")
    rows = [*({"answer": f"{FINE} {SEVERE if n % 3 else n} " * 3, "id": n} for n in range(ROWS)), "{oops"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    env |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_USAGE_STATS_ENABLED": "0"}
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as short, machines(3, Path(short)) as made:
        head, *nodes = made
        env |= {"RAY_TMPDIR": short, "PYTHONPATH": str(ROOT)}
        env |= {"RAY_raylet_start_wait_time_s": "60", "RAY_agent_register_timeout_ms": "60000"}
        log = jsonl(folder / "log.jsonl", rows)
        begun_ray(head, env, folder, "--head", f"--port={PORT}", "--num-cpus=0", "--include-dashboard=false")()
        begun = [begun_ray(node, env, folder, f"--address={head.address}:{PORT}", "--num-cpus=2") for node in nodes]
        one = Cluster(log, head, nodes, env, folder)
        for wait in begun:
            wait()
        yield one


def done(out: Path) -> int:
    """Rows that an audit has stored so far."""
    return (out / WORDS).read_bytes().count(b"\n") if (out / WORDS).exists() else 0


def test_a_node_killed_in_mid_run_costs_no_answer(cluster: Cluster) -> None:
    process, out, told = cluster.audit("four", workers=4)
    lost = cluster.nodes[0]
    end = time.monotonic() + PATIENCE
    while not (done(out) and any("_done" in title for title in lost.titles())):
        assert process.poll() is None, told.read_text()
        assert time.monotonic() < end, told.read_text()
        time.sleep(0.01)
    lost.kill()
    assert 0 < done(out) < ROWS
    assert process.wait(PATIENCE) == cluster.code, told.read_text()
    assert cluster.same(out)


def test_the_node_that_is_left_gives_the_same_by_two_workers(cluster: Cluster) -> None:
    process, out, told = cluster.audit("two", workers=2)
    assert process.wait(PATIENCE) == cluster.code, told.read_text()
    assert cluster.same(out)


def test_a_wrong_token_ends_in_one_clear_line_and_leaves_nothing(cluster: Cluster) -> None:
    process, out, told = cluster.audit("wrong", workers=1, RAY_AUTH_TOKEN="0" * 64)
    assert process.wait(PATIENCE) == 2
    error, hint = told.read_text().splitlines()[-2:]  # before them, Ray's own about each try
    assert error.startswith(f"error: ray at {cluster.head.address}:{PORT}: ")
    assert "RAY_AUTH_TOKEN" in hint
    assert not out.exists()
