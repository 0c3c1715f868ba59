from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.pipelines import answer_from_json, answer_to_json
from harness.pipelines.wire import at_path, query_to_json
from harness.types import Answer, CitationLink, Passage, Query, Turn, Usage

text = st.text(max_size=40)
passages = st.builds(Passage, id=text, text=text, title=text, edition=text, language=st.sampled_from(["en", "es"]))
answers = st.builds(
    Answer,
    text=text,
    citations=st.lists(st.builds(CitationLink, marker=text, passage_id=text), max_size=3).map(tuple),
    passages=st.lists(passages, max_size=3).map(tuple),
    model=text,
    usage=st.builds(Usage, prompt_tokens=st.integers(0, 10**9), completion_tokens=st.integers(0, 10**9)),
    latency_s=st.floats(0, 1e6),
)


@given(answers, text, st.integers(0, 9))
def test_an_answer_comes_back_from_json_unchanged(answer, id, epoch):
    line = json.loads(json.dumps(answer_to_json(answer, id, epoch)))
    assert (line["id"], line["epoch"]) == (id, epoch)
    assert answer_from_json(line) == answer


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["text", "passages", "citations", "model", "usage", "other"]), json_values))
def test_any_mapping_is_an_answer_or_a_value_error(data):
    try:
        assert isinstance(answer_from_json(data), Answer)
    except ValueError as problem:
        assert "\n" not in str(problem)


def test_passages_may_be_bare_texts_and_need_no_ids():
    answer = answer_from_json({"text": "a [2]", "passages": ["one", {"text": "two"}], "note": "ignored"})
    assert [(p.id, p.text) for p in answer.passages] == [("1", "one"), ("2", "two")]
    assert answer.cited("2").text == "two"


@pytest.mark.parametrize(
    ("data", "field"),
    [({}, "text"), ({"text": 3}, "text"), ({"text": "a", "citations": [{"marker": "1"}]}, "citations.0.passage_id")],
)
def test_a_faulty_field_is_named(data, field):
    with pytest.raises(ValueError, match=f"^{field}: "):
        answer_from_json(data)


def test_paths_walk_mappings_and_lists():
    data = {"choices": [{"text": "hello"}]}
    assert at_path(data, "choices.0.text") == "hello"
    assert at_path(data, "choices.1.text") is None
    assert at_path(data, "choices.x") is None
    assert at_path("text", "a") is None


def test_a_query_is_sent_without_expectations():
    query = Query(id="q", text="hi", turns=(Turn(role="user", text="before"),), facts=("on letrozole",), epoch=2)
    sent = query_to_json(query)
    assert sent == {
        "id": "q",
        "question": "hi",
        "turns": [{"role": "user", "text": "before"}],
        "facts": ["on letrozole"],
    }
