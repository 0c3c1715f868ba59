"""Edits of the words of a page: something put in, exchanged, multiplied, joined or taken out."""

from __future__ import annotations

import re
from random import Random
from typing import Annotated, Literal

from pydantic import Field

from harness.records import Pattern, Record, Text
from harness.selftest.page import Edited, Page, Wordings
from harness.types import Region, Sentence

Told = Annotated[Wordings, Field(min_length=1)]


def hits(page: Page, region: Region, pattern: str) -> list[tuple[Sentence, re.Match[str], int]]:
    """(sentence, match, offset of the sentence) for every match within a sentence of a region."""
    found = []
    for sentence in page.document.region(region):
        start, end = page.place(sentence)
        told = page.text[start:end]
        found += [(sentence, match, start) for match in re.finditer(pattern, told, re.IGNORECASE)]
    return found


class Insert(Record):
    """Put a sentence in, in the page's language.

    ``at`` is ``opening`` (before the answer's first sentence), ``middle`` (behind one of its sentences), ``close`` (a
    paragraph behind it), ``notice`` (behind the notice), ``top`` or ``bottom`` of the page.
    """

    op: Literal["insert"]
    at: Literal["opening", "middle", "close", "notice", "top", "bottom"] = "middle"
    text: Told

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with one of the wordings in it."""
        words = page.wording(self.text, rng)
        if words is None:
            return None
        if self.at == "top":
            return page.with_text(f"{words}\n\n{page.text}", words)
        if self.at == "bottom":
            return page.with_text(f"{page.text.rstrip()}\n\n{words}\n", words)
        sentences = page.prose(Region.NOTICE if self.at == "notice" else Region.BODY)
        if not sentences:
            return None
        if self.at == "opening":
            start = page.place(sentences[0])[0]
            start = page.text.rfind("\n", 0, start) + 1
            return page.with_text(f"{page.text[:start]}{words}\n\n{page.text[start:]}", words)
        chosen = rng.choice(sentences) if self.at == "middle" else sentences[-1]
        end = page.place(chosen)[1]
        gap = "\n\n" if self.at == "close" else " "
        return page.with_text(page.text[:end] + gap + words + page.text[end:], words)


class Exchange(Record):
    """Exchange words: the first of ``rules`` that fits somewhere does so at one place, or everywhere with ``all``.

    Each rule is a regular expression and what may stand in its place, with the expression's groups.
    """

    op: Literal["exchange"]
    region: Region = Region.BODY
    rules: Annotated[dict[Pattern, list[str]], Field(min_length=1)]
    all: bool = False
    least: Annotated[int, Field(ge=1)] = 1

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with other words; None where fewer than ``least`` places fit."""
        changes: dict[int, tuple[int, str, Sentence]] = {}
        for source, told in self._rules(rng):
            found = hits(page, self.region, source)
            for sentence, match, at in found if self.all else rng.sample(found, min(1, len(found))):
                new = _cased(match.expand(rng.choice(told)), match[0])
                if new != match[0]:
                    changes.setdefault(at + match.start(), (at + match.end(), new, sentence))
            if changes and not self.all:
                break
        return _changed(page, changes) if len(changes) >= self.least else None

    def _rules(self, rng: Random) -> list[tuple[str, list[str]]]:
        listed = list(self.rules.items())
        return listed if self.all else rng.sample(listed, len(listed))


def _cased(new: str, old: str) -> str:
    """With a capital where the old words begin with one."""
    return new[:1].upper() + new[1:] if old[:1].isupper() and old[1:2].islower() else new


def _changed(page: Page, changes: dict[int, tuple[int, str, Sentence]]) -> Edited:
    """All changes made, none inside another; told by the first sentence that has one."""
    text, end_before = page.text, len(page.text) + 1
    for start in sorted(changes, reverse=True):
        end, new, _ = changes[start]
        if end <= end_before:
            text = text[:start] + new + text[end:]
            end_before = start
    start = min(changes)
    end, new, sentence = changes[start]
    first, last = page.place(sentence)
    told = (page.text[first:start] + new + page.text[end:last]).strip() or f"without: {page.text[first:last]}"
    return page.with_text(text, " ".join(told.split()))


class Scale(Record):
    """Multiply one number: group ``n`` of the expression, by one of ``factors``; never above ``most``."""

    op: Literal["scale"]
    find: Pattern
    factors: Annotated[list[float], Field(min_length=1)]
    most: float = 1e6

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with another number; None where no number fits."""
        found = hits(page, Region.BODY, self.find)
        rng.shuffle(found)
        for sentence, match, at in found:
            value = float(match["n"].replace(",", ""))
            for factor in rng.sample(self.factors, len(self.factors)):
                new = round(value * factor, 1)
                if new != value and 0 < new <= self.most:
                    words = f"{new:g}" if new < 10_000 else f"{int(new):,}"
                    return _changed(page, {at + match.start("n"): (at + match.end("n"), words, sentence)})
        return None


class Drop(Record):
    """Take out every sentence of a region that matches, by language."""

    op: Literal["drop"]
    region: Region = Region.BODY
    find: Annotated[dict[str, Pattern], Field(min_length=1)]

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page without them; None where none matches, or nothing would be left of the region."""
        gone = matching(page, self.region, self.find)
        if not gone or len(gone) == len(page.prose(self.region)):
            return None
        return page.without([page.place(s) for s in gone])


def matching(page: Page, region: Region, find: dict[str, str]) -> list[Sentence]:
    """The sentences of a region that match the expression for the page's language."""
    source = find.get(page.language)
    if source is None:
        return []
    return [s for s in page.prose(region) if re.search(source, s.text, re.IGNORECASE)]


class MoveDown(Record):
    """Move every body sentence that matches behind the rest of the answer; at least two others stay before them."""

    op: Literal["move_down"]
    find: Annotated[dict[str, Pattern], Field(min_length=1)]

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with them last; None where none matches or too little else is there."""
        moved, prose = matching(page, Region.BODY, self.find), page.prose()
        if not moved or len(prose) - len(moved) < 4:
            return None
        words = " ".join(" ".join(page.text[slice(*page.place(s))].split()) for s in moved)
        last = next(s for s in reversed(prose) if s not in moved)
        end = page.place(last)[1]
        longer = page.with_text(f"{page.text[:end]}\n\n{words}{page.text[end:]}", words)
        shifted = len(longer.answer.text) - len(page.text)
        places = [page.place(s) for s in moved]
        gone = page.after(longer).without([(a, b) if b <= end else (a + shifted, b + shifted) for a, b in places])
        return Edited(answer=gone.answer, words=f"moved down: {words}")


class Join(Record):
    """Join the sentences of one paragraph into a single long one."""

    op: Literal["join"]
    by: Annotated[list[Text], Field(min_length=1)]
    least: Annotated[int, Field(ge=2)] = 3

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with one long sentence; None where no paragraph has ``least`` sentences."""
        blocks: dict[int, list[Sentence]] = {}
        for sentence in page.prose():
            blocks.setdefault(sentence.block, []).append(sentence)
        long = [block for block in blocks.values() if len(block) >= self.least]
        if not long:
            return None
        block = rng.choice(long)
        told = [" ".join(page.text[slice(*page.place(s))].split()).rstrip(".!") for s in block]
        words = told[0] + "".join(f"{rng.choice(self.by)} {t[:1].lower()}{t[1:]}" for t in told[1:])
        return page.replaced(*page.place(block[0], block[-1]), f"{words}.")


class CutOff(Record):
    """Break the page off in the middle of a sentence of the answer, about ``share`` of the way through it."""

    op: Literal["cut_off"]
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The beginning of the page; None where the answer has fewer than four sentences."""
        prose = page.prose()
        if len(prose) < 4:
            return None
        start, end = page.place(prose[round(self.share * (len(prose) - 1))])
        cut = page.text.rfind(" ", start, start + round(0.6 * (end - start)))
        cut = cut if cut > start else start + (end - start) // 2
        return page.with_text(page.text[:cut], f"ends with: {page.text[start:cut]}")
