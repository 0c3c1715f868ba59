from __future__ import annotations

import numpy as np
import pytest

from harness.errors import PipelineError
from harness.pipelines.embed import DIMENSIONS, load_embedder
from harness.pipelines.retrieval import build_retriever, grams, query_context, query_language, with_generic_names, words
from harness.types import Query, Turn


@pytest.fixture(scope="module")
def retriever(corpus):
    return build_retriever(corpus.passages, top_k=3)


def best(retriever, text, **more):
    return retriever.search(Query(id="q", text=text, **more))[0]


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("my temperature is 101 on chemo", "fever-in-treatment#p1"),
        ("will my hair come back", "hair-changes#p1"),
        ("forgot my letrazole tablet yesterday", "letrozole-facts#p2"),
        ("LETROSOLE side efects joint pain", "letrozole-facts#p1"),
        ("tengo fiebre con la quimioterapia", "fiebre-es#p1"),
        ("¿me vuelve a crecer el cabello?", "cabello-es#p1"),
    ],
)
def test_finds_the_passage(retriever, text, passage):
    assert best(retriever, text).passage.id == passage


def test_stays_in_the_language_of_the_question(retriever):
    hits = retriever.search(Query(id="q", text="¿Qué hago si tengo fiebre durante la quimioterapia?"))
    assert {h.passage.language for h in hits} == {"es"}
    assert retriever.search(Query(id="q", text="x"), "fr") == ()


def test_similarity_tells_off_topic_questions(retriever):
    near = best(retriever, "Does hair grow back after chemo?").similarity
    far = best(retriever, "Who won the football game last night?").similarity
    assert near > 0.6
    assert far < 0.25


def test_earlier_turns_and_facts_count(retriever):
    turns = (Turn(role="user", text="I take letrozole."), Turn(role="assistant", text="I see: hair, fever."))
    query = Query(id="q", text="I missed one, what now?", turns=turns, facts=("age 60",))
    assert query_context(query) == "I take letrozole. age 60"
    assert retriever.search(query)[0].passage.id == "letrozole-facts#p2"


def test_language_of_a_short_message_comes_from_the_conversation():
    turns = (Turn(role="user", text="Hola, mi mamá tiene cáncer y está con quimioterapia."),)
    assert query_language(Query(id="q", text="ok", turns=turns)) == "es"
    assert query_language(Query(id="q", text="ok")) == "en"


@pytest.mark.parametrize("text", ["", "?!", "x" * 100_000, "zzzz qqqq", "\x00\x1b[31m"])
def test_any_text_is_searched(retriever, text):
    assert len(retriever.search(Query(id="q", text=text))) == 3


def test_two_searches_agree(retriever, corpus):
    query = Query(id="q", text="fever in chemo")
    assert retriever.search(query) == build_retriever(corpus.passages, top_k=3).search(query)
    assert len(retriever.with_top_k(1).search(query)) == 1


def test_no_passages_is_an_error():
    with pytest.raises(PipelineError, match="no passages"):
        build_retriever(())


def test_tokens():
    assert words("The Fevers of CÁNCER bodies") == ["fever", "cancer", "body"]
    assert grams("of the hair") == [" hai", "hair", "air "]


def test_vectors_have_length_one_and_do_not_depend_on_neighbours():
    embedder = load_embedder()
    both = embedder.embed(["Chemo can cause hair loss.", "word " * 400])
    assert both.shape == (2, DIMENSIONS)
    assert np.allclose(np.linalg.norm(both, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(both[0], embedder.embed(["Chemo can cause hair loss."])[0])
    assert embedder.embed([]).shape == (0, DIMENSIONS)


def test_meaning_is_near_without_shared_words():
    vectors = load_embedder().embed(["My hair is falling out.", "Alopecia from treatment.", "The train is late."])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1


def test_a_missing_model_is_a_clear_error(monkeypatch, tmp_path):
    load_embedder.cache_clear()
    monkeypatch.setattr("harness.pipelines.embed.package_file", lambda name: tmp_path)
    with pytest.raises(PipelineError, match="can't be loaded"):
        load_embedder()
    monkeypatch.undo()
    load_embedder.cache_clear()


def test_vectors_are_kept_and_written_again_where_they_do_not_fit(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    embedder, texts = load_embedder(), ["Hair grows back.", "Fever is an emergency."]
    fresh = embedder.embed(texts)
    assert np.array_equal(embedder.embed_kept(texts), fresh)
    (file,) = (tmp_path / "harness/vectors").iterdir()
    embedder._kept.clear()  # as another start would find it
    monkeypatch.setattr(type(embedder), "embed", lambda *_: pytest.fail("kept vectors are read"))
    assert np.array_equal(embedder.embed_kept(texts), fresh)
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for broken in (b"", b"not numpy", file.read_bytes()[:-9]):
        file.write_bytes(broken)
        embedder._kept.clear()
        assert np.array_equal(embedder.embed_kept(texts), fresh)
    np.save(file, np.zeros((2, DIMENSIONS), dtype=np.float32))
    embedder._kept.clear()
    assert np.array_equal(embedder.embed_kept(texts), fresh)


def test_vectors_are_not_kept_where_nothing_can_be_written(tmp_path, monkeypatch):
    (tmp_path / "harness").write_text("a file in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert load_embedder().embed_kept(["x"]).shape == (1, DIMENSIONS)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I'm on Nolvadex. Is it safe?", "I'm on Nolvadex tamoxifen. Is it safe?"),
        ("I'm on tamoxifen.", "I'm on tamoxifen."),
        ("my pills and Xeloda, Femara", "my pills and Xeloda capecitabine, Femara letrozole"),
        ("", ""),
    ],
)
def test_generic_names_stand_behind_brand_names(text: str, wanted: str) -> None:
    assert with_generic_names(text) == wanted
