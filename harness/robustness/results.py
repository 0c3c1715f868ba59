"""What trying the relations showed: every pair, and rates by relation and family."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from harness.rates import Rate
from harness.records import Record
from harness.robustness.relations import Kind, RobustnessBar

FOLDER = Path("reports/robustness")


class Tried(Record):
    """One relation on one question.

    Args:
        state: ``held``, ``broken`` (``why`` says how), or ``unmeasured`` for want of an answer.
        small_original, small: the counter-example with as few words changed, or left, as still break the relation.
    """

    relation: str
    family: str
    kind: Kind
    title: str
    question: str
    original: str
    changed: str
    state: Literal["held", "broken", "unmeasured"]
    why: str
    small_original: str = ""
    small: str = ""


class Robustness(Record):
    """A finished robustness test; ``never_tried`` names relations that fit no question."""

    name: str
    suite: str
    pipeline: str
    signature: str
    harness: str
    seed: int
    tried: tuple[Tried, ...]
    never_tried: tuple[str, ...]
    bar: RobustnessBar

    def held(self, *, kind: str = "", family: str = "", relation: str = "") -> Rate:
        """Share of the measured pairs in which the relation held: of a kind, a family or a relation."""
        return Rate.of(t.state == "held" for t in self._measured() if _is(t, kind, family, relation))

    def _measured(self) -> Iterable[Tried]:
        return (t for t in self.tried if t.state != "unmeasured")

    def unmeasured(self, *, kind: str = "") -> int:
        """Pairs without two answers."""
        return sum(t.state == "unmeasured" for t in self.tried if _is(t, kind, "", ""))

    def families(self, kind: str) -> tuple[str, ...]:
        """The families of a kind, in file order."""
        return tuple(dict.fromkeys(t.family for t in self.tried if t.kind == kind))

    def worst(self, kind: str) -> str:
        """The family in which the smallest share held; "" where nothing was measured."""
        rates = {f: self.held(kind=kind, family=f) for f in self.families(kind)}
        return min((f for f, r in rates.items() if r.n), key=lambda f: rates[f].share, default="")

    def example(self, relation: str) -> Tried | None:
        """The counter-example with the fewest words; None where the relation always held."""
        broken = [t for t in self.tried if t.relation == relation and t.state == "broken"]
        return min(broken, key=lambda t: len(t.small.split()), default=None)

    def shortfalls(self) -> tuple[str, ...]:
        """What of the bar is not met. A pair without two answers counts as one that broke."""
        told = []
        bars = (("must_not_change", self.bar.min_invariance), ("must_change", self.bar.min_change))
        for kind, least in bars:
            rate = self.held(kind=kind)
            share = rate.events / max(1, rate.n + self.unmeasured(kind=kind))
            if share < least:
                told.append(f"{kind.replace('_', '-')}: {rate} held, at least {least:.0%} wanted")
        return tuple(told)

    @property
    def exit_code(self) -> int:
        """1 below the bar, 3 where nothing was measured, else 0."""
        return 3 if not any(True for _ in self._measured()) else 1 if self.shortfalls() else 0


def _is(tried: Tried, kind: str, family: str, relation: str) -> bool:
    return kind in ("", tried.kind) and family in ("", tried.family) and relation in ("", tried.relation)


def robustness_text(done: Robustness) -> str:
    """The results file: one line a pair."""
    head = done.model_dump_json(exclude={"tried"})[:-1]
    lines = ",\n".join(t.model_dump_json() for t in done.tried)
    return f'{head},\n"tried": [\n{lines}\n]}}\n'
