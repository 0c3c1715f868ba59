"""Systems under test: one file each, all behind ``answer(query) -> Answer | AnswerError``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import PipelineError
from harness.pipelines.wire import answer_from_json, answer_to_json

if TYPE_CHECKING:
    from harness.data import Corpus
    from harness.types import Pipeline, Source

__all__ = ["answer_from_json", "answer_to_json", "load_pipeline"]

NO_PROMPT = "openai, reference and recorded take prompts; elsewhere {prompt} in the spec stands for the prompt's name"
KINDS = "reference, openai:MODEL, http:URL, command:PROGRAM, function:module:callable, recorded:FILE.jsonl"


def load_pipeline(
    spec: str,
    *,
    corpus: Corpus | None,
    prompt: Path | None = None,
    options: Mapping[str, object] | None = None,
    sources: tuple[Source, ...] = (),
    as_of: date | None = None,
) -> Pipeline:
    """Build the pipeline that ``spec`` names; what it needs is imported only now.

    Args:
        spec: ``reference``, ``openai:MODEL``, ``http:URL``, ``command:PROGRAM ARGS``, ``function:module:callable`` or
            ``recorded:FILE.jsonl`` (or .jsonl.gz, or a folder of them, one a prompt).
        corpus: passages for ``reference`` and for ``openai`` with retrieval.
        prompt: a prompt file for a chat model, or the one whose recorded answers are replayed.
        options: as in a suite's ``pipeline`` section; an unknown one is an error.
        sources: dated sources, for the page's source list and for questions about old editions.
        as_of: the day that pages are dated; today if not given.

    Raises:
        PipelineError: for an unknown spec, option or file, with a hint.
        DatasetError: for recorded answers that can't be read, with file and line.
    """
    kind, _, rest = spec.strip().partition(":")
    day = as_of or date.today()
    if kind in ("reference", "openai") and not (kind == "reference" and rest):
        return _load_rag(kind, rest, corpus, prompt, options, sources, day)
    if kind == "recorded" and rest:
        from harness.pipelines.options import NoOptions, read_options
        from harness.pipelines.recorded import load_recorded

        read_options(NoOptions, options, kind)
        return load_recorded(rest, prompt)
    if prompt is not None:
        raise PipelineError(f"pipeline {kind}: takes no prompt file", hint=NO_PROMPT)
    if kind == "http" and rest:
        from harness.pipelines.http import load_http

        return load_http(rest, options)
    if kind == "command" and rest:
        from harness.pipelines.command import load_command

        return load_command(rest, options)
    if kind == "function" and rest:
        from harness.pipelines.function import load_function

        return load_function(rest, options)
    raise PipelineError(f"pipeline {spec!r}: not a known form", hint=f"use one of: {KINDS}")


def _load_rag(
    kind: str,
    model: str,
    corpus: Corpus | None,
    prompt: Path | None,
    options: Mapping[str, object] | None,
    sources: tuple[Source, ...],
    as_of: date,
) -> Pipeline:
    """The two pipelines that may retrieve; the index is built only where it will be used."""
    from harness.pipelines.openai_chat import load_chat
    from harness.pipelines.reference import load_reference
    from harness.pipelines.retrieval import build_retriever

    wanted = kind == "reference" or (options or {}).get("retrieval", True) is not False
    retriever = build_retriever(corpus.passages) if corpus and wanted else None
    if kind == "openai":
        return load_chat(model, options, retriever, prompt, as_of)
    return load_reference(retriever, options, prompt, sources, as_of)
