"""Facts told in words: stage, grade, trial phase, receptor and gene status, line, approval, population and the like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from harness.resources import package_yaml
from harness.text.fact import Fact
from harness.text.phrases import wordings

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "one": 1, "two": 2, "three": 3, "four": 4}
_LEVELS = {"stage": "stage", "grade": "grade", "phase": "trial phase"}
_LEVEL = r"(?:IV|III|II|(?-i:I)|[0-9]|one|two|three|four)(?:[- ]?[ABC][12]?)?(?![\w.]\w|[\w%])"
_LEVEL_GAP = r"(?:\s?[,/]\s?(?:and\s|or\s)?|\s?[-–]\s?|\sto\s|\sthrough\s|\sor\s|\sand\s)"
_LEVELS_TOLD = re.compile(
    rf"\b(?P<what>stage|grade|phase)s?[\s-](?P<levels>{_LEVEL}(?:{_LEVEL_GAP}(?:(?P=what)\s)?{_LEVEL})*)"
    r"(?P<up>\s(?:or|and)\s(?:higher|above|greater|more|later|worse|over))?",
    re.IGNORECASE,
)
_HIGHEST = 5
_MARKER = (
    r"(?P<marker>(?i:HER)[\s-]?2(?:/neu)?|ERBB2|PD-?L1|[Hh]ormone(?:[\s-][Rr]eceptors?)?|(?:[Oo]?[Ee]strogen|[Pp]rogesterone|[Aa]ndrogen)[\s-][Rr]eceptors?"
    r"|(?:[Ll]ymph[\s-])?[Nn]odes?|[Nn]odal|[Mm]argins?|[Tt]riple|PgR|[A-Z][A-Z0-9]{1,6}(?:-[A-Z0-9]{1,4})?(?:\s[VLGTRQ]\d{2,4}[A-Z]?)?)"
)
_STATUS = (
    r"(?P<status>[Pp]ositiv(?:e|ity)|[Nn]egativ(?:e|ity)|[Uu]ltra[\s-]?low|[Ll]ow|[Hh]igh|[Zz]ero|[Mm]uta(?:ted|nt)|[Ww]ild[\s-]?type|[Aa]mplified"
    r"|[Oo]ver[\s-]?express(?:ing|ed|es|ion)|[Dd]eficient|[Pp]roficient|[Rr]earranged|[Ss]table|\(?\+{1,3}\)?|\(-\)|[-−](?=[\s,.;)/]|$))"
)
_LISTED_BEFORE = re.compile(
    r"(?<![\w-])(?P<marker>ER|PR|AR|HR|HER2|(?i:o?estrogen|progesterone|androgen))-?(?:\s?/\s?|,\s(?:and\s|or\s)?|\sand\s|\sor\s)$"
)
_LONGEST_NAME = 24  # characters of a marker and the word behind it
_STATUSES_TOLD = (
    re.compile(rf"(?<![\w-]){_MARKER}(?:[\s-][Mm]utation)?[\s-]?(?:and/or\s)?{_STATUS}(?!\w)"),
    re.compile(
        rf"(?<![\w-]){_MARKER}(?:\s(?:status|expression|protein|tumou?rs?|test|result|cancers?))?\s"
        rf"(?:is|are|was|were|be|being|tests?|tested)\s(?P<no>not\s)?{_STATUS}(?!\w)"
    ),
    re.compile(
        r"\b(?P<status>positive|negative)\sfor\s(?:the\s|an?\s|any\s)?(?:\w+\s)?(?:mutations?\sin\s(?:the\s)?)?"
        + _MARKER
    ),
    re.compile(
        r"\b(?P<status>with(?:out)?|has|have|carry|carries|carrying|no|lacks?|inherit(?:s|ed)?|over-?express(?:es|ing)?)\s(?:not\s)?(?:an?\s|any\s|the\s)?"
        r"(?:known\s|harmful\s|inherited\s|germline\s|somatic\s)?" + _MARKER + r"(?:\sgene)?"
        r"(?:\s(?:mutations?|variants?|changes?|fusions?|rearrangements?|amplification|protein)\b)"
    ),
)
_POSITIVE = re.compile(
    r"posit|mutat|mutant|amplif|over|rearr|\+|with$|has|have|carr|inherit", re.IGNORECASE
)  # what a status says in a word
_APPROVAL = re.compile(
    r"\b(?:(?P<un>un(?:approved|licen[sc]ed)|investigational|experimental)|approv(?:ed|al|es?)|authori[sz](?:ed|ation)|licen[sc]ed"
    r"|cleared\s(?:by|for))\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"(?:\b(?:not|never|without|no|neither|nor|yet\sto\sbe|awaiting|pending|lacks?|lost|refused|denied|rejected|withdrew|revoked|cannot\sbe)\b"
    r"|n['’]t\b)[^.;:,]{0,40}$",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"^[^.;:,]{0,30}\b(?:withdrawn|revoked|refused|denied|rejected|not\sgranted|pending)\b", re.IGNORECASE
)
_EXCEPTED = re.compile(r"^[^.;:!?]{0,80}\bbut\s(?P<no>not)\s(?:yet\s)?(?:for|in)\b", re.IGNORECASE)
_MORE_THAN_MARKER = frozenset({"CT", "US", "FDA", "IV", "TV", "OR", "AND", "NOT", "IF", "VERY", "ALL", "NO"})


def statuses(text: str) -> Iterator[Fact]:
    """Every status a text tells, in no order; two wordings of one subject at one place count once."""
    yield from _levels(text)
    yield from _markers(text)
    yield from _genes(text)
    yield from _approvals(text)
    yield from _worded(text)


def _lexicon() -> dict[str, Any]:
    return cast(dict[str, Any], package_yaml("lexicons/facts.yaml"))


def _fact(kind: str, subject: str, value: str, text: str, start: int, end: int) -> Fact:
    return Fact(kind=kind, subject=subject, value=value, text=text[start:end], start=start, end=end)


# --- stage, grade, phase ------------------------------------------------------------------------


def _levels(text: str) -> Iterator[Fact]:
    """Stages, grades and phases, also several together: "stage I, II or IIIA", "grade 3 or higher", "phase 1/2"."""
    for match in _LEVELS_TOLD.finditer(text):
        what = match["what"].lower()
        reach_up = bool(match["up"]) or text[: match.start()].lower().endswith("at least ")
        told = _level_values(match["levels"], reach_up=reach_up)
        subject = "phase" if what == "phase" else what
        yield _fact(_LEVELS[what], subject, "|".join(told), text, *match.span())


def _level_values(levels: str, *, reach_up: bool) -> list[str]:
    """The levels named one by one: "I to III" is 1, 2 and 3."""
    found = [
        (str(_ROMAN.get(m[1].lower(), m[1])) + (m[2] or "").lower(), m.start())
        for m in re.finditer(r"\b(IV|III|II|I|[0-9]|one|two|three|four)[- ]?([ABC][12]?)?\b", levels, re.IGNORECASE)
    ]
    values = [value for value, _ in found]
    if len(values) == 2 and re.search(r"[-–]|\bto\b|\bthrough\b", levels[found[0][1] : found[1][1]]):
        values = [str(n) for n in range(int(values[0][0]) + 1, int(values[1][0]))] + values
    if reach_up and len(values) == 1:
        values += [str(n) for n in range(int(values[0][0]) + 1, _HIGHEST + 1)]
    return sorted(set(values))


# --- markers and genes --------------------------------------------------------------------------


def _markers(text: str) -> Iterator[Fact]:
    """Receptor, gene, node and other marker statuses: "HER2-low", "positive for an ALK fusion", "ER+"."""
    taken: list[tuple[int, int]] = []
    for pattern in _STATUSES_TOLD:
        for match in pattern.finditer(text):
            name = match["marker"]
            if name in _MORE_THAN_MARKER or any(s < match.end() and match.start() < e for s, e in taken):
                continue
            taken.append(match.span())
            denied = "no" in match.re.groupindex and bool(match["no"])
            value = _status_value(match["status"], denied=denied)
            yield _fact("receptor", _marker_name(name), value, text, *match.span())
            for other, start in _told_with(text, match.start()):
                yield _fact("receptor", other, value, text, start, match.end())


def _told_with(text: str, end: int) -> Iterator[tuple[str, int]]:
    """Markers before one whose status they share ("ER/PR negative", "estrogen or progesterone receptor-positive")."""
    while before := _LISTED_BEFORE.search(text[max(0, end - _LONGEST_NAME) : end]):
        end -= len(before.group())
        name = before["marker"]
        yield _marker_name(name if name.isupper() else f"{name} receptor"), end


def _marker_name(name: str) -> str:
    plain = re.sub(r"[\s-]", "", name.lower())
    plain = (
        plain.removesuffix("s")
        if plain.startswith(("lymph", "node", "hormone", "margin")) or plain.endswith("receptors")
        else plain
    )
    if plain.startswith("her2"):
        return "HER2"
    return str(_lexicon()["markers"].get(plain, name.upper()))


def _status_value(status: str, *, denied: bool) -> str:
    """positive, negative, low, high ...; mutated, amplified and overexpressed are positive, wild type is negative."""
    plain = re.sub(r"[\s-]", "", status.lower()) or "-"
    if plain in ("low", "high", "ultralow", "deficient", "proficient", "stable"):
        return plain if not denied else f"not {plain}"
    positive = bool(_POSITIVE.search(plain)) and plain != "without"
    return "positive" if positive != denied else "negative"


@cache
def _gene_pattern() -> re.Pattern[str]:
    names = "|".join(sorted(_lexicon()["genes"], key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{names})(?!\w)")


def _genes(text: str) -> Iterator[Fact]:
    for match in _gene_pattern().finditer(text):
        yield _fact("gene", "name", match.group().upper(), text, *match.span())


# --- approval and wordings ----------------------------------------------------------------------


def _approvals(text: str) -> Iterator[Fact]:
    """Whether something is approved; a denial before or a withdrawal behind the word makes it not approved."""
    for match in _APPROVAL.finditer(text):
        before = text[max(0, match.start() - 60) : match.start()]
        denied = _DENIED.search(before)
        start = match.start() - len(before) + denied.start() if denied else match.start()
        open_or_lost = bool(match["un"]) or bool(denied) or bool(_TAKEN_BACK.search(text[match.end() :]))
        yield _fact("approval", "approval", "not approved" if open_or_lost else "approved", text, start, match.end())
        excepted = _EXCEPTED.search(text[match.end() :])
        if excepted and not open_or_lost:
            end = match.end()
            yield _fact(
                "approval", "approval", "not approved", text, end + excepted.start("no"), end + excepted.end("no")
            )


@cache
def _wordings() -> tuple[re.Pattern[str], dict[str, list[tuple[str, str, str]]]]:
    """One pattern over every listed wording, and what each wording says."""
    says: dict[str, list[tuple[str, str, str]]] = {}
    for kind, subjects in _lexicon()["categories"].items():
        for subject, values in subjects.items():
            for value, phrases in values.items():
                for phrase in phrases:
                    says.setdefault(_plain(phrase), []).append((kind, subject, value))
    return wordings(list(says)), says


def _plain(phrase: str) -> str:
    return re.sub(r"[\s\-‐-―]+", " ", phrase.lower()).replace("’", "'")


def _worded(text: str) -> Iterator[Fact]:
    pattern, says = _wordings()
    for match in pattern.finditer(text):
        for kind, subject, value in says[_plain(match.group())]:
            yield _fact(kind, subject, value, text, *match.span())
