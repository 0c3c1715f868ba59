"""Which part of an answer page each line belongs to, from its headings and what follows them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from harness.resources import package_yaml
from harness.text.markup import Line
from harness.text.patterns import is_question
from harness.text.purpose import is_mostly_notice, is_notice
from harness.text.sentences import trim
from harness.types import Region

_ENDED = re.compile(r"(?:[.!?…;,][\"'”’»)\]*\s]{0,4}|[⁰¹²³⁴-⁹\]])$")
_PROSE = re.compile(r"[.!?][\"'”’»)\]*\s⁰¹²³⁴-⁹\d]{0,6}$")
_WORD = re.compile(r"[^\W_][\w'’/-]*")
_SMALL = re.compile(
    r"(?:a|an|and|as|at|but|by|for|from|in|into|is|its|nor|of|on|or|per|so|than|that|the|to|vs|via|with|your|you|if"
    r"|el|la|los|las|de|del|en|y|o|un|una|para|por|con|sus?|al)$",
    re.IGNORECASE,
)
_OBLIGING = re.compile(
    r"\b(?:you (?:should|must|need to|have to|ought)|(?:usted )?(?:debe|tiene que)|don['’]t|do not|never|nunca)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(r"(?:what|when|how|why|who|where|which|qué|cuándo|cómo|por qué|quién|dónde|cuál)\b", re.IGNORECASE)
_POINTER = re.compile(
    r"https?://|www\.|\b[\w-]{1,60}\.(?:org|gov|com|net|edu)\b|\b(?:19|20)\d\d\b|\d-\d{3}-|[→›]", re.I
)
_SOURCE_LINE = re.compile(r"(?:sources?|references?|fuentes?|referencias?)\s*:\s*\S", re.IGNORECASE)
_NUMBERED_SOURCE = re.compile(r"\[\^?[\w-]{1,20}\]:?\s+\S|\[\^[\w-]{1,30}\]:|[⁰¹²³⁴-⁹]{1,3}\s?[^\W\d_]|\^\d{1,3}:?\s")
_WORK = re.compile(
    r"https?://|www\.|\bdoi\b|\bPMID\b|\bNCT\d|\bet al\b|\b(?:edition|version|edición|versión)\b", re.IGNORECASE
)
_DATED = re.compile(r"(?:\(|[.,;]\s)(?:19|20)\d\d(?:\)|[.;:]|\s*$)")
_LONGEST_REFERENCE = 400
_MAX_HEADING = 110
_LISTED = (Region.ASK, Region.LEARN, Region.SOURCES, Region.RELATED)


@dataclass(frozen=True, slots=True)
class Part:
    """A line with its place on the page: its region, whether it is a heading, and the heading above it."""

    line: Line
    region: Region
    heading: bool
    section: str


def _compile(forms: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(f'(?:{form})' for form in forms)})\Z", re.IGNORECASE)


@cache
def _known_headings() -> tuple[tuple[Region, re.Pattern[str]], ...]:
    raw: dict[str, list[str]] = package_yaml("lexicons/page_parts.yaml")["headings"]
    return tuple((Region(name), _compile(forms)) for name, forms in raw.items())


@cache
def _navigation() -> re.Pattern[str]:
    return _compile(package_yaml("lexicons/page_parts.yaml")["navigation"])


@cache
def _orders() -> re.Pattern[str]:
    words: list[str] = package_yaml("lexicons/page_parts.yaml")["orders"]
    return re.compile(rf"(?:please )?(?:{'|'.join(words)})\b".replace("'", "['’]"), re.IGNORECASE)


@cache
def _glue() -> re.Pattern[str]:
    phrases: list[str] = package_yaml("lexicons/page_parts.yaml")["glued"]
    return re.compile(rf"(?<=[\w.)\]:;!?»”])(?={'|'.join(phrases)})|(?<=[→›])\s*(?=[^\W\d_])", re.IGNORECASE)


def known_heading(text: str) -> Region | None:
    """The region that a heading opens by its wording, or None."""
    words = text.strip().rstrip(":").strip()
    if len(words) > _MAX_HEADING:
        return None
    return next((region for region, pattern in _known_headings() if pattern.match(words)), None)


def unglue(plain: str, lines: Sequence[Line]) -> list[Line]:
    """Cut lines where copying from a browser glued page furniture to the words before it."""
    cut: list[Line] = []
    for line in lines:
        text = plain[line.start : line.end]
        edges = [0, *(m.end() for m in _glue().finditer(text)), len(text)]
        for start, end in pairwise(edges):
            first, last = trim(plain, line.start + start, line.start + end)
            if first < last:
                cut.append(replace(line, start=first, end=last, gap=line.gap and start == 0))
    return cut


def assign(plain: str, lines: Sequence[Line], question: str | None) -> list[Part]:
    """Give every line its region. A known heading opens its region; an unknown one within the answer opens the body."""
    walk = _Walk(plain, lines, question)
    return [walk.step(index) for index in range(len(lines))]


class _Walk:
    """One pass over the lines, remembering the region and the heading it is in."""

    def __init__(self, plain: str, lines: Sequence[Line], question: str | None) -> None:
        self.texts = [plain[line.start : line.end] for line in lines]
        self.lines = lines
        self.question = _tokens(question or "")
        self.marked = any(line.kind == "heading" for line in lines)
        self.region = Region.BODY
        self.section = ""
        self.level = 0
        self.listed = False
        self.before_answer = True
        self.references: dict[int, bool] = {}  # list items that were looked at: whether their list is a bibliography

    def step(self, index: int) -> Part:
        """The part of one line, in order."""
        line, text = self.lines[index], self.texts[index]
        if self.before_answer and self._is_title(index):
            self.before_answer = line.kind == "heading"
            return Part(line, Region.TITLE, True, "")
        known = self._known_heading(index)
        if known is None and line.kind != "heading" and len(text) < 200 and _navigation().match(text):
            return Part(line, Region.NAVIGATION, False, self.section)
        self.before_answer = False
        if known is not None:
            return self._open(index, known)
        if self._is_heading(index):
            inner = self.region is Region.RELATED and line.level > self.level > 0
            return Part(line, self.region, True, self.section) if inner else self._open(index, Region.BODY)
        if self.region is not Region.SOURCES and (_SOURCE_LINE.match(text) or self._is_reference(index)):
            return Part(line, Region.SOURCES, False, self.section)
        self._leave(line, text)
        return Part(line, self.region, False, self.section)

    def _is_reference(self, index: int) -> bool:
        """Whether a line is part of a list of references that no heading announces.

        A line that opens with a marker ("[2] NCI. Fatigue.") is one; a list item only where the whole list is dated
        like the entries of a bibliography.
        """
        text, line = self.texts[index], self.lines[index]
        if _NUMBERED_SOURCE.match(text):
            return bool(text.startswith("[^") or _WORK.search(text) or _DATED.search(text) or not _PROSE.search(text))
        if line.kind != "bullet" or self.region is not Region.BODY:
            return False
        if index not in self.references:
            last = next((i for i in range(index, len(self.lines)) if self.lines[i].kind != "bullet"), len(self.lines))
            items = range(index, last)
            alike = all(_DATED.search(self.texts[i]) and len(self.texts[i]) < _LONGEST_REFERENCE for i in items)
            self.references.update(dict.fromkeys(items, alike))
        return self.references[index]

    def _open(self, index: int, region: Region) -> Part:
        self.region, self.section = region, self.texts[index].rstrip(": ")
        self.level, self.listed = self.lines[index].level, False
        return Part(self.lines[index], region, True, self.section)

    def _leave(self, line: Line, text: str) -> None:
        """Go back to the body where prose follows a list of questions or pointers, or a notice ends."""
        if self.region in (Region.ASK, Region.LEARN):
            item = line.kind in ("bullet", "cell") or is_question(text) or _POINTER.search(text) is not None
            if self.listed and not item:
                self.region, self.section = Region.BODY, ""
            self.listed = self.listed or item
        elif self.region in (Region.NOTICE, Region.NAVIGATION) and not is_mostly_notice(text):
            self.region, self.section = Region.BODY, ""

    def _is_title(self, index: int) -> bool:
        line, text = self.lines[index], self.texts[index]
        last = index + 1 >= len(self.lines)
        if line.kind in ("bullet", "cell") or last or len(text) > 400 or known_heading(text) is not None:
            return False
        if _alike(_tokens(text), self.question) or (line.kind == "heading" and (line.level == 1 or is_question(text))):
            return True
        following = self.texts[index + 1]
        opens = known_heading(following) is Region.NOTICE or is_notice(following)
        return opens and (is_question(text) or not _ENDED.search(text)) and not is_notice(text, beside=True)

    def _known_heading(self, index: int) -> Region | None:
        line, text = self.lines[index], self.texts[index]
        if line.kind in ("bullet", "cell") or (line.kind != "heading" and index + 1 >= len(self.lines)):
            return None
        if line.kind == "text" and text.endswith((".", "!", ";")):
            return None
        return known_heading(text)

    def _is_heading(self, index: int) -> bool:
        """Whether a line that no lexicon knows is a heading: by its markup, or by its look in unmarked text."""
        line, text = self.lines[index], self.texts[index]
        if line.kind == "heading":
            return True
        if line.kind not in ("text", "bold") or self.region is Region.RELATED or index + 1 >= len(self.lines):
            return False
        words = _WORD.findall(text)
        asks = text.endswith("?")
        if not words or len(words) > 12 or len(text) > _MAX_HEADING or (_ENDED.search(text) and not asks):
            return False
        if text[0].islower() or _orders().match(text) or (_OBLIGING.search(text) and not _ASKING.match(text)):
            return False
        if self.region in _LISTED and (asks or _POINTER.search(text) or not self._introduces(index, 8)):
            return False
        if line.kind == "bold":
            return True
        return not self.marked and self._looks_like_heading(index, words)

    def _looks_like_heading(self, index: int, words: list[str]) -> bool:
        weighty = [w for w in words if not _SMALL.match(w) and not w[0].isdigit()]
        titled = sum(w[0].isupper() for w in weighty) >= 0.75 * len(weighty) and len(weighty) > 1
        if self.texts[index].endswith(":") and not titled:
            return False
        plain = len(words) <= (10 if _ASKING.match(self.texts[index]) else 5)
        return titled or (plain and self._introduces(index, 6))

    def _introduces(self, index: int, least: int) -> bool:
        """Whether the next line is a list item or prose of at least so many words."""
        following = self.texts[index + 1]
        prose = _PROSE.search(following) is not None and len(following.split()) >= least
        return self.lines[index + 1].kind == "bullet" or prose


def _tokens(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(text[:2000]))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two wordings share at least four fifths of their words."""
    return bool(one and other) and len(one & other) >= 0.8 * max(len(one), len(other))
