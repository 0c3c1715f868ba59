"""Mentions of sources in a text: markers, links, identifiers, names with years, and authority that is only invoked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import cast

from harness.resources import package_yaml
from harness.types import Citation, Region, Sentence

_PAGES = r"(?:pp?|pgs?|pages?|p[áa]gs?|p[áa]ginas?|sections?|secci[óo]n|§)\.?\s?[\w–-]{1,12}"
_MARKER = re.compile(
    rf"\[\^?(?P<list>\d{{1,3}}(?:\s?[,;–-]\s?\^?\d{{1,3}}){{0,30}})(?:[,;:]?\s?{_PAGES})?\]"
    r"|\[\^(?P<note>[\w-]{1,30})\]|(?<=[\w.,;:!?)”\"])\s?\^\(?(?P<raised>\d{1,3})\b\)?",
    re.IGNORECASE,
)
_ROUND = re.compile(r"(?<=\w)\s?\((?P<list>\d{1,2}(?:\s?[,;–-]\s?\d{1,2}){0,10})\)(?=\s?[.,;:!?]|\s*$)")
_SUPERSCRIPT = re.compile(r"(?P<list>[⁰¹²³⁴-⁹]{1,3}(?:[,˒⁻–-][⁰¹²³⁴-⁹]{1,3}){0,10})(?![⁺⁻⁰¹²³⁴-⁹])")
_POWER = re.compile(r"(?:\d|[^\w](?:m|cm|mm|km|in|ft|s)|^(?:m|cm))$")
_FROM_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_IDENTIFIER = re.compile(
    r"(?:(?:https?://)?(?:dx\.)?doi\.org/|\bdoi:?\s?)?\b(?P<doi>10\.\d{4,9}/[^\s\"<>\[\]{}]{1,200})"
    r"|(?:https?://)?(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed|europepmc\.org/(?:article|abstract)/med)/(?P<indexed>\d{1,12})\b/?"
    r"|\b(?:PMID|Pub\s?Med(?:\sID|\sidentifier|\sno\.?)?)\s?[:#=]?\s?(?P<pmid>\d{4,12})\b|\b(?P<nct>NCT[\s-]?\d{8})(?!\d)"
    r"|(?:https?://)?(?:www\.)?clinicaltrials\.gov/(?:ct2/)?(?:show|study)/(?P<trial>NCT\d{1,12})\b"
    r"|(?:https?://)?(?:www\.|pmc\.)?ncbi\.nlm\.nih\.gov/(?:pmc/)?articles/(?P<article>PMC\d{1,12})\b/?"
    r"|\b(?P<pmcid>PMC\d{5,12})\b"
    r"|\b(?P<link>(?:https?://|www\.)[^\s\"<>\[\]{}|]{2,2000})"
    r"|(?<![\w@./-])(?P<site>(?:[a-z0-9-]{1,60}\.){1,4}(?:org|gov|com|net|edu|int)(?:/[^\s\"<>\[\]{}|]{0,500})?)(?![\w@])",
    re.IGNORECASE,
)
_KINDS = {"indexed": "pmid", "trial": "nct", "article": "pmcid", "site": "link"}  # forms of a kind, by group above
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
    listed = list(_entries(plain, sentences))
    round_markers = _round_markers(sentences, len(listed))
    for index, sentence in enumerate(sentences):
        finders = [_identifiers(sentence.text)]
        if sentence.region is not Region.SOURCES:
            readers = (round_markers, _markers, _author_years, _attributions)
            finders += [reader(sentence.text) for reader in readers]
        found += [
            Citation(kind=kind, target=target, start=sentence.start + s, end=sentence.start + e, sentence=index)
            for finder in finders
            for kind, target, s, e in finder
        ]
    return tuple(sorted([*found, *listed], key=lambda c: (c.start, c.end, c.kind)))


_Hit = tuple[str, str, int, int]


def _entries(plain: str, sentences: Sequence[Sentence]) -> Iterator[Citation]:
    listed = [(i, s) for i, s in enumerate(sentences) if s.region is Region.SOURCES and s.kind != "heading"]
    for _, group in groupby(listed, key=lambda pair: pair[1].block):
        lines = list(group)
        start, end = lines[0][1].start, lines[-1][1].end
        target = " ".join(plain[start:end].split())
        yield Citation(kind="entry", target=target, start=start, end=end, sentence=lines[0][0])


def identifier_in(address: str) -> tuple[str, str]:
    """Kind and target of the address behind a hyperlink: the identifier that it leads to, else the link itself."""
    first = next(_identifiers(address), None)
    return (first[0], first[1]) if first and first[0] != "link" else ("link", address)


def _identifiers(text: str) -> Iterator[_Hit]:
    """DOIs, PubMed and trial numbers, and addresses that are none of these."""
    for match in _IDENTIFIER.finditer(text):
        group = match.lastgroup or "link"
        kind = _KINDS.get(group, group)
        target = _trim_address(match[group])
        shown = re.sub(r"[\s-]", "", target).upper() if kind == "nct" else target
        end = match.start(group) + len(target)
        yield kind, shown, match.start(), end
        if group in ("indexed", "trial", "article"):
            yield "link", text[match.start() : end], match.start(), end


def _trim_address(target: str) -> str:
    """An address without the punctuation of the sentence around it."""
    target = target.rstrip(".,;:!?'’”*")
    while target.endswith(")") and target.count("(") < target.count(")"):
        target = target[:-1].rstrip(".,;:!?'’”*")
    return target


def _markers(text: str) -> Iterator[_Hit]:
    for match in _MARKER.finditer(text):
        if match["raised"] and _POWER.search(text[max(0, match.start() - 4) : match.start()]):
            continue
        targets = [match["note"]] if match["note"] else _numbers(match["list"] or match["raised"])
        yield from (("marker", target, match.start(), match.end()) for target in targets)
    for match in _SUPERSCRIPT.finditer(text):
        before = text[max(0, match.start() - 4) : match.start()]
        if before.strip() and not _POWER.search(before):
            targets = _numbers(match["list"].translate(_FROM_SUPERSCRIPT))
            yield from (("marker", target, match.start(), match.end()) for target in targets)


def _round_markers(sentences: Sequence[Sentence], listed: int) -> Callable[[str], Iterator[_Hit]]:
    """A finder of markers in round brackets, "(2)", which are markers only on a page that has no others.

    They stand at the end of a statement, and every number on the page is that of a line of the source box.
    """
    texts = [s.text for s in sentences if s.region is not Region.SOURCES]
    numbers = [n for text in texts for m in _ROUND.finditer(text) for n in _numbers(m["list"])]
    used = numbers and all(1 <= int(n) <= listed for n in numbers) and not any(any(_markers(text)) for text in texts)

    def find_round(text: str) -> Iterator[_Hit]:
        for match in _ROUND.finditer(text) if used else ():
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            yield from (("marker", n, start, match.end()) for n in _numbers(match["list"]))

    return find_round


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
    """One pattern for every body and kind of nameless authority, and what its groups are called.

    The last groups, called "", are what the lexicon doesn't know: capitalised words of which one is a word for an
    organisation, three or more of which one is a word for a work ("Registry", "Handbook").
    """
    raw = package_yaml("lexicons/attributions.yaml")
    named: dict[str, list[str]] = {**raw["bodies"], **raw["nameless"]}
    groups = "|".join(f"({_either(forms)})" for forms in named.values())
    joint = r"(?:[ ](?:of|for|on|and|the|in|de|del|la|para|y|&))?"
    word = r"(?!(?:The|An?|Your|Our|This|Per|From|See|La|El|Los|Las)\b)[A-ZÁÉÍÓÚÑ][\w.'’&-]{0,30}"
    before, after = rf"(?:{word}{joint}{joint}[ ]){{0,6}}", rf"(?:{joint}{joint}[ ]{word})"
    unknown = rf"((?-i:{before}(?:{_either(raw['organisation_words'])}){after}{{0,6}}))"
    work = rf"((?-i:(?={word}{after}{{2}}){before}(?:{_either(raw['work_words'])}){after}{{0,6}}))"
    return re.compile(rf"\b(?:{groups}|{unknown}|{work})(?:['’]s)?\b", re.IGNORECASE), (*named, "", "")


@cache
def _says() -> re.Pattern[str]:
    """The verbs alone: a sentence without one leans on nobody by a verb, and need not be searched for bodies."""
    return re.compile(rf"\b(?:{_either(package_yaml('lexicons/attributions.yaml')['verbs'])})\b", re.IGNORECASE)


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
        rf"\b(?:{_either(raw['leads'])})\s+(?!(?:{private})\b)(?P<named>(?:\bU\.S\.|(?-i:\b[A-Z]\.(?=\s[A-Z]))|[^\n.,;:!?()]){{2,{_WINDOW}}})",
        re.IGNORECASE,
    )


@cache
def _direct() -> re.Pattern[str]:
    """What makes a source of the body named right after it: a short lead, a dash, or the opening of a bracket."""
    leads = _either(package_yaml("lexicons/attributions.yaml")["direct_leads"])
    return re.compile(rf"(?:\b(?:{leads}):?\s+|[\[(]|(?<=\S)\s[—–-]\s)(?:the\s+|la\s+|el\s+)?", re.IGNORECASE)


_PUBLISHED = re.compile(r"\s+(?:from|of|by|at|de)\s+(?:the\s+|la\s+|el\s+)?", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:(?:from|the|la|el)\s+)?(?P<named>[^\W\d_][^:.\n\[\]]{1,60}):\s", re.IGNORECASE
)  # "NCCN: rest helps"
_SIGNED = re.compile(r"(?:\s?\[[^\]\n]{1,30}\]|[⁰¹²³⁴-⁹]){0,5}[\s.]*$")  # "Rest helps — NCCN [1]."
_CLOSED = re.compile(r"(?:['’]s)?(?:[ ,;:][^\])\n]{0,80})?[\])]")


def _attributions(text: str) -> Iterator[_Hit]:
    """Authority that a sentence leans on: "according to X", "X recommends", "studies show", "(X, 2024)"."""
    pattern, names = _sources()
    taken: set[int] = set()
    for lead in _lead().finditer(text):
        hits = list(pattern.finditer(text, lead.start("named"), lead.end()))
        for position, hit in enumerate(hits):
            if _PUBLISHED.fullmatch(text, hit.end(), hits[position + 1].start() if hits[position + 1 :] else hit.end()):
                continue  # "guidance from NCCN": the body is the source
            if _continues(hits, position, text):
                taken.add(hit.start())
                yield "attribution", _name(hit, names), lead.start() if not position else hit.start(), hit.end()
    for lead in _direct().finditer(text):
        told = pattern.match(text, lead.end())
        if told and told.start() not in taken and _leans(text, lead, told, names):
            taken.add(told.start())
            yield "attribution", _name(told, names), lead.start(), told.end()
    label = _LABEL.match(text)
    named = pattern.match(text, label.start("named")) if label else None
    if label and named and named.start() not in taken and names[(named.lastindex or 1) - 1] not in _nameless():
        taken.add(named.start())
        yield "attribution", _name(named, names), named.start(), named.end()
    told_until = 0  # "ACS's 2015 guideline suggests" leans on ACS alone
    for hit in pattern.finditer(text) if _says().search(text) else ():
        follows = _verb().match(text, hit.end())
        if follows and hit.start() not in taken and hit.start() >= told_until and not _denied(text, hit.start()):
            taken.add(hit.start())
            told_until = follows.end()
            yield "attribution", _name(hit, names), hit.start(), follows.end()


def _nameless() -> dict[str, list[str]]:
    return cast(dict[str, list[str]], package_yaml("lexicons/attributions.yaml")["nameless"])


def _leans(text: str, lead: re.Match[str], told: re.Match[str], names: Sequence[str]) -> bool:
    """Whether a body after a short lead or in brackets is a source: not nameless, and not the short form of a name."""
    name = names[(told.lastindex or 1) - 1]
    if name in _nameless():
        return False
    if lead.group()[0].isspace():
        return _SIGNED.match(text, told.end()) is not None
    if lead.group()[0] not in "[(":
        return True
    before = text[max(0, lead.start() - 80) : lead.start()]
    spelt_out = any(names[(hit.lastindex or 1) - 1] in (name, "") for hit in _sources()[0].finditer(before))
    return not spelt_out and _CLOSED.match(text, told.end()) is not None


def _continues(hits: Sequence[re.Match[str]], position: int, text: str) -> bool:
    """Whether a source named after a lead still belongs to it: the first one, or joined by "and" or a comma."""
    if position == 0:
        return True
    if _PUBLISHED.fullmatch(text, hits[position - 1].end(), hits[position].start()):
        return True
    between = text[hits[position - 1].end() : hits[position].start()]
    return len(between) < 60 and re.search(r"\b(?:and|or|y|o)\b|,|&", between) is not None


def _name(hit: re.Match[str], names: Sequence[str]) -> str:
    """The short name of a body, or its name as told where the lexicon has none."""
    return names[(hit.lastindex or 1) - 1] or re.sub(r"['’]s$", "", hit.group())


def _denied(text: str, start: int) -> bool:
    return (
        re.search(r"\b(?:no|few|ningún|ninguna?|your|my|su|sus)\s+(?:\w+\s+)?$", text[max(0, start - 30) : start], re.I)
        is not None
    )
