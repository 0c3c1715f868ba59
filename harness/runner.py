"""Suite x pipeline -> Run: asks, scores and journals; resumable, and independent of the order answers come in."""

from __future__ import annotations

import datetime as dt
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.errors import JudgeError, SuiteError
from harness.scorers import scorer_id
from harness.scorers.cases import build_case
from harness.shards import Shard, refuse_shard
from harness.signature import Signature, short_hash
from harness.store import (
    JOURNAL,
    MANIFEST,
    Item,
    Journal,
    Run,
    arrange,
    item_from_json,
    item_to_json,
    read_journal,
    write_manifest,
    write_results,
)
from harness.suite import Suite
from harness.types import Answer, AnswerError, Case, Failed, Judge, Outcome, Pipeline, Question, Scorer
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
            "harness": __version__,
            "python": platform.python_version(),
            "started": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "suite": suite.name,
            "title": suite.record.title,
            "signature": str(self.signature()),
            "as_of": suite.as_of.isoformat(),
            "epochs": self.epochs,
            "pipeline": self.pipeline.id,
            "judge": self.judge.id,
            **({"beside": self._beside()} if self.beside else {}),
            "accept_drafts": suite.record.accept_drafts,
            "scorers": {s.name: scorer_id(s) for s in suite.scorers},
            "gates": suite.record.gates.model_dump(),
            "waivers": suite.record.waivers,
            "seed": suite.record.seed,
            **({"shard": str(self.shard)} if self.shard else {}),
            "questions": [json.loads(json.dumps(question_to_json(q))) for q in self.questions],
        }

    def _beside(self) -> dict[str, str]:
        """The scorers that stand beside the suite's own, with the id of their judge."""
        names = [s.name for s in self.suite.scorers if s.name in BY_JUDGE]
        return {f"{name}@{by}": judge.id for by, judge in self.beside.items() for name in names}


def execute(plan: Plan, folder: Path, *, resume: bool = False, progress: Progress | None = None) -> Run:
    """Run a plan into a folder.

    Args:
        folder: the run folder; must not hold a run yet, unless ``resume``.
        resume: go on with an interrupted run: answered items are kept, the others are asked again.
        progress: called with (items done, items planned) after every item.

    Raises:
        SuiteError: if the folder holds a run already, or one with another signature.
    """
    done, manifest, journal = _open(plan, folder, resume=resume)
    todo = [
        (question, epoch)
        for question in plan.questions
        for epoch in range(plan.epochs)
        if f"{question.id}#{epoch}" not in done
    ]
    planned = len(todo) + len(done)
    if progress:
        progress(len(done), planned)
    try:
        with ThreadPoolExecutor(max_workers=plan.concurrency) as pool:
            pending = {pool.submit(_item, plan, question, epoch) for question, epoch in todo}
            try:
                _collect(pending, journal, done, planned, progress)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    finally:
        journal.close()
    run = arrange(folder, manifest, plan.questions, done)
    write_results(run)
    return run


def _collect(
    pending: set[Future[Item]], journal: Journal, done: dict[str, Item], planned: int, progress: Progress | None
) -> None:
    """Journal every item as it is finished."""
    while pending:
        finished, pending = wait(pending, return_when=FIRST_COMPLETED)
        for future in finished:
            item = future.result()
            journal.append(item_to_json(item))
            done[item.key] = item
            if progress:
                progress(len(done), planned)


def _open(plan: Plan, folder: Path, *, resume: bool) -> tuple[dict[str, Item], dict[str, Any], Journal]:
    """Start a run folder, or take up an interrupted one after its last whole record."""
    path = folder / JOURNAL
    if path.exists() and not resume:
        raise SuiteError(f"{folder}: this folder holds a run already", hint="choose another -o, or add --resume")
    if resume and not path.exists():
        raise SuiteError(f"{folder}: there is no run to go on with", hint="leave out --resume to start one")
    if path.exists() and path.stat().st_size:
        return _take_up(plan, folder)
    manifest = plan.manifest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        journal = Journal(path)
    except OSError as problem:
        raise SuiteError(f"{folder}: can't write here: {problem.strerror}", hint="choose another -o") from None
    journal.append({"manifest": manifest})
    write_manifest(manifest, folder)
    return {}, manifest, journal


def _take_up(plan: Plan, folder: Path) -> tuple[dict[str, Item], dict[str, Any], Journal]:
    """Read what an interrupted run had finished, drop a torn last line, and go on from there."""
    path = folder / JOURNAL
    done: dict[str, Item] = {}
    manifest: dict[str, Any] = {}
    last, end = "", 0
    for sha, record, offset in read_journal(path):
        last, end = sha, offset
        if "manifest" in record:
            manifest = record["manifest"]
        else:
            item = item_from_json(record)
            done[item.key] = item
    if not manifest:
        path.unlink()
        return _open(plan, folder, resume=False)
    before, now = Signature.parse(manifest["signature"]), plan.signature()
    differences = before.differences(now, tuple(dict([*now.parts, *before.parts])))
    if differences:
        raise SuiteError(f"{folder}: can't resume with another {differences[0]}", hint="start a new run instead")
    with path.open("rb+") as file:
        file.truncate(end)
    if not (folder / MANIFEST).exists():
        write_manifest(manifest, folder)
    answered = {key: item for key, item in done.items() if isinstance(item.answer, Answer)}
    return answered, manifest, Journal(path, last)


def _item(plan: Plan, question: Question, epoch: int) -> Item:
    """Ask one question and score the answer."""
    try:
        answer = plan.pipeline.answer(replace(question.query(), epoch=epoch))
    except Exception as problem:  # a pipeline is foreign code: its crash is a missing answer
        answer = AnswerError(kind="crash", message=f"{type(problem).__name__}: {problem}".splitlines()[0][:300])
    if isinstance(answer, Answer) and not answer.text.strip():
        answer = AnswerError(kind="empty", message="the answer has no text")
    outcomes = score_answer(answer, question, plan.suite, plan.judge, plan.suite.scorers)
    by_judge = [s for s in plan.suite.scorers if s.name in BY_JUDGE]
    for name, judge in plan.beside.items():
        told = score_answer(answer, question, plan.suite, judge, by_judge)
        outcomes += tuple(replace(o, scorer=f"{o.scorer}@{name}", findings=()) for o in told)
    return Item(question_id=question.id, epoch=epoch, answer=answer, outcomes=outcomes)


def score_answer(
    answer: Answer | AnswerError, question: Question, suite: Suite, judge: Judge, scorers: Sequence[Scorer]
) -> tuple[Outcome, ...]:
    """The outcome of each scorer; without an answer each is Failed, which counts as missing."""
    if isinstance(answer, AnswerError):
        return tuple(Failed(scorer=s.name, reason=f"no answer: {answer.kind}") for s in scorers)
    if suite.lookup:
        answer = suite.lookup.supply(answer, question=question.text)
    case = build_case(answer, judge=judge, as_of=suite.as_of, question=question, registry=suite.registry.sources)
    return score_case(case, scorers)


def score_case(case: Case, scorers: Sequence[Scorer]) -> tuple[Outcome, ...]:
    """Run scorers over one case; a scorer that crashes has failed to measure, whatever the reason."""
    outcomes: list[Outcome] = []
    for scorer in scorers:
        try:
            outcomes.append(scorer.score(case))
        except JudgeError as problem:
            outcomes.append(Failed(scorer=scorer.name, reason=problem.message))
        except Exception as problem:  # never a pass, never the end of the run
            line = f"{type(problem).__name__}: {problem}".splitlines()[0][:300]
            outcomes.append(Failed(scorer=scorer.name, reason=f"scorer crashed: {line}"))
    return tuple(outcomes)


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
    plan = Plan(suite=suite, pipeline=_Replayed(run), judge=judge, epochs=epochs, beside=beside or {})
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
