"""A loopback model that answers what ragas and deepeval ask, told apart by the schema they want."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.errors import JudgeError
from harness.judges.canaries import canaries
from harness.judges.extras import load_extra
from harness.offline import offline
from tests.judges.conftest import share
from tests.pipelines.conftest import Reply, completion

KINDS = ("ragas", "deepeval")
Answers = Callable[[str, str], dict[str, Any]]
PASSAGE = "Zoledronic acid is given into a vein. A dentist should look at the teeth before the first dose."
VEIN, DENTIST, SHIPS = "Zoledronic acid is given into a vein.", "A dentist should look at the teeth.", "Ships sail."
KNOWN = dict.fromkeys((VEIN, DENTIST, SHIPS), PASSAGE) | {
    c.claim: c.passage for c in (*canaries().traps, *canaries().plain)
}


def model(answers: Answers) -> Reply:
    """``answers(what, claim)`` gives the reply as data; ``what`` is the first field of the schema it has to follow.

    A request that carries no claim (deepeval's truths) is answered from its passage.
    """

    def body(request: dict[str, Any]) -> dict[str, Any]:
        text = request["messages"][-1]["content"]
        form = request["response_format"]["json_schema"]["schema"]
        what = next(iter(form["properties"])) + ("*" if "$defs" in form else "")
        plain = text.encode().decode("unicode_escape", "ignore") if "\\u" in text else text.replace('\\"', '"')
        claim = max(KNOWN, key=plain.rfind)  # what is judged stands last, after passages and examples
        return completion(json.dumps(answers(what, claim)))

    return Reply(body=body)


def backed(claim: str) -> bool:
    return share(claim, KNOWN[claim]) >= 0.8


def ragas(what: str, claim: str) -> dict[str, Any]:
    """Two statements a claim: itself, and itself again; judged by shared words."""
    if what == "statements":
        return {"statements": [claim, claim]}
    return {"statements": [{"statement": "s", "reason": "r", "verdict": int(backed(claim))} for _ in range(2)]}


def deepeval(what: str, claim: str, other: str = "borderline") -> dict[str, Any]:
    if what == "truths":
        return {"truths": ["what the passage says"]}
    if what == "claims":
        return {"claims": [claim]}
    return {"verdicts": [{"verdict": "yes" if backed(claim) else other, "reason": "the passage says so"}]}


HONEST: dict[str, Callable[..., dict[str, Any]]] = {"ragas": ragas, "deepeval": deepeval}


@pytest.fixture(autouse=True)
def _nothing_beyond_loopback() -> Iterator[None]:
    try:
        for kind in KINDS:
            load_extra(kind)
    except JudgeError as problem:
        pytest.skip(f"{problem}, or run `make test-judges`")
    with offline():
        yield
