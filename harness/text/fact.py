"""A clinical fact of a text: its kind, its value in comparable form, and when two of them say the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

_ROUNDED = {"size": 0.02, "weight": 0.02}  # share lost in converting inches or pounds
_CALENDAR = 0.081  # a month told as four weeks, a year told as 52; "11 days" beside "12 days" differ by more
_CELSIUS = 0.3  # 100.4 °F and 38 °C
_PERCENT = 1.0  # "1 in 8" beside "about 13 %"
_LIMITS = frozenset({"dose", "percent", "count", "number"})  # "less than 300" holds of 190
_MAY_LIE_WITHIN = frozenset({"age", "duration", "count", "score"})  # one value may stand for a range that holds it


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A clinical fact of a text.

    Args:
        kind: dose, frequency, percent, count, age, duration, temperature, stage, grade, receptor, gene, drug ...
        subject: what values are compared within: a dimension such as ``mg`` or ``day``, a receptor, a counted thing.
        value: the normalised value: a word, several told together (``"1|2"``), or the range ``(low, high)`` in the
            dimension's base unit.
        text, start, end: the words and their offsets.
        bound: ``at_least`` or ``at_most`` where the number is told as a limit.
        unit: the unit as written, lower case; "" for a fact without one.
    """

    kind: str
    subject: str
    value: str | tuple[float, float]
    text: str
    start: int
    end: int
    bound: str = ""
    unit: str = ""

    def agrees(self, other: Fact) -> bool:
        """Whether two comparable facts say the same; rounding does, and a point inside the other's range."""
        if {self.bound, other.bound} == {"at_least", "at_most"}:
            return False
        if isinstance(self.value, str) or isinstance(other.value, str):
            return _words_agree(str(self.value), str(other.value))
        slack = self._slack(other)
        if self._holds_of(other):
            return True
        if self.kind == "score" and other.bound and not self.bound:  # "a score of 24" beside "25 or less"
            low, high = other.value
            return self.value[0] >= low if other.bound == "at_least" else self.value[1] <= high
        if self.value[0] != self.value[1]:
            if self.kind in _MAY_LIE_WITHIN and other.value[0] == other.value[1]:  # "2 to 3 months" beside "3 months"
                return min(abs(other.value[0] - end) for end in self.value) <= slack
            return all(abs(ours - theirs) <= slack for ours, theirs in zip(self.value, other.value, strict=True))
        within = other.value[0] - slack <= self.value[0] <= other.value[1] + slack
        return within and self._at_an_end(other, slack)

    def _holds_of(self, other: Fact) -> bool:
        """Whether this fact is a limit that the other's number keeps, or a range that holds it."""
        low, high = cast(tuple[float, float], self.value)
        least, most = cast(tuple[float, float], other.value)
        if self.kind not in _LIMITS or other.bound or {self.subject, other.subject} == {"percent", "points"}:
            return False
        if self.bound:
            return most <= high if self.bound == "at_most" else least >= low
        return False

    def _slack(self, other: Fact) -> float:
        """How far two values may lie apart and still be one value told in two units."""
        largest = max(abs(v) for fact in (self, other) for v in cast(tuple[float, float], fact.value))
        if self.kind == "temperature":
            return _CELSIUS
        if self.kind != other.kind:
            return _PERCENT
        if self.kind == "frequency" or (self.kind == "duration" and self.unit.rstrip("s") != other.unit.rstrip("s")):
            return _CALENDAR * largest
        return _ROUNDED.get(self.kind, 1e-4 if self.subject == "percent" else 1e-6) * largest

    def _at_an_end(self, other: Fact, slack: float) -> bool:
        """Whether this number is one of the ends of the other's range, or may lie within it."""
        low, high = cast(tuple[float, float], other.value)
        number = cast(tuple[float, float], self.value)[0]
        return self.kind in _MAY_LIE_WITHIN or min(abs(number - low), abs(number - high)) <= slack


def _words_agree(ours: str, theirs: str) -> bool:
    """Whether everything that one fact names is named by the other; stage III holds IIIA, and IIIA is a stage III."""
    told = theirs.split("|")
    return all(
        any(one == other or _part_of(one, other) or _part_of(other, one) for other in told) for one in ours.split("|")
    )


def _part_of(narrow: str, wide: str) -> bool:
    return len(wide) == 1 and wide.isdigit() and len(narrow) > 1 and narrow.startswith(wide)
