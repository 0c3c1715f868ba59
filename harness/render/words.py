"""Words in their place: a finding drawn as plain lines, with carets under the words it points at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.masking import told, words_at
from harness.printing import printable
from harness.render.clean import logged, shorten
from harness.scorers import title_of
from harness.suite import severity_word
from harness.types import Finding, Span

_WIDTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A finding as lines: ``place:row:column: head title``, the words, carets under them, and notes.

    Every field is safe to print: no control characters, nothing that a CI log takes for a command.
    """

    where: str
    head: str
    title: str
    words: str
    carets: str
    notes: tuple[str, ...]

    def lines(self) -> tuple[str, ...]:
        """All of it as plain text."""
        return (f"{self.where} {self.head} {self.title}", self.words, self.carets, *self.notes)


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of an offset."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def draw(name: str, finding: Finding, texts: Mapping[str, str]) -> Drawn:
    """Draw a finding.

    Args:
        name: what the page is called, such as a file or a question id.
        texts: the text behind every span source, from ``texts_of``; where one is lost, the quote stands alone.
    """
    span, text = finding.span, texts.get(finding.span.source, "")
    if text[span.start : span.end] != words_at(span, text):
        span, text = Span.of(told(finding), 0, len(span.quote), span.source), told(finding)
    row, column = position(text, span.start)
    place = name if span.source == "answer" else f"{name} ({span.source})"
    words, carets = _underline(span, text, row)
    related = (f'   = {logged(s.source)}: "{logged(shorten(printable(s.quote), 160))}"' for s in finding.related)
    return Drawn(
        where=f"{logged(place)}:{row}:{column}:",
        head=f"{finding.code} {severity_word(finding.severity)}",
        title=title_of(finding.code),
        words=words,
        carets=carets,
        notes=(f"   = {logged(finding.message)} (confidence {finding.confidence:.2f})", *related),
    )


def _underline(span: Span, text: str, row: int) -> tuple[str, str]:
    """The line the span begins on, and carets; a long line is cut around the words."""
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.start)
    end = len(text) if end < 0 else end
    left = max(start, span.start - 30) if end - start > _WIDTH else start
    line = text[left : min(end, left + _WIDTH + 20)]
    width = max(1, min(span.end, left + len(line)) - span.start)
    before = printable(line[: span.start - left])
    marked = printable(line[span.start - left : span.start - left + width]) or "?"
    after = printable(line[span.start - left + width :])
    return logged(f"{row:>4} | {before}{marked}{after}"), " " * (7 + len(before)) + "^" * len(marked)
