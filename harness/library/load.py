"""Corpora brought together: bundled demonstration text, the operator's own documents, or both."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.data import Corpus, Registry, load_corpus, load_registry
from harness.errors import DatasetError
from harness.text.words import words
from harness.types import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Documents that can be looked up.

    Args:
        corpus: the passages of all folders.
        registry: what editions are judged by: of each document the newest entry, which supersedes the others.
        sources: every entry, older editions that are held included.
    """

    corpus: Corpus
    registry: Registry
    sources: tuple[Source, ...]

    def pages(self, source_id: str) -> dict[str, str]:
        """The text of a document by locator, in reading order; empty where none of it is held."""
        found: dict[str, str] = {}
        for passage in self.corpus.passages:
            if passage.source_id == source_id:
                found[passage.locator] = f"{found.get(passage.locator, '')} {passage.text}".strip()
        return found


def load_library(folders: Sequence[Path], registry: Registry) -> Library:
    """Load corpus folders: each holds documents, or ``corpus/`` beside a registry of its own.

    Args:
        registry: the registry of folders that bring none; its entries are kept, below those of the folders.

    Raises:
        DatasetError: for broken files, or a document that two folders hold.
    """
    corpora, own = [], []
    for folder in folders:
        entries = _registry_of(folder)
        corpora.append(load_corpus(folder / "corpus" if entries else folder, entries or registry))
        own += [entries] if entries else []
    _refuse_twins(folders, corpora)
    sources = tuple(source for entries in own for source in entries.sources) + registry.sources
    merged = Registry(sources=newest(sources), sha=_joined(registry.sha, [entries.sha for entries in own]))
    passages = tuple(passage for corpus in corpora for passage in corpus.passages)
    sha = _joined(corpora[0].sha, [corpus.sha for corpus in corpora[1:]])
    return Library(corpus=Corpus(passages=passages, sha=sha), registry=merged if own else registry, sources=sources)


def _registry_of(folder: Path) -> Registry | None:
    """The registry that lies beside a folder's ``corpus/``."""
    if not (folder / "corpus").is_dir():
        if (folder / "sources").is_dir() or not any(folder.glob("*.yaml")):
            raise DatasetError(f"{folder}: no documents here", hint="harness corpus add FILE.pdf --title ...")
        return None
    return load_registry(folder / "sources" if (folder / "sources").is_dir() else folder / "sources.yaml")


def _refuse_twins(folders: Sequence[Path], corpora: Sequence[Corpus]) -> None:
    seen: dict[str, Path] = {}
    for folder, corpus in zip(folders, corpora, strict=True):
        for document in {passage.document for passage in corpus.passages}:
            if document in seen:
                raise DatasetError(
                    f"{folder}: document {document} is also in {seen[document]}", hint="keep one of them"
                )
            seen[document] = folder


def newest(sources: Sequence[Source]) -> tuple[Source, ...]:
    """Of the entries with one body and title the newest, taken to supersede the editions of the others.

    Of two that say they are of one date, the first counts: it is the operator's.
    """
    groups: dict[tuple[str, str], list[Source]] = {}
    for source in sources:
        groups.setdefault((plain_name(source.organisation), plain_name(source.title)), []).append(source)
    return tuple(_superseding(group) for group in groups.values())


def _superseding(group: Sequence[Source]) -> Source:
    named = {edition for source in group for edition in source.supersedes}
    last = max(group, key=lambda source: (source.edition not in named, source.date))
    older = [edition for s in group for edition in (*s.supersedes, s.edition) if edition != last.edition]
    return replace(last, supersedes=tuple(dict.fromkeys(older))) if len(group) > 1 else last


def plain_name(text: str) -> str:
    """A name without case and punctuation, for comparing."""
    return " ".join(word.text for word in words(text))


def _joined(first: str, others: Sequence[str]) -> str:
    """One hash for several; a single one stays as it is, so that a run over one corpus keeps its signature."""
    return hashlib.sha256("+".join([first, *others]).encode()).hexdigest()[:12] if others else first
