"""The seal of a run folder: a hash of each of its files, so that ``harness verify`` can name one that was altered.

It is no signature: whoever may write the folder may seal it anew. It finds accidents, and edits by hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from harness.errors import DatasetError
from harness.store import ANSWERS, MANIFEST, OUTCOMES, Run, journal_head, verify_run, write_text

SEAL = "seal.json"
RUN_FILES = (MANIFEST, OUTCOMES, ANSWERS)


def write_seal(folder: Path, now: str = "") -> None:
    """Seal what a run wrote: where its journal ends, and the files that follow from it.

    Reports stay sealed where the journal ends as it did.

    Args:
        now: the hash of the journal's last record, for who has just written it; read from the journal if not given.
    """
    head, known = _read(folder) if (folder / SEAL).is_file() else ("", {})
    now = now or journal_head(folder)
    _write(folder, now, {**(known if head == now else {}), **{name: _sha(folder / name) for name in RUN_FILES}})


def seal_files(folder: Path, files: Iterable[Path]) -> None:
    """Add reports to the seal of a run, or renew them in it; files that lie elsewhere are left alone."""
    if not (folder / SEAL).is_file():
        return
    head, known = _read(folder)
    inside = {f.name: _sha(f) for f in files if f.resolve().parent == folder.resolve()}
    _write(folder, head, {**known, **inside})


def break_seal(folder: Path) -> None:
    """Take the seal off a run that goes on."""
    (folder / SEAL).unlink(missing_ok=True)


def verify_sealed(path: str | Path) -> Run:
    """Read a run back and hold every file of its folder against journal and seal.

    Raises:
        DatasetError: naming the first record or file that was altered or is gone.
    """
    run = verify_run(path)
    folder = run.path
    if not (folder / SEAL).is_file():
        if run.manifest.get("sealed") and len(run.items) == run.planned:
            raise DatasetError(f"{folder / SEAL}: is gone", hint="--resume writes it again from the journal")
        return run
    head, files = _read(folder)
    if head != journal_head(folder):
        raise DatasetError(f"{folder / SEAL}: the journal does not end as it was sealed", hint="records are missing")
    for name, sha in files.items():
        if not (folder / name).is_file():
            raise DatasetError(f"{folder / name}: is gone", hint="`harness report` writes reports again")
        if _sha(folder / name) != sha:
            raise DatasetError(f"{folder / name}: differs from the seal", hint="`harness report` writes reports again")
    return run


def unsealed(run: Run) -> list[str]:
    """Files of a run folder that nothing vouches for."""
    known = _read(run.path)[1] if (run.path / SEAL).is_file() else {}
    own = {SEAL, "journal.jsonl", *RUN_FILES, *known}
    return sorted(p.name for p in run.path.iterdir() if p.name not in own)


def _write(folder: Path, head: str, files: dict[str, str]) -> None:
    write_text(folder / SEAL, json.dumps({"journal": head, "files": files}, indent=1, sort_keys=True) + "\n")


def _read(folder: Path) -> tuple[str, dict[str, str]]:
    """Journal head and file hashes; raises DatasetError where it is no seal."""
    try:
        told = json.loads((folder / SEAL).read_bytes())
        return str(told["journal"]), {str(name): str(sha) for name, sha in told["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DatasetError(f"{folder / SEAL}: not a seal", hint="the file was altered") from None


def _sha(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
