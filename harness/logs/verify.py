"""An audit of a log held against itself: hash chain, commitments, erasures, manifest and summary."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.errors import DatasetError
from harness.logs.counts import Counts
from harness.logs.folder import (
    JOURNAL,
    MANIFEST,
    SUMMARY,
    VERSION,
    WORDS,
    Erasure,
    State,
    read_batches,
    read_manifest,
    read_summary,
    refuse_unfinished,
)

OWN = frozenset({MANIFEST, JOURNAL, WORDS, SUMMARY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An audit that is intact; it is whole where it came to its end."""

    rows: int
    whole: bool
    signature: str
    erasures: tuple[Erasure, ...]

    def lines(self) -> list[str]:
        """What was found, for a terminal."""
        state = "intact" if self.whole else "intact but incomplete"
        told = [f"erased {e.day}: {_rows(e.rows)} ({e.reason})" for e in self.erasures]
        return [f"{state}: {self.rows} rows, {self.signature}", *told]


def verify_audit(folder: Path) -> Checked:
    """Hold a folder's manifest, words and summary against its journal.

    Raises:
        DatasetError: naming the first record or file that was altered or is gone.
        IncompleteError: where an erasure was begun and not finished.
    """
    manifest = read_manifest(folder)
    if manifest.get("audit") != VERSION:
        hint = "it was written by an older harness: delete it, and audit again"
        raise DatasetError(f"{folder}: an audit that can't be verified", hint=hint)
    state, counts = State(), Counts()
    if (folder / JOURNAL).is_file():
        for batch in read_batches(folder, state):
            for record in batch:
                counts.add(record)
    refuse_unfinished(folder, state)
    if state.rows and state.manifest != manifest:
        raise DatasetError(f"{folder / MANIFEST}: differs from the journal's copy", hint="the file was altered")
    whole = (folder / SUMMARY).is_file()
    if whole and read_summary(folder) != counts.to_json():
        raise DatasetError(f"{folder / SUMMARY}: differs from the journal", hint="--resume writes it again")
    return Checked(
        rows=state.rows, whole=whole, signature=str(manifest.get("signature")), erasures=tuple(state.erasures)
    )


def _rows(rows: tuple[int, ...]) -> str:
    """``row 7``, ``rows 1-3, 7``: a run of numbers as its ends."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and runs[-1][-1] == row - 1:
            runs[-1][1:] = [row]
        else:
            runs.append([row])
    told = ", ".join("-".join(map(str, run)) for run in runs)
    return f"row {told}" if len(rows) == 1 else f"{len(rows)} rows {told}"
