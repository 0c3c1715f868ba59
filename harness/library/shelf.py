"""The folder of the operator's own documents: add, list and remove.

``corpus/ID.yaml`` holds the passages of a document and ``sources/ID.yaml`` its registry entry, in the formats of
``datasets/corpus`` and ``datasets/sources.yaml``. The folder ignores itself in git: licensed text stays where it is.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from harness.data import placed_documents, placed_records
from harness.errors import DatasetError
from harness.library.passages import Cut, cut, locator, page_labels
from harness.library.pdf import Pdf, read_pdf
from harness.records import CorpusRecord, SourceRecord
from harness.types import Source
from harness.yamlio import MAX_BYTES

_LABEL = "Read from a file of the operator's. Licensed text: not to be passed on."


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the operator says of a document; fields as in the registry. ``checked_on`` is today where left out."""

    title: str
    organisation: str
    edition: str
    date: str
    type: str = "clinician_guideline"
    url: str = ""
    supersedes: Sequence[str] = ()
    aliases: Sequence[str] = ()
    valid_days: int = 180
    language: str = "en"
    checked_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A document on the shelf."""

    source: Source
    passages: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What ``add`` did: the document, its pages, and the numbers of those without text."""

    held: Held
    pages: int
    without_text: tuple[int, ...]


def add(folder: Path, file: Path, details: Details, *, copy: bool = False) -> Added:
    """Read a PDF into the folder.

    Args:
        copy: also keep the PDF itself, under ``files/``.

    Raises:
        DatasetError: for details that can't be right, a document that is held already, a PDF that can't be read (see
            ``read_pdf``), or a folder that can't be written. Nothing is left behind then.
    """
    have = held(folder)
    name = _id(details, {one.source.id for one in have})
    entry = _entry(name, details)
    for one in have:
        if _same(one.source, entry):
            text = f"{entry['title']}, edition {entry['edition']}, is held already as {one.source.id}"
            raise DatasetError(text, hint=f"harness corpus remove {one.source.id}")
    pdf = read_pdf(file)
    for one in have:
        if one.sha256 == pdf.sha256:
            raise DatasetError(
                f"{file}: this very file is held already as {one.source.id}",
                hint=f"harness corpus remove {one.source.id}",
            )
    passages = cut(pdf.pages)
    if not passages:
        raise DatasetError(f"{file}: no passage of text in it", hint="is it a table of pictures?")
    document = _dumped(_document(name, details, pdf, passages))
    if len(document) > MAX_BYTES:
        raise DatasetError(f"{file}: too much text for one document", hint="split the PDF")
    written = {f"sources/{name}.yaml": _dumped([{**entry, "sha256": pdf.sha256}]), f"corpus/{name}.yaml": document}
    _write(folder, written, {f"files/{name}.pdf": file} if copy else {})
    source = SourceRecord.model_validate({**entry, "sha256": pdf.sha256}).to_source()
    empty = tuple(page.number for page in pdf.pages if not page.lines)
    shelved = Held(source=source, passages=len(passages), sha256=pdf.sha256)
    return Added(held=shelved, pages=len(pdf.pages), without_text=empty)


def held(folder: Path) -> list[Held]:
    """The documents of a folder, by id; none where the folder does not exist yet.

    Raises:
        DatasetError: if a file in it is broken.
    """
    if not any((folder / "sources").glob("*.yaml")):
        return []
    texts = {placed.record.id: len(placed.record.passages) for placed in _documents(folder)}
    entries = [placed.record for placed in placed_records(folder / "sources", SourceRecord)]
    return [Held(source=e.to_source(), passages=texts.get(e.id, 0), sha256=e.sha256) for e in entries]


def _documents(folder: Path) -> list[Any]:
    return placed_documents(folder / "corpus") if any((folder / "corpus").glob("*.yaml")) else []


def remove(folder: Path, name: str) -> None:
    """Take a document off the shelf, with its copy if one was kept.

    Raises:
        DatasetError: if there is no such document, or its files can't be removed.
    """
    known = sorted({p.stem for kind in ("sources", "corpus") for p in (folder / kind).glob("*.yaml")})
    if name not in known:
        raise DatasetError(f"{folder}: no document {name!r}", hint=f"held: {', '.join(known) or 'none'}")
    try:
        for kind in (f"corpus/{name}.yaml", f"sources/{name}.yaml", f"files/{name}.pdf"):
            (folder / kind).unlink(missing_ok=True)
    except OSError as problem:
        raise DatasetError(f"{folder}: can't remove {name}: {problem.strerror}", hint="check its permissions") from None


def _id(details: Details, taken: set[str]) -> str:
    """``local-`` with title and edition in plain letters; numbered where that is taken."""
    plain = unicodedata.normalize("NFKD", f"{details.title[:200]} {details.edition[:40]}".lower())
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    name = "local-" + ("-".join(words)[:60].strip("-") or "document")
    return next(n for n in (name, *(f"{name}-{i}" for i in range(2, len(taken) + 3))) if n not in taken)


def _entry(name: str, details: Details) -> dict[str, Any]:
    """The registry entry as plain data, checked."""
    entry: dict[str, Any] = {
        "id": name,
        "organisation": " ".join(details.organisation.split()),
        "aliases": list(details.aliases),
        "title": " ".join(details.title.split()),
        "type": details.type,
        "edition": details.edition.strip(),
        "date": details.date,
        "url": details.url,
        "supersedes": list(details.supersedes),
        "checked_on": details.checked_on or dt.datetime.now(dt.UTC).date(),
        "valid_days": details.valid_days,
        "basis": "read",
    }
    try:
        SourceRecord.model_validate(entry)
        year, month, day = [*(int(part) for part in details.date.split("-")), 1, 1][:3]
        dt.date(year, month, day)
        if not re.fullmatch("[a-z]{2}", details.language):
            raise DatasetError(f"language: {details.language!r} is not a code of two letters", hint="en, es, ...")
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        raise DatasetError(
            f"{first['loc'][0]}: {first['msg'].lower()}, not {first['input']!r}", hint="see `harness corpus add --help`"
        ) from None
    except ValueError:
        raise DatasetError(
            f"date: {details.date} is no day of the calendar", hint="2026, 2026-03 or 2026-03-31"
        ) from None
    if not entry["edition"]:
        raise DatasetError("edition: it is empty", hint="the year or version on the cover")
    if entry["edition"] in entry["supersedes"]:
        raise DatasetError(f"edition {entry['edition']} can't supersede itself", hint="name the older ones")
    return entry


def _same(source: Source, entry: dict[str, Any]) -> bool:
    """Whether title, body and edition are those of a document held."""
    mine = (source.organisation, source.title, source.edition)
    return [x.casefold() for x in mine] == [entry[k].casefold() for k in ("organisation", "title", "edition")]


def _document(name: str, details: Details, pdf: Pdf, passages: Sequence[Cut]) -> dict[str, Any]:
    """The corpus document as plain data."""
    labels = page_labels(pdf.pages)
    title = " ".join(details.title.split())
    document: dict[str, Any] = {
        "id": name,
        "title": title,
        "language": details.language,
        "topic": "local",
        "label": _LABEL,
        "passages": [
            {
                "id": f"p{number}",
                "section": passage.section or title,
                "text": passage.text,
                "check": {"source": name, "locator": locator(passage, labels)},
            }
            for number, passage in enumerate(passages, start=1)
        ],
    }
    CorpusRecord.model_validate(document)
    return document


def _dumped(data: Any) -> str:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(data, Dumper=dumper, sort_keys=False, allow_unicode=True, width=120)
    return text


def _write(folder: Path, texts: dict[str, str], copies: dict[str, Path]) -> None:
    """Write all files or none: under other names first, then renamed; what was renamed is undone if one fails."""
    done: list[Path] = []
    with _unwritable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        ignored = folder / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n", encoding="utf-8")
        with tempfile.TemporaryDirectory(dir=folder, prefix=".adding-") as scratch:
            staged = {folder / name: Path(scratch) / str(i) for i, name in enumerate([*texts, *copies])}
            for target, text in zip(staged, texts.values(), strict=False):
                staged[target].write_text(text, encoding="utf-8")
            for name, file in copies.items():
                shutil.copyfile(file, staged[folder / name])
            try:
                for target, temporary in staged.items():
                    target.parent.mkdir(exist_ok=True)
                    temporary.replace(target)
                    done.append(target)
            except OSError:
                for target in done:
                    target.unlink(missing_ok=True)
                raise


@contextmanager
def _unwritable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise DatasetError(f"{folder}: can't write here: {problem.strerror}", hint="choose another --corpus") from None
