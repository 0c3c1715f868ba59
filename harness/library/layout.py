"""From placed lines to headings and paragraphs: running headers out, columns in order, broken words mended."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from harness.library.pdf import Line, Page

_EDGE = 3  # rows at the top and bottom of a page among which running headers and footers are looked for
_FEWEST_REPEATS = 3  # pages; two in a document of two
_REPEATED = 0.4  # share of pages; below one half, as left and right pages often carry different headers
_SAME_NUMBERING = 0.6  # share of pages whose printed number must tell the same first page
_COLUMN_ROWS = 4  # rows that must read as prose on both sides before a page counts as printed in two columns
_PROSE = 20  # characters from which a piece of a row reads as prose, not as a cell of a table
_WIDE_GAP = 1.35  # times the usual distance of baselines
_LARGER = 1.12  # times the usual size of letters: a heading
_LONGEST_HEADING = 140
_LONGEST_PARAGRAPH = 10_000  # characters
_TAIL = 80  # characters at the end of a text that are looked at when a line is added
_BULLET = re.compile(r"(?:[•●▪◦‣∙■□○✓✔➢►–—*]|-(?=\s)|o(?=\s[A-Z]))\s*")
_NUMBERED = re.compile(r"\(?(?:\d{1,2}|[a-z])[.)]\s")
_LEADERS = re.compile(r"(?:\.\s?){5,}")  # of a table of contents
_ENDED = re.compile(r"[.!?:;…][\"'”’»)\]]{0,3}$")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_BROKEN = re.compile(r"(?P<before>[^\W_]+)-$")
_GOES_ON = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A heading or a paragraph; ``pages`` hold the offset in ``text`` at which each page begins, with its number."""

    text: str
    heading: bool
    pages: tuple[tuple[int, int], ...]

    def page_at(self, offset: int) -> int:
        """The page on which the character at ``offset`` stands."""
        return self.pages[bisect_right(self.pages, offset, key=lambda p: p[0]) - 1][1]


def blocks(pages: Sequence[Page]) -> list[Block]:
    """Headings and paragraphs in reading order; a paragraph may go on over a column or page."""
    kept = without_running(pages)
    numbered = [(page.number, line) for page in kept for line in in_order(page.lines) if not _LEADERS.search(line.text)]
    if not numbered:
        return []
    usual = _usual_look(line for _, line in numbered)
    words = Vocabulary.of([line.text for _, line in numbered])
    leading = _usual_leading([line for _, line in numbered])
    found: list[_Open] = []
    for number, line in numbered:
        is_heading = _is_heading(line, usual)
        if found and found[-1].takes(line, number, is_heading, leading):
            found[-1].add(line, number, words)
        else:
            found.append(_Open.start(line, number, is_heading))
    return [block.closed() for block in found]


def page_labels(pages: Sequence[Page]) -> dict[int, str]:
    """The label printed on each page, by page number: the file's own, else counted in headers or footers, else "".

    Numbers count as printed where they tell the same first page on most pages; a cover before page 1 gets none.
    """
    if any(page.label for page in pages):
        return {page.number: page.label for page in pages}
    starts: Counter[int] = Counter()
    for page in pages:
        told = {int(n) for line in _edges(page) for n in _DIGITS.findall(line.text) if len(n) <= 4}
        starts.update(number - page.number for number in told)
    (shift, count), *_ = starts.most_common(1) or [(0, 0)]
    if count < max(_few(pages), _SAME_NUMBERING * len(pages)):
        return {page.number: "" for page in pages}
    return {page.number: str(page.number + shift) if page.number + shift > 0 else "" for page in pages}


def without_running(pages: Sequence[Page]) -> list[Page]:
    """Pages without the running lines at their top and bottom.

    Running is what repeats on many pages, whatever numbers it carries; what repeats on a few, as the header of a
    chapter, if it holds the page's number; and that number alone.
    """
    labels = page_labels(pages)
    repeats = Counter(key for page in pages for key in {_key(line) for line in _edges(page)})
    few, many = _few(pages), max(_few(pages), _REPEATED * len(pages))

    def running(line: Line, label: str) -> bool:
        count = repeats[_key(line)]
        return count >= many or (count >= few and label in line.text.split()) or line.text == label

    return [
        replace(page, lines=tuple(x for x in page.lines if x not in edges or not running(x, labels[page.number])))
        for page in pages
        for edges in [frozenset(_edges(page))]
    ]


def _few(pages: Sequence[Page]) -> int:
    return max(2, min(_FEWEST_REPEATS, len(pages)))


def _edges(page: Page) -> list[Line]:
    """The lines that stand highest and lowest on a page."""
    heights = sorted({line.y for line in page.lines})
    outer = {*heights[:_EDGE], *heights[-_EDGE:]}
    return [line for line in page.lines if line.y in outer]


def _key(line: Line) -> str:
    return _DIGITS.sub("#", line.text.casefold())


def in_order(lines: Sequence[Line]) -> list[Line]:
    """Lines in reading order: pieces of a row joined, or sorted by column where a page was drawn row by row."""
    rows: list[list[Line]] = []
    for line in _with_bullets(lines):
        same_row = bool(rows) and abs(rows[-1][-1].y - line.y) <= 0.4 * line.size and line.x > rows[-1][-1].x
        if same_row:
            rows[-1].append(line)
        else:
            rows.append([line])
    pairs = [row for row in rows if len(row) == 2 and all(len(piece.text) >= _PROSE for piece in row)]
    if len(pairs) >= _COLUMN_ROWS and 2 * len(pairs) >= len(rows):
        return _by_column(rows, median(row[1].x for row in pairs))
    return [_joined(row) for row in rows]


def _with_bullets(lines: Sequence[Line]) -> list[Line]:
    """Lines with the bullets that were drawn apart from them put in front."""
    bullets = [line for line in lines if _BULLET.fullmatch(line.text)]
    drawn = {
        min(right, key=lambda line: line.x)
        for bullet in bullets
        for right in [[x for x in lines if abs(x.y - bullet.y) <= 0.4 * x.size and x.x > bullet.x]]
        if right
    }
    return [x._replace(text=f"• {x.text}") if x in drawn else x for x in lines if x not in bullets]


def _by_column(rows: Sequence[list[Line]], middle: float) -> list[Line]:
    """Left column, then right column, between lines that run over both."""
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for row in rows:
        whole = len(row) == 1 and row[0].x < middle - 1 < row[0].x + 0.45 * row[0].size * len(row[0].text)
        if whole:
            ordered += [*left, *right, row[0]]
            left, right = [], []
        for piece in row if not whole else []:
            (left if piece.x < middle - 1 else right).append(piece)
    return [*ordered, *left, *right]


def _joined(row: Sequence[Line]) -> Line:
    return row[0]._replace(text=" ".join(piece.text for piece in row), bold=all(piece.bold for piece in row))


def _usual_look(lines: Iterable[Line]) -> tuple[float, bool]:
    """The size and weight that most letters have."""
    looks: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        looks[line.size, line.bold] += len(line.text)
    return looks.most_common(1)[0][0]


def _usual_leading(lines: Sequence[Line]) -> float:
    """The usual distance of baselines, in sizes of the letters."""
    steps = [
        (a.y - b.y) / a.size
        for a, b in pairwise(lines)
        if a.size and a.size == b.size and 0.8 * a.size < a.y - b.y < 2.5 * a.size
    ]
    return median(steps) if steps else 1.2


def _is_heading(line: Line, usual: tuple[float, bool]) -> bool:
    text, larger, bolder = line.text, line.size >= _LARGER * usual[0], line.bold and not usual[1]
    stands_out = larger or bolder or (text.isupper() and len(text.split()) > 1)
    listed = _BULLET.match(text) or (_NUMBERED.match(text) and not larger and not bolder)
    plain = len(text) <= _LONGEST_HEADING and not text.endswith((".", ",", ";")) and not listed
    return stands_out and plain and any(c.isalpha() for c in text)


@dataclass(slots=True, kw_only=True)
class _Open:
    """A block that lines are still added to."""

    text: str
    heading: bool
    last: Line
    left: float
    pages: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def start(cls, line: Line, number: int, heading: bool) -> _Open:
        return cls(text=line.text, heading=heading, last=line, left=line.x, pages=[(0, number)])

    def takes(self, line: Line, number: int, heading: bool, leading: float) -> bool:
        """Whether a line goes on with this block."""
        if (
            len(self.text) > _LONGEST_PARAGRAPH
            or heading != self.heading
            or _BULLET.match(line.text)
            or _NUMBERED.match(line.text)
        ):
            return False
        if abs(line.size - self.last.size) > 0.08 * self.last.size:
            return False
        step = self.last.y - line.y
        ended = _ENDED.search(self.text[-_TAIL:]) is not None
        if number != self.pages[-1][1] or step < 0:  # the next page or column
            return not heading and not ended and line.text[:1].islower()
        if step > _WIDE_GAP * leading * line.size:
            return False
        indented = line.x - self.left > 0.8 * line.size and not _BULLET.match(self.text)
        return heading or not (indented and ended)

    def add(self, line: Line, number: int, words: Vocabulary) -> None:
        """Add a line, and mend a word broken at its start."""
        text, follows = words.joined(self.text, line.text)
        if number != self.pages[-1][1]:
            self.pages.append((len(text) - len(follows), number))
        self.text, self.last = text, line
        self.left = min(self.left, line.x) if line.y < self.last.y else line.x

    def closed(self) -> Block:
        return Block(text=self.text, heading=self.heading, pages=tuple(self.pages))


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Words of a document that are not broken at the end of a line, in lower case."""

    words: frozenset[str]

    @classmethod
    def of(cls, lines: Iterable[str]) -> Vocabulary:
        """Collect them; the last word of a line that ends with a hyphen is left out."""
        return cls(words=frozenset(w.lower() for line in lines for w in _WORD.findall(_BROKEN.sub("", line))))

    def joined(self, before: str, line: str) -> tuple[str, str]:
        """Text with a line added, and the part of it that came from the line.

        A hyphen at the end of a line is dropped where it only broke a word ("treat-" + "ment"), and kept where it
        belongs to it ("HER2-" + "positive", "long-" + "term"); the document's other words decide.
        """
        broken, follows = _BROKEN.search(before[-_TAIL:]), _GOES_ON.match(line)
        if not broken or not follows or not line[0].islower():
            return (f"{before}{line}" if broken and follows else f"{before} {line}"), line
        return (before[:-1] if self._only_broken(broken["before"], follows[0]) else before) + line, line

    def _only_broken(self, first: str, second: str) -> bool:
        if not first.isalpha() or not (first.islower() or first.istitle()):
            return False
        first, second = first.lower(), second.lower()
        if first + second in self.words:
            return True
        if f"{first}-{second}" in self.words:
            return False
        return not (first in self.words and second in self.words)


def sections(found: Iterable[Block]) -> Iterator[tuple[str, list[Block]]]:
    """Each heading ("" before the first) with its paragraphs; a heading without any stands as a paragraph itself."""
    above: list[Block] = []
    body: list[Block] = []
    for block in found:
        if block.heading and body:
            yield _title(above), body
            above, body = [block], []
        elif block.heading:
            above.append(block)
        else:
            body.append(block)
    yield (_title(above), body) if body else ("", above)


def _title(above: Sequence[Block]) -> str:
    """Headings in a row as one, the last two of them."""
    return ": ".join(block.text for block in above[-2:])
