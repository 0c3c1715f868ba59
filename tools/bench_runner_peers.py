"""Runners of other tools, each making one bare chat call a question; run by ``bench_runner.py`` in their environments.

``bench_runner_peers.py NAME URL QUESTIONS CONCURRENCY ROUNDS`` prints the median wall time of a round in seconds, after
a first small round that warms everything up.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

MODEL = "bench"
PEERS = {"ragas": ".venv-judges", "deepeval": ".venv-judges", "inspect": ".venv-inspect"}  # and their environments
Round = Callable[[int], None]


def bare(url: str) -> Callable[[int], Any]:
    """One chat call through the openai client, as a coroutine function."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=f"{url}/v1", api_key="bench")

    async def ask(number: int) -> str:
        reply = await client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": f"Question {number}"}]
        )
        return reply.choices[0].message.content or ""

    return ask


def ragas(url: str, concurrency: int) -> Round:
    """ragas' executor, which runs its evaluations."""
    from ragas.executor import Executor
    from ragas.run_config import RunConfig

    def go(questions: int) -> None:
        ask = bare(url)  # a client belongs to one event loop
        executor = Executor(show_progress=False, raise_exceptions=True, run_config=RunConfig(max_workers=concurrency))
        for number in range(questions):
            executor.submit(ask, number)
        if executor.results() != ["yes"] * questions:
            raise RuntimeError("a question was not answered")

    return go


def deepeval(url: str, concurrency: int) -> Round:
    """deepeval's ``evaluate`` with a metric that makes one call."""
    from deepeval import evaluate
    from deepeval.evaluate.configs import AsyncConfig, CacheConfig, DisplayConfig
    from deepeval.metrics import BaseMetric
    from deepeval.test_case import LLMTestCase

    def go(questions: int) -> None:
        ask = bare(url)

        class OneCall(BaseMetric):  # type: ignore[misc]
            threshold = 0.5

            def measure(self, case: Any, *_: Any, **__: Any) -> float:
                raise NotImplementedError

            async def a_measure(self, case: Any, *_: Any, **__: Any) -> float:
                self.score = float(await ask(0) == "yes")
                self.success = self.score == 1.0
                return self.score

            def is_successful(self) -> bool:
                return bool(self.success)

            @property
            def __name__(self) -> str:
                return "one call"

        cases = [LLMTestCase(input=f"Question {i}", actual_output="yes") for i in range(questions)]
        done = evaluate(
            test_cases=cases,
            metrics=[OneCall()],
            async_config=AsyncConfig(max_concurrent=concurrency),
            display_config=DisplayConfig(show_indicator=False, print_results=False),
            cache_config=CacheConfig(write_cache=False, use_cache=False),
        )
        if not all(r.success for r in done.test_results):
            raise RuntimeError("a question was not answered")

    return go


def inspect(url: str, concurrency: int) -> Round:
    """Inspect's ``eval`` of a task that generates and scores nothing."""
    from inspect_ai import Task
    from inspect_ai import eval as evaluate
    from inspect_ai.dataset import Sample
    from inspect_ai.model import GenerateConfig, get_model
    from inspect_ai.solver import generate

    model = get_model(
        f"openai/{MODEL}",
        base_url=f"{url}/v1",
        api_key="bench",
        config=GenerateConfig(max_connections=concurrency),
        responses_api=False,  # the server speaks chat completions
    )

    def go(questions: int) -> None:
        samples = [Sample(input=f"Question {i}", target="yes") for i in range(questions)]
        (log,) = evaluate(
            Task(dataset=samples, solver=generate()),
            model=model,
            max_samples=concurrency,
            display="none",
            log_dir="logs",
            score=False,
        )
        if log.status != "success":
            raise RuntimeError(f"the evaluation ended with {log.status}")

    return go


def main() -> int:
    """Measure one of them."""
    name, url, *numbers = sys.argv[1:]
    questions, concurrency, rounds = map(int, numbers)
    go = {"ragas": ragas, "deepeval": deepeval, "inspect": inspect}[name](url, concurrency)
    go(concurrency)
    walls = []
    for _ in range(rounds):
        start = perf_counter()
        go(questions)
        walls.append(perf_counter() - start)
    print(median(walls))
    return 0


if __name__ == "__main__":
    sys.exit(main())
