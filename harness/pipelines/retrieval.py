"""Hybrid retrieval: word BM25, character BM25 (for typos) and embeddings, joined by reciprocal rank."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import bm25s
import numpy as np
from numpy.typing import NDArray

from harness.errors import PipelineError
from harness.pipelines.embed import Embedder, Vectors, load_embedder
from harness.resources import package_yaml
from harness.text.drugs import find_drugs
from harness.text.language import detect
from harness.text.sentences import split
from harness.types import Passage, Query

Scores = NDArray[np.float64]
RANK_CONSTANT = 10  # of reciprocal-rank fusion: how fast a rank loses weight
WEIGHTS = (2.0, 1.0, 1.0)  # of embeddings, words, four-grams; like the other two constants chosen on the golden drafts
DOCUMENT_SHARE = 0.6  # how much a passage gains from the two best of its document
_GRAM = 4
_MAX_PIECES = 12
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage found.

    Args:
        score: fused rank score, comparable within one search only.
        similarity: cosine of question and passage in [-1, 1], comparable between searches.
    """

    passage: Passage
    score: float
    similarity: float


class Index:
    """The passages of one language, searchable three ways."""

    def __init__(self, passages: Sequence[Passage], embedder: Embedder) -> None:
        self.passages = tuple(passages)
        self._embedder = embedder
        texts = [f"{p.document.replace('-', ' ')}. {p.text}" for p in passages]
        self._rankers = [Bm25(texts, words), Bm25(texts, grams)]
        self._vectors: Vectors = embedder.embed_kept(texts)

    def search(self, text: str, context: str = "") -> list[Hit]:
        """All passages, best first, for a message; ``context`` (earlier turns, facts) counts half."""
        asked = f"{text} {text} {context}"
        similarity = self._similarity(text, context)
        rankings = [similarity, *(ranker.scores(asked) for ranker in self._rankers)]
        weighted = (w * _reciprocal(scores) for w, scores in zip(WEIGHTS, rankings, strict=True))
        fused = self._with_document(sum(weighted, start=np.zeros(len(self.passages))))
        order = sorted(range(len(self.passages)), key=lambda i: (-fused[i], i))
        return [Hit(passage=self.passages[i], score=float(fused[i]), similarity=float(similarity[i])) for i in order]

    def _with_document(self, fused: Scores) -> Scores:
        """Scores raised by those of the passage's document, so that the rest of the right document comes up."""
        by_document: dict[str, list[float]] = {}
        for passage, score in zip(self.passages, fused, strict=True):
            by_document.setdefault(passage.document, []).append(float(score))
        gain = {name: float(np.mean(sorted(scores)[-2:])) for name, scores in by_document.items()}
        raised: Scores = fused + DOCUMENT_SHARE * np.array([gain[p.document] for p in self.passages])
        return raised.round(6)

    def _similarity(self, text: str, context: str) -> Scores:
        """Cosine of the message and each passage: half the whole, half its nearest sentence, a little context."""
        pieces = [text[a:b] for a, b in split(text[:20_000])][:_MAX_PIECES]
        rows = self._embedder.embed([text, *pieces]).astype(np.float64) @ self._vectors.T
        similarity: Scores = 0.5 * rows[0] + 0.5 * rows.max(axis=0)
        if context:
            with_context = self._embedder.embed([f"{context} {text}"])[0].astype(np.float64) @ self._vectors.T
            similarity = 0.7 * similarity + 0.3 * with_context
        return np.round(similarity, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retriever:
    """Finds passages in the question's language; indexes are built once, embeddings included."""

    indexes: dict[str, Index]
    top_k: int
    id: str = "hybrid@2"

    def with_top_k(self, top_k: int) -> Retriever:
        """The same indexes with another number of hits."""
        return replace(self, top_k=top_k)

    def search(self, query: Query, language: str = "") -> tuple[Hit, ...]:
        """The ``top_k`` best passages in ``language`` (detected where not given); none where there is no such index."""
        index = self.indexes.get(language or query_language(query))
        return tuple(index.search(with_generic_names(query.text), query_context(query))[: self.top_k]) if index else ()

    def passages(self, query: Query) -> tuple[Passage, ...]:
        """The passages of ``search``."""
        return tuple(hit.passage for hit in self.search(query))


def build_retriever(passages: Sequence[Passage], top_k: int = 6) -> Retriever:
    """Index a corpus by language.

    Raises:
        PipelineError: if there are no passages.
    """
    if not passages:
        raise PipelineError("retrieval: the corpus has no passages", hint="name a folder such as datasets/corpus")
    embedder = load_embedder()
    languages = sorted({p.language for p in passages})
    indexes = {code: Index([p for p in passages if p.language == code], embedder) for code in languages}
    return Retriever(indexes=indexes, top_k=top_k)


def query_language(query: Query) -> str:
    """``en`` or ``es``: of the message, or of the conversation where the message alone can't tell; else ``en``."""
    turns = " ".join(turn.text for turn in query.turns if turn.role == "user")
    found = [detect(query.text), detect(f"{turns} {query.text}")]
    return next((code for code in found if code != "und"), "en")


def with_generic_names(text: str) -> str:
    """The text with each medicine's generic name behind another name of it: passages mostly speak of generic names."""
    parts, end = [], 0
    for found in find_drugs(text):
        if not found.group and found.name not in _plain(text[found.start : found.end]):
            parts.append(f"{text[end : found.end]} {found.name}")
            end = found.end
    return "".join([*parts, text[end:]])


def query_context(query: Query) -> str:
    """What else is known of the question: patient facts and the last two earlier messages of the asker."""
    turns = [turn.text for turn in query.turns if turn.role == "user"][-2:]
    return " ".join([*turns, *query.facts])[:4000]


def words(text: str) -> list[str]:
    """Content words: lower case, without accents, stop words and plural s."""
    plain = _plain(text)
    return [_stem(w) for w in _WORD.findall(plain) if w not in _stop_words()]


def grams(text: str) -> list[str]:
    """Character four-grams of the content words, so that "anastrazole" still finds anastrozole."""
    found: list[str] = []
    for word in words(text):
        padded = f" {word} "
        found += [padded[i : i + _GRAM] for i in range(max(1, len(padded) - _GRAM + 1))]
    return found


class Bm25:
    """BM25 over tokens of one kind.

    Args:
        tokens: what cuts a text into tokens: ``words``, or ``grams``.
    """

    def __init__(self, texts: Sequence[str], tokens: Callable[[str], list[str]]) -> None:
        self._tokens = tokens
        self._size = len(texts)
        self._index: Any = bm25s.BM25()
        self._index.index([tokens(text) or [""] for text in texts], show_progress=False)

    def scores(self, text: str) -> Scores:
        """The score of every text; zeros where no token is known."""
        tokens = [t for t in self._tokens(text[:20_000]) if t in self._index.vocab_dict]
        if not tokens:
            return np.zeros(self._size)
        scores: Scores = np.asarray(self._index.get_scores(tokens), dtype=np.float64)
        return scores.round(4)


def _reciprocal(scores: Scores) -> Scores:
    """1 / (constant + rank) for each passage; nothing for those that score nothing."""
    order = np.lexsort((np.arange(len(scores)), -scores))
    ranks = np.empty(len(scores), dtype=np.float64)
    ranks[order] = np.arange(1, len(scores) + 1)
    result: Scores = np.where(scores > 0, 1.0 / (RANK_CONSTANT + ranks), 0.0).astype(np.float64)
    return result


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@cache
def _stop_words() -> frozenset[str]:
    listed: dict[str, str] = package_yaml("pipelines/stopwords.yaml")
    return frozenset(_plain(" ".join(listed.values())).split())
