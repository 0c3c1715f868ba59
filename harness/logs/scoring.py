"""From logged rows to records: what one process does with a batch."""

from __future__ import annotations

import datetime as dt
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.auditor import Audit, Auditor
from harness.errors import HarnessError, JudgeError, SuiteError
from harness.logs.fields import Entry, entry_of
from harness.logs.redaction import redacted, redactor
from harness.logs.sources import Rejected, Row
from harness.logs.words import Record
from harness.runner import BY_JUDGE
from harness.scorers import SCORERS
from harness.signature import Signature
from harness.types import Support
from harness.wire import outcome_to_json

NO_JUDGE = "none"
LOST = "the process that scored it died, twice"


@dataclass(frozen=True, slots=True)
class _NoJudge:
    """Stands where no learned judge is wanted."""

    id: str = NO_JUDGE

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        raise JudgeError("there is no judge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruler:
    """All that the outcomes of a row depend on besides the row; plain data, so that every process builds its own.

    Args:
        judge: a judge's name, or ``none``: then the scorers that need one (grounding, citation) are left out.
        paths: (field, dotted path) of the field mapping.
        keep_text: store question, answer and quotes as they are, instead of quotes with a person's words hidden.
        light: leave out the sentence encoder, where a scorer has a learned part besides its rules.
    """

    judge: str
    as_of: dt.date
    corpus: tuple[str, ...] = ()
    paths: tuple[tuple[str, str], ...] = ()
    keep_text: bool = False
    light: bool = False

    def signature(self) -> Signature:
        """The signature of the auditor that this ruler stands for; loads it."""
        return self.auditor().signature()

    def auditor(self) -> Auditor:
        """The auditor of this process; it loads the models."""
        return _auditor(self.judge, self.as_of, self.corpus, self.light)


@dataclass(frozen=True, slots=True)
class Score:
    """Scores batches by a ruler; the models are loaded once in each process.

    Args:
        signature: that the ruler has to have here, as processes may be on several machines; "" for any.
    """

    ruler: Ruler
    signature: str = ""

    def __call__(self, batch: Sequence[Row | Rejected]) -> list[Record]:
        """One record a row, in order: outcomes, or why the row was rejected.

        Raises:
            SuiteError: where the ruler of this process has another signature.
        """
        _agree(self.ruler, self.signature)
        return [self._record(row) for row in batch]

    def split(self, batch: Sequence[Row | Rejected]) -> list[tuple[Row | Rejected]]:
        """The batch as batches of one row."""
        return [(row,) for row in batch]

    def lost(self, batch: Sequence[Row | Rejected]) -> list[Record]:
        """The records of rows that could not be scored."""
        return [{"where": row.where, "lost": LOST} for row in batch]

    def _record(self, row: Row | Rejected) -> Record:
        if isinstance(row, Rejected):
            return {"where": row.where, "rejected": row.why, **({"file": True} if row.file else {})}
        ruler = self.ruler
        try:
            entry = entry_of(row, dict(ruler.paths))
            audit = ruler.auditor().audit(
                entry.answer, id=entry.id, question=entry.question, turns=entry.turns, facts=entry.facts
            )
        except HarnessError as problem:
            return {"where": row.where, "rejected": problem.message}
        return _told(row.where, entry, audit, keep_text=ruler.keep_text)


def _told(where: str, entry: Entry, audit: Audit, *, keep_text: bool) -> Record:
    outcomes = [outcome_to_json(o) for o in audit.outcomes]
    about: Mapping[str, Any] = {"where": where, "day": entry.day, "has": list(entry.has)}
    if keep_text:
        kept = {"question": entry.question, "answer": entry.answer.text}
        return {**about, "id": entry.id, "version": entry.version, **kept, "outcomes": outcomes}
    turns = [turn["text"] for turn in entry.turns]
    passages = [p.text for p in entry.answer.passages]
    texts = [entry.id, entry.version, entry.question or "", entry.answer.text, *turns, *entry.facts, *passages]
    hide = redactor(texts, audit.findings)
    shown = [redacted(o, hide) for o in outcomes]
    return {**about, "id": hide(entry.id), "version": hide(entry.version), "outcomes": shown}


@cache
def _agree(ruler: Ruler, wanted: str) -> None:
    if wanted and (found := str(ruler.signature())) != wanted:
        told = f"{platform.node()}: a worker's harness differs: its signature is {found}, not {wanted}"
        raise SuiteError(told, hint="install the same version, with the same data, on every node")


@cache
def _auditor(judge: str, as_of: dt.date, corpus: tuple[str, ...], light: bool) -> Auditor:
    """The auditor of this process."""
    if judge != NO_JUDGE:
        return Auditor.default(judge=judge, as_of=as_of, corpus=corpus, light=light)
    scorers = [name for name in SCORERS if name not in BY_JUDGE]
    return Auditor.default(judge=_NoJudge(), scorers=scorers, as_of=as_of, corpus=corpus, light=light)
