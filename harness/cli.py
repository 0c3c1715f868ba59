"""The command line: thin commands, one line per error, and exit codes that gate CI."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from harness import cli_gate, cli_logs, cli_records, cli_rules, cli_team
from harness.cli_calibrate import calibrate
from harness.cli_corpus import corpus_app
from harness.cli_families import families
from harness.cli_local import serve_local
from harness.cli_options import JudgeOpt, PipelineOpt, PriceInOpt, PriceOutOpt, RunArg, SuiteArg
from harness.cli_report import report
from harness.cli_review import review_app
from harness.cli_robustness import robustness
from harness.cli_run import BudgetOpt, CacheOpt, DeadlineOpt, ItemDeadlineOpt, PromptOpt, PromptsOpt, TokensOpt
from harness.cli_selftest import selftest
from harness.errors import DatasetError, HarnessError
from harness.judges import KINDS
from harness.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.auditor import Audit, Auditor

app = typer.Typer(
    name="harness",
    help="Decide whether an AI may answer cancer patients' questions.",
    epilog="Exit codes: 0 pass, 1 gate failed, 2 wrong usage or broken data, 3 could not measure or inconclusive, "
    "130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(corpus_app)
cli_team.golden_app.command()(families)
app.add_typer(cli_team.golden_app)
app.add_typer(review_app)

OutOpt = Annotated[
    Path | None, typer.Option("-o", "--out", help="Run folder to write.", show_default="new under reports/runs")
]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"harness {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Decide whether an AI may answer cancer patients' questions."""


@app.command("run")
def run_command(
    suite: SuiteArg,
    pipeline: PipelineOpt = None,
    prompt: PromptsOpt = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Repeats of every question.", show_default="the suite's")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask only the first so many questions.")] = None,
    judge: JudgeOpt = None,
    offline: Annotated[bool, typer.Option("--offline", help="Refuse every connection beyond loopback.")] = False,
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Questions in flight.")] = 4,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in -o.")] = False,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Run part I of N; `harness merge` gives the verdict.")
    ] = None,
    deadline: DeadlineOpt = None,
    item_deadline: ItemDeadlineOpt = 900.0,
    budget: BudgetOpt = None,
    token_budget: TokensOpt = None,
    price_in: PriceInOpt = 0.0,
    price_out: PriceOutOpt = 0.0,
    cache: CacheOpt = None,
    out: OutOpt = None,
) -> None:
    """Run a suite on a pipeline: answers, outcomes, verdict and reports."""
    from harness import api, cli_run, cli_variants, matrix
    from harness.offline import offline as guard
    from harness.render.terminal import progress_bar
    from harness.runner import execute

    if resume and out is None:
        raise DatasetError("--resume needs the run folder", hint="name it with -o DIR")
    settings: dict[str, Any] = {
        "pipeline": pipeline,
        "judge": ",".join(judge or ()),
        "epochs": epochs,
        "concurrency": concurrency,
        "shard": shard,
        "limits": cli_run.limits_of(deadline, item_deadline, budget, token_budget, (price_in, price_out)),
        "cache": cache,
    }
    if prompt and matrix.is_pattern(prompt):
        cli_variants.run_variants(suite, prompt, settings, limit=limit, offline=offline, resume=resume, out=out)
    folder = out
    try:
        with cli_run.interruptible(), guard() if offline else nullcontext():
            loaded = api.load_suite(suite, limit=limit)
            plan = api.make_plan(loaded, prompt=prompt, **settings)
            folder = out or api.run_folder(plan)
            with progress_bar(f"{loaded.name} suite") as progress:
                done = execute(plan, folder, resume=resume, progress=progress)
    except KeyboardInterrupt:
        cli_run.interrupted(folder)
    if plan.shard:
        typer.echo(f"shard {plan.shard}: {len(done.items)} items in {done.path}; `harness merge` gives the verdict")
        cli_run.leave(0)
    cli_run.finish(done, plan)


@app.command()
def audit(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="A page (text, Markdown, HTML), a .jsonl of pages, or logs.")
    ],
    question: Annotated[
        str | None, typer.Option(help="What the patient asked.", show_default="the page's title")
    ] = None,
    turns: Annotated[Path | None, typer.Option(help="Earlier messages: YAML or JSON list of {role, text}.")] = None,
    facts: Annotated[Path | None, typer.Option(help="Patient facts that were given: YAML or JSON list.")] = None,
    passages: Annotated[Path | None, typer.Option(help="Source passages: YAML, JSON or JSONL list.")] = None,
    corpus: Annotated[
        list[Path] | None, typer.Option(help="Folder in which cited documents are looked up; may be given twice.")
    ] = None,
    judge: Annotated[str, typer.Option("--judge", help=KINDS)] = "local",
    format: Annotated[Literal["text", "json", "sarif"], typer.Option(help="Output format.")] = "text",
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day by which editions are judged.", show_default="today"),
    ] = None,
    fail_on: Annotated[int, typer.Option(min=0, max=5, help="Exit 1 at this severity or worse; 5 for never.")] = 3,
    map: cli_logs.MapOpt = "",
    max_bad: cli_logs.MaxBadOpt = 0,
    workers: cli_logs.WorkersOpt = 1,
    out: cli_logs.OutOpt = None,
    resume: cli_logs.ResumeOpt = False,
    keep_text: cli_logs.KeepOpt = False,
    baseline: cli_logs.BaselineOpt = None,
    light: cli_logs.LightOpt = False,
    executor: cli_logs.ExecutorOpt = "local",
    ray_address: cli_logs.RayOpt = "",
) -> None:
    """Audit one page, a JSONL of pages, or logged answers; no golden set needed.

    A .gz, .parquet, .json (Inspect, promptfoo), folder or glob is a log, and so is a .jsonl with -o, --map or
    --workers: its rows are scored as a stream, and told in rates. --judge none leaves out what needs a judge.
    """
    from harness.auditor import Auditor, audit_jsonl
    from harness.logs.sources import is_log
    from harness.render.sarif import audits_sarif
    from harness.render.terminal import print_audit

    day = as_of.date() if as_of else None
    for_logs = (out, map, resume, keep_text, baseline, max_bad, workers > 1, light, executor != "local", ray_address)
    if is_log(file) or any(for_logs):
        if question or turns or facts or passages:
            raise DatasetError("--question, --turns, --facts, --passages are for one page", hint="use --map for a log")
        cli_logs.audit_log(
            file,
            paths=map,
            judge=judge,
            as_of=day,
            corpus=corpus or (),
            format=format,
            fail_on=fail_on,
            max_bad=max_bad,
            workers=workers,
            out=out,
            resume=resume,
            keep_text=keep_text,
            baseline=baseline,
            light=light,
            executor=executor,
            ray_address=ray_address,
        )
    auditor = Auditor.default(judge=judge, as_of=day, corpus=corpus or ())
    if file.endswith(".jsonl"):
        audits: Iterable[Audit] = audit_jsonl(auditor, Path(file))
    else:
        audits = iter([_audit_page(auditor, file, question, turns, facts, passages)])
    worst, failed = -1, False
    if format == "sarif":
        audits = list(audits)
        sys.stdout.write(audits_sarif(audits, file))
    for done in audits:
        if format == "json":
            told = done.to_json() if not file.endswith(".jsonl") else {"id": done.id, **done.to_json()}
            typer.echo(json.dumps(told, ensure_ascii=True))
        elif format == "text":
            print_audit(done)
        worst = max([worst, *(f.severity for f in done.findings)])
        failed = failed or bool(done.failed)
    raise typer.Exit(1 if worst >= fail_on else 3 if failed else 0)


def _audit_page(
    auditor: Auditor, file: str, question: str | None, turns: Path | None, facts: Path | None, passages: Path | None
) -> Audit:
    from harness.auditor import passages_of, read_list, turns_of
    from harness.types import Answer
    from harness.yamlio import decode, read_text

    text = decode(sys.stdin.buffer.read(), "standard input") if file == "-" else read_text(Path(file))
    listed = passages_of(read_list(passages), str(passages)) if passages else ()
    told = read_list(facts) if facts else []
    if not isinstance(told, list) or not all(isinstance(f, str) for f in told):
        raise DatasetError(f"{facts}: facts are a list of texts", hint='["takes letrozole"]')
    return auditor.audit(
        Answer(text=text, passages=listed),
        id=file,
        question=question,
        turns=turns_of(read_list(turns), str(turns)) if turns else [],
        facts=told,
    )


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="A patient's question.")],
    pipeline: PipelineOpt = None,
    prompt: PromptOpt = None,
    suite: Annotated[Path, typer.Option(help="Suite whose corpus and pipeline settings are used.")] = Path(
        "evals/smoke.yaml"
    ),
) -> None:
    """Answer one question with a pipeline, and audit the answer; exit 1 at a serious finding."""
    from harness import api
    from harness.auditor import Auditor
    from harness.render.terminal import print_answer, print_audit
    from harness.types import AnswerError, Query

    if not question.strip():
        raise DatasetError("the question is empty", hint='harness ask "What is HER2?"')
    loaded = api.load_suite(suite)
    plan = api.make_plan(loaded, pipeline=pipeline, prompt=prompt)
    answer = plan.pipeline.answer(Query(id="asked", text=question))
    if isinstance(answer, AnswerError):
        typer.echo(f"no answer: {answer.kind}: {answer.message}", err=True)
        raise typer.Exit(3)
    print_answer(answer)
    audit = Auditor.default().audit(answer, id="this answer", question=question)
    print_audit(audit)
    raise typer.Exit(1 if any(f.severity >= 3 for f in audit.findings) else 3 if audit.failed else 0)


app.command()(cli_gate.compare)
app.command()(cli_gate.judges)
app.command()(cli_gate.gate)
app.command()(cli_gate.baseline)
app.command()(cli_gate.plan)
app.command()(cli_team.merge)
app.command()(cli_team.init)


@app.command()
def rescore(run: RunArg, suite: SuiteArg, judge: JudgeOpt = None, out: OutOpt = None) -> None:
    """Replay the stored answers of a run through today's scorers."""
    from harness import api
    from harness.judges import load_judges
    from harness.render.files import write_reports
    from harness.render.terminal import print_run
    from harness.runner import rescore as replay

    loaded = api.load_run(run)
    fresh = api.load_suite(suite)
    (_, first), *others = load_judges(",".join(judge or ()) or fresh.record.judge).items()
    done = replay(loaded, fresh, first, out or run.with_name(f"{run.name}-rescored"), beside=dict(others))
    verdict = api.verdict(done)
    print_run(done, verdict, write_reports(done, verdict, done.path))
    raise typer.Exit(verdict.status.exit_code)


app.command()(report)


app.command()(cli_records.verify)
app.command()(cli_records.erase)


for _command in (cli_rules.explain, cli_rules.rules, calibrate, selftest, robustness, serve_local):
    app.command()(_command)


@app.command("check-data")
def check_data(
    path: Annotated[Path, typer.Argument(help="Folder with golden/, corpus/ and sources.yaml.")] = Path("datasets"),
) -> None:
    """Check golden set, corpus and registry: form, references, quotas, hashes, dates, rules."""
    from harness.datalint import check
    from harness.render.terminal import print_complaints
    from harness.resources import find

    complaints = check(find(path))
    print_complaints(complaints)
    raise typer.Exit(2 if any(c.level == "error" for c in complaints) else 0)


def main() -> None:
    """Entry point: bad input becomes one line and exit code 2 (3 where something is missing), never a traceback."""
    try:
        app()
    except HarnessError as problem:
        print(f"error: {_plain(problem.message)}", file=sys.stderr)  # noqa: T201
        if problem.hint:
            print(f"hint: {_plain(problem.hint)}", file=sys.stderr)  # noqa: T201
        sys.exit(problem.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(2)


def _plain(text: str) -> str:
    """One printable line."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))


if __name__ == "__main__":
    main()
