"""Runs as tidy tables with fixed columns, types and units; ``columns.yaml`` says what each column holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast

from harness.errors import SuiteError
from harness.masking import blotted, told, words_at
from harness.notebook import heading, table
from harness.resources import package_yaml
from harness.scorers import title_of
from harness.stats import estimate
from harness.types import Answer, Usage

if TYPE_CHECKING:
    import pandas as pd

    from harness.store import Item, Run

Table = Literal["outcomes", "metrics", "findings", "answers", "judging"]
Kind = Literal["text", "int", "count", "float", "bool", "maybe"]
_DTYPES: Mapping[Kind, str] = {
    "text": "string",
    "int": "int64",
    "count": "Int64",
    "float": "float64",
    "bool": "bool",
    "maybe": "boolean",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: its type, unit and what it holds. A name such as ``metric.*`` stands for any that fit."""

    table: str
    name: str
    kind: Kind
    unit: str
    what: str


@cache
def dictionary() -> Mapping[str, tuple[Column, ...]]:
    """The columns of every table, in order."""
    raw = dict(package_yaml("columns.yaml"))
    del raw["item"]
    return {table: tuple(Column(**c) for c in _flat(table, rows)) for table, rows in raw.items()}


def _flat(table: str, rows: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        if isinstance(row[0], list):
            yield from _flat(table, row)
        else:
            yield dict(zip(("table", "name", "kind", "unit", "what"), (table, *row), strict=True))


def columns(table: str | None = None) -> pd.DataFrame:
    """The column dictionary: table, name, kind, unit, what; of one table or of all.

    Raises:
        SuiteError: for a table that there is not.
    """
    import pandas as pd

    known = dictionary()
    if table is not None and table not in known:
        raise SuiteError(f"there is no table {table!r}", hint=f"tables: {', '.join(known)}")
    found = [c for name, listed in known.items() if table in (None, name) for c in listed]
    names = ("table", "name", "kind", "unit", "what")
    return pd.DataFrame([[getattr(c, n) for n in names] for c in found], columns=list(names), dtype="string")


@cache
def unit_of(metric: str) -> str:
    """The unit of a scorer's metric; ``-`` where none is written down."""
    rows = cast(list[list[str]], package_yaml("metric_units.yaml"))
    return next((unit for pattern, unit in rows if fnmatchcase(metric, pattern)), "-")


def typed(table: str, rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """A table with the columns and types that the dictionary gives it, whatever the rows; nothing else is in it."""
    import pandas as pd

    listed = list(rows)
    data: dict[str, pd.Series[Any]] = {}
    for column in dictionary()[table]:
        names = [column.name]
        if "*" in column.name:
            names = list(dict.fromkeys(k for row in listed for k in row if fnmatchcase(k, column.name)))
        for name in names:
            values = [row.get(name) for row in listed]
            data[name] = pd.Series(values, dtype=cast(Any, _DTYPES[column.kind]))
    return pd.DataFrame(data)


def table_of(run: Run, name: Table) -> pd.DataFrame:
    """A table of a run.

    Raises:
        SuiteError: for a table that runs don't have.
    """
    makers = {
        "outcomes": _outcomes,
        "metrics": _metrics,
        "findings": _findings,
        "answers": _answers,
        "judging": _judging,
    }
    if name not in makers:
        raise SuiteError(f"runs have no table {name!r}", hint=f"tables: {', '.join(makers)}")
    return typed(name, makers[name](run))


def _placed(run: Run) -> Iterator[tuple[Item, dict[str, object]]]:
    """Every item with the columns that tell its place."""
    known = {q.id: q for q in run.questions}
    for item in run.items:
        question = known[item.question_id]
        yield (
            item,
            {
                "run": run.name,
                "question_id": question.id,
                "category": question.category,
                "risk_tier": question.risk_tier,
                "language": question.language,
                "epoch": item.epoch,
            },
        )


def _outcomes(run: Run) -> Iterator[dict[str, object]]:
    for item, place in _placed(run):
        for o in item.outcomes:
            yield {
                **place,
                "scorer": o.scorer,
                "status": o.status,
                "score": o.score,
                "reason": o.reason,
                "findings": len(o.findings),
                "max_severity": max((f.severity for f in o.findings), default=-1),
                **{f"metric.{name}": value for name, value in o.metrics.items()},
            }


def _metrics(run: Run) -> Iterator[dict[str, object]]:
    for item, place in _placed(run):
        for o in item.outcomes:
            for name, value in o.metrics.items():
                yield {**place, "scorer": o.scorer, "metric": name, "value": value, "unit": unit_of(name)}


def _findings(run: Run) -> Iterator[dict[str, object]]:
    for item, place in _placed(run):
        found = [(o.scorer, f) for o in item.outcomes for f in o.findings]
        page = blotted(item.answer.text, (f for _, f in found)) if isinstance(item.answer, Answer) else ""
        for scorer, f in sorted(found, key=lambda told: (-told[1].severity, -told[1].confidence, told[1].span.start)):
            yield {
                **place,
                "scorer": scorer,
                "code": f.code,
                "title": title_of(f.code),
                "severity": f.severity,
                "confidence": f.confidence,
                "likelihood": f.likelihood,
                "reach": f.reach,
                "message": f.message,
                "quote": words_at(f.span, page) if f.span.source == "answer" else told(f),
                "source": f.span.source,
                "start": f.span.start,
                "end": f.span.end,
            }


def _answers(run: Run) -> Iterator[dict[str, object]]:
    texts = {q.id: q.text for q in run.questions}
    for item, place in _placed(run):
        a = item.answer if isinstance(item.answer, Answer) else Answer(text="")
        error = "" if isinstance(item.answer, Answer) else f"{item.answer.kind}: {item.answer.message}"
        yield {
            **place,
            "question": texts[item.question_id],
            "answered": isinstance(item.answer, Answer),
            "text": a.text,
            "error": error,
            "model": a.model,
            "passages": len(a.passages),
            "words": len(a.text.split()),
            "prompt_tokens": a.usage.prompt_tokens,
            "completion_tokens": a.usage.completion_tokens,
            "latency_s": a.latency_s or None,
            "spent_tokens": _count(item.spent),
            "cached": item.cached,
        }


def _judging(run: Run) -> Iterator[dict[str, object]]:
    for item, place in _placed(run):
        for name, cost in item.judging.items():
            yield {
                **place,
                "judge": name,
                "pairs": cost.pairs,
                "seconds": cost.seconds,
                "tokens": _count(cost.spent),
            }


def _count(usage: Usage) -> int:
    return usage.prompt_tokens + usage.completion_tokens


def overview_html(run: Run) -> str:
    """What a notebook shows of a run: no verdict, which ``harness.verdict(run)`` gives."""
    answered = sum(isinstance(i.answer, Answer) for i in run.items)
    found = Counter(f.severity for i in run.items for o in i.outcomes for f in o.findings)
    told = f"{run.name}: {answered}/{run.planned} answered; findings of severity 4, 3, 2, 1, 0: "
    told += ", ".join(str(found[s]) for s in (4, 3, 2, 1, 0))
    rows = []
    for scorer in (*run.scorers(), *run.beside()):
        scores = run.scores(scorer)
        status = Counter(o.status for i in run.items for o in i.outcomes if o.scorer == scorer)
        measured, exempt = status["scored"], status["not_applicable"]
        e = estimate(scores, missing=run.planned - measured - exempt, exempt=exempt)
        low, high = (e.interval.low, e.interval.high) if e.interval else (None, None)
        rows.append((scorer, e.mean, low, high, e.measured, e.missing, e.exempt))
    heads = ("scorer", "mean", "95 % low", "95 % high", "measured", "missing", "exempt")
    stopped = heading(f"stopped: {run.stopped}") if run.stopped else ""
    return heading(str(run.manifest["title"]), told) + stopped + table(heads, rows)
