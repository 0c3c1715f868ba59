"""A loopback model that reads what it is asked and judges by shared words, honestly or not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.pipelines.conftest import FakeServer, Reply, _no_waiting, completion, server, waited

__all__ = ["_no_waiting", "server", "waited"]

SECRET = "sk-very-secret"
_CLAIM = re.compile(r"<claim-(\d+)-([0-9a-f]{16})>\n(.*?)\n</claim-\1-\2>", re.DOTALL)
_PASSAGE = re.compile(r"<passage-([0-9a-f]{16})>\n(.*?)\n</passage-\1>", re.DOTALL)
Decide = Callable[[str, str], tuple[str, str]]


def honest(passage: str, claim: str) -> tuple[str, str]:
    """Supported if nearly all words of the claim stand in the passage; quotes the passage's likeliest sentence."""
    if share(claim, passage) < 0.8:
        return "not_found", ""
    return "supported", max(re.split(r"(?<=[.])\s+", passage), key=lambda sentence: share(claim, sentence))


def share(claim: str, text: str) -> float:
    words = set(re.findall(r"\w+", claim.lower()))
    return len(words & set(re.findall(r"\w+", text.lower()))) / len(words)


def asked(request: dict[str, Any]) -> tuple[str, list[tuple[int, str]]]:
    """The passage and the numbered claims of a request."""
    text = request["messages"][-1]["content"]
    found = _PASSAGE.search(text)
    assert found is not None
    return found[2], [(int(n), claim) for n, _, claim in _CLAIM.findall(text)]


def verdicts(decide: Decide) -> Reply:
    """A model that decides about each claim on its own."""

    def body(request: dict[str, Any]) -> dict[str, Any]:
        passage, claims = asked(request)
        rows = []
        for n, claim in claims:
            label, quote = decide(passage, claim)
            rows.append({"claim": n, "quote": quote, "label": label})
        return completion(json.dumps({"verdicts": rows}))

    return Reply(body=body)


def says(text: str) -> Reply:
    return Reply(body=completion(text))


@pytest.fixture(autouse=True)
def _endpoint(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    server.script(verdicts(honest))
