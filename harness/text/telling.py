"""How a message tells of a sign: as happening, over, absent, settled, somebody else's, or only asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.text.concepts import Place
from harness.text.tokens import Token

_REACH = 3  # words that a negation reaches over
_LISTED = 5  # the same in a list: "no fever, chills or cough"
_AFTER = 5  # words after a sign in which "is gone" speaks of it
_CONDITION = 14  # words that an "if" reaches over
_CLOSE = 6


@dataclass(frozen=True, slots=True)
class Telling:
    """A message as words and as the places of the wordings in ``telling`` of red_flags.yaml."""

    words: Sequence[Token]
    places: Mapping[str, Sequence[Place]]

    def absent(self, place: Place) -> bool:
        """Whether a word of absence stands before the sign in its clause, or words after it say that it is gone."""
        return self._denied(place) or self._gone(place)

    def past(self, place: Place) -> bool:
        """Whether the sign is history: an old date and nothing that says now, or an old date and a recovery."""
        low, high = self._sentence(place)
        old = [s for s, _ in self._met("past", low, high) if not self._of_something_else(s)]
        if not old and high < len(self.words) and self._any("past_before", high, high + 3):
            _, after = self._sentence((high, high + 1))
            old = [s for s, _ in self._met("past", high, after)]
        if old and not self._any("recent", low, high) and not self._any("present", place[0] - _CLOSE, high):
            return True
        before = self._any("past") or self._any("had", low, high)
        return before and self._any("recovered") and not self._any("worse")

    def of_another(self, place: Place) -> bool:
        """Whether the sign is news of somebody whom nobody here cares for: told of the past, or of an animal."""
        low, high = self._sentence(place)
        if self._any("animal", low, high):
            return True
        if not (self._any("distant", max(low, place[0] - 12), place[0]) or self._any("hearsay", low, place[0])):
            return False
        now = self._any("present", place[0] - _CLOSE, place[1] + 2) or self._any("recent", low, high)
        return not now and self._any("told_past", low, high)

    def own(self, place: Place) -> bool:
        """Whether the one who writes tells it of now: "I've been thinking about ending my life"."""
        low = place[0] - _CLOSE
        return self._any("own", low, place[1]) and not self._any("told_past", low, place[0])

    def begun_by_reader(self, place: Place) -> bool:
        """Whether the words before are another clause's: "isn't it I don't want to live"."""
        return self._starts("own", place[0] - 1)

    def settled(self, place: Place) -> bool:
        """Whether the sign is old and known to those who treat: "for months", "the nurse has checked it"."""
        low, high = self._sentence(place)
        return self._any("settled", low, high) and not self._any("worse", low, high)

    def asked(self, place: Place) -> bool:
        """Whether the sign is asked about in general or for a future case, not told."""
        low, high = self._sentence(place)
        if any(c.isdigit() for c in self.words[place[0]].text) and self._any("rule", low, place[0]):
            return True
        if self._conditional(max(low, place[0] - _CONDITION), place[0]) and not self._any("begun", low, high):
            return True
        if self._any("would", low, high) and not self._any("begun", low, high):
            return True
        return self.general(place)

    def general(self, place: Place) -> bool:
        """Whether the sign stands in a question that tells of no person: "can chemo cause chest pain"."""
        low, high = self._sentence(place)
        while low < high and (self.words[low].is_mark or self._starts("lead_in", low)):
            low += 1
        if not self._starts("opener", low) or self._any("personal", low, place[1]):
            return False
        return not self._any("personal", place[1], min(high, place[1] + _AFTER))

    def _conditional(self, low: int, high: int) -> bool:
        for start, end in self._met("condition", low, high):
            unsure = self._any("unsure", max(0, start - 3), start + 1)
            turned = self._any("but", end, high)
            if not unsure and not turned:
                return True
        return False

    def _denied(self, place: Place) -> bool:
        low, _ = self._sentence(place)
        reach, listed = _REACH, False
        for i in range(place[0] - 1, low - 1, -1):
            if self._starts("not_denial", i) or self._starts("but", i):
                return False
            if self._starts("negator", i):
                return True
            text = self.words[i].text
            if text in ("or", "nor", "ni", "o", "and", "y"):
                reach, listed = (_LISTED, True) if text not in ("and", "y") or listed else (reach, listed)
            elif self.words[i].is_mark:
                if not (text == "," and listed):
                    return False
            elif not listed and self._starts("own_noun", i):
                return False
            else:
                reach -= 1
            if reach < 0:
                return False
        return False

    def _gone(self, place: Place) -> bool:
        _, high = self._sentence(place)
        for start, _ in self._met("gone", place[1], min(high, place[1] + _AFTER)):
            if not self._any("negator", start - 2, start) and not self._any("but", place[1], start):
                return True
        return False

    def _of_something_else(self, start: int) -> bool:
        """Whether an old date dates the cancer or its treatment: "diagnosed in 2020"."""
        return self._any("dated", start - 6, start) and not self._any(
            "had", self._sentence((start, start + 1))[0], start
        )

    def _sentence(self, place: Place) -> Place:
        """First word of the sentence around a place, and the word after its last."""
        number = self.words[place[0]].sentence
        low, high = place[0], place[0]
        while low > 0 and self.words[low - 1].sentence == number:
            low -= 1
        while high < len(self.words) and self.words[high].sentence == number:
            high += 1
        return low, high

    def _met(self, name: str, low: int, high: int) -> list[Place]:
        return [p for p in self.places.get(name, ()) if low <= p[0] < high]

    def _any(self, name: str, low: int = 0, high: int = 1_000_000) -> bool:
        return any(low <= s < high for s, _ in self.places.get(name, ()))

    def _starts(self, name: str, at: int) -> bool:
        return any(s == at for s, _ in self.places.get(name, ()))
