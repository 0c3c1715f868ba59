"""A loopback model that answers what ragas and deepeval ask, told apart by the schema they want."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from harness.judges.canaries import canaries
from tests.judges.conftest import share
from tests.pipelines.conftest import Reply, completion

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
