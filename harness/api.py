"""The Python API, for notebooks and tests: the same verbs as the command line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.anatomy import Anatomy, anatomy, variance
from harness.auditor import Audit, Auditor, passages_of
from harness.comparison import Comparison, compare_runs
from harness.dispatch import Limits
from harness.errors import PipelineError, SuiteError
from harness.found import Findings, findings_of
from harness.frames import columns
from harness.gate import Verdict, judge_comparison, judge_run
from harness.judges import load_judge as _load_judge
from harness.judges import load_judges
from harness.leaderboard import Leaderboard
from harness.leaderboard import compare_many as leaderboard_of
from harness.matrix import each_run, find_variants, name_of, spec_for
from harness.offline import offline as offline_guard
from harness.pipelines import load_pipeline
from harness.render.progress import progress as bar
from harness.resources import find
from harness.runner import Plan, Progress, execute
from harness.scorers import SCORERS
from harness.shards import Shard
from harness.side_by_side import Judges, judges_of
from harness.store import Run, load_run
from harness.suite import Suite, load_suite, split_named
from harness.types import Answer, AnswerError, Judge, Passage, Pipeline, Query
from harness.waivers import Waiver, accepted, load_waivers

__all__ = [
    "audit",
    "columns",
    "compare",
    "compare_judges",
    "compare_many",
    "compare_prompts",
    "findings",
    "load_judge",
    "load_run",
    "load_suite",
    "make_plan",
    "run",
    "run_folder",
    "run_variants",
    "variance",
    "verdict",
]


class _Callable:
    """A Python function as a pipeline: ``function(query)`` returns an Answer or the text of one."""

    def __init__(self, function: Callable[[Query], Answer | AnswerError | str]) -> None:
        self._function = function
        self.id = f"function:{function.__module__}.{function.__qualname__}"
        self.prompt_sha = ""

    def answer(self, query: Query) -> Answer | AnswerError:
        """Call the function."""
        told = self._function(query)
        return Answer(text=told) if isinstance(told, str) else told


def make_plan(
    suite: Suite,
    *,
    pipeline: Pipeline | Callable[[Query], Answer | AnswerError | str] | str | None = None,
    prompt: str | Path | None = None,
    judge: str | None = None,
    epochs: int | None = None,
    concurrency: int = 4,
    shard: str | None = None,
    limits: Limits | None = None,
    cache: str | Path | None = None,
) -> Plan:
    """Settle everything a run needs; what is left out is taken from the suite, ``shard`` (``2/4``) is a part of it."""
    if epochs is not None and epochs < 1:
        raise SuiteError(f"epochs must be at least 1, not {epochs}")
    if concurrency < 1:
        raise SuiteError(f"concurrency must be at least 1, not {concurrency}")
    (_, first), *others = load_judges(judge or suite.record.judge).items()
    return Plan(
        suite=suite,
        pipeline=_pipeline(suite, pipeline, prompt),
        judge=first,
        epochs=epochs or suite.record.epochs,
        concurrency=concurrency,
        beside=dict(others),
        shard=Shard.parse(shard) if shard else None,
        limits=limits or Limits(),
        cache=Path(cache) if cache else None,
        variant=name_of(prompt) if prompt else "",
    )


def make_plans(
    suite: Suite, variants: str | Path | Mapping[str, Any], *, pipeline: str | None = None, **settings: Any
) -> dict[str, Plan]:
    """A plan for each variant, by its name, all with the same judges.

    Args:
        variants: a pattern that names prompts, such as ``evals/prompts/*.md``, or pipelines by the names of variants.
        pipeline: what is sent the prompts, as in ``make_plan``.
        settings: as for ``make_plan``.
    """
    if isinstance(variants, Mapping):
        if bad := [name for name in variants if name != name_of(f"{name}.md")]:
            raise SuiteError(f"variant {bad[0]!r}: can't name a folder", hint="use letters, digits, dots and dashes")
        pipelines = {name: _pipeline(suite, chosen, None) for name, chosen in variants.items()}
    else:
        pipelines = {v.name: _pipeline(suite, pipeline, v.file) for v in find_variants(variants)}
    if not pipelines:
        raise SuiteError("there are no variants to run", hint="name one or more")
    shared = make_plan(suite, pipeline=next(iter(pipelines.values())), **settings)
    return {name: replace(shared, pipeline=made, variant=name) for name, made in pipelines.items()}


def _pipeline(suite: Suite, chosen: Any, prompt: str | Path | None) -> Pipeline:
    if chosen is not None and not isinstance(chosen, str):
        if prompt:
            raise PipelineError("a Python pipeline takes no prompt file", hint="put the prompt into the function")
        return chosen if hasattr(chosen, "answer") else _Callable(chosen)
    spec, options = split_named(suite.record.pipeline)
    if chosen is not None:
        same_kind = chosen.split(":")[0] == spec.split(":")[0]
        spec, options = chosen, options if same_kind else {}
    spec, file = spec_for(spec, prompt)
    return load_pipeline(
        spec, corpus=suite.corpus, sources=suite.registry.sources, as_of=suite.as_of, prompt=file, options=options
    )


def run(
    suite: str | Path | Suite,
    *,
    pipeline: Pipeline | Callable[[Query], Answer | AnswerError | str] | str | None = None,
    prompt: str | Path | None = None,
    judge: str | None = None,
    epochs: int | None = None,
    limit: int | None = None,
    offline: bool = False,
    concurrency: int = 4,
    resume: bool = False,
    shard: str | None = None,
    limits: Limits | None = None,
    cache: str | Path | None = None,
    out: str | Path | None = None,
    progress: Progress | bool | None = None,
) -> Run:
    """Run a suite and give back the Run, which also lies in a folder.

    Args:
        suite: a suite file, or a Suite from ``load_suite``.
        pipeline: a spec as on the command line, a Pipeline, or a function of a Query; default: the suite's own.
        prompt: a prompt file for pipelines that take one.
        judge: a judge, or a comma list of which the first gates; default: the suite's own.
        offline: refuse every connection beyond loopback while it runs.
        shard: run only part i of n, ``i/n``; ``harness.shards.merge_shards`` brings the parts together.
        limits: deadlines and budget; a run that they end says so in ``Run.stopped``, and is never a pass.
        cache: folder of answers that need not be asked for again.
        out: the run folder; default: a new one under ``reports/runs``.
        progress: called with (items done, items planned); True for a bar, False for none, None for one in notebooks.

    Raises:
        HarnessError: for a broken suite, data, pipeline or judge, before any question is asked.
    """
    loaded = suite if isinstance(suite, Suite) else load_suite(suite, limit=limit)
    with offline_guard() if offline else nullcontext():
        plan = make_plan(
            loaded,
            pipeline=pipeline,
            prompt=prompt,
            judge=judge,
            epochs=epochs,
            concurrency=concurrency,
            shard=shard,
            limits=limits,
            cache=cache,
        )
        with bar(f"{loaded.name} suite", progress) as update:
            return execute(plan, Path(out) if out else run_folder(plan), resume=resume, progress=update)


def run_variants(
    suite: str | Path | Suite,
    variants: str | Path | Mapping[str, Pipeline | Callable[[Query], Answer | AnswerError | str] | str],
    *,
    pipeline: str | None = None,
    judge: str | None = None,
    epochs: int | None = None,
    limit: int | None = None,
    offline: bool = False,
    concurrency: int = 4,
    resume: bool = False,
    limits: Limits | None = None,
    cache: str | Path | None = None,
    out: str | Path | None = None,
    progress: bool | None = None,
) -> dict[str, Run]:
    """Run a suite once for each variant, each into a folder of its own; gives back the runs by name.

    Args:
        variants: a pattern that names prompts, such as ``evals/prompts/*.md``, which ``pipeline`` is sent one after the
            other, or pipelines by the names of the variants.
        pipeline: as in ``run``; in a spec that has ``{prompt}``, that stands for the prompt's name.
        limits: of all runs together; a variant for which no time or money is left has no run.
        out: the folder of the run folders; default: a new one under ``reports/runs``.
        judge, epochs, limit, offline, concurrency, resume, cache, progress: as in ``run``.

    Raises:
        HarnessError: as in ``run``, for any of the variants, before any question is asked.
    """
    loaded = suite if isinstance(suite, Suite) else load_suite(suite, limit=limit)
    with offline_guard() if offline else nullcontext():
        plans = make_plans(
            loaded,
            variants,
            pipeline=pipeline,
            judge=judge,
            epochs=epochs,
            concurrency=concurrency,
            limits=limits,
            cache=cache,
        )
        folder = Path(out) if out else variants_folder(plans)
        return dict(each_run(plans, folder, resume=resume, watch=lambda name: bar(name, progress)))


def variants_folder(plans: Mapping[str, Plan]) -> Path:
    """A new folder name for the runs of several variants."""
    single = run_folder(next(iter(plans.values())))
    return single.with_name(f"{single.name}-variants")


def run_folder(plan: Plan) -> Path:
    """A new folder name: when, which suite, which pipeline."""
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%fZ")
    kind = "".join(c if c.isalnum() else "-" for c in plan.pipeline.id.split(":")[0])
    part = f"-{plan.shard.index}of{plan.shard.of}" if plan.shard else ""
    return Path("reports/runs") / f"{stamp}-{plan.suite.name}-{kind}{part}"


def verdict(
    run: Run, *, waivers: str | Path | None = None, baseline: Comparison | Run | str | Path | None = None
) -> Verdict:
    """The verdict on a run, by its own bar and beside its baseline.

    Args:
        waivers: a waiver file; the one its suite names where left out. Waivers expire by today.
        baseline: a run to compare with, or a comparison with one; where left out, the folder that its suite names,
            which then has to hold a run.

    Raises:
        DatasetError, SuiteError: if a baseline that was asked for here can't be read, or was measured otherwise.
    """
    wanted = run.manifest["gates"].get("baseline")
    beside: Comparison | Path | None = Path(wanted) if wanted else None
    if baseline is not None:
        beside = baseline if isinstance(baseline, Comparison) else compare(baseline, run)
    return judge_run(run, waivers=_waivers(run, waivers), today=_today(), baseline=beside)


def comparison_verdict(comparison: Comparison, *, waivers: str | Path | None = None) -> Verdict:
    """Whether the candidate is no worse than its baseline; its waivers are those of its suite, or of another file."""
    findings = (*comparison.new, *comparison.unchanged)
    waived = accepted(findings, _waivers(comparison.candidate, waivers), _today())
    return judge_comparison(comparison, waived=waived)


def _waivers(run: Run, named: str | Path | None) -> Sequence[Waiver]:
    file = named or run.manifest["waivers"]
    return load_waivers(find(file)) if file else ()


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def compare(
    baseline: Run | str | Path, candidate: Run | str | Path, *, rescored: Run | str | Path | None = None
) -> Comparison:
    """Compare two runs measured by the same ruler; raises SuiteError where they were not.

    Args:
        rescored: the baseline rescored with the candidate's judge and scorers, where these have changed.
    """
    left, right = (r if isinstance(r, Run) else load_run(r) for r in (baseline, candidate))
    again = load_run(rescored) if isinstance(rescored, str | Path) else rescored
    return compare_runs(left, right, rescored=again)


def compare_many(
    runs: Sequence[Run | str | Path] | Mapping[str, Run], *, prices: tuple[float, float] | None = None
) -> Leaderboard:
    """Lay two or more runs of one suite side by side; the first is the one the others are compared with.

    Args:
        runs: runs or their folders, or runs by name, as ``run_variants`` gives them.
        prices: of a million prompt and completion tokens, in USD.

    Raises:
        SuiteError: for fewer than two, one that is given twice, or one that was measured by another ruler.
    """
    if isinstance(runs, Mapping):
        return leaderboard_of(runs, prices=prices)
    return leaderboard_of([r if isinstance(r, Run) else load_run(r) for r in runs], prices=prices)


def compare_prompts(first: Run | str | Path, second: Run | str | Path) -> Anatomy:
    """Which rules changed from one run to the other, in which categories and tiers, with the sentences that differ.

    Raises:
        SuiteError: if the runs were not measured by the same ruler.
    """
    return anatomy(*(r if isinstance(r, Run) else load_run(r) for r in (first, second)))


def compare_judges(
    runs: Run | str | Path | Sequence[Run | str | Path] | Mapping[str, Run],
    *,
    prices: tuple[float, float] | None = None,
) -> Judges:
    """The judges of a run side by side: coverage, agreement, where they differ, time and cost.

    Args:
        runs: a run or its folder, or several that the same judges scored, as ``run_variants`` gives them.
        prices: of a million prompt and completion tokens, in USD.

    Raises:
        SuiteError: if only one judge scored them, or they were not scored alike.
    """
    if isinstance(runs, Mapping):
        return judges_of(runs, prices=prices)
    given = [runs] if isinstance(runs, Run | str | Path) else runs
    return judges_of([r if isinstance(r, Run) else load_run(r) for r in given], prices=prices)


def findings(run: Run | str | Path) -> Findings:
    """The findings of a run, worst first; a notebook shows them with their words highlighted."""
    return findings_of(run if isinstance(run, Run) else load_run(run))


def audit(
    text: str,
    *,
    question: str | None = None,
    turns: Sequence[Mapping[str, str]] = (),
    facts: Sequence[str] = (),
    passages: Sequence[str | Mapping[str, Any] | Passage] = (),
    judge: str = "local",
    as_of: dt.date | None = None,
    corpus: Sequence[str | Path] = (),
    scorers: Sequence[str] | None = None,
) -> Audit:
    """Audit one page; the Audit is a sequence of outcomes with findings.

    Args:
        passages: source passages as text, as mappings with ``id`` and ``text``, or as Passages.
        as_of: the day by which editions are judged; today where left out.
        corpus: folders of documents in which what the page cites is looked up (see ``harness corpus``).
        scorers: names of those that are wanted, also of other packages; all of ours where left out.
    """
    answer = Answer(text=text, passages=passages_of(list(passages)))
    auditor = Auditor.default(judge=judge, as_of=as_of, corpus=corpus, scorers=tuple(scorers or SCORERS))
    return auditor.audit(answer, question=question, turns=turns, facts=facts)


def load_judge(name: str = "local") -> Judge:
    """The judge of that name: ``judge.support([(passage, claim), ...])`` gives one Support a pair.

    Names are ``local``, ``llm:MODEL``, ``ragas:MODEL``, ``deepeval:MODEL`` and ``replay:FILE.jsonl``; options follow as
    in ``llm:MODEL?votes=3``.
    """
    return _load_judge(name)
