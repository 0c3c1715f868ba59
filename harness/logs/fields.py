"""Which field of a logged row is the answer, the question, the passages: a mapping, and the row read by it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.auditor import turns_of
from harness.errors import DatasetError, SuiteError
from harness.logs.sources import Row
from harness.pipelines.wire import answer_from_json, at_path
from harness.scorers.identifiers import masked
from harness.types import Answer

FIELDS = ("answer", "question", "id", "passages", "citations", "turns", "facts", "day", "version")
_MILLISECONDS = 1e11  # a time stamp above it is in milliseconds: in seconds it would be the year 5138
_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A logged answer ready to be scored.

    Args:
        day: ISO date of the answer, version: of the pipeline that wrote it; "" where the log doesn't tell.
        has: the fields that the row had.
    """

    id: str
    answer: Answer
    question: str | None
    turns: tuple[dict[str, str], ...]
    facts: tuple[str, ...]
    day: str
    version: str
    has: tuple[str, ...]


def parse_map(text: str) -> dict[str, str]:
    """The mapping in ``answer=output.text,id=request_id``: our field -> dotted path in the row.

    Raises:
        SuiteError: for an unknown or repeated field, or an empty path.
    """
    paths: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        field, _, path = (piece.strip() for piece in part.partition("="))
        if field not in FIELDS or not path:
            raise SuiteError(f"--map {part}: not FIELD=PATH", hint=f"fields: {', '.join(FIELDS)}")
        if field in paths:
            raise SuiteError(f"--map {part}: {field} is mapped twice", hint="keep one of them")
        paths[field] = path
    return paths


def entry_of(row: Row, paths: Mapping[str, str]) -> Entry:
    """Read a row by the mapping; a field that isn't mapped has its own name (the answer may be called text).

    Raises:
        DatasetError: naming what is wrong with the row, without its place.
    """
    if not isinstance(row.told, Mapping):
        raise DatasetError("not an object", hint='{"id": "1", "question": "...", "answer": "..."}')
    found = {f: at_path(row.data, paths[f]) if f in paths else row.told.get(f) for f in FIELDS}
    if found["answer"] is None and "answer" not in paths:
        found["answer"] = row.told.get("text")
    answer = _answer(found, row.told.get("error"), paths)
    question, facts = found["question"], found["facts"] or []
    if question is not None and not isinstance(question, str):
        raise DatasetError("question: not a text", hint="map it with --map question=PATH")
    if not isinstance(facts, list | tuple) or not all(isinstance(f, str) for f in facts):
        raise DatasetError("facts: not a list of texts", hint='["takes letrozole"]')
    return Entry(
        id=str(row.where if found["id"] is None else found["id"]),
        answer=answer,
        question=question,
        turns=tuple(turns_of(found["turns"] or [])),
        facts=tuple(facts),
        day=_day(found["day"]),
        version="" if found["version"] is None else str(found["version"])[:_SHOWN],
        has=tuple(f for f in FIELDS if found[f] not in (None, "", [], ())),
    )


def _answer(found: Mapping[str, Any], error: Any, paths: Mapping[str, str]) -> Answer:
    text, passages = found["answer"], found["passages"]
    if not isinstance(text, str) or not text.strip():
        if error:
            raise DatasetError(f"no answer, but an error: {masked(' '.join(str(error).split()))[:_SHOWN]}")
        asked = paths.get("answer", "answer")
        what = "is not there" if text is None else "is empty" if isinstance(text, str) else "is not a text"
        raise DatasetError(f"{asked}: {what}", hint="map it with --map answer=PATH")
    try:
        listed = [passages] if isinstance(passages, str) else passages
        return answer_from_json({"text": text, "passages": listed, "citations": found["citations"]})
    except ValueError as problem:
        raise DatasetError(str(problem)) from None


def _day(told: Any) -> str:
    """The ISO date of a date, a time in ISO form (by its own clock), or a time stamp in (milli)seconds, UTC."""
    if told is None or told == "":
        return ""
    if isinstance(told, dt.date):
        return told.isoformat()[:10]
    try:
        if isinstance(told, int | float) and not isinstance(told, bool) and math.isfinite(told):
            seconds = told / 1000 if told > _MILLISECONDS else told
            return dt.datetime.fromtimestamp(seconds, dt.UTC).date().isoformat()
        return dt.date.fromisoformat(str(told)[:10]).isoformat()
    except (ValueError, OverflowError, OSError):
        raise DatasetError("day: neither a date nor a time stamp", hint="2026-11-22, 2026-11-22T10:00:00Z") from None
