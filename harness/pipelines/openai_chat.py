"""Any OpenAI-compatible chat endpoint, with a prompt file, with or without passages from the corpus."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from pydantic import Field

from harness.errors import HarnessError, PipelineError
from harness.pipelines.call import current
from harness.pipelines.options import CallOptions, read_options
from harness.pipelines.prompts import Prompt, load_prompt
from harness.pipelines.retrieval import Retriever
from harness.pipelines.transport import CallFailed, Retry, public_address, read_bounded, status_failure, time_for
from harness.pipelines.wire import at_path
from harness.resources import find
from harness.types import Answer, AnswerError, CitationLink, Passage, Query, Usage

if TYPE_CHECKING:
    from openai import OpenAI

_MARKER = re.compile(r"\[(\d{1,3})\]")


class EndpointOptions(CallOptions):
    """Options of whatever asks a chat model. The key comes from the environment variable OPENAI_API_KEY only.

    Args:
        base_url: the endpoint; OPENAI_BASE_URL or OpenAI's own where it isn't given.
        max_tokens: cap on the reply's tokens; none if not given.
        seed: passed on, for endpoints that know it.
    """

    model: str = Field(min_length=1)
    base_url: str = ""
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = None


class ChatOptions(EndpointOptions):
    """Options of ``openai:MODEL``.

    Args:
        retrieval: whether the model is given the ``top_k`` nearest passages of the corpus, if its prompt has a place
            for them.
    """

    retrieval: bool = True
    top_k: int = Field(default=6, ge=1, le=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One chat completion at an endpoint: messages in, text and usage out."""

    client: OpenAI
    options: EndpointOptions
    where: str

    def complete(
        self, messages: Sequence[Mapping[str, str]], response_format: Mapping[str, object] | None = None
    ) -> Answer:
        """The model's text; raises CallFailed for whatever goes wrong, without words of the other side."""
        import openai

        allowed = time_for(self.options.timeout_s, self.where)
        deadline = time.monotonic() + allowed
        limits = {
            "max_tokens": self.options.max_tokens,
            "seed": self.options.seed,
            "response_format": response_format,
        }
        # In the extra body messages go out as they are; as an argument each is taken apart first, which costs more than
        # all the rest of a call.
        extra = {"messages": list(messages), **{k: v for k, v in limits.items() if v is not None}}
        try:
            with self.client.chat.completions.with_streaming_response.create(
                model=self.options.model,
                messages=[],
                temperature=self.options.temperature,
                extra_body=extra,
                timeout=allowed,
            ) as response:
                body = read_bounded(response.iter_bytes(), deadline=deadline, where=self.where)
        except openai.APITimeoutError:
            message = f"{self.where}: no reply within {allowed:.3g} s"
            raise CallFailed("timeout", message, transient=True) from None
        except openai.APIStatusError as problem:
            retry_after = problem.response.headers.get("retry-after")
            raise status_failure(self.where, problem.status_code, retry_after) from None
        except (openai.APIConnectionError, httpx2.HTTPError) as problem:
            message = f"{self.where}: {type(problem).__name__}"
            raise CallFailed("connection", message, transient=True) from None
        answer = self._read(body)
        current().spend(answer.usage)
        return answer

    def _read(self, body: bytes) -> Answer:
        """Text, model and token counts of a chat completion."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            raise CallFailed("format", f"{self.where}: the reply is not valid JSON", transient=True) from None
        text = at_path(data, "choices.0.message.content")
        if text is None and at_path(data, "choices.0.message") is not None:
            text = ""
        if not isinstance(text, str):
            raise CallFailed("format", f"{self.where}: the reply holds no message", transient=True)
        model = at_path(data, "model")
        usage = Usage(
            prompt_tokens=_count(at_path(data, "usage.prompt_tokens")),
            completion_tokens=_count(at_path(data, "usage.completion_tokens")),
        )
        return Answer(text=text, model=model if isinstance(model, str) else self.options.model, usage=usage)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPipeline:
    """Asks the model once per question; ``[n]`` in its text stands for the n-th passage it was given."""

    id: str
    prompt_sha: str
    chat: Chat
    prompt: Prompt
    as_of: date
    retriever: Retriever | None

    def answer(self, query: Query) -> Answer | AnswerError:
        """One answer, with retries for what passes: 429, 5xx, timeouts, broken JSON, an empty answer."""
        passages = self.retriever.passages(query) if self.retriever else ()
        messages = chat_messages(self.prompt, query, passages, self.as_of)
        retry = Retry(retries=self.chat.options.retries)
        result = retry.run(f"{query.id}:{query.epoch}", lambda: self.chat.complete(messages))
        return result if isinstance(result, AnswerError) else with_citations(result, passages)


def chat_messages(prompt: Prompt, query: Query, passages: Sequence[Passage], as_of: date) -> list[dict[str, str]]:
    """The system message, the earlier turns, and the user message with numbered passages and the question."""
    numbered = "\n\n".join(f"[{n}] {_origin(p)}\n{p.text}" for n, p in enumerate(passages, start=1))
    facts = "; ".join(query.facts) or "none"
    values = {"passages": numbered, "question": query.text, "facts": facts, "date": as_of.isoformat()}
    system, user = prompt.fill(values)
    first = [{"role": "system", "content": system}] if system else []
    turns = [{"role": turn.role, "content": turn.text} for turn in query.turns]
    return [*first, *turns, {"role": "user", "content": user}]


def with_citations(answer: Answer, passages: tuple[Passage, ...]) -> Answer:
    """The answer with the passages it was given and a link for each ``[n]`` that stands for one of them."""
    numbers = sorted({int(m) for m in _MARKER.findall(answer.text)})
    links = tuple(
        CitationLink(marker=str(n), passage_id=passages[n - 1].id) for n in numbers if 1 <= n <= len(passages)
    )
    return replace(answer, citations=links, passages=passages)


def open_chat(read: EndpointOptions, user: str, *, error: type[HarnessError] = PipelineError) -> Chat:
    """A Chat from options and environment, for ``user`` as in ``pipeline openai``.

    Raises:
        HarnessError: of the type ``error``, where something is missing.
    """
    base_url = read.base_url or os.environ.get("OPENAI_BASE_URL", "") or "https://api.openai.com/v1"
    key = os.environ.get("OPENAI_API_KEY", "")
    if not key:
        raise error(
            f"{user}: OPENAI_API_KEY is not set",
            hint="export OPENAI_API_KEY=... (any word for a local server without keys)",
        )
    if not base_url.startswith(("http://", "https://")):
        raise error(f"{user}: base_url is not a URL", hint="write http://host:port/v1")
    from openai import OpenAI

    client = OpenAI(api_key=key, base_url=base_url, timeout=read.timeout_s, max_retries=0)
    return Chat(client=client, options=read, where=public_address(base_url))


def chat_id(chat: Chat) -> str:
    """What of the options changes answers, for a pipeline's id."""
    o = chat.options
    more = "".join(f":{name}={value}" for name, value in (("max", o.max_tokens), ("seed", o.seed)) if value is not None)
    return f"{o.model}:t={o.temperature:g}{more}:{chat.where}"


def load_chat(
    model: str, options: Mapping[str, object] | None, retriever: Retriever | None, prompt: Path | None, as_of: date
) -> ChatPipeline:
    """Build ``openai:MODEL``; ``retriever`` makes Retrievers of a given top_k, or is None where there is no corpus."""
    given = {**(options or {}), **({"model": model} if model else {})}
    asked = read_options(ChatOptions, given, "openai")
    chat = open_chat(asked, "pipeline openai")
    if asked.retrieval and retriever is None:
        raise PipelineError("pipeline openai: retrieval needs a corpus", hint="name a corpus, or set retrieval: false")
    used = retriever.with_top_k(asked.top_k) if retriever and asked.retrieval else None
    default = "evals/prompts/grounded.md" if used else "evals/prompts/plain.md"
    read = load_prompt(prompt or find(default))
    if read.wants_passages and not used:
        raise PipelineError(
            f"prompt {read.name} has a place for passages but retrieval is off", hint="use a prompt without {passages}"
        )
    if not read.wants_passages:
        used = None  # what the model was not shown can't be what it cites
    source = f"{used.id}:k={asked.top_k}" if used else "no-retrieval"
    pipeline_id = f"openai@1:{chat_id(chat)}:{source}"
    return ChatPipeline(id=pipeline_id, prompt_sha=read.sha, chat=chat, prompt=read, as_of=as_of, retriever=used)


def _origin(passage: Passage) -> str:
    """Where a passage comes from, as the model may cite it."""
    parts = (passage.organisation, passage.title, passage.edition, passage.locator)
    return ", ".join(part for part in parts if part)


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
