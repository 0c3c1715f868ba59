"""YAML read strictly: every complaint names file, line, field and what to do, on one line."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from harness.errors import DatasetError, HarnessError

MAX_BYTES = 5_000_000
Model = TypeVar("Model", bound=BaseModel)
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A parsed YAML file: its data, and the line (from 1) on which each place in it begins."""

    path: Path
    data: Any
    lines: dict[Place, int]

    def where(self, place: Place = ()) -> str:
        """``file:line`` of a place, or of the nearest place above it."""
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.path}:{self.lines.get(place, 1)}"


def read_text(path: Path, *, error: type[HarnessError] = DatasetError, max_bytes: int = MAX_BYTES) -> str:
    """A UTF-8 text file, refused with one line if it is missing, a folder, binary, huge or in another encoding."""
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise error(f"{path}: {size:,} bytes is more than {max_bytes:,}", hint="split the file")
        raw = path.read_bytes()
    except OSError as problem:
        raise error(f"{path}: {problem.strerror or problem}", hint="check the path") from None
    return decode(raw, str(path), error=error)


def decode(raw: bytes, name: str, *, error: type[HarnessError] = DatasetError) -> str:
    """Bytes as UTF-8 text; what is binary or in another encoding is refused with one line that starts with ``name``."""
    if b"\0" in raw:
        raise error(f"{name}: this is a binary file, not text", hint="save it as UTF-8 text")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        raise error(f"{name}:{line}: byte {problem.start} is not UTF-8", hint="save the file as UTF-8") from None


def load_yaml(path: Path, *, error: type[HarnessError] = DatasetError) -> Loaded:
    """Parse one YAML document, refusing repeated keys and anything that isn't plain data."""
    text = read_text(path, error=error)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    lines: dict[Place, int] = {}
    try:
        node = loader.get_single_node()
        if node is not None:
            _walk(node, (), lines, path, error)
        data = None if node is None else loader.construct_document(node)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        what = getattr(problem, "problem", None) or str(problem).splitlines()[0]
        raise error(f"{path}:{line}: not valid YAML: {what}", hint="check quotes, colons and indentation") from None
    except (ValueError, RecursionError) as problem:
        raise error(f"{path}:1: not valid YAML: {problem}", hint="check dates and nesting") from None
    finally:
        loader.dispose()
    return Loaded(path=path, data=data, lines=lines)


def _walk(node: yaml.Node, place: Place, lines: dict[Place, int], path: Path, error: type[HarnessError]) -> None:
    """Note the line of every place and refuse repeated keys."""
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[Hashable] = set()
        for key, value in node.value:
            if key.value in seen:
                raise error(f"{path}:{key.start_mark.line + 1}: '{key.value}' is given twice", hint="keep one of them")
            seen.add(key.value)
            _walk(value, (*place, str(key.value)), lines, path, error)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*place, index), lines, path, error)


def validate(
    model: type[Model], loaded: Loaded, place: Place = (), *, error: type[HarnessError] = DatasetError
) -> Model:
    """The data at ``place`` as a model; the first complaint becomes one line with file, line and field."""
    data = loaded.data
    for step in place:
        data = data[step]
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=True)[0]
        field = ".".join(str(p) for p in first["loc"]) or "file"
        got = repr(first.get("input"))
        shown = "" if first["type"] in ("missing", "extra_forbidden") or len(got) > 60 else f", not {got}"
        what = {"extra_forbidden": "unknown key", "missing": "is missing"}.get(first["type"], first["msg"].lower())
        more = problem.error_count() - 1
        tail = f" (and {more} more)" if more else ""
        known = ", ".join(model.model_fields) if first["type"] == "extra_forbidden" and len(first["loc"]) == 1 else ""
        hint = f"known keys: {known}" if known else "compare with the JSON Schema beside the data"
        where = loaded.where((*place, *first["loc"]))
        raise error(f"{where}: {field}: {what}{shown}{tail}", hint=hint) from None
