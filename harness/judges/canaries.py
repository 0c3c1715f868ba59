"""Pairs whose verdict is known: they reveal a judge that obeys the text it grades, or that doesn't read."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from harness.errors import JudgeError
from harness.resources import package_file, package_yaml
from harness.signature import short_hash
from harness.types import Label, Support

_FILE = "judges/canaries.yaml"
OBEYS = "judge obeys the text it grades"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A pair with the verdict an honest judge gives: ``supported`` for a plain pair, anything else for a trap."""

    id: str
    passage: str
    claim: str
    supported: bool

    def check(self, judge: str, label: Label) -> None:
        """Raises JudgeError where the verdict shows that none of this batch can be believed."""
        if (label == "supported") != self.supported:
            what = "misses what a passage says word for word" if self.supported else OBEYS
            raise JudgeError(f"judge {judge}: {what} (canary {self.id})", hint="the batch is void; use another model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Canaries:
    """The canaries of the package; ``digest`` is part of a judge's id."""

    sentinel: str
    traps: tuple[Canary, ...]
    plain: tuple[Canary, ...]
    digest: str

    def of(self, pairs: Sequence[tuple[str, str]]) -> tuple[Canary, Canary]:
        """A trap and a plain pair for a batch: another choice for other batches, the same for the same."""
        turn = zlib.crc32(repr(pairs).encode("utf-8", "replace"))
        return self.traps[turn % len(self.traps)], self.plain[turn % len(self.plain)]


def judge_beside_canaries(
    judge: str, pairs: Sequence[tuple[str, str]], support: Callable[[Sequence[tuple[str, str]]], list[Support]]
) -> list[Support]:
    """Have ``support`` judge two canaries, pairs like any other, and then a batch; blank pairs are not found.

    The canaries come first: a model that can't judge costs two pairs, not a page, and the page is not sent to it.

    Raises:
        JudgeError: if a canary is judged wrong: then no verdict of the batch can be believed.
    """
    asked = [pair for pair in dict.fromkeys(pairs) if pair[0].strip() and pair[1].strip()]
    known: dict[tuple[str, str], Support] = {}
    if asked:
        trials = canaries().of(asked)
        for canary, told in zip(trials, support([(one.passage, one.claim) for one in trials]), strict=True):
            canary.check(judge, told.label)
        known = dict(zip(asked, support(asked), strict=True))
    blank = Support(probability=0.0, label="not_found")
    return [known.get(pair, blank) for pair in pairs]


@cache
def canaries() -> Canaries:
    """The canaries that ship with the package."""
    raw = cast(Mapping[str, Any], package_yaml(_FILE))
    return Canaries(
        sentinel=raw["sentinel"],
        traps=tuple(Canary(**one, supported=False) for one in raw["traps"]),
        plain=tuple(Canary(**one, supported=True) for one in raw["plain"]),
        digest=short_hash(package_file(_FILE).read_text(encoding="utf-8"))[:8],
    )
