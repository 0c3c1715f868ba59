"""Answers as JSON: the form of recorded files, run journals and replies of external systems."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.types import Answer, Passage, Query


def answer_to_json(answer: Answer, id: str, epoch: int = 0) -> dict[str, Any]:
    """The plain data of an answer to the question ``id``; ``answer_from_json`` gives the same Answer back."""
    return {"id": id, "epoch": epoch, **dataclasses.asdict(answer)}


def answer_from_json(data: Mapping[str, Any]) -> Answer:
    """An Answer from plain data: ``text`` and, by choice, its other fields (citations, passages, model ...).

    A passage may be a bare string, and needs no id: its number stands in. Other keys are ignored.

    Raises:
        ValueError: one line that names the field at fault.
    """
    known = {k: data[k] for k in _FIELDS if data.get(k) is not None}
    if isinstance(known.get("passages"), list | tuple):
        known["passages"] = [_passage(p, number) for number, p in enumerate(known["passages"], start=1)]
    try:
        return _adapter().validate_python(known)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(step) for step in first["loc"])
        raise ValueError(f"{field}: {first['msg'].lower()}") from None


def query_to_json(query: Query) -> dict[str, Any]:
    """What an external system is sent: the question, earlier turns and patient facts; never the expectations."""
    turns = [dataclasses.asdict(turn) for turn in query.turns]
    return {"id": query.id, "question": query.text, "turns": turns, "facts": list(query.facts)}


def at_path(data: object, path: str) -> object:
    """The value at a dotted path (``choices.0.message``) of nested mappings and lists, or None where there is none."""
    for step in path.split("."):
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and step.isdigit() and len(step) < 6 and int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return data


_FIELDS = tuple(f.name for f in dataclasses.fields(Answer))


@cache
def _adapter() -> TypeAdapter[Answer]:
    """The validator of an Answer, built once."""
    return TypeAdapter(Answer)


def _passage(raw: object, number: int) -> object:
    """A passage as the validator wants it: a mapping with an id."""
    if isinstance(raw, Passage):
        return raw
    if isinstance(raw, str):
        return {"id": str(number), "text": raw}
    return {"id": str(number), **raw} if isinstance(raw, Mapping) else raw
