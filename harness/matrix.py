"""One run for each prompt: the prompts that a pattern names, each with a run folder of its own."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from glob import glob
from pathlib import Path

from harness.dispatch import Limits
from harness.errors import PipelineError, SuiteError
from harness.runner import Plan, Progress, check_resumable, execute
from harness.store import JOURNAL, Run, read_records
from harness.types import Usage

PLACE = "{prompt}"  # where the name of a prompt belongs in a pipeline's spec
Watch = Callable[[str], AbstractContextManager[Progress | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A prompt that is tried: its name, which its run folder bears, and its file."""

    name: str
    file: Path


def is_pattern(prompt: str | Path | None) -> bool:
    """Whether it names prompts by a pattern such as ``prompts/*.md``; a file of that very name is a file."""
    return prompt is not None and any(c in str(prompt) for c in "*?[") and not Path(prompt).is_file()


def name_of(prompt: str | Path) -> str:
    """A prompt file's name as it may stand in a folder's name and in a pipeline's spec."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", Path(prompt).stem).strip(".-") or "prompt"


def find_variants(pattern: str | Path) -> tuple[Variant, ...]:
    """The files that a pattern names, by name; ``**`` goes down into folders.

    Raises:
        SuiteError: if it names no file, or two of one name, whose runs would share a folder.
    """
    named = glob(str(pattern), recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    files = sorted(Path(f) for f in named if Path(f).is_file())
    if not files:
        raise SuiteError(f"--prompt {pattern}: matches no file", hint="such as --prompt 'evals/prompts/*.md', quoted")
    found: dict[str, Path] = {}
    for file in files:
        if (name := name_of(file)) in found:
            raise SuiteError(f"{file}: is called {name} like {found[name]}", hint="each prompt needs a name of its own")
        found[name] = file
    return tuple(Variant(name=name, file=file) for name, file in sorted(found.items()))


def spec_for(spec: str, prompt: str | Path | None) -> tuple[str, Path | None]:
    """A pipeline's spec and its prompt file, for one prompt.

    A spec with ``{prompt}``, such as ``recorded:answers-{prompt}.jsonl`` or ``http:http://127.0.0.1/{prompt}``, gets
    the prompt's name there and takes no file; every other takes the file.

    Raises:
        PipelineError: if the spec has a place for a prompt and there is none.
    """
    if PLACE not in spec:
        return spec, Path(prompt) if prompt else None
    if prompt is None:
        raise PipelineError(f"pipeline {spec}: {PLACE} needs a prompt", hint="name it with --prompt FILE")
    return spec.replace(PLACE, name_of(prompt)), None


def each_run(
    plans: Mapping[str, Plan], folder: Path, *, resume: bool = False, watch: Watch = lambda name: nullcontext()
) -> Iterator[tuple[str, Run]]:
    """Run plans one after the other, each into the folder of its name; gives each run as it is finished.

    The limits of the plans hold for all of them together: what the others spent counts against a budget, and a deadline
    is counted from the start of the first. Plans for which nothing is left are not begun.

    Args:
        resume: go on with the runs that lie there, and begin the others.
        watch: opens a progress bar for the plan of that name.

    Raises:
        SuiteError: before any question is asked, if a folder holds a run already, or one that can't be gone on with.
    """
    spent = _taken_up(plans, folder, resume=resume)
    started = time.monotonic()
    for name, plan in plans.items():
        others = [usage for other, usage in spent.items() if other != name]
        limits = _left(plan.limits, others, time.monotonic() - started)
        if limits is None:
            return
        with watch(name) as progress:
            run = execute(replace(plan, limits=limits), folder / name, resume=name in spent, progress=progress)
        spent[name] = run.spent
        yield name, run


def _taken_up(plans: Mapping[str, Plan], folder: Path, *, resume: bool) -> dict[str, Usage]:
    """The tokens that the runs which lie there have spent."""
    begun = [name for name in plans if (folder / name / JOURNAL).exists()]
    if begun and not resume:
        hint = "choose another -o, or add --resume"
        raise SuiteError(f"{folder / begun[0]}: this folder holds a run already", hint=hint)
    if resume and not begun:
        raise SuiteError(f"{folder}: there is no run to go on with", hint="leave out --resume to start")
    spent = {}
    for name in begun:
        records = read_records(folder / name / JOURNAL)
        check_resumable(plans[name], records, folder / name)
        spent[name] = records.spent
    return spent


def _left(limits: Limits, spent: list[Usage], elapsed_s: float) -> Limits | None:
    """What is left of limits; None for nothing."""
    run_s = None if limits.run_s is None else limits.run_s - elapsed_s
    budget = limits.budget
    usd = tokens = None
    if budget and budget.usd is not None:
        usd = budget.usd - sum(budget.cost(u) for u in spent)
    if budget and budget.tokens is not None:
        tokens = budget.tokens - sum(u.prompt_tokens + u.completion_tokens for u in spent)
    if any(left is not None and left <= 0 for left in (run_s, usd, tokens)):
        return None
    return replace(limits, run_s=run_s, budget=replace(budget, usd=usd, tokens=tokens) if budget else None)
