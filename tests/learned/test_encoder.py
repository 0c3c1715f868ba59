"""The sentence encoder: how pairs are encoded, that readings depend on their pair alone, and broken files."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from harness.errors import JudgeError
from harness.learned import SentenceEncoder, load_reader, reader_id
from harness.learned.encoder import CATEGORIES, HEADS, LONGEST, LONGEST_QUESTION, encode
from harness.resources import package_file


@cache
def tokenizer() -> Any:
    made = Tokenizer.from_file(str(package_file("models/minilm/tokenizer.json")))
    made.no_truncation()
    made.no_padding()
    return made


def test_shared_pieces_are_marked_on_both_sides() -> None:
    ids, types = encode(tokenizer(), "Stop letrozole now", "letrozole hurts")
    pieces = [tokenizer().id_to_token(i) for i in ids]
    marked = {piece for piece, kind in zip(pieces, types, strict=True) if kind >= 2}
    shared = set(tokenizer().encode("letrozole", add_special_tokens=False).tokens)
    assert marked == shared
    end = pieces.index("[SEP]")
    assert {kind % 2 for kind in types[: end + 1]} == {0}
    assert {kind % 2 for kind in types[end + 1 :]} == {1}


def test_without_a_question_there_is_no_second_part() -> None:
    ids, types = encode(tokenizer(), "Stop letrozole now", "  ")
    assert ids.count(102) == 1
    assert set(types) == {0}


@given(st.text(max_size=600), st.text(max_size=600))
def test_any_pair_is_encoded_within_bounds(sentence: str, question: str) -> None:
    ids, types = encode(tokenizer(), sentence, question)
    assert len(ids) == len(types) <= LONGEST + LONGEST_QUESTION + 3
    assert set(types) <= {0, 1, 2, 3}


def test_a_reading_depends_on_its_pair_alone() -> None:
    pair = ("Skip tonight's Kisqali.", "My counts are low. What now?")
    others = [("x " * n, "") for n in range(1, 9)]
    alone = load_reader().read([pair])[0]
    among = load_reader().read([*others, pair, *others])[8]
    assert alone.logits == among.logits
    assert np.array_equal(alone.embedding, among.embedding)


def test_the_embedding_is_a_unit_vector_that_hardly_sees_the_question() -> None:
    sentence = "Letrozole can make joints ache."
    bare, asked = load_reader().read([(sentence, ""), (sentence, "I am 58 and take letrozole. What about my bones?")])
    assert float(np.linalg.norm(bare.embedding)) == pytest.approx(1.0, abs=1e-2)
    assert float(bare.embedding @ asked.embedding) > 0.97
    assert bare.logits["ease"] == pytest.approx(asked.logits["ease"], abs=1.0)
    assert bare.embedding.shape == (384,)


def test_heads_have_probabilities() -> None:
    directive, education = load_reader().read(
        [
            ("Skip tonight's Kisqali.", "My counts are low."),
            ("Kisqali can lower white blood cells.", "My counts are low."),
        ]
    )
    assert set(directive.logits) == set(HEADS)
    assert directive.probability("overreach") > 0.8 > 0.2 > education.probability("overreach")
    assert max(CATEGORIES, key=lambda c: directive.logits[c]) == "T2"
    assert directive.probability("directive") > education.probability("directive")


def test_missing_files_are_an_error_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(JudgeError) as caught:
        SentenceEncoder.load(tmp_path)
    assert "can't be loaded" in str(caught.value)
    assert "learned: false" in caught.value.hint


@pytest.mark.parametrize("raw", ["{", "{}", json.dumps({"scales": {"T1": [1, 0]}}), json.dumps({"scales": 3})])
def test_heads_that_do_not_belong_to_the_model_are_an_error(tmp_path: Path, raw: str) -> None:
    shutil.copy(package_file("models/sentences/model.int8.onnx"), tmp_path)
    (tmp_path / "heads.json").write_text(raw, encoding="utf-8")
    with pytest.raises(JudgeError, match="can't be loaded"):
        SentenceEncoder.load(tmp_path)


def test_the_id_is_that_of_the_files() -> None:
    assert reader_id() == load_reader().id
    assert reader_id().startswith("sentences@1:")
