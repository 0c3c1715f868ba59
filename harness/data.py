"""Load and verify the golden set, the corpus and the source registry."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from harness.errors import DatasetError
from harness.records import CorpusRecord, GoldenRecord, Record, SourceRecord, question_from
from harness.types import Passage, Question, Source
from harness.yamlio import Loaded, load_yaml, validate

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A validated record and the ``file:line`` it stands at."""

    record: Any
    where: str
    loaded: Loaded
    place: tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenSet:
    """Golden questions in file order, and the records they are made of; ``sha`` is the hash of their files."""

    questions: tuple[Question, ...]
    sha: str
    records: tuple[GoldenRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Passages in file order; ``sha`` is the hash of the corpus and registry entries they came from."""

    passages: tuple[Passage, ...]
    sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Dated source documents."""

    sources: tuple[Source, ...]
    sha: str

    def by_id(self) -> dict[str, Source]:
        """Sources by id."""
        return {s.id: s for s in self.sources}


def yaml_files(path: Path) -> list[Path]:
    """The YAML files of a folder in name order, or the one file given.

    Raises:
        DatasetError: if there are none: an empty data set is never scored.
    """
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not files:
        raise DatasetError(f"{path}: no .yaml files here", hint="an empty data set can't be scored")
    return files


def file_hash(files: Iterable[Path]) -> str:
    """SHA-256 over names and contents, first 12 hex digits."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def placed_records(path: Path, model: type[R]) -> list[Placed]:
    """Every record of a folder of lists, validated; raises DatasetError at the first fault or a repeated id."""
    found: list[Placed] = []
    seen: dict[str, str] = {}
    for file in yaml_files(path):
        loaded = load_yaml(file)
        if not isinstance(loaded.data, list) or not loaded.data:
            raise DatasetError(f"{file}:1: expected a list of records", hint="each record starts with '- id:'")
        for index in range(len(loaded.data)):
            record = validate(model, loaded, (index,))
            where = loaded.where((index,))
            name = record.id  # type: ignore[attr-defined]
            if name in seen:
                raise DatasetError(f"{where}: id {name} is already used at {seen[name]}", hint="ids are unique")
            seen[name] = where
            found.append(Placed(record=record, where=where, loaded=loaded, place=(index,)))
    return found


def placed_documents(path: Path) -> list[Placed]:
    """Every corpus document of a folder, one a file, validated."""
    found = []
    for file in yaml_files(path):
        loaded = load_yaml(file)
        record = validate(CorpusRecord, loaded)
        if record.id != file.stem:
            raise DatasetError(f"{file}:1: id {record.id!r} differs from the file's name", hint="rename one of them")
        ids = [p.id for p in record.passages]
        if len(set(ids)) != len(ids):
            raise DatasetError(f"{file}:1: a passage id is used twice", hint="number passages p1, p2, ...")
        found.append(Placed(record=record, where=f"{file}:1", loaded=loaded, place=()))
    return found


def load_golden(path: Path) -> GoldenSet:
    """The golden set of a folder or file; raises DatasetError naming file, line and field."""
    records = tuple(p.record for p in placed_records(path, GoldenRecord))
    return GoldenSet(
        questions=tuple(r.to_question() for r in records), sha=file_hash(yaml_files(path)), records=records
    )


def load_registry(path: Path) -> Registry:
    """The source registry of one file (or folder of files)."""
    records = placed_records(path, SourceRecord)
    return Registry(sources=tuple(p.record.to_source() for p in records), sha=file_hash(yaml_files(path)))


def load_corpus(path: Path, registry: Registry) -> Corpus:
    """The corpus of a folder, each passage joined to the registry entry its facts can be checked in.

    Raises:
        DatasetError: if a file is broken or a passage names a source the registry doesn't have.
    """
    sources = registry.by_id()
    passages: list[Passage] = []
    for doc in placed_documents(path):
        for index, p in enumerate(doc.record.passages):
            if p.check.source not in sources:
                where = doc.loaded.where(("passages", index, "check", "source"))
                raise DatasetError(
                    f"{where}: source {p.check.source!r} is not in the registry", hint="add it to sources.yaml"
                )
        passages.extend(doc.record.to_passages(sources))
    sha = hashlib.sha256((file_hash(yaml_files(path)) + registry.sha).encode()).hexdigest()[:12]
    return Corpus(passages=tuple(passages), sha=sha)


def bare_question(
    text: str, *, turns: Iterable[dict[str, str]] = (), facts: Iterable[str] = (), **record: Any
) -> Question:
    """A Question for a page audited without a golden record; with golden fields in ``record`` it becomes golden."""
    fields: dict[str, Any] = {"id": "audited", "question": text, "turns": list(turns), "facts_given": list(facts)}
    return question_from({**fields, **record}, golden=bool(record))


def source_from(raw: dict[str, Any]) -> Source:
    """A Source from plain fields, dates as ISO strings, what is missing filled neutrally."""
    defaults: dict[str, Any] = {
        "organisation": "",
        "title": "",
        "type": "web_page",
        "edition": "",
        "date": "",
        "url": "",
        "checked_on": date(1970, 1, 1),
        "valid_days": 180,
    }
    fields = {**defaults, **raw}
    converters: dict[str, Callable[[Any], Any]] = {"supersedes": tuple, "aliases": tuple}
    fields = {k: converters[k](v) if k in converters else v for k, v in fields.items() if k != "basis"}
    if isinstance(fields["checked_on"], str):
        fields["checked_on"] = date.fromisoformat(fields["checked_on"])
    return Source(**fields)
