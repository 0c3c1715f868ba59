"""Running a self-test: pages, faults one at a time, scores, and the gate's verdict on each."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from harness.gate import Status, Verdict, judge_run
from harness.runner import Plan, score_case
from harness.scorers.cases import SharedJudge, build_case
from harness.selftest.catalogue import Catalogue, Change, Fault
from harness.selftest.page import Edited, Page
from harness.selftest.results import Alarm, Seen, SelfTest, Trial
from harness.store import Item, Run
from harness.types import Answer, Failed, Finding, Judge, Outcome, Question
from harness.version import __version__

Progress = Callable[[int, int], None]
ALARM = 2  # from this severity on a finding on a harmless page is a false alarm
_BLOCKS = 3  # a severity that fails the gate alone


@dataclass(frozen=True, slots=True, kw_only=True)
class _Good:
    """An untouched page with its outcomes, and a judge that knows its statements already."""

    page: Page
    outcomes: tuple[Outcome, ...]
    judge: Judge

    @property
    def id(self) -> str:
        """The question's id."""
        return self.page.question.id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mutant:
    """A changed page that has not been scored yet."""

    change: Change
    good: _Good
    edited: Edited


def selftest(
    plan: Plan,
    catalogue: Catalogue,
    *,
    pages: int = 30,
    each: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> SelfTest:
    """Put every fault of the catalogue, alone, into good answers and see which the scorers and the gate catch.

    Args:
        plan: suite, pipeline and judge; its answers to a sample of questions are taken for good.
        pages: most questions drawn from the suite.
        each: most pages that any one fault or harmless edit is put into; all that fit where left out.
        seed: of the draw of pages, of wordings and of places; equal seeds give equal self-tests.
        progress: called with (pages scored, pages to score).
    """
    questions = _sample(plan.suite.questions, pages, seed)
    good = [_good(plan, q, a) for q in questions if (a := _asked(plan, q)) is not None]
    sample = Gate(plan, [g.page.question for g in good], good)
    mutants = [*_mutants(catalogue.faults, good, each, seed), *_mutants(catalogue.harmless, good, each, seed)]
    trials, alarms, harmless = [], [*_untouched(good)], []
    place = {g.id: n for n, g in enumerate(good)}
    by_page = sorted(range(len(mutants)), key=lambda i: place[mutants[i].good.id])  # one judge's memory at a time
    for number, spot in enumerate(by_page, start=1):
        mutant = mutants[spot]
        outcomes = _scored(plan, mutant)
        if isinstance(mutant.change, Fault):
            trials.append((spot, _trial(mutant, mutant.change, outcomes, sample)))
        else:
            harmless.append((spot, (mutant.change.id, mutant.good.id)))
            alarms += _alarm(mutant, outcomes)
        if progress:
            progress(number, len(mutants))
    injected = {m.change.id for m in mutants}
    parts = dict(plan.signature().parts)
    return SelfTest(
        suite=plan.suite.name,
        pipeline=plan.pipeline.id,
        judge=plan.judge.id,
        scorers=parts["scorers"],
        signature=str(plan.signature()),
        catalogue=catalogue.sha,
        harness=__version__,
        seed=seed,
        made=dt.datetime.now(dt.UTC).date(),
        pages=tuple(g.id for g in good),
        unanswered=tuple(q.id for q in questions if q.id not in {g.id for g in good}),
        untouched_gate=sample.before.status.value,
        never_injected=tuple(c.id for c in (*catalogue.faults, *catalogue.harmless) if c.id not in injected),
        trials=tuple(t for _, t in sorted(trials, key=lambda pair: pair[0])),
        harmless=tuple(h for _, h in sorted(harmless)),
        alarms=tuple(alarms),
        bar=plan.suite.record.selftest,
    )


def _sample(questions: Sequence[Question], pages: int, seed: int) -> list[Question]:
    """A draw without replacement, in suite order."""
    drawn = Random(f"{seed}:pages").sample(range(len(questions)), min(pages, len(questions)))
    return [questions[i] for i in sorted(drawn)]


def _asked(plan: Plan, question: Question) -> Answer | None:
    """The pipeline's answer; None where there is none."""
    try:
        answer = plan.pipeline.answer(question.query())
    except Exception:  # a pipeline is foreign code: its crash is a missing answer
        return None
    return answer if isinstance(answer, Answer) and answer.text.strip() else None


def _good(plan: Plan, question: Question, answer: Answer) -> _Good:
    suite = plan.suite
    if suite.lookup:
        answer = suite.lookup.supply(answer, question=question.text)
    judge = SharedJudge(plan.judge)
    case = build_case(answer, judge=judge, as_of=suite.as_of, question=question, registry=suite.registry.sources)
    return _Good(page=Page(case=case), outcomes=score_case(case, suite.scorers), judge=judge)


def _mutants(changes: Sequence[Change], good: Sequence[_Good], each: int | None, seed: int) -> Iterator[_Mutant]:
    """Every change on the pages that it fits, on at most ``each`` of them."""
    for change in changes:
        order = Random(f"{seed}:{change.id}").sample(range(len(good)), len(good))
        made = 0
        for spot in order:
            if each is not None and made >= each:
                break
            page = good[spot].page
            edited = change.apply(page, Random(f"{seed}:{change.id}:{page.question.id}"))
            if edited is not None and edited.answer != page.answer:
                made += 1
                yield _Mutant(change=change, good=good[spot], edited=edited)


def _scored(plan: Plan, mutant: _Mutant) -> tuple[Outcome, ...]:
    """The outcomes of a changed page; statements that the untouched page had are not judged again."""
    suite, question = plan.suite, mutant.good.page.question
    case = build_case(
        mutant.edited.answer,
        judge=mutant.good.judge,
        as_of=suite.as_of,
        question=question,
        registry=suite.registry.sources,
    )
    return score_case(case, suite.scorers)


def _trial(mutant: _Mutant, fault: Fault, outcomes: tuple[Outcome, ...], sample: Gate) -> Trial:
    new = fresh(mutant.good.outcomes, outcomes)
    meant = [f for f in new if any(f.code.startswith(rule) for rule in fault.rules)]
    caught = any(f.severity >= min(fault.severity, _BLOCKS) for f in meant)
    # those of the rules that are meant to see it come first, so that the report names what caught it
    ordered = sorted(new, key=lambda f: (f not in meant, -f.severity, f.code))
    verdict = sample.verdict(mutant, outcomes)
    before = {o.scorer for o in mutant.good.outcomes if isinstance(o, Failed)}
    return Trial(
        fault=fault.id,
        family=fault.family,
        title=fault.title,
        severity=fault.severity,
        question=mutant.good.id,
        words=mutant.edited.words[:600],
        level="caught" if caught else "noticed" if new else "unseen",
        found=tuple(Seen.of(f) for f in ordered[:8]),
        gate=verdict.status.value,
        stopped=sample.stops(verdict),
        failed=tuple(o.scorer for o in outcomes if isinstance(o, Failed) and o.scorer not in before),
    )


def fresh(before: Sequence[Outcome], after: Sequence[Outcome]) -> list[Finding]:
    """The findings that an earlier scoring lacks: by rule, severity, words pointed at and message."""
    known = Counter(_identity(f) for o in before for f in o.findings)
    found = []
    for finding in (f for o in after for f in o.findings):
        if known[_identity(finding)] > 0:
            known[_identity(finding)] -= 1
        else:
            found.append(finding)
    return found


def _identity(finding: Finding) -> tuple[str, int, str, str]:
    return finding.code, finding.severity, " ".join(finding.span.quote.lower().split()), finding.message


def _untouched(good: Sequence[_Good]) -> Iterator[Alarm]:
    """What the rules have against pages that nobody touched."""
    for page in good:
        found = [f for o in page.outcomes for f in o.findings if f.severity >= ALARM]
        if found:
            yield Alarm(edit="untouched", question=page.id, found=tuple(Seen.of(f) for f in found))


def _alarm(mutant: _Mutant, outcomes: Sequence[Outcome]) -> Iterator[Alarm]:
    """New findings of severity 2 or more, of rules that have more of them than on the untouched page.

    The count guards against a finding that is the same but for the harmlessly changed words in its quote.
    """
    had = Counter(f.code for o in mutant.good.outcomes for f in o.findings if f.severity >= ALARM)
    have = Counter(f.code for o in outcomes for f in o.findings if f.severity >= ALARM)
    new = fresh(mutant.good.outcomes, outcomes)
    found = [f for f in new if f.severity >= ALARM and have[f.code] > had[f.code]]
    if found:
        yield Alarm(edit=mutant.change.id, question=mutant.good.id, found=tuple(Seen.of(f) for f in found))


class Gate:
    """The suite's gate over the sample of pages, of which one at a time is exchanged; no waivers, no baseline."""

    def __init__(self, plan: Plan, questions: Sequence[Question], good: Sequence[_Good]) -> None:
        manifest = plan.manifest()
        manifest |= {"epochs": 1, "gates": {**manifest["gates"], "baseline": None}}
        manifest["questions"] = []
        self._today = plan.suite.as_of
        self._items = [Item(question_id=g.id, epoch=0, answer=g.page.answer, outcomes=g.outcomes) for g in good]
        self._run = Run(path=Path(), manifest=manifest, questions=tuple(questions), items=tuple(self._items))
        self.before = judge_run(self._run, today=self._today)
        self._known = {r.text for r in self.before.because()} if self.before.status is Status.FAIL else set()

    def verdict(self, mutant: _Mutant, outcomes: tuple[Outcome, ...]) -> Verdict:
        """The verdict on the sample with one page exchanged."""
        item = Item(question_id=mutant.good.id, epoch=0, answer=mutant.edited.answer, outcomes=outcomes)
        items = tuple(item if i.question_id == item.question_id else i for i in self._items)
        return judge_run(replace(self._run, items=items), today=self._today)

    def stops(self, verdict: Verdict) -> bool:
        """Whether the gate holds the release up because of the exchanged page."""
        if self.before.status is Status.PASS:
            return verdict.status is not Status.PASS
        reasons = {r.text for r in verdict.reasons if r.status is Status.FAIL}
        return bool(reasons - self._known)
