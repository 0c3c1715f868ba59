"""Words of a person are hidden before a record of a logged answer is stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from harness.masking import hidden, told
from harness.scorers.identifiers import identifiers
from harness.types import Finding

_SHORTEST = 3  # letters of a part of a name that is hidden by itself


def redactor(texts: Iterable[str], findings: Iterable[Finding]) -> Callable[[str], str]:
    """A function that hides, wherever they stand, the words of a person found in the texts or by private findings.

    A help, not a guarantee: what the privacy rules and the identifier patterns don't find stays.
    """
    words = {f.span.quote for f in findings if told(f) != f.span.quote}
    for text in texts:
        for one in identifiers(text):
            found = text[one.start : one.end]
            words.add(found)
            if one.kind == "name":
                words.update(part for part in found.split() if len(part) >= _SHORTEST)
    longest = sorted((w for w in words if w.strip()), key=lambda w: (-len(w), w))
    if not longest:
        return str
    known = re.compile("|".join(rf"(?<!\w){re.escape(w)}(?!\w)" for w in longest))
    return lambda text: known.sub(lambda match: hidden(match.group()), text)


def redacted(outcome: dict[str, Any], hide: Callable[[str], str]) -> dict[str, Any]:
    """An outcome in its JSON form (``wire.outcome_to_json``) with ``hide`` run over every text of it."""
    return {
        **outcome,
        "reason": hide(outcome["reason"]),
        "findings": [_finding(f, hide) for f in outcome["findings"]],
    }


def _finding(finding: dict[str, Any], hide: Callable[[str], str]) -> dict[str, Any]:
    spans = [{**s, "quote": hide(s["quote"])} for s in (finding["span"], *finding["related"])]
    return {**finding, "message": hide(finding["message"]), "span": spans[0], "related": spans[1:]}
