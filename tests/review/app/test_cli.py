"""A team's review by the documented commands, each a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2 as httpx

from tests.review.app.support import Person
from tests.review.support import ROOT, a_run, harness, judged


def wait_for(url: str) -> None:
    """Until the address takes connections, which may be a moment after it is told."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with suppress(OSError), socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5):
            return
        time.sleep(0.05)
    raise AssertionError(f"{url} takes no connection")


@contextmanager
def served(*words: str | Path) -> Iterator[tuple[str, list[str]]]:
    """The app's address; what it printed besides is added to the list when the block ends."""
    command = [sys.executable, "-m", "harness", "review", "serve", *(str(w) for w in words), "--port", "0"]
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=env)
    assert process.stdout is not None
    said: list[str] = []
    try:
        first = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert found, first + process.stdout.read()
        wait_for(found.group())
        yield found.group(), said
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
        assert process.returncode in (130, -signal.SIGINT), rest
        said += [first, rest]
    finally:
        process.kill()
        process.wait()


def test_a_team_reads_by_the_documented_commands(where: str, tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", 10)
    db = () if "sqlite" in where else ("--db", where)
    tokens = {}
    for name in ("Dr A", "Dr B"):
        given = harness("review", "token", "add", run.path, "--name", name, "--role", "reviewer", "--share", "1", *db)
        assert given.returncode == 0, given.stderr
        assert "shown this once" in given.stderr
        tokens[name] = given.stdout.strip()
    with served(run.path, *db) as (url, said):
        assert httpx.get(url + "/review", trust_env=False).content == b""
        for name, token in tokens.items():
            person = Person(url, token)
            page = person.open()
            flagged = next(i["id"] for i in page["items"] if i["findings"])
            for item in page["items"]:
                wrong = name == "Dr B" and item["id"] == flagged
                person.save(page, judged(item, wrong=wrong)).raise_for_status()
        again = harness("review", "token", "add", run.path, "--name", "dr a", "--role", "viewer", *db)
        assert again.returncode == 2
        assert again.stderr.splitlines()[0] == "error: Dr A: has a token already, as reviewer"
        gone = harness("review", "token", "revoke", run.path, "--name", "Dr A", *db)
        assert gone.returncode == 0, gone.stderr
        assert Person(url, tokens["Dr A"]).sign_in.status_code == 401, "at once, without a new start"
    told = "".join(said)
    assert "serving" in told
    assert "Traceback" not in told
    assert not any(token in told for token in tokens.values())

    listed = harness("review", "token", "list", run.path, *db)
    assert [re.sub(r"\d{4}-\S+Z", "T", line) for line in listed.stdout.splitlines()] == [
        "Dr A\treviewer\tT\trevoked T",
        "Dr B\treviewer\tT\tin use",
    ]
    done = harness("review", "export", run.path, "-o", tmp_path / "out", *db)
    assert done.returncode == 0, done.stderr
    assert "20 decisions" in done.stdout
    files = sorted((tmp_path / "out").glob("*.json"))
    merged = harness("review", "merge", run.path, *files)
    assert merged.returncode == 0, merged.stderr
    whole = harness("verify", run.path)
    assert whole.returncode == 0, whole.stderr


def test_wrong_uses_are_told_in_a_line(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", 2)

    def refused(*words: str | Path) -> str:
        done = harness("review", *words)
        assert done.returncode == 2, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr.splitlines()[0]

    assert "no such file" in refused("export", run.path, "-o", tmp_path / "out")
    assert not list(tmp_path.glob("*.sqlite"))
    assert "others on the network could read the tokens" in refused("serve", run.path, "--host", "0.0.0.0")
    assert "can't listen" in refused("serve", run.path, "--host", "192.0.2.1", "--proxy", "192.0.2.1")
    assert "unknown kind of database" in refused("serve", run.path, "--db", "mysql://x")
    (run.path / "answers.jsonl").write_text("")
    assert "answers.jsonl: differs from the journal" in refused("serve", run.path)


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", 2)
    for missing in ("starlette", "uvicorn"):
        script = (
            f"import sys; sys.modules[{missing!r}] = None; from harness.cli import main; "
            f"sys.argv = ['harness', 'review', 'serve', {str(run.path)!r}]; main()"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 2, done.stderr
        assert done.stderr.splitlines()[-2:] == [
            "error: review serve needs the extra `serve`",
            "hint: pip install 'patient-answer-harness[serve]'",
        ]


def test_the_other_commands_do_not_load_the_web(tmp_path: Path) -> None:
    script = (
        "import sys, harness.cli; print(sorted({'starlette', 'uvicorn', 'psycopg', 'sqlite3'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
