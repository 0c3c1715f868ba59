"""Evaluation and safety-audit harness for AI answers to cancer patients' questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.version import __version__

if TYPE_CHECKING:
    from harness.api import (
        audit,
        columns,
        compare,
        compare_judges,
        compare_many,
        compare_prompts,
        findings,
        load_judge,
        load_run,
        load_suite,
        run,
        run_variants,
        variance,
        verdict,
    )


__all__ = [
    "__version__",
    "audit",
    "columns",
    "compare",
    "compare_judges",
    "compare_many",
    "compare_prompts",
    "findings",
    "load_judge",
    "load_run",
    "load_suite",
    "run",
    "run_variants",
    "variance",
    "verdict",
]


def __getattr__(name: str) -> Any:
    """Load the API on first use, so that ``import harness`` stays quick."""
    if name in __all__:
        from harness import api

        return getattr(api, name)
    raise AttributeError(f"module 'harness' has no attribute {name!r}")
