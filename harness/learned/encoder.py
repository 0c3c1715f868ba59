"""One pass over a sentence beside its question: an embedding, and calibrated log odds of what the sentence does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import JudgeError
from harness.onnx import open_session, usable_cores
from harness.resources import package_file
from harness.types import Reading

CATEGORIES = tuple(f"T{i}" for i in range(1, 12))  # of docs/clinical.md
HEADS = ("overreach", *CATEGORIES, "directive", "action", "alarm", "ease")  # columns of the model's logits
LONGEST = 64  # word pieces of a sentence
LONGEST_QUESTION = 40
_VERSION = 1
_CLS, _SEP = 101, 102
_MOST_CHARACTERS = 3000  # of a text that are tokenised


def encode(tokenizer: Any, sentence: str, question: str = "") -> tuple[list[int], list[int]]:
    """Token ids and token types of one pair; used in training and at run time alike.

    The type tells the segment (sentence 0, question 1) and, by 2 more, that the piece stands in the other one too:
    what a sentence takes from the question is then marked, and what it brings along is not.
    """
    ours = tokenizer.encode(sentence[:_MOST_CHARACTERS], add_special_tokens=False).ids[:LONGEST]
    theirs = tokenizer.encode(question[:_MOST_CHARACTERS], add_special_tokens=False).ids[:LONGEST_QUESTION]
    shared = set(ours) & set(theirs)
    ids = [_CLS, *ours, _SEP]
    types = [0, *(2 if i in shared else 0 for i in ours), 0]
    if theirs:
        ids += [*theirs, _SEP]
        types += [*(3 if i in shared else 1 for i in theirs), 1]
    return ids, types


@dataclass(frozen=True)
class SentenceEncoder:
    """The ONNX model with its tokenizer and the calibration of its heads. Safe to call from several threads.

    Sentences are read one at a time, as many at once as there are cores: int8 scales activations over a whole batch,
    so in a batch a sentence's logits would depend on its neighbours.

    Args:
        scales: slope and intercept by head, from the model's logit to log odds (Platt 1999).
        id: name, version and hash of the trained model with its calibration.
    """

    session: Any
    tokenizer: Any
    scales: Mapping[str, tuple[float, float]]
    id: str
    pool: ThreadPoolExecutor

    @classmethod
    def load(cls, folder: Path | None = None) -> SentenceEncoder:
        """Read the model, by default the one that ships with the package.

        Raises:
            JudgeError: if its files are missing, broken or do not belong together.
        """
        from tokenizers import Tokenizer

        source = folder or package_file("models/sentences")
        try:
            model, raw = (source / "model.int8.onnx").read_bytes(), (source / "heads.json").read_bytes()
            scales = {head: (float(pair[0]), float(pair[1])) for head, pair in json.loads(raw)["scales"].items()}
            if set(scales) != set(HEADS):
                raise ValueError("other heads")
            tokenizer = Tokenizer.from_file(str(package_file("models/minilm/tokenizer.json")))
            session = open_session(model)
        except Exception as problem:
            raise JudgeError(
                f"{source}: the sentence encoder can't be loaded: {type(problem).__name__}",
                hint="install again, train it (harness/models/sentences/CARD.md), or set `learned: false`",
            ) from problem
        tokenizer.no_truncation()
        tokenizer.no_padding()
        pool = ThreadPoolExecutor(max_workers=usable_cores(), thread_name_prefix="sentences")
        return cls(session, tokenizer, scales, _id(model, raw), pool)

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        """One Reading for each (sentence, question), in order; the question may be ""."""
        return list(self.pool.map(self._read, pairs))

    def _read(self, pair: tuple[str, str]) -> Reading:
        ids, types = encode(self.tokenizer, *pair)
        feed = {"input_ids": np.asarray([ids], dtype=np.int64), "token_type_ids": np.asarray([types], dtype=np.int64)}
        logits, embedding = self.session.run(["logits", "embedding"], feed)
        odds = {}
        for head, logit in zip(HEADS, logits[0].astype(np.float64), strict=True):
            slope, intercept = self.scales[head]
            odds[head] = round(float(slope * logit + intercept), 3)
        return Reading(embedding=np.round(embedding[0].astype(np.float32), 4), logits=odds)


@cache
def load_reader() -> SentenceEncoder:
    """The encoder that ships with the package, loaded once; raises JudgeError where its files are missing or broken."""
    return SentenceEncoder.load()


@cache
def reader_id() -> str:
    """The id of the encoder that ships, without loading it; "" where its files are missing."""
    folder = package_file("models/sentences")
    try:
        return _id((folder / "model.int8.onnx").read_bytes(), (folder / "heads.json").read_bytes())
    except OSError:
        return ""


def _id(model: bytes, heads: bytes) -> str:
    return f"sentences@{_VERSION}:{hashlib.sha256(model + heads).hexdigest()[:8]}"
