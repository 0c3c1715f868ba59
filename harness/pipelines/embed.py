"""Sentence embeddings offline: MiniLM as an int8 ONNX graph, one thread, one text at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from harness.errors import PipelineError
from harness.onnx import open_session
from harness.resources import package_file

Vectors = NDArray[np.float32]
DIMENSIONS = 384


class Embedder:
    """Turns texts into unit vectors; the dot product of two of them says how near they are in meaning.

    Texts are embedded one by one: dynamic int8 scales activations over the whole batch, so a text's vector would
    otherwise depend on its neighbours. Nearness in meaning is no safety signal: "2 mg" and "20 mg" are near.
    """

    def __init__(self, session: Any, tokenizer: Any) -> None:
        self._session = session
        self._tokenizer = tokenizer

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text, in order; texts are cut at 256 tokens. Safe to call from several threads."""
        rows = [self._embed_one(text) for text in texts]
        return np.vstack(rows) if rows else np.zeros((0, DIMENSIONS), dtype=np.float32)

    def _embed_one(self, text: str) -> Vectors:
        encoded = self._tokenizer.encode(text[:20_000])
        feed = {
            "input_ids": np.asarray([encoded.ids], dtype=np.int64),
            "attention_mask": np.asarray([encoded.attention_mask], dtype=np.int64),
        }
        return cast(Vectors, self._session.run(None, feed)[0])


@cache
def load_embedder() -> Embedder:
    """The shipped model, loaded once.

    Raises:
        PipelineError: if its files are missing or broken.
    """
    from tokenizers import Tokenizer

    folder = package_file("models/minilm")
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        session = open_session((folder / "model.int8.onnx").read_bytes())
    except Exception as problem:
        raise PipelineError(
            f"{folder}: the sentence embedder can't be loaded: {type(problem).__name__}",
            hint="install again, or write the files with tools/export_embedder.py",
        ) from problem
    return Embedder(session, tokenizer)
