"""Edits of whole parts of a page: rewritten, shortened, moved, taken out, or laid out in another way."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random
from typing import Annotated, Literal

from pydantic import Field

from harness.records import Pattern, Record
from harness.scorers.expected import told_must_haves
from harness.selftest.page import Edited, Page
from harness.selftest.words import Told
from harness.text.patterns import look_for
from harness.types import MustHave, Region, Sentence

_MOST_DROPPED = 8


class Rewrite(Record):
    """Write the prose of a region anew; its heading stays."""

    op: Literal["rewrite"]
    region: Region
    text: Told

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with another text there; None without the region or a wording."""
        prose, words = page.prose(self.region), page.wording(self.text, rng)
        if not prose or words is None:
            return None
        return page.replaced(*page.place(prose[0], prose[-1]), words)


class Shorten(Record):
    """Keep only the first ``keep`` sentences of a region; more than twice as many have to be there."""

    op: Literal["shorten"]
    region: Region
    keep: Annotated[int, Field(ge=1)] = 1

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with a shorter region."""
        prose = page.prose(self.region)
        if len(prose) <= 2 * self.keep:
            return None
        end = page.place(prose[self.keep - 1])[1]
        kept = page.text[page.place(prose[0])[0] : end]
        return page.with_text(page.text[:end] + page.text[page.place(prose[-1])[1] :], f"only: {kept}")


class Remove(Record):
    """Take a region out, heading and all."""

    op: Literal["remove"]
    region: Region

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page without it; None where it has none."""
        place = page.section(self.region)
        return None if place is None else page.without([place])


class Move(Record):
    """Move a region to the bottom of the page, heading and all."""

    op: Literal["move"]
    region: Region

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with it last; None without it, or where it is last already."""
        place = page.section(self.region)
        if place is None or not page.text[place[1] :].strip():
            return None
        moved = page.text[place[0] : place[1]].strip()
        rest = page.text[: place[0]] + page.text[place[1] :].lstrip("\n")
        return page.with_text(f"{rest.rstrip()}\n\n{moved}\n", f"at the bottom: {moved[:200]}")


class Forget(Record):
    """Take out the sentences that tell one must-have fact of the record, a critical one or another."""

    op: Literal["forget"]
    critical: bool

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page without the fact; None where no such fact is told, or it can't be taken out."""
        told = told_must_haves(page.case, page.question)
        facts = [m for m in page.question.must_have if m.id in told and m.critical is self.critical]
        rng.shuffle(facts)
        for fact in facts:
            found = _without_fact(page, fact)
            if found is not None:
                return replace(found, words=f"does not tell: {fact.text}")
        return None


def _without_fact(page: Page, fact: MustHave) -> Edited | None:
    """Sentences with most of the fact's words are taken out, one after the other, until it isn't told any more."""
    for _ in range(_MOST_DROPPED):
        prose = page.prose()
        worst = max(prose, key=lambda s: sum(look_for([g], s.text) is not None for g in fact.look_for), default=None)
        if worst is None or len(prose) < 2:
            return None
        edited = page.without([page.place(worst)])
        page = page.after(edited)
        if fact.id not in told_must_haves(page.case, page.question):
            return edited
    return None


class Shuffle(Record):
    """Put the list items of a region in another order."""

    op: Literal["shuffle"]
    region: Region

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with its items in another order; None below two."""
        place = page.section(self.region)
        if place is None:
            return None
        lines = page.text[place[0] : place[1]].split("\n")
        spots = [i for i, line in enumerate(lines) if re.match(r"\s*[-*•] ", line)]
        if len(spots) < 2:
            return None
        items = [lines[i] for i in spots]
        told = items[1:] + items[:1] if len(items) == 2 else rng.sample(items, len(items))
        for spot, item in zip(spots, told, strict=True):
            lines[spot] = item
        return page.replaced(*place, "\n".join(lines))


class Layout(Record):
    """Exchange marks in the whole text as given, by regular expressions over lines: bullets, headings, spaces."""

    op: Literal["layout"]
    rules: Annotated[dict[Pattern, str], Field(min_length=1)]

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page laid out anew; None where nothing changes."""
        text = page.text
        for source, told in self.rules.items():
            text = re.sub(source, told, text, flags=re.MULTILINE)
        return None if text == page.text else page.with_text(text, text[:120])


class Bold(Record):
    """Print one sentence of the answer in bold."""

    op: Literal["bold"]
    mark: str = "**"

    def apply(self, page: Page, rng: Random) -> Edited | None:
        """The page with one sentence in bold."""
        prose: list[Sentence] = page.prose()
        if not prose:
            return None
        start, end = page.place(rng.choice(prose))
        return page.replaced(start, end, f"{self.mark}{page.text[start:end]}{self.mark}")
