"""The baseline: a verified copy of a whole run that candidates are compared with."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from harness.errors import DatasetError, HarnessError
from harness.seal import write_seal
from harness.shards import refuse_shard
from harness.store import ANSWERS, JOURNAL, MANIFEST, OUTCOMES, Run, verify_run

_FILES = (JOURNAL, MANIFEST, OUTCOMES, ANSWERS)


def write_baseline(run: str | Path, folder: Path) -> Run:
    """Verify a run and copy it to ``folder``, which afterwards holds the new baseline whole, or still the old one.

    Raises:
        DatasetError: if a record of the run was altered, or it is incomplete.
        SuiteError: if it is a shard.
        HarnessError: if the folder can't be written, or holds something else than a run.
    """
    checked = verify_run(run)
    refuse_shard(checked, "a baseline")
    if len(checked.items) != checked.planned:
        raise DatasetError(
            f"{run}: {len(checked.items)} of {checked.planned} items are finished",
            hint="go on with `harness run SUITE --resume -o DIR` first: an incomplete run is no baseline",
        )
    if folder.is_dir() and any(p.name != ".gitkeep" for p in folder.iterdir()) and not (folder / JOURNAL).is_file():
        raise HarnessError(f"{folder}: holds something else than a run", hint="choose another -o")
    scratch = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    try:
        scratch.mkdir(parents=True)
        for name in _FILES:
            shutil.copyfile(Path(run) / name, scratch / name)
        write_seal(scratch)
        verify_run(scratch)
        if folder.exists():
            folder.rename(old)
        try:
            scratch.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
    except OSError as problem:
        raise HarnessError(f"{folder}: can't write: {problem.strerror}", hint="check the folder and the disk") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    return verify_run(folder)
