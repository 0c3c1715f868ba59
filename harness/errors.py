"""Errors a person can act on: one line that says where and what, plus a hint."""

from __future__ import annotations

from typing import ClassVar


class HarnessError(Exception):
    """Root of every error the harness raises on bad input; the command line prints it and exits with its code.

    Args:
        message: where and what, on one line, e.g. ``golden/03.yaml:14: risk_tier: 'R9' is not a tier``.
        hint: what to do about it, on one line; may be empty.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} (hint: {self.hint})" if self.hint else self.message


class DatasetError(HarnessError):
    """The golden set, corpus, source registry, recorded answers or an audited file can't be used."""


class IncompleteError(HarnessError):
    """Something that was to be measured is not there (yet): never a pass, and no fault of the input."""

    exit_code: ClassVar[int] = 3


class SuiteError(HarnessError):
    """A suite, waiver file, scorer or command-line choice can't be used."""


class PipelineError(HarnessError):
    """A pipeline can't be built as asked (a single failed answer is an ``AnswerError`` value instead)."""


class JudgeError(HarnessError):
    """A judge can't be built, or a batch of judgements can't be had."""
