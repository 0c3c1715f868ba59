"""Sentence embeddings offline: MiniLM as an int8 ONNX graph, one thread, one text at a time."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
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

    def __init__(self, session: Any, tokenizer: Any, model: str) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._model = model  # a digest of its bytes
        self._kept: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text, in order; texts are cut at 256 tokens. Safe to call from several threads."""
        rows = [self._embed_one(text) for text in texts]
        return np.vstack(rows) if rows else np.zeros((0, DIMENSIONS), dtype=np.float32)

    def embed_kept(self, texts: Sequence[str]) -> Vectors:
        """The same rows, kept on disk for the next start: a corpus of 400 passages takes seconds to embed.

        They lie in ``$XDG_CACHE_HOME/harness/vectors`` (``~/.cache`` without it), under a digest of model and
        texts, and may be deleted at any time. A file that can't be read, or doesn't fit, is written again; nothing is
        kept where the folder can't be written.
        """
        key = _digest("\0".join([self._model, *texts]).encode("utf-8", "surrogatepass"))
        home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        path = Path(home).expanduser() / "harness/vectors" / f"{key}.npy"
        if str(path) in self._kept:
            return self._kept[str(path)]
        kept = _read(path, len(texts))
        if kept is None:
            kept = self.embed(texts)
            with suppress(OSError):
                _write(path, kept)
        self._kept[str(path)] = kept
        return kept

    def _embed_one(self, text: str) -> Vectors:
        encoded = self._tokenizer.encode(text[:20_000])
        feed = {
            "input_ids": np.asarray([encoded.ids], dtype=np.int64),
            "attention_mask": np.asarray([encoded.attention_mask], dtype=np.int64),
        }
        return cast(Vectors, self._session.run(None, feed)[0])


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _read(path: Path, rows: int) -> Vectors | None:
    """Vectors from a file, None where there is none or it holds something else."""
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    fits = found.dtype == np.float32 and found.shape == (rows, DIMENSIONS)
    return found if fits and np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-3) else None


def _write(path: Path, vectors: Vectors) -> None:
    """Put vectors into a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.save(file, vectors)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


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
        model = (folder / "model.int8.onnx").read_bytes()
        session = open_session(model)
    except Exception as problem:
        raise PipelineError(
            f"{folder}: the sentence embedder can't be loaded: {type(problem).__name__}",
            hint="install again, or write the files with tools/export_embedder.py",
        ) from problem
    return Embedder(session, tokenizer, _digest(model))
