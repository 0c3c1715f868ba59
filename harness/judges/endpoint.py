"""The chat endpoint behind a judge: structured replies, bounded re-asking, and failures as JudgeError."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from harness.errors import JudgeError
from harness.pipelines.openai_chat import Chat, EndpointOptions, chat_id, open_chat
from harness.pipelines.options import read_options
from harness.pipelines.transport import CallFailed, Retry
from harness.types import Answer, AnswerError

_SCHEMA_REFUSED = frozenset({400, 404, 415, 422, 501})  # statuses of servers that don't know response_format
_REASK = "\n\nThe last reply could not be used: {problem}. Reply once more, with the JSON object alone."

Schema = TypeVar("Schema", bound=BaseModel)
Read = TypeVar("Read")
Given = TypeVar("Given")


class JudgeOptions(EndpointOptions):
    """Options of every judge that asks a chat model.

    Args:
        concurrency: most requests in flight.
        reasks: further tries after a reply that can't be read; ``retries`` are those after a failed request.
    """

    concurrency: int = Field(default=8, ge=1, le=64)
    reasks: int = Field(default=2, ge=0, le=5)


Options = TypeVar("Options", bound=JudgeOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A chat model that is asked for JSON of a given form, by several threads at a time."""

    judge: str
    chat: Chat
    options: JudgeOptions
    pool: ThreadPoolExecutor
    plain: threading.Event = field(default_factory=threading.Event)  # set once the server refused a schema

    @property
    def id(self) -> str:
        """The model, the options that change its replies, and the public address."""
        return chat_id(self.chat)

    def each(self, ask: Callable[[Given], Read], given: Sequence[Given]) -> list[Read]:
        """``ask`` of every item, in order, at most ``concurrency`` at a time.

        The first failure ends it, once what is in flight has come back: no request outlives its batch.
        """
        pending = [self.pool.submit(copy_context().run, ask, one) for one in given]
        try:
            return [one.result() for one in pending]
        finally:
            wait([one for one in pending if not one.cancel()])

    def ask(self, messages: Sequence[Mapping[str, str]], schema: type[Schema], read: Callable[[Schema], Read]) -> Read:
        """A reply that follows ``schema`` and that ``read`` accepts.

        Args:
            messages: the last one is the user's.
            read: turns the reply into what the caller wants; raises ValueError, in our words, where it can't.

        Raises:
            JudgeError: if the endpoint fails, or no reply could be read.
        """
        problem = ""
        for _ in range(self.options.reasks + 1):
            told = _with_note(messages, _REASK.format(problem=problem)) if problem else messages
            try:
                return read(_parse(self._complete(told, schema), schema))
            except ValueError as bad:
                problem = str(bad)
        tries = self.options.reasks + 1
        raise JudgeError(f"judge {self.judge}: no usable reply in {tries} tries: {problem}", hint="try another model")

    def reply(self, prompt: str, schema: type[Schema]) -> Schema:
        """A reply that follows ``schema``; raises JudgeError as ``ask``."""
        return self.ask([{"role": "user", "content": prompt}], schema, lambda reply: reply)

    def _complete(self, messages: Sequence[Mapping[str, str]], schema: type[BaseModel]) -> str:
        def once() -> Answer:
            if not self.plain.is_set():
                try:
                    return self.chat.complete(messages, _response_format(schema))
                except CallFailed as failure:
                    if failure.status not in _SCHEMA_REFUSED:
                        raise
                    answer = self.chat.complete(messages)
                    self.plain.set()
                    return answer
            return self.chat.complete(messages)

        found = Retry(retries=self.options.retries).run(messages[-1]["content"], once)
        if isinstance(found, AnswerError):
            raise JudgeError(f"judge {self.judge}: {found.message}", hint="is the endpoint up, and the model its own?")
        return found.text


def open_endpoint(kind: str, model: str, options: Mapping[str, str], form: type[Options]) -> tuple[Endpoint, Options]:
    """The endpoint of ``kind:model``, and its options; raises JudgeError where something is missing or unknown."""
    read = read_options(form, {**options, "model": model}, kind, kind="judge", error=JudgeError)
    chat = open_chat(read, f"judge {kind}", error=JudgeError)
    pool = ThreadPoolExecutor(max_workers=read.concurrency, thread_name_prefix=f"judge-{kind}")
    return Endpoint(judge=f"{kind}:{model}", chat=chat, options=read, pool=pool), read


def _response_format(schema: type[BaseModel]) -> dict[str, Any]:
    """The strict JSON schema of a reply, as OpenAI-compatible servers take it."""
    from openai import pydantic_function_tool

    form = pydantic_function_tool(schema)["function"]["parameters"]
    return {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": form}}


def _parse(text: str, schema: type[Schema]) -> Schema:
    """The JSON object in a reply, which may stand in a code fence or between words.

    Raises:
        ValueError: in our own words; a reply is never quoted.
    """
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise ValueError("it holds no JSON object")
    try:
        return schema.model_validate(json.loads(text[start : end + 1]))
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False, include_context=False)[0]
        raise ValueError(f"{first['loc'][0] if first['loc'] else 'it'}: {first['type'].replace('_', ' ')}") from None
    except (ValueError, RecursionError):
        raise ValueError("it is not valid JSON") from None


def _with_note(messages: Sequence[Mapping[str, str]], note: str) -> list[dict[str, str]]:
    """The messages with a note at the end of the last one."""
    *first, last = (dict(m) for m in messages)
    return [*first, {**last, "content": last["content"] + note}]
