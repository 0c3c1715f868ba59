from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.logs.words import ERASED, commitment, joined, salted, split

NAMES = st.sampled_from(["answer", "id", "quote", "score", "where", "findings", "reason", "x"])
WORDS = st.text(st.characters(exclude_categories=()), max_size=8)  # with lone surrogates
RECORDS = st.recursive(
    st.none() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, RECORDS, max_size=6))
def test_a_record_is_put_together_again(record: dict[str, Any]) -> None:
    bare, words = split(record)
    assert joined(json.loads(json.dumps(bare, sort_keys=True)), words) == record
    assert joined(bare, None).keys() == record.keys()
    for wrong in ([*words, "more"], words[:-1]):
        if wrong != words:
            with pytest.raises(ValueError, match="words are"):
                joined(bare, wrong)


def test_words_leave_the_record_and_numbers_stay() -> None:
    finding = {"code": "ADV302", "severity": 4, "message": "skip it", "span": {"start": 3, "end": 9, "quote": "Skip"}}
    record = {
        "id": "Ann",
        "day": "2026-11-20",
        "outcomes": [{"score": 0.5, "reason": "Ann said", "findings": [finding]}],
    }
    bare, words = split(record)
    told = json.dumps(bare)
    assert sorted(words) == ["Ann", "Ann said", "Skip", "skip it"]
    assert not any(word in told for word in words)
    gone = joined(bare, None)
    assert gone["id"] == gone["outcomes"][0]["findings"][0]["span"]["quote"] == ERASED
    assert gone["outcomes"][0]["findings"][0]["severity"] == 4


def test_a_commitment_holds_the_words_and_never_repeats() -> None:
    one, line = salted(["Ann"])
    told = json.loads(line)
    assert commitment(told["salt"], told["words"]) == one
    assert commitment(told["salt"], ["Anna"]) != one
    assert salted(["Ann"])[0] != one
