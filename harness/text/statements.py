"""Statements about a reader that go beyond education: diagnoses, forecasts, readings of a test, personas, promotion."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.resources import package_yaml
from harness.text.patterns import is_question, quoted_spans
from harness.text.phrases import fold, phrase_pattern
from harness.text.prefilter import Prefilter

_LONGEST = 1_500  # characters of a sentence that are read
_QUOTED_WORDS = 3
_LONG_LIST = 400  # characters of a list of the lexicon


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A stretch of a sentence that says something of ``kind``.

    Args:
        kind: ``diagnosis``, ``prognosis``, ``discouraging``, ``unproven``, ``test_reading``, ``persona``,
            ``promotion``, ``calming``, ``treatment`` or ``dose``.
        start, end: offsets in the sentence.
        weight: how surely it is one.
        severity: another severity than the rule's default, or None.
        needs: what the question has to tell for it to count; "" if nothing.
    """

    kind: str
    start: int
    end: int
    weight: float
    severity: int | None = None
    needs: str = ""


@dataclass(frozen=True, slots=True)
class _Pattern:
    kind: str
    weight: float
    severity: int | None
    needs: str
    language: str
    source: str
    unless: str


def find_statements(
    sentence: str, *, known: Collection[str] = (), kinds: Collection[str] = (), language: str = "en"
) -> list[Statement]:
    """The statements of one sentence; at most one for each pattern.

    Args:
        known: what the question tells: ``personal``, ``test``, ``red_flag``; patterns that need more stay silent.
        kinds: look only for these; all if empty.
        language: of the sentence; patterns of another language are not tried.

    Quoted words (three or more) and questions state nothing, except that a question can be an advertisement.
    """
    text = sentence[:_LONGEST]
    folded = _without_quotes(fold(text), text)
    asked = is_question(text)
    found = []
    patterns = _patterns()
    for number in _prefilter().candidates(folded):
        p = patterns[number]
        if (
            (kinds and p.kind not in kinds)
            or (p.needs and p.needs not in known)
            or (p.language and p.language != language)
        ):
            continue
        if asked and p.kind != "promotion":
            continue
        hit = _compiled(p.source).search(folded)
        if hit and not (p.unless and _compiled(p.unless).search(folded)):
            lead = len(hit.group()) - len(hit.group().lstrip(" .,;:!("))
            found.append(
                Statement(
                    kind=p.kind,
                    start=hit.start() + lead,
                    end=hit.end(),
                    weight=p.weight,
                    severity=p.severity,
                    needs=p.needs,
                )
            )
    return found


def _without_quotes(folded: str, text: str) -> str:
    """The folded sentence with quoted words blanked, offsets kept."""
    for start, end in quoted_spans(text):
        if len(text[start:end].split()) >= _QUOTED_WORDS:
            folded = folded[:start] + " " * (end - start) + folded[end:]
    return folded


@cache
def _patterns() -> tuple[_Pattern, ...]:
    return tuple(
        _Pattern(
            raw["kind"],
            raw["weight"],
            raw.get("severity"),
            raw.get("needs", ""),
            raw.get("language", ""),
            raw["pattern"],
            raw.get("unless", ""),
        )
        for raw in _data()["statements"]
    )


@cache
def _compiled(source: str) -> re.Pattern[str]:
    """A pattern of the lexicon, compiled when a sentence first needs it: most texts need few of them."""
    return re.compile(_filled(source, _parts()))


@cache
def _prefilter() -> Prefilter:
    """Reads the patterns without their long lists, which tell little and are slow to read."""
    short = {name: part if len(part) <= _LONG_LIST else ".+" for name, part in _parts().items()}
    return Prefilter([_filled(p.source, short) for p in _patterns()])


def _filled(source: str, parts: Mapping[str, str]) -> str:
    """A pattern with the lists under ``parts`` put in for their names."""
    for _ in range(3):
        for name, part in parts.items():
            source = source.replace("{" + name + "}", part)
    return source


@cache
def _parts() -> dict[str, str]:
    alternative = phrase_pattern(package_yaml("lexicons/objects.yaml")["alternative"])
    unproven = phrase_pattern(package_yaml("lexicons/objects.yaml")["unproven"])
    drugs = package_yaml("lexicons/drugs.yaml")
    names = [
        f
        for d in drugs["drugs"]
        if not d.get("supplement")
        for f in (d["name"], *d.get("brands", ()), *d.get("also", ()))
    ]
    wild = ("herb", "unproven remedy", "cannabis product")
    herb = phrase_pattern(f for d in drugs["drugs"] if d["class"] in wild for f in (d["name"], *d.get("also", ())))
    groups = [w for c in drugs["classes"] for w in c["words"] if not c.get("supplement")]
    endings = "|".join(drugs["suffixes"])
    medicine = f"(?:{phrase_pattern([*names, *groups])}|\\b[a-z]{{2,12}}(?:{endings})\\b)"
    return {**_data()["parts"], "alternative": alternative, "unproven": unproven, "herb": herb, "med": medicine}


def _data() -> dict[str, Any]:
    data: dict[str, Any] = package_yaml("lexicons/statements.yaml")
    return data
