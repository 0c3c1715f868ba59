"""An answer page, parsed once: its parts, sentences, citations and related questions, all with offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

from harness.text import citations, language
from harness.text.markup import Link, strip
from harness.text.patterns import is_question
from harness.text.purpose import sort_out
from harness.text.regions import Part, assign, unglue
from harness.text.sentences import split, trim
from harness.types import Citation, Document, Region, RelatedQuestion, Sentence

_UNFINISHED = re.compile(r"[^.!?:;…\s][\"'”’»)\]*]{0,3}$")
_WRAP = 45
_LONGEST_QUESTION = 120
_FEW_WORDS = 12


def parse(text: str, *, question: str | None = None) -> Document:
    """Parse an answer page given as Markdown, HTML or text copied from a browser. Never raises.

    Every non-blank character of ``plain`` belongs to a sentence: nothing a reader would see is dropped, and what hides
    in a notice, a source box or a collapsed block is there with its region. Bare snippets are body, unless they are
    disclaimers and nothing else.

    Args:
        question: what was asked; helps to tell the title, and the language of a very short answer.
    """
    page = strip(text)
    parts = assign(page.plain, unglue(page.plain, page.lines), question)
    sentences = tuple(sort_out(list(_sentences(page.plain, parts))))
    found = citations.find(page.plain, sentences)
    return Document(
        text=text,
        plain=page.plain,
        offsets=page.offsets,
        sentences=sentences,
        citations=_with_links(found, page.links, sentences),
        related=tuple(_related(page.plain, parts)),
        language=_language(page.plain, sentences, question),
    )


def page_title(text: str) -> str:
    """The page's own title, which on answer pages is the patient's question; "" without one."""
    page = strip(text)
    parts = [p for p in assign(page.plain, unglue(page.plain, page.lines), None) if p.region is Region.TITLE]
    return " ".join(s.text for s in _sentences(page.plain, parts))


def _sentences(plain: str, parts: Sequence[Part]) -> Iterator[Sentence]:
    for number, block in enumerate(_blocks(plain, parts)):
        first = block[0]
        start, end = first.line.start, block[-1].line.end
        kind: Literal["sentence", "bullet", "heading", "cell"] = "sentence"
        if first.heading:
            kind, spans = "heading", [(start, end)]
        elif first.line.kind == "cell":
            kind, spans = "cell", list(_cells(plain, start, end))
        else:
            kind = "bullet" if first.line.kind == "bullet" else "sentence"
            spans = [(start + s, start + e) for s, e in split(plain[start:end])]
        for s, e in spans:
            yield Sentence(
                text=plain[s:e], start=s, end=e, region=first.region, section=first.section, kind=kind, block=number
            )


def _cells(plain: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The cells of a table row that lies at ``start:end``."""
    position = start
    for cell in plain[start:end].split("\t"):
        first, last = trim(plain, position, position + len(cell))
        if first < last:
            yield from ((first + s, first + e) for s, e in split(plain[first:last]))
        position += len(cell) + 1


def _blocks(plain: str, parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Lines that make up one paragraph or list item: a line goes on where the one before breaks off."""
    wrapped = _is_wrapped(plain, parts)
    block: list[Part] = []
    for part in parts:
        if block and not _goes_on(plain, block[-1], part, wrapped):
            yield block
            block = []
        block.append(part)
    if block:
        yield block


def _goes_on(plain: str, above: Part, part: Part, wrapped: bool) -> bool:
    if above.heading or part.heading or above.region is not part.region or part.line.gap:
        return False
    if part.line.kind != "text" or above.line.kind not in ("text", "bullet") or part.region is Region.RELATED:
        return False
    if not _UNFINISHED.search(plain[max(0, above.line.end - 6) : above.line.end]):
        return plain[above.line.end - 1] in ",;" or (wrapped and above.line.end - above.line.start >= _WRAP)
    return plain[part.line.start].islower() or (wrapped and above.line.end - above.line.start >= _WRAP)


def _is_wrapped(plain: str, parts: Sequence[Part]) -> bool:
    """Whether the text was broken into lines at some width, so that line ends say nothing."""
    pairs = [
        (above.line, below.line)
        for above, below in pairwise(parts)
        if above.line.kind == below.line.kind == "text" and not below.line.gap
    ]
    broken = [
        a
        for a, b in pairs
        if a.end - a.start >= _WRAP
        and _UNFINISHED.search(plain[max(0, a.end - 6) : a.end])
        and plain[b.start].islower()
    ]
    narrow = all(part.line.end - part.line.start <= 130 for part in parts)
    return narrow and len(broken) >= 2 and len(broken) >= 0.3 * len(pairs)


def _related(plain: str, parts: Sequence[Part]) -> Iterator[RelatedQuestion]:
    """Pairs of a related question and the preview below it."""
    lines = [
        p for p in parts if p.region is Region.RELATED and not (p.heading and p.section == _text(plain, p).rstrip(": "))
    ]
    index = 0
    while index < len(lines):
        asked = lines[index]
        below = lines[index + 1] if index + 1 < len(lines) else None
        paired = below is not None and not below.heading and _is_preview(_text(plain, below))
        preview = _text(plain, below) if below is not None and paired else ""
        end = below.line.end if below is not None and paired else asked.line.end
        yield RelatedQuestion(question=_text(plain, asked), preview=preview, start=asked.line.start, end=end)
        index += 2 if paired else 1


def _text(plain: str, part: Part) -> str:
    return plain[part.line.start : part.line.end]


def _is_preview(text: str) -> bool:
    """Whether a line below a related question is the beginning of its answer rather than the next question."""
    return len(text) > _LONGEST_QUESTION or not is_question(text)


def _with_links(
    found: tuple[Citation, ...], links: Sequence[Link], sentences: Sequence[Sentence]
) -> tuple[Citation, ...]:
    """Add hyperlinks that the markup held, unless their text already shows the address."""
    if not links:
        return found
    shown = {(c.start, c.end) for c in found if c.kind in ("link", "doi")}
    added: list[Citation] = []
    index = 0
    for link in links:
        while index + 1 < len(sentences) and sentences[index].end <= link.start:
            index += 1
        if (link.start, link.end) not in shown and link.url.startswith(("http", "www", "/")):
            kind, target = citations.identifier_in(link.url)
            added.append(Citation(kind=kind, target=target, start=link.start, end=link.end, sentence=index))
    return tuple(sorted([*found, *added], key=lambda c: (c.start, c.end, c.kind)))


def _language(plain: str, sentences: Sequence[Sentence], question: str | None) -> str:
    """The language of the answer's body, else of the page, else of the question; a few plain words count as English."""
    body = " ".join(s.text for s in sentences if s.region is Region.BODY)
    for words in (body, plain, question or ""):
        code = language.detect(words)
        if code != "und":
            return code
    return "en" if plain.isascii() and len(plain.split()) < _FEW_WORDS else "und"
