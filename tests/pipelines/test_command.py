from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path

import pytest

from harness.errors import PipelineError
from harness.pipelines import load_pipeline
from harness.types import Query

QUERY = Query(id="q", text="What is chemo?" * 10_000)


def run(code: str, **options):
    spec = f"command:{shlex.quote(sys.executable)} -c {shlex.quote(code)}"
    return load_pipeline(spec, corpus=None, options=options).answer(QUERY)


def test_text_and_json_are_read():
    assert run("import json,sys; print(len(json.load(sys.stdin)['question']))").text == "140000\n"
    answer = run("""print('{"text": "Hi [1].", "passages": ["Hi."]}')""")
    assert answer.cited("1").text == "Hi."
    assert run("print([1, 2])").text == "[1, 2]\n"


def test_a_program_may_leave_its_input_unread():
    assert run("print('no need')").text == "no need\n"


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("import sys; print('half'); sys.exit(3)", "crash", "exit status 3"),
        ("import os; os.kill(os.getpid(), 9)", "crash", "exit status -9"),
        ("pass", "empty", "empty"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "format", "UTF-8"),
        ("print('{\"answer\": 1}')", "format", "text"),
        ("print('x' * 300_000)", "format", "more than"),
        ("import sys\nwhile True: sys.stdout.write('x' * 65536)", "format", "larger"),
    ],
)
def test_faults_are_values(code, kind, words):
    error = run(code)
    assert error.kind == kind
    assert words in error.message


def test_a_timeout_kills_the_whole_group(tmp_path):
    note = tmp_path / "child"
    code = (
        "import subprocess,sys,pathlib;"
        "c=subprocess.Popen([sys.executable,'-c','import time; time.sleep(60)']);"
        f"pathlib.Path({str(note)!r}).write_text(str(c.pid)); c.wait()"
    )
    error = run(code, timeout_s=3)
    assert error.kind == "timeout"
    child = int(note.read_text())
    deadline = time.monotonic() + 5
    while _alive(child) and time.monotonic() < deadline:
        pass
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_bad_specs():
    with pytest.raises(PipelineError, match="no program 'no-such-program'"):
        load_pipeline("command:no-such-program -x", corpus=None)
    with pytest.raises(PipelineError, match="quote is not closed"):
        load_pipeline("command:echo 'x", corpus=None)


def test_the_id_holds_the_program_and_a_hash():
    one = load_pipeline("command:cat --key=abc", corpus=None).id
    assert one.startswith("command@1:cat:")
    assert "abc" not in one
    assert one != load_pipeline("command:cat", corpus=None).id
