"""The cross-encoder: how pairs are written down, and that a pair's logits depend on nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.errors import JudgeError
from harness.judges.encoder import LONGEST, LONGEST_CLAIM, SUPPORTED, CrossEncoder, encode

ENCODER = CrossEncoder.load()
PASSAGE = "Trastuzumab is given into a vein every three weeks."
PAIRS = [
    ("Trastuzumab is given every three weeks.", PASSAGE),
    ("Trastuzumab is given every week.", PASSAGE),
    ("The hospital has a garden.", PASSAGE),
    ("", ""),
]


def test_token_types_tell_segment_and_match() -> None:
    ids, types = encode(ENCODER.tokenizer, "Weekly infusions hurt.", "Infusions are given weekly.")
    words = ENCODER.tokenizer.encode("weekly", add_special_tokens=False).ids
    places = [i for i, token in enumerate(ids) if token in words]
    assert [types[i] for i in places] == [2, 3]
    assert (ids[0], ids[-1]) == (101, 102)
    assert set(types) <= {0, 1, 2, 3}


def test_long_texts_are_cut_and_the_window_keeps_room() -> None:
    ids, types = encode(ENCODER.tokenizer, "dose " * 500, "vein " * 500)
    assert len(ids) == len(types) == LONGEST
    assert types.count(0) == LONGEST_CLAIM + 2


def test_logits_don_t_depend_on_neighbours_or_order() -> None:
    whole = ENCODER.logits(PAIRS)
    assert whole.shape == (4, 3)
    assert np.array_equal(whole, ENCODER.logits(PAIRS[::-1])[::-1])
    assert np.array_equal(whole[1], ENCODER.logits(PAIRS[1:2])[0])
    assert ENCODER.logits([]).shape == (0, 3)


def test_what_is_said_scores_above_what_is_not() -> None:
    whole = ENCODER.logits(PAIRS)
    assert whole[0, SUPPORTED] > whole[2, SUPPORTED]
    assert int(whole[0].argmax()) == SUPPORTED


def test_a_missing_or_broken_model_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match="can't be loaded"):
        CrossEncoder.load(tmp_path)
    (tmp_path / "model.int8.onnx").write_bytes(b"not a model")
    with pytest.raises(JudgeError, match="can't be loaded"):
        CrossEncoder.load(tmp_path)
