"""``harness golden review``: read golden records, sign them, and see which of them still stand."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from harness.records import GoldenRecord


def review(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Records to read or sign.", show_default="all")
    ] = None,
    name: Annotated[str, typer.Option(help="Who signs; without a name nothing is written.", show_default=False)] = "",
    role: Annotated[str, typer.Option(help="In which role: oncologist, nurse, editor.", show_default=False)] = "",
    decision: Annotated[Literal["approve", "revise", "retire"], typer.Option(help="What is signed.")] = "approve",
    note: Annotated[str, typer.Option(help="What should change, or why.", show_default=False)] = "",
    golden: Annotated[Path, typer.Option(help="Golden set.")] = Path("datasets/golden"),
    registry: Annotated[Path, typer.Option(help="Registry whose editions count.")] = Path("datasets/sources.yaml"),
) -> None:
    """Print golden records with where they stand; with --name and --role, sign them.

    A record is reviewed when two people approve it (tiers R2 and R3) or one (the others). A sign-off lapses when the
    record, a lexicon, or the edition that a fact stands on changes; the record then needs another review, and no
    suite asks it before.
    """
    from harness.data import load_golden, load_registry
    from harness.errors import DatasetError
    from harness.resources import find
    from harness.signoffs import FILE, load_signoffs, sign, signoffs_text, standings
    from harness.store import write_text

    folder = find(golden)
    sources = load_registry(find(registry)).by_id()
    records = {r.id: r for r in load_golden(folder).records}
    unknown = sorted(set(ids or ()) - records.keys())
    if unknown:
        raise DatasetError(f"{folder}: no golden record {unknown[0]!r}", hint="`harness golden review` lists them")
    today = dt.datetime.now(dt.UTC).date()
    signed = load_signoffs(folder)
    chosen = [records[i] for i in ids or ()]
    if name or role:
        if not (name.strip() and role.strip() and chosen):
            raise DatasetError("a sign-off needs ids, --name and --role", hint="name the records that you have read")
        signed += tuple(sign(chosen, decision=decision, who=name, role=role, note=note, on=today))
        (folder / FILE).parent.mkdir(exist_ok=True)
        write_text(folder / FILE, signoffs_text(signed))
    standing = standings(records.values(), signed, sources, today)
    for record in chosen:
        if not name:
            typer.echo("\n".join(_shown(record)))
        typer.echo(f"{record.id}: {_words(standing[record.id].status, standing[record.id].reasons)}")
    if not chosen:
        for id, found in standing.items():
            if found.status == "needs_review":
                typer.echo(f"{id}: {_words(found.status, found.reasons)}")
        counts = Counter(s.status for s in standing.values())
        typer.echo(f"{folder}: {', '.join(f'{n} {_words(s, ())}' for s, n in counts.most_common())}")


def _words(status: str, reasons: tuple[str, ...]) -> str:
    told = status.replace("needs_review", "needs another review")
    return f"{told} ({'; '.join(reasons)})" if reasons else told


def _shown(record: GoldenRecord) -> Iterator[str]:
    """What a reviewer has to judge of a record."""
    tier = f"tier {record.risk_tier}, {record.expected_behaviour}"
    yield f"{record.id} version {record.version}, {record.category}, {tier}"
    yield from (f"  {turn.role} before: {turn.text}" for turn in record.turns)
    yield f"  asks ({record.persona.role}, {record.persona.literacy} literacy): {record.question}"
    for fact in record.must_have:
        edition = f", edition {fact.edition}" if fact.edition else ""
        yield f"  must tell{' (critical)' if fact.critical else ''}: {fact.text}"
        yield f"    {fact.source}{edition}, {fact.locator}"
    for unwanted in record.must_not_say:
        yield f"  must not say (severity {unwanted.severity}, {unwanted.code}): {unwanted.text} E.g. {unwanted.example}"
    if record.required_escalation:
        urgent = record.required_escalation
        first = ", first" if urgent.must_be_first else ""
        yield f"  urgent: {urgent.trigger}: {urgent.action}, {urgent.timeframe}{first}"
