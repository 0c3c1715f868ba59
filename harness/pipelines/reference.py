"""The reference pipeline: an offline RAG that opens with what matters most and then quotes its passages."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

from pydantic import Field

from harness.errors import PipelineError
from harness.pipelines.embed import Embedder, load_embedder
from harness.pipelines.extract import Extracted, extract
from harness.pipelines.intents import Intent, find_intents
from harness.pipelines.openai_chat import Chat, ChatOptions, chat_id, chat_messages, open_chat
from harness.pipelines.options import NoOptions, read_options
from harness.pipelines.page import Content, furniture_version, render_page
from harness.pipelines.prompts import Prompt, load_prompt
from harness.pipelines.retrieval import Hit, Retriever, query_language
from harness.pipelines.transport import Retry
from harness.resources import find, package_yaml
from harness.text.drugs import find_drugs
from harness.text.redflags import RedFlag, find_red_flags
from harness.types import Answer, AnswerError, CitationLink, Passage, Query, Source

# Cosines of the nearest passage: below FLOOR the corpus holds no answer, below WEAK only part of one. Chosen on the
# golden drafts and made-up off-topic questions; the model learnt English, so any two Spanish texts look nearer.
FLOOR = {"en": 0.25, "es": 0.5}
WEAK = {"en": 0.4, "es": 0.58}


class GeneratorOptions(NoOptions):
    """Which chat model writes the answer: options of ``openai``, of which retrieval and top_k play no part."""

    openai: ChatOptions


class ReferenceOptions(NoOptions):
    """Options of ``reference``.

    Args:
        top_k: passages looked up.
        budget: most words quoted from passages.
        share: passages less similar than this share of the nearest one are left out.
        generator: options of ``openai`` where a chat model writes the answer; extractive if not given.
    """

    top_k: int = Field(default=7, ge=1, le=50)
    budget: int = Field(default=320, ge=20, le=2000)
    share: float = Field(default=0.65, ge=0, le=1)
    generator: GeneratorOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Passages for an answer: the first ``lead`` have to come first, ``nearness`` is the best one's to the question."""

    hits: tuple[Hit, ...]
    lead: int
    nearness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a generator gives back: sentences from passages, or a text with ``[n]`` for the n-th passage."""

    extracted: tuple[Extracted, ...] = ()
    written: Answer | None = None


class Generator(Protocol):
    """Writes the answer proper from the passages found."""

    @property
    def id(self) -> str:
        """What of it changes answers."""
        ...

    def draft(self, query: Query, hits: Sequence[Hit], lead: int) -> Draft | AnswerError:
        """The answer to one question from the passages of ``hits``, the first ``lead`` of which have to come first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Extractive:
    """Quotes whole sentences; invents nothing."""

    embedder: Embedder
    budget: int

    @property
    def id(self) -> str:
        """Its name and budget."""
        return f"extractive:{self.budget}"

    def draft(self, query: Query, hits: Sequence[Hit], lead: int) -> Draft:
        """The sentences worth most for this question."""
        return Draft(extracted=tuple(extract(query.text, hits, self.embedder, self.budget, lead)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Has a chat model write the answer from the same passages."""

    chat: Chat
    prompt: Prompt
    as_of: date

    @property
    def id(self) -> str:
        """Model, settings and endpoint."""
        return chat_id(self.chat)

    def draft(self, query: Query, hits: Sequence[Hit], lead: int) -> Draft | AnswerError:
        """The model's answer, with retries."""
        messages = chat_messages(self.prompt, query, [hit.passage for hit in hits], self.as_of)
        retry = Retry(retries=self.chat.options.retries)
        result = retry.run(f"{query.id}:{query.epoch}", lambda: self.chat.complete(messages))
        return result if isinstance(result, AnswerError) else Draft(written=result)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencePipeline:
    """Urgent action first, then what the page can't do, then facts from the corpus, each with its passage."""

    id: str
    prompt_sha: str
    retriever: Retriever
    generator: Generator
    options: ReferenceOptions
    embedder: Embedder
    sources: tuple[Source, ...]
    as_of: date

    def answer(self, query: Query) -> Answer | AnswerError:
        """The page for one question."""
        started = time.monotonic()
        if not query.text.strip():
            return AnswerError(kind="format", message="the question is empty")
        language = query_language(query)
        flags = [f for f in find_red_flags(query.text, query.turns, query.facts) if not f.hypothetical]
        urgent = _first_action(flags[0].action(language)) if flags else ""
        intents = find_intents(query, language, self.sources, self.as_of)
        found = self._find(query, language, [_urgent_words(flag, query, language) for flag in flags[:2]], intents)
        draft = self.generator.draft(query, found.hits, found.lead) if found.hits else Draft()
        if isinstance(draft, AnswerError):
            return draft
        opening = _opening(urgent, intents, language, found.nearness)
        page = self._page(query, language, bool(urgent), opening, found.hits, draft)
        return replace(page, latency_s=time.monotonic() - started)

    def _find(self, query: Query, language: str, urgent: Sequence[str], intents: Sequence[Intent]) -> Found:
        """Passages on what is urgent, then on what the page can't do, then those near the question, then the rest."""
        floor = WEAK if any(intent.alone for intent in intents) else FLOOR
        near = self._near(self.retriever.search(query, language), floor[language])
        first = [hit for words in urgent for hit in self._look_up(words, language, 4)]
        first += [h for i in intents if i.first and i.find for h in self._look_up(i.find, language, 2)]
        last = [h for i in intents if not i.first and i.find for h in self._look_up(i.find, language, 1)]
        hits = {h.passage.id: h for h in [*first, *near, *last]}
        nearness = max((h.similarity for h in near), default=-1.0)
        return Found(hits=tuple(hits.values()), lead=len({h.passage.id for h in first}), nearness=nearness)

    def _near(self, found: Sequence[Hit], floor: float) -> list[Hit]:
        """Those hits that are near enough: above the floor, and not far behind the nearest."""
        best = max((hit.similarity for hit in found), default=-1.0)
        return [hit for hit in found if hit.similarity >= max(floor, self.options.share * best)]

    def _look_up(self, words: str, language: str, most: int) -> list[Hit]:
        """The passages nearest to words of our own."""
        found = self.retriever.search(Query(id="", text=words), language)[:most]
        return self._near(found, FLOOR[language])

    def _page(
        self, query: Query, language: str, urgent: bool, opening: tuple[str, ...], hits: Sequence[Hit], draft: Draft
    ) -> Answer:
        """The page with the passages it quotes, numbered in order of first use."""
        used = [s.passage for s in draft.extracted] if draft.extracted else [h.passage for h in hits]
        passages: tuple[Passage, ...] = tuple({p.id: p for p in used}.values())
        content = Content(
            language=language,
            urgent=urgent,
            opening=opening,
            passages=passages,
            extracted=draft.extracted,
            written=draft.written.text if draft.written else "",
        )
        text = render_page(content, query.text, self.as_of, self.embedder)
        links = tuple(CitationLink(marker=str(n), passage_id=p.id) for n, p in enumerate(passages, start=1))
        base = draft.written or Answer(text="", model="extractive")
        return replace(base, text=text, citations=links, passages=passages)


def load_reference(
    retriever: Retriever | None,
    options: Mapping[str, object] | None,
    prompt: Path | None,
    sources: tuple[Source, ...],
    as_of: date,
) -> ReferencePipeline:
    """Build ``reference``; raises PipelineError without a corpus, or for a prompt without a chat model to use it."""
    read = read_options(ReferenceOptions, options, "reference")
    if retriever is None:
        raise PipelineError("pipeline reference: needs a corpus", hint="name a folder such as datasets/corpus")
    embedder = load_embedder()
    generator: Generator = Extractive(embedder=embedder, budget=read.budget)
    prompt_sha = ""
    if read.generator is not None:
        loaded = load_prompt(prompt or find("evals/prompts/body.md"))
        generator = Written(chat=open_chat(read.generator.openai, "pipeline reference"), prompt=loaded, as_of=as_of)
        prompt_sha = loaded.sha
    elif prompt is not None:
        raise PipelineError(
            "pipeline reference: the extractive generator uses no prompt",
            hint="leave --prompt out, or give the option generator: {openai: {...}}",
        )
    settings = f"k={read.top_k}:share={read.share:g}:page={furniture_version()}"
    return ReferencePipeline(
        id=f"reference@1:{generator.id}:{retriever.id}:{settings}:{as_of.isoformat()}",
        prompt_sha=prompt_sha,
        retriever=retriever.with_top_k(read.top_k),
        generator=generator,
        options=read,
        embedder=embedder,
        sources=sources,
        as_of=as_of,
    )


def _opening(urgent: str, intents: Sequence[Intent], language: str, nearness: float) -> tuple[str, ...]:
    """What comes before any fact: the urgent action, then what the page can't do, or that it has no full answer."""
    words = package_yaml("pipelines/page.yaml")[language]
    said = tuple(sentence for intent in intents for sentence in intent.say)
    if urgent:
        return (urgent, *said)
    if said or nearness >= WEAK[language]:
        return said
    return tuple(words["partly"] if nearness >= FLOOR[language] else words["none"])


def _first_action(action: str) -> str:
    """What to do, without the reasons after a colon: those follow from passages, with their source."""
    head, colon, _ = action.partition(": ")
    return f"{head}." if colon else head


def _urgent_words(flag: RedFlag, query: Query, language: str) -> str:
    """What to look up for a warning sign: its action, its message, and the medicines in it by generic name."""
    kind, _, number = flag.source.partition(":")
    message = query.turns[int(number)].text if kind == "turn" else query.text
    names = dict.fromkeys(drug.name for drug in find_drugs(message) if not drug.group)
    return " ".join([flag.action(language), message[:500], *names])
