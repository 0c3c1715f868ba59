"""What a judge takes: pairs, time and tokens, counted around its calls."""

from __future__ import annotations

import time
from collections.abc import Sequence

from harness.pipelines.call import current
from harness.types import Judge, Support, Usage


class MeteredJudge:
    """A judge that counts what it takes, for one answer; calls that fail count too.

    Attributes:
        pairs: passage and claim pairs it was asked about; seconds: of wall-clock time; spent: tokens it told of.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.pairs, self.seconds, self.spent = 0, 0.0, Usage()

    @property
    def id(self) -> str:
        """The id of the judge behind it."""
        return self._judge.id

    @property
    def crosses_languages(self) -> bool:
        """Whether the judge behind it can lay a passage beside a claim in another language."""
        return bool(getattr(self._judge, "crosses_languages", True))

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        """What the judge behind it says."""
        before, started = current().spent, time.perf_counter()
        try:
            return self._judge.support(pairs)
        finally:
            after = current().spent
            self.pairs += len(pairs)
            self.seconds += time.perf_counter() - started
            self.spent = self.spent.plus(
                Usage(
                    prompt_tokens=after.prompt_tokens - before.prompt_tokens,
                    completion_tokens=after.completion_tokens - before.completion_tokens,
                )
            )
