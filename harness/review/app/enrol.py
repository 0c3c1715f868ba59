"""What the commands around the app do: give a person a token and a pack, and write all readers' files."""

from __future__ import annotations

from pathlib import Path

from harness.errors import DatasetError
from harness.review.app import access
from harness.review.app.database import Database
from harness.review.app.decisions import Decisions, add_pack, file_name, file_text
from harness.review.desk import Prepared, prepare_pack
from harness.review.ledger import PackEntry, append, check, run_hash
from harness.review.records import canonical
from harness.review.sampling import SHARE
from harness.store import Run, write_text

TRAIL = "decisions.jsonl"


def default_database(run: Path) -> str:
    """A file beside the run folder: the review record vouches for every file within it."""
    whole = run.resolve()
    return str(whole.with_name(f"{whole.name}.review.sqlite"))


def enrol(
    database: Database,
    run: Run,
    name: str,
    role: access.Role,
    *,
    seed: int = 0,
    share: float = SHARE,
    adjudicate: Path | None = None,
) -> str:
    """Give a person a token; a reader's pack is kept and, once, noted in the review record.

    Raises:
        DatasetError: if the run was altered, the name or role can't be given, or there is nothing to read.
    """
    if (adjudicate is None) == (role == "adjudicator"):
        hint = "--adjudicate MERGED is for an adjudicator, and only for one"
        raise DatasetError(f"--role {role}: {'needs' if adjudicate is None else 'takes no'} merged file", hint=hint)
    name = " ".join(name.split())
    if not name.isprintable() or not 1 <= len(name) <= 120:
        raise DatasetError("--name: not a name", hint="1 to 120 characters, all of them visible")
    prepared = None
    if role == "viewer":
        check(run.path)
    else:
        prepared = prepare_pack(run, name, seed=seed, share=share, adjudicate=adjudicate)
    with database.transaction(write=True) as t:
        token = access.issue(t, run_hash(run.path), name, role, prepared.entry.pack if prepared else "")
        if prepared:
            add_pack(t, prepared)
            _note(run, prepared)
    return token


def _note(run: Run, prepared: Prepared) -> None:
    """Record the pack, so that its file can be merged; a second token for the same pack adds nothing."""
    known = {e.body.pack for e in check(run.path) if isinstance(e.body, PackEntry)}
    if prepared.entry.pack not in known:
        append(run.path, prepared.entry)


def export(database: Database, run: Run, folder: Path) -> list[tuple[Path, str]]:
    """Write each reader's file, and all decisions with who and when; return the files and what each holds.

    Raises:
        DatasetError: naming the first row that was altered, or the folder if it lies in the run.
    """
    if folder.resolve().is_relative_to(run.path.resolve()):
        raise DatasetError(
            f"{folder}: lies in the run folder", hint="the record of the run vouches for all files there"
        )
    decisions = Decisions(database, run_hash(run.path))
    standings = [s for s in decisions.standings() if s.begun]
    if not standings:
        raise DatasetError(f"{database.name}: nobody has read an answer yet", hint="is it this run's database?")
    texts = {file_name(s.reader, s.pack): file_text(decisions.review_file(s.pack)) for s in standings}
    told = {file_name(s.reader, s.pack): f"{s.role}, {s.done} of {s.items} answers done" for s in standings}
    trail = trail_text(decisions)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**texts, TRAIL: trail}.items():
        write_text(folder / name, text)
    return [(folder / name, told.get(name, f"{trail.count(chr(10))} decisions")) for name in (*texts, TRAIL)]


def trail_text(decisions: Decisions) -> str:
    """All decisions, a line each."""
    rows = [d for s in decisions.standings() for d in decisions.trail(s.pack)]
    return "".join(f"{canonical(d.model_dump(mode='json'))}\n" for d in rows)
