"""Answers written down earlier, read from a JSONL file."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

from harness.errors import DatasetError, HarnessError, PipelineError
from harness.pipelines.prompts import load_prompt
from harness.pipelines.transport import CallFailed, checked
from harness.pipelines.wire import answer_from_json
from harness.resources import find
from harness.types import Answer, AnswerError, Query

_MAX_BYTES = 500_000_000


Key = tuple[str, int, str]  # question id, epoch, and the wording answered ("" for whatever the wording)


@dataclass(frozen=True, slots=True)
class RecordedPipeline:
    """Replays a file; a question that isn't in it gives an AnswerError of kind ``missing``."""

    id: str
    answers: dict[Key, Answer]
    prompt_sha: str = ""

    def answer(self, query: Query) -> Answer | AnswerError:
        """The recorded answer to this question, epoch and wording; one of another epoch or wording never serves."""
        found = self.answers.get((query.id, query.epoch, query.text)) or self.answers.get((query.id, query.epoch, ""))
        if found is None:
            others = any(key[:2] == (query.id, query.epoch) for key in self.answers)
            which = f"{query.id}, epoch {query.epoch}{', in these words' if others else ''}"
            return AnswerError(kind="missing", message=f"no recorded answer for {which}")
        try:
            return checked(found)
        except CallFailed as failure:
            return AnswerError(kind=failure.kind, message=failure.message)


def load_recorded(file: str, prompt: Path | None = None) -> RecordedPipeline:
    """Read lines of ``{"id", "epoch"?, "question"?, "text", "citations"?, "passages"?, "model"?, "parameters"? ...}``.

    Args:
        file: JSONL, as it is or compressed (``.gz``); or, with ``prompt``, a folder of one such file a prompt.
        prompt: the prompt file whose answers are wanted: those of ``FOLDER/STEM.jsonl.gz`` or ``FOLDER/STEM.jsonl``.

    Raises:
        PipelineError: if there is no such file, or it was recorded with another version of the prompt.
        DatasetError: file and line of a malformed line, or of a second answer to the same question and epoch.
    """
    path = _chosen(file, prompt)
    raw = _read(path)
    answers: dict[Key, Answer] = {}
    prompts: set[str] = set()
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if not line.strip():
            continue
        key, answer, prompt_sha = _read_line(line, f"{path}:{number}")
        prompts.add(prompt_sha)
        if key in answers:
            raise DatasetError(
                f"{path}:{number}: {key[0]}, epoch {key[1]} is answered twice", hint="keep one line a question"
            )
        answers[key] = answer
    if not answers:
        raise DatasetError(f"{path}: holds no answers", hint="write one JSON object a line")
    sha = prompts.pop() if len(prompts) == 1 else ""
    if prompt is not None and load_prompt(prompt).sha != sha:
        raise PipelineError(
            f"{path}: not recorded with {prompt} as it stands", hint="record again, or take the prompt as it was"
        )
    return RecordedPipeline(f"recorded@1:{_stem(path)}:{hashlib.sha256(raw).hexdigest()[:12]}", answers, sha)


def _chosen(file: str, prompt: Path | None) -> Path:
    """The file to read."""
    try:
        path = find(file)
    except HarnessError:
        raise PipelineError(f"recorded:{file}: no such file", hint="give a JSONL file with one answer a line") from None
    if not path.is_dir():
        if prompt is not None:
            raise PipelineError(
                f"recorded:{file}: one file takes no prompt", hint="name the folder, or leave --prompt out"
            )
        return path
    held = {_stem(p): p for p in sorted(path.glob("*.jsonl*"))}
    told = f"its answers are to the prompts {', '.join(held) or '(none)'}"
    if prompt is None:
        raise PipelineError(f"recorded:{file}: a folder, so a prompt has to be named", hint=f"give --prompt; {told}")
    if prompt.stem not in held:
        raise PipelineError(f"recorded:{file}: no answers to the prompt {prompt.stem}", hint=told)
    return held[prompt.stem]


def _read(path: Path) -> bytes:
    """The text of the file, decompressed where its name ends in .gz, of a bearable size."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            raw = stream.read(_MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as problem:
        raise DatasetError(
            f"{path}: can't be read: {problem}", hint="give a JSONL file, or one packed by gzip"
        ) from None
    if len(raw) > _MAX_BYTES:
        raise DatasetError(f"{path}: not a file of at most {_MAX_BYTES:,} bytes", hint="give a JSONL file")
    return raw


def _stem(path: Path) -> str:
    """The name without .jsonl or .jsonl.gz."""
    return path.name.removesuffix(".gz").removesuffix(".jsonl")


def _read_line(line: bytes, where: str) -> tuple[Key, Answer, str]:
    """Question id, epoch and wording, the answer, and the hash of its prompt ("" where it isn't told)."""
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
    question = data.get("question", "")
    if not isinstance(question, str):
        raise DatasetError(f"{where}: question: must be the text that was asked", hint=hint)
    parameters = data.get("parameters")
    prompt_sha = parameters.get("prompt_sha", "") if isinstance(parameters, dict) else ""
    try:
        return (data["id"], epoch, question), answer_from_json(data), str(prompt_sha)
    except ValueError as problem:
        raise DatasetError(f"{where}: {problem}", hint=hint) from None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")
