from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.logs.audit import Executor, Job, audit_log
from harness.logs.counts import Counts
from harness.logs.scoring import Ruler

AS_OF = dt.date(2026, 11, 22)
FINE = "Letrozole may cause joint pain. Ask your care team about it."
SEVERE = "Skip your tamoxifen tonight."


def jsonl(path: Path, rows: Iterable[Any]) -> Path:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows))
    return path


def job(*files: Path, workers: int = 1, executor: Executor = "local", **ruler: Any) -> Job:
    paths = tuple(sorted(ruler.pop("paths", {}).items()))
    made = Ruler(judge="none", as_of=AS_OF, paths=paths, **ruler)
    return Job(files=files, ruler=made, workers=workers, executor=executor)


def audit(one: Job, folder: Path | None = None, *, resume: bool = False) -> Counts:
    return audit_log(one, folder, resume=resume, progress=lambda done, total: None, warn=lambda line: None)
