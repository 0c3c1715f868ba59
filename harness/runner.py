"""Suite x pipeline -> Run: asks, scores and journals; resumable, and independent of the order answers come in."""

from __future__ import annotations

import datetime as dt
import platform
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from harness.budget import Budget, Purse
from harness.cache import AnswerCache
from harness.dispatch import Dispatcher, FirstAlone, Job, Landed, Limits
from harness.errors import JudgeError, SuiteError
from harness.journal import Journal
from harness.judges.metered import MeteredJudge
from harness.pacing import Pacer
from harness.pipelines.call import current
from harness.scorers import packages, scorer_id
from harness.scorers.cases import build_case
from harness.scorers.form import misfit
from harness.seal import break_seal, write_seal
from harness.shards import Shard, refuse_shard
from harness.signature import Signature, short_hash
from harness.store import (
    JOURNAL,
    MANIFEST,
    Item,
    Judging,
    Records,
    Run,
    arrange,
    first_judge,
    item_to_json,
    read_records,
    write_manifest,
    write_results,
)
from harness.suite import Suite
from harness.types import Answer, AnswerError, Case, Failed, Judge, Outcome, Pipeline, Query, Question, Scorer, Usage
from harness.version import __version__
from harness.wire import VERSION, question_to_json

Progress = Callable[[int, int], None]
BY_JUDGE = ("grounding", "citation")  # scorers that several judges may score side by side


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a run needs, fixed before the first question is asked.

    Args:
        judge: its verdicts gate.
        beside: further judges by name; what depends on a judge is scored by each of them too, as ``grounding@NAME``,
            without findings and without a say in the verdict.
        shard: the part of the suite that is asked; None for all of it.
        limits: deadlines and budget; no part of the signature, as they only decide how much is measured.
        cache: folder of answers that need not be asked for again; None to ask for every one.
        variant: what the run is called beside others of the same suite, such as its prompt's name; "" for no name.
    """

    suite: Suite
    pipeline: Pipeline
    judge: Judge
    epochs: int
    concurrency: int = 4
    beside: Mapping[str, Judge] = field(default_factory=dict)
    shard: Shard | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions to ask: the suite's, or those of its part."""
        return self.shard.take(self.suite.questions) if self.shard else self.suite.questions

    limits: Limits = field(default_factory=Limits)
    cache: Path | None = None
    variant: str = ""

    def signature(self) -> Signature:
        """What every number of the run will depend on."""
        suite = self.suite
        others = {"beside": "+".join(judge.id for judge in self.beside.values())} if self.beside else {}
        return Signature.of(
            {
                "harness": __version__,
                "suite": suite.name,
                "data": suite.golden.sha,
                "questions": suite.questions_id(),
                "epochs": self.epochs,
                "corpus": suite.corpus.sha,
                "registry": suite.registry.sha,
                "pipeline": self.pipeline.id,
                "prompt": getattr(self.pipeline, "prompt_sha", "") or "none",
                "judge": self.judge.id,
                **others,
                "scorers": short_hash([scorer_id(s) for s in suite.scorers]),
                **packages(suite.scorers),
                "as_of": suite.as_of.isoformat(),
                "seed": suite.record.seed,
                **({"shard": self.shard} if self.shard else {}),
            }
        )

    def manifest(self) -> dict[str, Any]:
        """The bar and the conditions of the run, written before the first answer."""
        suite = self.suite
        return {
            "wire": VERSION,
            "sealed": True,
            "harness": __version__,
            "python": platform.python_version(),
            "started": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "suite": suite.name,
            "title": suite.record.title,
            "signature": str(self.signature()),
            "as_of": suite.as_of.isoformat(),
            "epochs": self.epochs,
            "pipeline": self.pipeline.id,
            **({"variant": self.variant} if self.variant else {}),
            "judge": self.judge.id,
            **({"beside": self._beside()} if self.beside else {}),
            "accept_drafts": suite.record.accept_drafts,
            **({"left_out": dict(suite.left_out)} if suite.left_out else {}),
            "scorers": {s.name: scorer_id(s) for s in suite.scorers},
            "gates": suite.record.gates.model_dump(),
            "waivers": suite.record.waivers,
            "seed": suite.record.seed,
            **({"shard": str(self.shard)} if self.shard else {}),
            "questions": [question_to_json(q) for q in self.questions],
        }

    def answers(self) -> AnswerCache | None:
        """The cache of this plan's answers; another corpus, registry or pinned day never shares one."""
        if self.cache is None:
            return None
        suite = self.suite
        conditions = {"corpus": suite.corpus.sha, "registry": suite.registry.sha, "as_of": suite.as_of.isoformat()}
        return AnswerCache(folder=self.cache, conditions=conditions)

    def _beside(self) -> dict[str, str]:
        """The scorers that stand beside the suite's own, with the id of their judge."""
        names = [s.name for s in self.suite.scorers if s.name in BY_JUDGE]
        return {f"{name}@{by}": judge.id for by, judge in self.beside.items() for name in names}


def execute(plan: Plan, folder: Path, *, resume: bool = False, progress: Progress | None = None) -> Run:
    """Run a plan into a folder.

    A run that is ended by a deadline, its budget or an interrupt says so (``Run.stopped``) and leaves the rest missing;
    ``resume`` goes on with it. What hangs is given up, but its thread can't be stopped: see ``Dispatcher``.

    Args:
        folder: the run folder; must not hold a run yet, unless ``resume``.
        resume: go on with an interrupted run: answered items are kept, the others are asked again.
        progress: called with (items done, items planned) after every item.

    Raises:
        SuiteError: if the folder holds a run already, or one with another signature.
        KeyboardInterrupt: once what was finished is written.
    """
    records, journal = _open(plan, folder, resume=resume)
    try:
        try:
            stopped = _collect(plan, records, journal, progress)
        except BaseException as problem:
            why = "it was interrupted" if isinstance(problem, KeyboardInterrupt) else f"it ended with {_line(problem)}"
            records = read_records(journal.path)  # an interrupt may have come in the middle of a record
            journal.take_up(records.last, records.end)
            _finish(plan, records, journal, why)
            raise
        return _finish(plan, records, journal, stopped)
    finally:
        journal.close()


def _finish(plan: Plan, records: Records, journal: Journal, stopped: str) -> Run:
    """Say in the journal why the run was stopped, and write the files that follow from it."""
    if stopped:
        journal.append({"stopped": stopped})
        records.stopped = stopped
    run = arrange(journal.path.parent, records, plan.questions)
    write_results(run)
    write_seal(run.path, journal.head)
    return run


def _collect(plan: Plan, records: Records, journal: Journal, progress: Progress | None) -> str:
    """Journal every item as it is finished; says why the run was stopped, "" where it was not."""
    answered = {key for key, item in records.items.items() if isinstance(item.answer, Answer)}
    cache, first = plan.answers(), FirstAlone()
    jobs = [
        Job(f"{question.id}#{epoch}", partial(_item, plan, question, epoch, cache, first))
        for question in plan.questions
        for epoch in range(plan.epochs)
        if f"{question.id}#{epoch}" not in answered
    ]
    done, planned = len(answered), len(jobs) + len(answered)
    if jobs:
        break_seal(journal.path.parent)
    if progress:
        progress(done, planned)
    purse = Purse(plan.limits.budget or Budget(), records.spent, [i.spent for i in records.items.values()])
    dispatcher: Dispatcher[Item] = Dispatcher(plan.limits, Pacer(plan.concurrency), purse.fits)
    with closing(dispatcher.each(jobs, purse.reason)) as landings:
        for landed in landings:
            item = landed.result or _given_up(plan, landed)
            purse.pay(item.spent)
            journal.append(item_to_json(item), flush=not landed.more)
            records.add(item)
            done += 1
            if progress:
                progress(done, planned)
    return dispatcher.stopped


def _open(plan: Plan, folder: Path, *, resume: bool) -> tuple[Records, Journal]:
    """Start a run folder, or take up an interrupted one after its last whole record."""
    path = folder / JOURNAL
    if path.exists() and not resume:
        raise SuiteError(f"{folder}: this folder holds a run already", hint="choose another -o, or add --resume")
    if resume and not path.exists():
        raise SuiteError(f"{folder}: there is no run to go on with", hint="leave out --resume to start one")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        journal = Journal(path)
    except OSError as problem:
        raise SuiteError(f"{folder}: can't write here: {problem.strerror}", hint="choose another -o") from None
    try:
        records = read_records(path)
        check_resumable(plan, records, folder)
        journal.take_up(records.last, records.end)
        if not records.manifest:
            records.manifest = plan.manifest()
            journal.append({"manifest": records.manifest})
        if not (folder / MANIFEST).exists():
            write_manifest(records.manifest, folder)
    except BaseException:
        journal.close()
        raise
    return records, journal


def check_resumable(plan: Plan, records: Records, folder: Path) -> None:
    """Raises SuiteError where a run was begun under another signature."""
    if not records.manifest:
        return
    before, now = Signature.parse(records.manifest["signature"]), plan.signature()
    differences = before.differences(now, tuple(dict([*now.parts, *before.parts])))
    if differences:
        raise SuiteError(f"{folder}: can't resume with another {differences[0]}", hint="start a new run instead")


def _item(plan: Plan, question: Question, epoch: int, cache: AnswerCache | None, first: FirstAlone) -> Item:
    """Ask one question and score the answer, the first answer alone."""
    query = replace(question.query(), epoch=epoch)
    kept = cache.get(plan.pipeline, query) if cache else None
    answer = kept or _ask(plan.pipeline, query)
    if cache and not kept and isinstance(answer, Answer):
        cache.put(plan.pipeline, query, answer)
    judge, beside = MeteredJudge(plan.judge), {name: MeteredJudge(other) for name, other in plan.beside.items()}
    with first if isinstance(answer, Answer) else nullcontext():
        outcomes = score_answer(answer, question, plan.suite, judge, plan.suite.scorers)
    by_judge = [s for s in plan.suite.scorers if s.name in BY_JUDGE]
    for name, other in beside.items():
        told = score_answer(answer, question, plan.suite, other, by_judge)
        outcomes += tuple(replace(o, scorer=f"{o.scorer}@{name}", findings=()) for o in told)
    asked = {first_judge(plan.judge.id): judge, **beside}
    judging = {n: Judging(pairs=m.pairs, seconds=m.seconds, spent=m.spent) for n, m in asked.items() if m.pairs}
    return Item(
        question_id=question.id,
        epoch=epoch,
        answer=answer,
        outcomes=outcomes,
        spent=current().spent,
        cached=bool(kept),
        judging=judging,
    )


def _ask(pipeline: Pipeline, query: Query) -> Answer | AnswerError:
    """An answer with text, or why there is none; its tokens are those of its calls, or else what it tells itself."""
    try:
        answer = pipeline.answer(query)
    except Exception as problem:  # a pipeline is foreign code: its crash is a missing answer
        return AnswerError(kind="crash", message=_line(problem))
    if isinstance(answer, Answer):
        if current().spent == Usage():
            current().spend(answer.usage)
        if not answer.text.strip():
            return AnswerError(kind="empty", message="the answer has no text")
    return answer


def _given_up(plan: Plan, landed: Landed[Item]) -> Item:
    """An item that did not end in time: a missing answer, although there may have been one that was not scored."""
    question_id, _, epoch = landed.key.rpartition("#")
    question = next(q for q in plan.questions if q.id == question_id)
    lost = AnswerError(kind="timeout", message=landed.given_up)
    outcomes = score_answer(lost, question, plan.suite, plan.judge, plan.suite.scorers)
    return Item(question_id=question_id, epoch=int(epoch), answer=lost, outcomes=outcomes, spent=landed.context.spent)


def score_answer(
    answer: Answer | AnswerError, question: Question, suite: Suite, judge: Judge, scorers: Sequence[Scorer]
) -> tuple[Outcome, ...]:
    """The outcome of each scorer; without an answer each is Failed, which counts as missing."""
    if not scorers:
        return ()
    if isinstance(answer, AnswerError):
        return tuple(Failed(scorer=s.name, reason=f"no answer: {answer.kind}") for s in scorers)
    try:
        if suite.lookup:
            answer = suite.lookup.supply(answer, question=question.text)
        case = build_case(answer, judge=judge, as_of=suite.as_of, question=question, registry=suite.registry.sources)
    except Exception as problem:  # a page that can't be read is one that was not measured
        return tuple(Failed(scorer=s.name, reason=f"the page can't be read: {_line(problem)}") for s in scorers)
    return score_case(case, scorers)


def score_case(case: Case, scorers: Sequence[Scorer]) -> tuple[Outcome, ...]:
    """Run scorers over one case; a scorer that crashes has failed to measure, whatever the reason."""
    outcomes: list[Outcome] = []
    for scorer in scorers:
        try:
            outcome = scorer.score(case)
            wrong = misfit(scorer, outcome, case)
            outcomes.append(Failed(scorer=scorer.name, reason=f"scorer {wrong}") if wrong else outcome)
        except JudgeError as problem:
            outcomes.append(Failed(scorer=scorer.name, reason=problem.message))
        except (Exception, SystemExit) as problem:  # never a pass, never the end of the run
            outcomes.append(Failed(scorer=scorer.name, reason=f"scorer crashed: {_line(problem)}"))
    return tuple(outcomes)


def _line(problem: BaseException) -> str:
    """An exception on one line."""
    return f"{type(problem).__name__}: {problem}".splitlines()[0][:300]


def rescore(run: Run, suite: Suite, judge: Judge, folder: Path, *, beside: Mapping[str, Judge] | None = None) -> Run:
    """Replay the stored answers of a run through today's scorers, data and judges, into a new run folder.

    Args:
        beside: further judges, as in a Plan.

    Raises:
        SuiteError: if the suite no longer has a question of the run, the run is a shard, or the folder is taken.
    """
    refuse_shard(run, "rescoring")
    known = {q.id: q for q in suite.questions}
    lost = sorted({i.question_id for i in run.items} - known.keys())
    if lost:
        raise SuiteError(f"{run.path}: the suite no longer asks {lost[0]}", hint="run the suite again instead")
    epochs = int(run.manifest["epochs"])
    plan = Plan(
        suite=suite,
        pipeline=_Replayed(run),
        judge=judge,
        epochs=epochs,
        beside=beside or {},
        variant=str(run.manifest.get("variant", "")),
    )
    return execute(plan, folder)


class _Replayed:
    """A pipeline that gives back the stored answers of a run under that run's own pipeline id."""

    def __init__(self, run: Run) -> None:
        self._answers = {i.key: i.answer for i in run.items}
        self.id = run.manifest["pipeline"]
        self.prompt_sha = dict(run.signature.parts).get("prompt", "")

    def answer(self, query: Any) -> Answer | AnswerError:
        """The stored answer, or why there was none."""
        missing = AnswerError(kind="missing", message="the run holds no such item")
        return self._answers.get(f"{query.id}#{query.epoch}", missing)
