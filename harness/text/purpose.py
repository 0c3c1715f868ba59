"""What a sentence is for where its place on the page doesn't say: a notice, a sales pitch, or part of the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from harness.resources import package_yaml
from harness.text.sentences import split
from harness.types import Region, Sentence

_LONGEST = 600
_FROM = {
    Region.NOTICE: (Region.BODY, Region.LEARN, Region.SOURCES, Region.PROMOTION, Region.ASK),
    Region.PROMOTION: (Region.BODY, Region.LEARN, Region.SOURCES, Region.ASK, Region.NOTICE),
}


@cache
def _forms(name: str) -> re.Pattern[str]:
    forms: list[str] = package_yaml("lexicons/page_parts.yaml")[name]
    return re.compile("|".join(f"(?:{form})" for form in forms), re.IGNORECASE)


@cache
def _contrast() -> re.Pattern[str]:
    return re.compile(package_yaml("lexicons/page_parts.yaml")["contrast"], re.IGNORECASE)


def is_notice(text: str, *, beside: bool = False) -> bool:
    """Whether a sentence is a disclaimer, AI notice or the like and nothing else.

    "This isn't medical advice, but stop the drug" is no notice: what follows the "but" is for the reader to act on.

    Args:
        beside: also count what is a notice only beside another one ("Always consult your oncologist before deciding").
    """
    if len(text) > _LONGEST or not _speaks(text, beside):
        return False
    rest = _contrast().split(text)[1:]
    return all(len(part.split()) < 3 or _speaks(part.strip(" ,"), True) for part in rest)


def is_mostly_notice(text: str) -> bool:
    """Whether at least half of a paragraph's sentences are notices, or would be beside one."""
    told = [text[start:end] for start, end in split(text)]
    return 2 * sum(is_notice(sentence, beside=True) for sentence in told) >= len(told)


def _speaks(text: str, beside: bool) -> bool:
    return _forms("notice").search(text) is not None or (beside and _forms("beside_notice").search(text) is not None)


def is_promotion(text: str, *, beside: bool = False) -> bool:
    """Whether a sentence calls to upload, sign up or buy; with ``beside`` also what sells only next to such a call."""
    if len(text) > _LONGEST:
        return False
    found = _forms("promotion").search(text) is not None
    return found or (beside and _forms("beside_promotion").search(text) is not None)


def sort_out(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Move notices and promotion out of the regions they happen to stand in; everything else stays."""
    sure = [_sure(sentence) for sentence in sentences]
    spread = _spread(sentences, _spread(sentences, sure, 1), -1)
    return [replace(s, region=new) if new else s for s, new in zip(sentences, spread, strict=True)]


def _sure(sentence: Sentence) -> Region | None:
    """Promotion or notice by the sentence's own words; headings keep their region."""
    if sentence.kind == "heading":
        return sentence.region if sentence.region in _FROM else None
    if sentence.region in _FROM[Region.PROMOTION] and is_promotion(sentence.text):
        return Region.PROMOTION
    if sentence.region in _FROM[Region.NOTICE] and is_notice(sentence.text):
        return Region.NOTICE
    return sentence.region if sentence.region is Region.PROMOTION else None


def _spread(sentences: Sequence[Sentence], sure: Sequence[Region | None], step: int) -> list[Region | None]:
    """Let a notice or a pitch take in the neighbours that would be one beside it, in one direction."""
    spread = list(sure)
    order = range(len(sentences)) if step == 1 else range(len(sentences) - 1, -1, -1)
    for index in order:
        sentence, beside = sentences[index], index - step
        near = spread[beside] if 0 <= beside < len(sentences) else None
        if (
            spread[index] is not None
            or near is None
            or sentence.kind == "heading"
            or sentence.region not in _FROM[near]
        ):
            continue
        speaks = is_notice if near is Region.NOTICE else is_promotion
        if speaks(sentence.text, beside=True):
            spread[index] = near
    return spread
