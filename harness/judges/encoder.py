"""The trained cross-encoder: how likely a short window of text supports a claim, in three logits."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from harness.errors import JudgeError
from harness.onnx import open_session, usable_cores
from harness.resources import package_file

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
NOT_FOUND, SUPPORTED, CONTRADICTED = range(3)  # columns of the logits
LONGEST = 144  # word pieces of claim and window together
LONGEST_CLAIM = 72
_CLS, _SEP = 101, 102
_MOST_CHARACTERS = 6000  # of a text that are tokenised


def encode(tokenizer: Any, claim: str, window: str) -> tuple[list[int], list[int]]:
    """Token ids and token types of one pair; used in training and at run time alike.

    The type tells the segment and, for a piece that stands in the other segment too, that it does (claim 0 or 2,
    window 1 or 3): a small model then need not find by attention what a set can tell it.
    """
    ours = tokenizer.encode(claim[:_MOST_CHARACTERS], add_special_tokens=False).ids[:LONGEST_CLAIM]
    theirs = tokenizer.encode(window[:_MOST_CHARACTERS], add_special_tokens=False).ids[: LONGEST - len(ours) - 3]
    in_claim, in_window = set(ours), set(theirs)
    ids = [_CLS, *ours, _SEP, *theirs, _SEP]
    types = [0, *(2 if i in in_window else 0 for i in ours), 0, *(3 if i in in_claim else 1 for i in theirs), 1]
    return ids, types


@dataclass(frozen=True)
class CrossEncoder:
    """The ONNX model with its tokenizer. Safe to call from several threads.

    Pairs are run one at a time, each on one core, as many at once as there are cores: int8 scales activations over a
    whole batch, so in a batch a pair's logits would depend on its neighbours, and padding would be paid for.
    """

    session: Any
    tokenizer: Any
    digest: str
    pool: ThreadPoolExecutor

    @classmethod
    def load(cls, folder: Path | None = None) -> CrossEncoder:
        """Read the model, by default the one that ships with the package.

        Raises:
            JudgeError: if its files are missing or broken.
        """
        from tokenizers import Tokenizer

        source = folder or package_file("models/judge")
        try:
            model = (source / "model.int8.onnx").read_bytes()
            tokenizer = Tokenizer.from_file(str(package_file("models/minilm/tokenizer.json")))
            session = open_session(model)
        except Exception as problem:
            raise JudgeError(
                f"{source}: the judge's model can't be loaded: {type(problem).__name__}",
                hint="install again, or train it: see harness/models/judge/CARD.md",
            ) from problem
        tokenizer.no_truncation()
        tokenizer.no_padding()
        pool = ThreadPoolExecutor(max_workers=usable_cores(), thread_name_prefix="judge")
        return cls(session, tokenizer, hashlib.sha256(model).hexdigest()[:8], pool)

    def logits(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """One row of logits (not found, supported, contradicted) for each (claim, window), rounded to 3 places."""
        if not pairs:
            return np.zeros((0, 3))
        return np.vstack(list(self.pool.map(self._logits, pairs)))

    def _logits(self, pair: tuple[str, str]) -> Floats:
        ids, types = encode(self.tokenizer, *pair)
        feed = {
            "input_ids": np.asarray([ids], dtype=np.int64),
            "attention_mask": np.ones((1, len(ids)), dtype=np.int64),
            "token_type_ids": np.asarray([types], dtype=np.int64),
        }
        return cast(Floats, np.round(self.session.run(None, feed)[0].astype(np.float64), 3))
