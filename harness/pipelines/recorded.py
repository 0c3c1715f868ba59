"""Answers written down earlier, read from a JSONL file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from harness.errors import DatasetError, HarnessError, PipelineError
from harness.pipelines.transport import CallFailed, checked
from harness.pipelines.wire import answer_from_json
from harness.resources import find
from harness.types import Answer, AnswerError, Query

_MAX_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class RecordedPipeline:
    """Replays a file; a question that isn't in it gives an AnswerError of kind ``missing``."""

    id: str
    answers: dict[tuple[str, int], Answer]
    prompt_sha: str = ""

    def answer(self, query: Query) -> Answer | AnswerError:
        """The recorded answer to this question and epoch; one recorded for epoch 0 alone serves no other epoch."""
        found = self.answers.get((query.id, query.epoch))
        if found is None:
            return AnswerError(kind="missing", message=f"no recorded answer for {query.id}, epoch {query.epoch}")
        try:
            return checked(found)
        except CallFailed as failure:
            return AnswerError(kind=failure.kind, message=failure.message)


def load_recorded(file: str) -> RecordedPipeline:
    """Read lines of ``{"id", "epoch"?, "text", "citations"?, "passages"?, "model"?, "usage"?, "latency_s"?}``.

    Raises:
        PipelineError: if there is no such file.
        DatasetError: file and line of a malformed line, or of a second answer to the same question and epoch.
    """
    try:
        path = find(file)
    except HarnessError:
        raise PipelineError(f"recorded:{file}: no such file", hint="give a JSONL file with one answer a line") from None
    if not path.is_file() or path.stat().st_size > _MAX_BYTES:
        raise DatasetError(f"{path}: not a file of at most {_MAX_BYTES:,} bytes", hint="give a JSONL file")
    raw = path.read_bytes()
    answers: dict[tuple[str, int], Answer] = {}
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if not line.strip():
            continue
        key, answer = _read_line(line, f"{path}:{number}")
        if key in answers:
            raise DatasetError(
                f"{path}:{number}: {key[0]}, epoch {key[1]} is answered twice", hint="keep one line a question"
            )
        answers[key] = answer
    if not answers:
        raise DatasetError(f"{path}: holds no answers", hint="write one JSON object a line")
    return RecordedPipeline(f"recorded@1:{path.stem}:{hashlib.sha256(raw).hexdigest()[:12]}", answers)


def _read_line(line: bytes, where: str) -> tuple[tuple[str, int], Answer]:
    """Question id, epoch and answer of one line."""
    hint = 'each line is {"id": ..., "text": ...}'
    try:
        data = json.loads(line.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise DatasetError(f"{where}: not UTF-8 text", hint="save the file as UTF-8") from None
    except RecursionError:
        raise DatasetError(f"{where}: not valid JSON: nested too deeply", hint=hint) from None
    except ValueError as problem:
        raise DatasetError(f"{where}: not valid JSON: {getattr(problem, 'msg', problem)}", hint=hint) from None
    if not isinstance(data, dict) or not isinstance(data.get("id"), str) or not data["id"]:
        raise DatasetError(f"{where}: needs an object with an id", hint=hint)
    epoch = data.get("epoch", 0)
    if not isinstance(epoch, int) or isinstance(epoch, bool) or epoch < 0:
        raise DatasetError(f"{where}: epoch: must be a whole number from 0", hint=hint)
    try:
        return (data["id"], epoch), answer_from_json(data)
    except ValueError as problem:
        raise DatasetError(f"{where}: {problem}", hint=hint) from None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")
