"""Light work for worker processes: each of them imports this module."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.onnx import usable_cores


@dataclass(frozen=True)
class Squares:
    """Squares numbers; a process that is given a deadly one dies, each time or only until the mark is there.

    With an awaited file, none is begun before that is there, for a minute at most.
    """

    deadly: int = -1
    mark: Path | None = None
    awaited: Path | None = None

    def __call__(self, batch: Sequence[int]) -> list[str]:
        if self.deadly in batch and not (self.mark and self.mark.exists()):
            if self.mark:
                self.mark.touch()
            os._exit(9)
        end = time.monotonic() + 60
        while self.awaited and not self.awaited.exists() and time.monotonic() < end:
            time.sleep(0.01)
        return [f"{n * n}" for n in batch]

    def split(self, batch: Sequence[int]) -> list[Sequence[int]]:
        return [(n,) for n in batch]

    def lost(self, batch: Sequence[int]) -> list[str]:
        return [f"lost {n}" for n in batch]


class Shares(Squares):
    """Tells, instead of squares, on how many cores its process counts."""

    def __call__(self, batch: Sequence[int]) -> list[str]:
        return [str(usable_cores()) for _ in batch]
