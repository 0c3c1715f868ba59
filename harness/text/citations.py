"""Mentions of sources in a text: markers, links, identifiers, names with years, and authority that is only invoked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby

from harness.resources import package_yaml
from harness.types import Citation, Region, Sentence

_MARKER = re.compile(r"\[\^?(?P<list>\d{1,3}(?:\s?[,;–-]\s?\^?\d{1,3}){0,30})\]|\[\^(?P<note>[\w-]{1,30})\]")
_SUPERSCRIPT = re.compile(r"(?P<list>[⁰¹²³⁴-⁹]{1,3}(?:[,˒⁻–-][⁰¹²³⁴-⁹]{1,3}){0,10})(?![⁺⁻⁰¹²³⁴-⁹])")
_POWER = re.compile(r"(?:\d|[^\w](?:m|cm|mm|km|in|ft|s)|^(?:m|cm))$")
_FROM_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_IDENTIFIER = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|\bdoi:?\s?)?\b(?P<doi>10\.\d{4,9}/[^\s\"<>\[\]{}]{1,200})"
    r"|\bPMID:?\s?(?P<pmid>\d{4,9})\b|\b(?P<nct>NCT\d{8})\b"
    r"|\b(?P<link>(?:https?://|www\.)[^\s\"<>\[\]{}|]{2,2000})"
    r"|(?<![\w@./-])(?P<site>(?:[a-z0-9-]{1,60}\.){1,4}(?:org|gov|com|net|edu|int)(?:/[^\s\"<>\[\]{}|]{0,500})?)(?![\w@])",
    re.IGNORECASE,
)
_NAME = r"[A-ZÁÉÍÓÚÑ][\w'’-]{1,40}"
_AUTHOR_YEAR = re.compile(
    rf"\((?P<a>{_NAME}(?:\s{_NAME}){{0,3}}(?: et al\.?| (?:and|&|y) {_NAME})?),? (?P<ay>(?:19|20)\d\d)[a-z]?\)"
    rf"|\b(?P<b>{_NAME}(?: et al\.?| (?:and|&|y) {_NAME})),? \(?(?P<by>(?:19|20)\d\d)[a-z]?\b\)?"
)
_LONGEST_RANGE = 20
_WINDOW = 140


def find(plain: str, sentences: Sequence[Sentence]) -> tuple[Citation, ...]:
    """All mentions of sources, in page order.

    Lines of the source box give one ``entry`` each, beside the identifiers and links in them; everywhere else also
    markers (one citation for each number), names with years and attributions. ``target`` is the marker's number, the
    identifier, the address, ``Name year``, the attributed body by its short name, or the entry's text.
    """
    found: list[Citation] = []
    for index, sentence in enumerate(sentences):
        finders = [_identifiers(sentence.text)]
        if sentence.region is not Region.SOURCES:
            finders += [_markers(sentence.text), _author_years(sentence.text), _attributions(sentence.text)]
        found += [
            Citation(kind=kind, target=target, start=sentence.start + s, end=sentence.start + e, sentence=index)
            for finder in finders
            for kind, target, s, e in finder
        ]
    return tuple(sorted([*found, *_entries(plain, sentences)], key=lambda c: (c.start, c.end, c.kind)))


_Hit = tuple[str, str, int, int]


def _entries(plain: str, sentences: Sequence[Sentence]) -> Iterator[Citation]:
    listed = [(i, s) for i, s in enumerate(sentences) if s.region is Region.SOURCES and s.kind != "heading"]
    for _, group in groupby(listed, key=lambda pair: pair[1].block):
        lines = list(group)
        start, end = lines[0][1].start, lines[-1][1].end
        target = " ".join(plain[start:end].split())
        yield Citation(kind="entry", target=target, start=start, end=end, sentence=lines[0][0])


def _identifiers(text: str) -> Iterator[_Hit]:
    """DOIs, PubMed and trial numbers, and addresses that are none of these."""
    for match in _IDENTIFIER.finditer(text):
        kind = match.lastgroup or "link"
        target = _trim_address(match[kind])
        shown = target.upper() if kind == "nct" else target
        yield "link" if kind == "site" else kind, shown, match.start(), match.start(kind) + len(target)


def _trim_address(target: str) -> str:
    """An address without the punctuation of the sentence around it."""
    target = target.rstrip(".,;:!?'’”*")
    while target.endswith(")") and target.count("(") < target.count(")"):
        target = target[:-1].rstrip(".,;:!?'’”*")
    return target


def _markers(text: str) -> Iterator[_Hit]:
    for match in _MARKER.finditer(text):
        targets = [match["note"]] if match["note"] else _numbers(match["list"])
        yield from (("marker", target, match.start(), match.end()) for target in targets)
    for match in _SUPERSCRIPT.finditer(text):
        before = text[max(0, match.start() - 4) : match.start()]
        if before.strip() and not _POWER.search(before):
            targets = _numbers(match["list"].translate(_FROM_SUPERSCRIPT))
            yield from (("marker", target, match.start(), match.end()) for target in targets)


def _numbers(listed: str) -> list[str]:
    """The numbers of "1, 3-5"; none where it reads like an amount ("10,000") or an interval of measurements."""
    numbers: list[int] = []
    for piece in re.split(r"[,;˒]", listed.replace("^", "")):
        ends = [part.strip() for part in re.split(r"[–-]", piece) if part.strip()]
        if any(part != "0" and part.startswith("0") for part in ends):
            return []
        first, last = int(ends[0]), int(ends[-1])
        if not 0 <= last - first <= _LONGEST_RANGE:
            return []
        numbers += range(first, last + 1)
    return [str(number) for number in numbers]


def _author_years(text: str) -> Iterator[_Hit]:
    for match in _AUTHOR_YEAR.finditer(text):
        name, year = (match["a"], match["ay"]) if match["a"] else (match["b"], match["by"])
        yield "author_year", f"{name.rstrip('.')} {year}", match.start(), match.end()


def _either(forms: Iterable[str]) -> str:
    return "|".join(f"(?:{form})" for form in forms)


@cache
def _sources() -> tuple[re.Pattern[str], tuple[str, ...]]:
    """One pattern for every body and kind of nameless authority, and what its groups are called."""
    raw = package_yaml("lexicons/attributions.yaml")
    named: dict[str, list[str]] = {**raw["bodies"], **raw["nameless"]}
    groups = "|".join(f"({_either(forms)})" for forms in named.values())
    return re.compile(rf"\b(?:{groups})(?:['’]s)?\b", re.IGNORECASE), tuple(named)


@cache
def _verb() -> re.Pattern[str]:
    raw = package_yaml("lexicons/attributions.yaml")
    filler = r"(?:\s+(?!no\b)[\w.()'’-]{1,30}){0,4}?"
    return re.compile(rf"{filler}\s+(?:{_either(raw['verbs'])})\b", re.IGNORECASE)


@cache
def _lead() -> re.Pattern[str]:
    raw = package_yaml("lexicons/attributions.yaml")
    private = "|".join(raw["private"])
    return re.compile(
        rf"\b(?:{_either(raw['leads'])})\s+(?!(?:{private})\b)(?P<named>[^\n.,;:!?()]{{2,{_WINDOW}}})", re.IGNORECASE
    )


def _attributions(text: str) -> Iterator[_Hit]:
    """Authority that a sentence leans on: "according to X", "X recommends", "studies show"."""
    pattern, names = _sources()
    taken: set[int] = set()
    for lead in _lead().finditer(text):
        hits = list(pattern.finditer(text, lead.start("named"), lead.end()))
        for position, hit in enumerate(hits):
            if _continues(hits, position, text):
                taken.add(hit.start())
                yield "attribution", _name(hit, names), lead.start() if not position else hit.start(), hit.end()
    for hit in pattern.finditer(text):
        follows = _verb().match(text, hit.end())
        if follows and hit.start() not in taken and not _denied(text, hit.start()):
            taken.add(hit.start())
            yield "attribution", _name(hit, names), hit.start(), follows.end()


def _continues(hits: Sequence[re.Match[str]], position: int, text: str) -> bool:
    """Whether a source named after a lead still belongs to it: the first one, or joined by "and" or a comma."""
    if position == 0:
        return True
    between = text[hits[position - 1].end() : hits[position].start()]
    return len(between) < 60 and re.search(r"\b(?:and|or|y|o)\b|,|&", between) is not None


def _name(hit: re.Match[str], names: Sequence[str]) -> str:
    return names[(hit.lastindex or 1) - 1]


def _denied(text: str, start: int) -> bool:
    return (
        re.search(r"\b(?:no|few|ningún|ninguna?|your|my|su|sus)\s+(?:\w+\s+)?$", text[max(0, start - 30) : start], re.I)
        is not None
    )
