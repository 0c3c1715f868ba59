"""Logs of other tools, told as rows of ours: Inspect eval logs (``.json``) and promptfoo result files.

Formats as their tools write them: Inspect's ``EvalLog`` (version 2; samples with ``input``, ``output`` and
``metadata``) and promptfoo's ``OutputFile`` (``EvaluateSummary`` version 2 and 3; results with ``vars``, ``prompt``
and ``response``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import DatasetError
from harness.pipelines.wire import at_path

_QUESTIONS = ("question", "query", "input", "prompt")
_PASSAGES = ("passages", "contexts", "context", "documents")


def rows_of(data: Any) -> list[tuple[Any, Any]]:
    """(row as logged, row as told) of a parsed ``.json``: a list of rows, an Inspect log or a promptfoo file.

    Raises:
        DatasetError: if it is none of these.
    """
    if isinstance(data, list):
        return [(row, row) for row in data]
    if isinstance(at_path(data, "eval"), Mapping) and "samples" in data:
        return [(sample, _inspect(sample, data["eval"])) for sample in _list(data["samples"], "samples")]
    summary = data if isinstance(at_path(data, "results"), list) else at_path(data, "results")
    if isinstance(summary, Mapping) and "results" in summary:
        results = _list(summary["results"], "results")
        return [(result, _promptfoo(result, summary.get("timestamp"))) for result in results]
    raise DatasetError("not a log that is known", hint="a list of rows, an Inspect log or a promptfoo result file")


def _list(rows: Any, name: str) -> list[Any]:
    if not isinstance(rows, list):
        raise DatasetError(f"{name}: not a list", hint="was the log written with its samples?")
    return rows


def _inspect(sample: Any, about: Mapping[str, Any]) -> Any:
    """An Inspect sample: the last choice of words, the last user message as the question, those before as turns."""
    if not isinstance(sample, Mapping):
        return sample
    spoken = sample.get("input")
    messages = [{"role": "user", "content": spoken}] if isinstance(spoken, str) else spoken or []
    said = [
        {"role": m["role"], "text": _text(m.get("content"))}
        for m in messages
        if isinstance(m, Mapping) and m.get("role") in ("user", "assistant")
    ]
    last = max((i for i, turn in enumerate(said) if turn["role"] == "user"), default=None)
    epoch = sample.get("epoch", 1)
    return {
        "id": f"{sample.get('id')}/{epoch}",
        "answer": at_path(sample, "output.completion") or _text(at_path(sample, "output.choices.0.message.content")),
        "question": None if last is None else said[last]["text"],
        "turns": said[:last] if last else [],
        "passages": _first(sample.get("metadata"), _PASSAGES),
        "day": sample.get("completed_at") or about.get("created"),
        "version": about.get("model"),
        "error": at_path(sample, "error.message") or at_path(sample, "output.error"),
    }


def _text(content: Any) -> str:
    """The text of a message: a string, or the text parts of a list."""
    if isinstance(content, list):
        return "\n".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping))
    return content if isinstance(content, str) else ""


def _promptfoo(result: Any, timestamp: Any) -> Any:
    """A promptfoo result; ``response.output`` is the answer, a variable named question (query, input) the question."""
    if not isinstance(result, Mapping):
        return result
    provider = result.get("provider")
    named = at_path(provider, "label") or at_path(provider, "id") or provider
    return {
        "id": result.get("id") or f"{result.get('testIdx')}-{result.get('promptIdx')}",
        "answer": at_path(result, "response.output"),
        "question": _first(result.get("vars"), _QUESTIONS) or at_path(result, "prompt.raw"),
        "passages": _first(result.get("vars"), _PASSAGES),
        "day": timestamp,
        "version": named,
        "error": result.get("error") or at_path(result, "response.error"),
    }


def _first(fields: Any, names: tuple[str, ...]) -> Any:
    return next((fields[n] for n in names if fields.get(n)), None) if isinstance(fields, Mapping) else None
