"""From headings and paragraphs to the passages of a corpus document, each with the page it stands on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from harness.library.layout import Block, blocks, page_labels, sections
from harness.library.pdf import Page
from harness.text.sentences import split

MOST_WORDS = 120  # of a passage: what a judge reads at once, and a reader finds on a page
_FEWEST_LETTERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A passage: its words, the heading above it ("" if none), and the first and last page it stands on."""

    text: str
    section: str
    first: int
    last: int


def cut(pages: Sequence[Page]) -> list[Cut]:
    """Passages in reading order: neighbouring paragraphs of one heading and page, up to ``MOST_WORDS`` together.

    A longer paragraph is cut between sentences. What stands on two pages keeps both.
    """
    found: list[Cut] = []
    for heading, body in sections(blocks(pages)):
        parts = [part for block in body for part in _parts(block, heading)]
        found += [c for _, same in groupby(parts, key=lambda c: (c.first, c.last)) for c in _grouped(same)]
    return [c for c in found if sum(map(str.isalpha, c.text)) >= _FEWEST_LETTERS]


def locator(cut: Cut, labels: dict[int, str]) -> str:
    """Where a passage stands, by the numbers printed on the pages: "p. 12", "pp. 12-13".

    The page's number in the file is told besides where it differs ("p. ix (PDF page 3)"), or alone where no number
    is printed.
    """
    first, last = labels[cut.first], labels[cut.last]
    counted = f"page {cut.first}" if cut.first == cut.last else f"pages {cut.first}-{cut.last}"
    if not first or not last:
        return f"PDF {counted}"
    printed = f"p. {first}" if cut.first == cut.last else f"pp. {first}-{last}"
    same = first == str(cut.first) and last == str(cut.last)
    return printed if same else f"{printed} (PDF {counted})"


def _parts(block: Block, heading: str) -> Iterator[Cut]:
    """A paragraph whole, or in runs of sentences; a sentence that is too long is cut between words."""
    start = 0
    for end, following in pairwise(end for _, end in split(block.text)):
        if len(block.text[start:following].split()) > MOST_WORDS:
            yield from _words(block, start, end, heading)
            start = end
    yield from _words(block, start, len(block.text), heading)


def _words(block: Block, start: int, end: int, heading: str) -> Iterator[Cut]:
    """The text between two offsets in pieces of at most ``MOST_WORDS`` words."""
    while start < end:
        taken = block.text[start:end].split(maxsplit=MOST_WORDS)
        rest = len(taken[MOST_WORDS]) if len(taken) > MOST_WORDS else 0
        text = block.text[start : end - rest].strip()
        if text:
            first = start + len(block.text[start:end]) - len(block.text[start:end].lstrip())
            yield Cut(text=text, section=heading, first=block.page_at(first), last=block.page_at(first + len(text) - 1))
        start = end - rest


def _grouped(parts: Iterable[Cut]) -> Iterator[Cut]:
    """Neighbours joined while they are short enough together."""
    held: list[Cut] = []
    for part in parts:
        if held and sum(len(c.text.split()) for c in [*held, part]) > MOST_WORDS:
            yield _merged(held)
            held = []
        held.append(part)
    if held:
        yield _merged(held)


def _merged(parts: Sequence[Cut]) -> Cut:
    text = " ".join(part.text for part in parts)
    return Cut(text=text, section=parts[0].section, first=parts[0].first, last=parts[-1].last)


__all__ = ["MOST_WORDS", "Cut", "cut", "locator", "page_labels"]
