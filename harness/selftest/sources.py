"""Edits of what a page rests on: markers, source entries, editions, quotations, and passages with orders in them."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random
from typing import Annotated, Literal

from pydantic import Field

from harness.records import Pattern, Record, Text
from harness.selftest.page import Edited, Page
from harness.selftest.words import Told
from harness.types import Passage, Region, Sentence

MARKER = re.compile(r"[ \t]?\[(\d{1,3})\]")


def _cited(page: Page) -> list[tuple[Sentence, str, Passage]]:
    """(sentence, marker, passage) for every body sentence with exactly one marker that stands for a passage."""
    found = []
    for sentence in page.prose():
        markers = MARKER.findall(sentence.text)
        passage = page.answer.cited(markers[0]) if len(markers) == 1 else None
        if passage is not None:
            found.append((sentence, markers[0], passage))
    return found


class Entry(Record):
    """Add a made-up entry to the source list, under the next number, and cite it behind one of the sentences."""

    op: Literal["entry"]
    text: Told
    cite: bool = True

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with an entry more; None without a source list or sentences that cite."""
        words, listed, cited = page.wording(self.text, rng), page.prose(Region.SOURCES), _cited(page)
        if words is None or not listed or not cited:
            return None
        number = 1 + max(int(m) for m in MARKER.findall(page.text))
        end = page.section(Region.SOURCES)
        stop = end[1] if end else len(page.text)
        text = f"{page.text[:stop].rstrip()}\n- [{number}] {words}\n{page.text[stop:]}"
        if self.cite:
            at = page.place(rng.choice(cited)[0])[1]
            at = at - 1 if page.text[at - 1 : at] in (".", "!") else at
            text = f"{text[:at]}[{number}]{text[at:]}"
        return page.with_text(text, words)


class Dangle(Record):
    """Give one citation a number that stands for nothing."""

    op: Literal["dangle"]

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with the marker exchanged; None where nothing is cited."""
        cited = _cited(page)
        if not cited:
            return None
        sentence, marker, _ = rng.choice(cited)
        start, end = page.place(sentence)
        number = 17 + max(int(m) for m in MARKER.findall(page.text))
        told = page.text[start:end].replace(f"[{marker}]", f"[{number}]")
        return page.replaced(start, end, told)


class SwapDocuments(Record):
    """Exchange the markers of two passages all over the answer, so that each statement cites the other passage."""

    op: Literal["swap_documents"]

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with two markers exchanged; None where it cites fewer than two documents."""
        by_marker = {marker: passage for _, marker, passage in _cited(page)}
        pairs = [
            (a, b)
            for a, first in by_marker.items()
            for b, second in by_marker.items()
            if int(a) < int(b) and (first.source_id or first.title) != (second.source_id or second.title)
        ]
        if not pairs:
            return None
        one, other = rng.choice(pairs)
        turned = {one: other, other: one}
        prose = page.prose()
        start, end = page.place(prose[0], prose[-1])
        body = re.sub(r"\[(\d{1,3})\]", lambda m: f"[{turned.get(m[1], m[1])}]", page.text[start:end])
        return page.with_text(page.text[:start] + body + page.text[end:], f"[{one}] and [{other}] exchanged")


class Uncite(Record):
    """Take every marker out of the answer."""

    op: Literal["uncite"]

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page without markers in its answer; None where there are none."""
        prose = page.prose()
        if not prose:
            return None
        start, end = page.place(prose[0], prose[-1])
        bare = MARKER.sub("", page.text[start:end])
        if bare == page.text[start:end]:
            return None
        return page.with_text(page.text[:start] + bare + page.text[end:], f"no markers: {bare[:160]}")


class Age(Record):
    """Have one cited passage come from an edition that the registry knows to be replaced."""

    op: Literal["age"]

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with an old edition in the passage and in its entry; None where no edition is known as replaced."""
        known = {s.id: s for s in page.case.registry if s.supersedes}
        old = [(marker, p, known[p.source_id]) for _, marker, p in _cited(page) if p.source_id in known]
        if not old:
            return None
        marker, passage, source = rng.choice(old)
        edition = rng.choice(source.supersedes)
        dated = edition if re.fullmatch(r"\d{4}", edition) else ""
        aged = replace(passage, edition=edition, date=dated)
        passages = tuple(aged if p.id == passage.id else p for p in page.answer.passages)
        edited = _entry_changed(page, marker, passage, edition, dated)
        if edited is None:
            return None
        return Edited(answer=replace(edited.answer, passages=passages), words=edited.words)


def _entry_changed(page: Page, marker: str, passage: Passage, edition: str, dated: str) -> Edited | None:
    """The line of the source list that stands for a passage, with another edition and date."""
    line = re.search(rf"^.*\[{marker}\][^\n]*\bedition {re.escape(passage.edition)}[^\n]*$", page.text, re.MULTILINE)
    if line is None or not passage.edition:
        return None
    told = line[0].replace(f"edition {passage.edition}", f"edition {edition}")
    if passage.date:
        old = f", dated {passage.date}"
        told = told.replace(old, f", dated {dated}" if dated else "")
    return page.replaced(line.start(), line.end(), told)


class Misattribute(Record):
    """Say that a body which the page does not cite says what a sentence tells."""

    op: Literal["misattribute"]
    bodies: Annotated[list[Text], Field(min_length=1)]
    lead: Told

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with "According to ..." before a cited sentence; None where each body is cited."""
        lead, cited = page.wording(self.lead, rng), [c for c in _cited(page) if c[0].kind == "sentence"]
        others = [b for b in self.bodies if not any(b.split(" (")[0] in p.organisation for p in page.answer.passages)]
        if lead is None or not cited or not others:
            return None
        start, end = page.place(rng.choice(cited)[0])
        told = page.text[start:end]
        return page.replaced(start, end, f"{lead.format(body=rng.choice(others))} {told[0].lower()}{told[1:]}")


class Misquote(Record):
    """Quote a cited passage word for word, but for one of ``rules`` applied to it."""

    op: Literal["misquote"]
    rules: Annotated[dict[Pattern, str], Field(min_length=1)]
    lead: Told

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with a quotation that the passage does not hold; None where no rule fits a sentence of one."""
        lead = page.wording(self.lead, rng)
        made = [
            (sentence, marker, re.sub(source, to, told, count=1, flags=re.IGNORECASE))
            for sentence, marker, passage in _cited(page)
            for told in re.split(r"(?<=[.!?])\s+", passage.text)
            for source, to in self.rules.items()
            if 6 <= len(told.split()) <= 25 and '"' not in told and re.search(source, told, re.IGNORECASE)
        ]
        if lead is None or not made:
            return None
        sentence, marker, quoted = rng.choice(made)
        words = f'{lead} "{quoted}" [{marker}]'
        end = page.place(sentence)[1]
        return page.with_text(f"{page.text[:end]} {words}{page.text[end:]}", words)


class Smuggle(Record):
    """Put a sentence into one of the passages that the pipeline was given."""

    op: Literal["smuggle"]
    text: Told

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The answer with an altered passage; None without passages."""
        words, passages = page.wording(self.text, rng), list(page.answer.passages)
        if words is None or not passages:
            return None
        spot = rng.randrange(len(passages))
        passages[spot] = replace(passages[spot], text=f"{passages[spot].text} {words}")
        return Edited(answer=replace(page.answer, passages=tuple(passages)), words=f"passage: {words}")
