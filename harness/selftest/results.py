"""What a self-test showed: every injected fault with what was made of it, and the rates that follow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from harness.errors import DatasetError
from harness.rates import Rate
from harness.records import Record
from harness.suite import SelfTestBar
from harness.types import Finding, Severity

FOLDER = Path("reports/selftest")

Word = Literal["PASS", "FAIL", "INCONCLUSIVE"]


class Seen(Record):
    """A finding that the untouched page lacks."""

    code: str
    severity: Severity
    message: str
    quote: str

    @classmethod
    def of(cls, finding: Finding) -> Seen:
        """The part of a finding that is kept."""
        quote = " ".join(finding.span.quote.split())[:240]
        return cls(code=finding.code, severity=finding.severity, message=finding.message[:240], quote=quote)


class Trial(Record):
    """One fault in one page.

    Args:
        severity: that of the fault, as its file says.
        words: what was put in or changed.
        level: ``caught``: a rule that is meant to see it has a new finding, of at least the fault's severity or, for
            critical faults, of at least severity 3, which blocks a release alike; ``noticed``: there are new findings,
            but by other rules or too low; ``unseen``: there are none.
        found: the new findings, the gravest first.
        gate: the verdict on the sample of pages with this one in it.
        stopped: the gate does not let through what it let through, or has a reason to fail that it did not have.
        failed: scorers that could not measure the page although they could the untouched one.
    """

    fault: str
    family: str
    title: str
    severity: Severity
    question: str
    words: str
    level: Literal["caught", "noticed", "unseen"]
    found: tuple[Seen, ...]
    gate: Word
    stopped: bool
    failed: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        """The gravest new finding as ``CODE/severity``; "" without one."""
        return f"{self.found[0].code}/{self.found[0].severity}" if self.found else ""


class Alarm(Record):
    """A page that nobody should mind, and its findings of severity 2 or more; ``edit`` is "untouched" for none."""

    edit: str
    question: str
    found: tuple[Seen, ...]


class SelfTest(Record):
    """A finished self-test.

    Args:
        signature: of the plan whose gate was tested; catalogue: hash of the faults and harmless edits.
        untouched_gate: the verdict on the untouched pages; unanswered: questions without an answer to put faults in.
        never_injected: faults that fit no page of the sample.
        harmless: (edit, question) of every harmless edit that was scored.
        bar: what the suite demands, if it does.
    """

    suite: str
    pipeline: str
    judge: str
    scorers: str
    signature: str
    catalogue: str
    harness: str
    seed: int
    made: dt.date
    pages: tuple[str, ...]
    unanswered: tuple[str, ...]
    untouched_gate: Word
    never_injected: tuple[str, ...]
    trials: tuple[Trial, ...]
    harmless: tuple[tuple[str, str], ...]
    alarms: tuple[Alarm, ...]
    bar: SelfTestBar | None = None

    def caught(self, family: str = "", *, least: int = 0) -> Rate:
        """Share of faults that were caught: of a family, of at least some severity."""
        return Rate.of(t.level == "caught" for t in self._of(family, least))

    def stopped(self, family: str = "", *, least: int = 0) -> Rate:
        """Share of faults that the gate would have stopped."""
        return Rate.of(t.stopped for t in self._of(family, least))

    def _of(self, family: str, least: int) -> Sequence[Trial]:
        return [t for t in self.trials if family in ("", t.family) and t.severity >= least]

    def families(self) -> tuple[str, ...]:
        """The families injected, in catalogue order."""
        return tuple(dict.fromkeys(t.family for t in self.trials))

    def missed(self) -> tuple[Trial, ...]:
        """The faults that were not caught, the gravest first."""
        return tuple(sorted((t for t in self.trials if t.level != "caught"), key=lambda t: (-t.severity, t.fault)))

    def false_alarms(self) -> Rate:
        """Share of harmlessly edited pages with a new finding of severity 2 or more."""
        hit = {(a.edit, a.question) for a in self.alarms}
        return Rate.of(pair in hit for pair in self.harmless)

    def untouched_alarms(self) -> Rate:
        """Share of untouched pages with a finding of severity 2 or more."""
        hit = {a.question for a in self.alarms if a.edit == "untouched"}
        return Rate.of(q in hit for q in self.pages)

    def shortfalls(self) -> tuple[str, ...]:
        """What of the suite's bar is not met; empty where there is no bar."""
        if self.bar is None:
            return ()
        held = (
            ("of all faults caught", self.caught(), self.bar.min_caught),
            ("of serious and critical faults caught", self.caught(least=3), self.bar.min_caught_serious),
        )
        short = [f"{rate} {what}, at least {least:.0%} wanted" for what, rate, least in held if rate.share < least]
        alarms = self.false_alarms()
        if alarms.share > self.bar.max_false_alarms:
            short.append(f"{alarms} false alarms on harmless edits, at most {self.bar.max_false_alarms:.0%} allowed")
        return tuple(short)

    @property
    def exit_code(self) -> int:
        """1 below the suite's bar, 3 where nothing was injected, else 0."""
        return 3 if not self.trials else 1 if self.shortfalls() else 0

    def sentence(self) -> str:
        """What page 1 of a report quotes."""
        told = f"{self.caught()} of injected faults caught, {self.caught(least=3)} of serious and critical ones"
        rest = f"false alarms on harmless edits {self.false_alarms()}; {len(self.pages)} pages, made {self.made}"
        return f"self-test of {self.suite}: {told}; {rest}"


def selftest_text(done: SelfTest) -> str:
    """The results file: one line a trial, so that two can be compared."""
    head = done.model_dump_json(exclude={"trials", "alarms"})[:-1]
    parts = []
    for name, rows in (("trials", done.trials), ("alarms", done.alarms)):
        lines = ",\n".join(row.model_dump_json() for row in rows)
        parts.append(f'"{name}": [\n{lines}\n]')
    return f"{head},\n{', '.join(parts)}}}\n"


class _File(SelfTest):
    trials: tuple[Trial, ...] = Field(min_length=1)


def read_selftest(path: Path) -> SelfTest:
    """A results file back; raises DatasetError naming the file where it is broken or holds no trial."""
    try:
        return _File.model_validate_json(path.read_bytes())
    except OSError as problem:
        raise DatasetError(f"{path}: {problem.strerror or problem}", hint="check the path") from None
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DatasetError(f"{path}: {where}: {first['msg']}", hint="write it again with `harness selftest`") from None


def told_for(suite: str, judge: str, scorers: str) -> str:
    """What page 1 says: the self-test in ``reports/selftest`` made with this suite, judge and scorers, or that none is.

    Args:
        scorers: the part of a signature that tells scorers and their settings.
    """
    path = FOLDER / f"{suite}.json"
    if not path.is_file():
        return f"not tested with injected faults: `harness selftest` on suite {suite} has not been run here"
    done = read_selftest(path)
    if (done.judge, done.scorers) != (judge, scorers):
        return "not tested with injected faults as it stands: judge or scorers have changed since the self-test"
    return done.sentence()
