"""A system under test as a program: JSON on its standard input, text or JSON on its standard output."""

from __future__ import annotations

import hashlib
import json
import os
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.errors import PipelineError
from harness.pipelines.call import current
from harness.pipelines.options import CallOptions, read_options
from harness.pipelines.transport import CallFailed, Retry, read_bounded, time_for
from harness.pipelines.wire import answer_from_json, query_to_json
from harness.types import Answer, AnswerError, Query


class CommandOptions(CallOptions):
    """Options of ``command:PROGRAM ARGS``; a program is not tried again unless asked."""

    retries: int = 0


@dataclass(frozen=True, slots=True)
class CommandPipeline:
    """Starts the program anew for every question, in a process group that is killed when its time is up."""

    id: str
    argv: tuple[str, ...]
    options: CommandOptions
    prompt_sha: str = ""

    def answer(self, query: Query) -> Answer | AnswerError:
        """What the program wrote: an object with ``text`` is read as JSON, anything else is the answer itself."""
        return Retry(retries=self.options.retries).run(f"{query.id}:{query.epoch}", lambda: self._ask(query))

    def _ask(self, query: Query) -> Answer:
        program = Path(self.argv[0]).name
        allowed = time_for(self.options.timeout_s, program)
        deadline = time.monotonic() + allowed
        with tempfile.TemporaryFile() as stdin:
            stdin.write(json.dumps(query_to_json(query)).encode())
            stdin.seek(0)
            try:
                process = subprocess.Popen(  # noqa: S603 - running the operator's program is the purpose
                    self.argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
                )
            except OSError as problem:
                message = f"{program}: can't be started: {problem.strerror}"
                raise CallFailed("crash", message, transient=False) from None
        with process, current().ending(partial(_kill_group, process)):
            try:
                output = read_bounded(_chunks(process, deadline), deadline=deadline, where=program)
                code = process.wait(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                message = f"{program}: did not end within {allowed:.3g} s"
                raise CallFailed("timeout", message, transient=True) from None
            finally:
                _kill_group(process)
        if code != 0:
            raise CallFailed("crash", f"{program}: ended with exit status {code}", transient=True)
        return _read_output(output, program)


def load_command(command: str, options: Mapping[str, object] | None) -> CommandPipeline:
    """Build ``command:PROGRAM ARGS``; raises PipelineError if there is no such program."""
    read = read_options(CommandOptions, options, "command")
    try:
        argv = tuple(shlex.split(command))
    except ValueError:
        raise PipelineError("pipeline command: a quote is not closed", hint="write command:PROGRAM ARGS") from None
    if not argv or shutil.which(argv[0]) is None:
        name = argv[0] if argv else ""
        raise PipelineError(f"pipeline command: no program {name!r}", hint="give a program on PATH or a path to one")
    digest = hashlib.sha256(command.encode()).hexdigest()[:8]
    return CommandPipeline(f"command@1:{Path(argv[0]).name}:{digest}", argv, read)


def _chunks(process: subprocess.Popen[bytes], deadline: float) -> Iterator[bytes]:
    """What the program writes, until it closes its output; raises TimeoutExpired at ``deadline``."""
    assert process.stdout is not None  # noqa: S101 - Popen was given PIPE
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            raise subprocess.TimeoutExpired(process.args, 0)
        chunk = os.read(process.stdout.fileno(), 65536)
        if not chunk:
            return
        yield chunk


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End the program and whatever it started; those that are gone already don't matter."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _read_output(output: bytes, program: str) -> Answer:
    """The answer in what the program wrote."""
    try:
        text = output.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CallFailed("format", f"{program}: the output is not UTF-8 text", transient=False) from None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return Answer(text=text)
    if not isinstance(data, dict):
        return Answer(text=text)
    try:
        return answer_from_json(data)
    except ValueError as problem:
        raise CallFailed("format", f"{program}: {problem}", transient=False) from None
