"""A system under test behind HTTP: POST a question as JSON, read an answer through a mapping of dotted paths."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from pydantic import Field

from harness.errors import PipelineError
from harness.pipelines.options import CallOptions, NoOptions, read_options
from harness.pipelines.transport import CallFailed, Retry, public_address, read_bounded, status_failure, time_for
from harness.pipelines.wire import answer_from_json, at_path, query_to_json
from harness.types import Answer, AnswerError, Query


class ReplyPaths(NoOptions):
    """Where in the reply things are, as dotted paths (``choices.0.text``); ``passage`` maps the fields of a passage."""

    text: str = "answer"
    passages: str = "passages"
    citations: str = "citations"
    model: str = "model"
    passage: dict[str, str] = Field(default_factory=dict)


class HttpOptions(CallOptions):
    """Options of ``http:URL``.

    Args:
        reply: where in the reply the answer is.
        request: other names for ``id``, ``question``, ``turns`` and ``facts``; an empty name leaves one out.
        headers_from_env: header name -> environment variable that holds its value, for keys.
    """

    reply: ReplyPaths = ReplyPaths()
    request: dict[str, str] = Field(default_factory=dict)
    headers_from_env: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HttpPipeline:
    """POSTs ``{"id", "question", "turns", "facts"}`` and reads the answer from the JSON that comes back."""

    id: str
    url: str
    options: HttpOptions
    client: httpx2.Client
    prompt_sha: str = ""

    def answer(self, query: Query) -> Answer | AnswerError:
        """One answer, with retries for what passes: 429, 5xx, timeouts, broken JSON, an empty answer."""
        return Retry(retries=self.options.retries).run(f"{query.id}:{query.epoch}", lambda: self._ask(query))

    def _ask(self, query: Query) -> Answer:
        where = public_address(self.url)
        allowed = time_for(self.options.timeout_s, where)
        deadline = time.monotonic() + allowed
        try:
            with self.client.stream("POST", self.url, json=self._request(query), timeout=allowed) as response:
                if not response.is_success:
                    raise status_failure(where, response.status_code, response.headers.get("retry-after"))
                body = read_bounded(response.iter_bytes(), deadline=deadline, where=where)
        except httpx2.TimeoutException:
            message = f"{where}: no reply within {allowed:.3g} s"
            raise CallFailed("timeout", message, transient=True) from None
        except httpx2.HTTPError as problem:
            message = f"{where}: {type(problem).__name__}"
            raise CallFailed("connection", message, transient=True) from None
        return read_reply(body, self.options.reply, where)

    def _request(self, query: Query) -> dict[str, Any]:
        names = self.options.request
        return {names.get(k, k): v for k, v in query_to_json(query).items() if names.get(k, k)}


def read_reply(body: bytes, paths: ReplyPaths, where: str) -> Answer:
    """The answer in a JSON reply.

    Raises:
        CallFailed: of kind ``format``, if it is no JSON or the answer isn't where the mapping says.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise CallFailed("format", f"{where}: the reply is not valid JSON", transient=True) from None
    text = at_path(data, paths.text)
    if not isinstance(text, str):
        raise CallFailed("format", f"{where}: no text at '{paths.text}' of the reply", transient=True)
    passages = at_path(data, paths.passages)
    if paths.passage and isinstance(passages, list):
        passages = [_renamed(p, paths.passage) for p in passages]
    model = at_path(data, paths.model)
    fields = {"text": text, "citations": at_path(data, paths.citations), "passages": passages}
    try:
        return answer_from_json({**fields, "model": model if isinstance(model, str) else ""})
    except ValueError as problem:
        raise CallFailed("format", f"{where}: {problem}", transient=False) from None


def load_http(url: str, options: Mapping[str, object] | None) -> HttpPipeline:
    """Build ``http:URL``; raises PipelineError for a URL or option that can't be used."""
    read = read_options(HttpOptions, options, "http")
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        parsed = httpx2.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise PipelineError("pipeline http: not a URL", hint="write http:https://host/path")
    headers = {name: _secret(variable) for name, variable in read.headers_from_env.items()}
    shape = json.dumps(read.model_dump(exclude={"timeout_s", "retries"}), sort_keys=True)
    digest = hashlib.sha256(f"{url}\n{shape}".encode()).hexdigest()[:8]
    limits = httpx2.Limits(max_keepalive_connections=256)  # as many as there may be questions in flight
    client = httpx2.Client(timeout=read.timeout_s, headers=headers, limits=limits)
    return HttpPipeline(f"http@1:{public_address(url)}:{digest}", url, read, client)


def _secret(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        raise PipelineError(f"pipeline http: {variable} is not set", hint=f"export {variable}=...")
    return value


def _renamed(passage: object, names: Mapping[str, str]) -> object:
    """A passage of theirs with our field names."""
    if not isinstance(passage, Mapping):
        return passage
    return {**passage, **{ours: at_path(passage, theirs) for ours, theirs in names.items()}}
