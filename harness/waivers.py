"""Waivers: a clinician's dated, expiring acceptance of one finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from harness.errors import SuiteError
from harness.records import Record, Text
from harness.summary import PlacedFinding
from harness.yamlio import load_yaml, validate


class Signatory(Record):
    """Who signed, in which role."""

    who: Text
    role: Text


class Waiver(Record):
    """Accepts one finding: this rule, at these words, for this question, until a day."""

    question: Text
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}\d{3}$")]
    quote: Text
    reason: Text
    signed: Annotated[list[Signatory], Field(min_length=1)]
    expires: dt.date

    def covers(self, placed: PlacedFinding) -> bool:
        """Whether it is this finding that the waiver accepts."""
        question, code, words = placed.identity
        return (question, code, words) == (self.question, self.code, " ".join(self.quote.lower().split()))

    def is_enough_for(self, severity: int) -> bool:
        """One signature up to severity 2, two for severity 3; nothing waives severity 4."""
        return severity <= 2 or (severity == 3 and len(self._signatories()) >= 2)

    def _signatories(self) -> set[str]:
        """Who signed; one person in two spellings is one."""
        return {" ".join(s.who.casefold().split()) for s in self.signed}


def accepted(findings: Sequence[PlacedFinding], waivers: Sequence[Waiver], today: dt.date) -> tuple[PlacedFinding, ...]:
    """The findings that a waiver accepts: unexpired, and signed by enough people for their severity."""
    living = [w for w in waivers if w.expires >= today]
    return tuple(f for f in findings if any(w.covers(f) and w.is_enough_for(f.finding.severity) for w in living))


def load_waivers(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a file, which may hold none (``[]``); raises SuiteError naming file and line."""
    loaded = load_yaml(path, error=SuiteError)
    if loaded.data is None or loaded.data == []:
        return ()
    if not isinstance(loaded.data, list):
        raise SuiteError(f"{path}:1: expected a list of waivers", hint="write [] for none")
    return tuple(validate(Waiver, loaded, (i,), error=SuiteError) for i in range(len(loaded.data)))
