"""What the app asks of those who draw its pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from harness.review.app.decisions import Decision, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """HTML, and the Content-Security-Policy that lets its own script and style work and nothing else."""

    html: str
    policy: str


class Pages(Protocol):
    """The pages of the app."""

    def sign_in(self, problem: str) -> Page:
        """Where a token is asked for; it says nothing of the run."""
        ...

    def reading(self, data: Mapping[str, Any], decisions: Sequence[Decision], csrf: str) -> Page:
        """The pack's screens, with what the reader decided so far."""
        ...

    def progress(self, viewer: str, standings: Sequence[Standing], csrf: str) -> Page:
        """How far each reader is."""
        ...
