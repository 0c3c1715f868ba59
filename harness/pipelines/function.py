"""A system under test as a Python callable: ``function:module:callable``."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import PipelineError
from harness.pipelines.options import CallOptions, read_options
from harness.pipelines.transport import CallFailed, Retry, time_for
from harness.pipelines.wire import answer_from_json
from harness.types import Answer, AnswerError, Query


class FunctionOptions(CallOptions):
    """Options of ``function:module:callable``; a callable is not tried again unless asked."""

    retries: int = 0


@dataclass(frozen=True, slots=True)
class FunctionPipeline:
    """Calls ``callable(query)``, which returns a text, a mapping with ``text``, or an Answer.

    A call that outlasts ``timeout_s`` is given up; Python can't stop its thread, which is left behind.
    """

    id: str
    function: Callable[[Query], object]
    options: FunctionOptions
    prompt_sha: str = ""

    def answer(self, query: Query) -> Answer | AnswerError:
        """What the callable returned; its exceptions become an AnswerError of kind ``crash``."""
        return Retry(retries=self.options.retries).run(f"{query.id}:{query.epoch}", lambda: self._ask(query))

    def _ask(self, query: Query) -> Answer:
        allowed = time_for(self.options.timeout_s, "the callable")
        results: list[object] = []
        crashes: list[BaseException] = []

        def call() -> None:
            try:
                results.append(self.function(query))
            except BaseException as problem:
                crashes.append(problem)

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        thread.join(allowed)
        if crashes:
            raise CallFailed("crash", f"the callable raised {type(crashes[0]).__name__}", transient=True)
        if not results:
            raise CallFailed("timeout", f"the callable took more than {allowed:.3g} s", transient=True)
        return _read_result(results[0])


def load_function(target: str, options: Mapping[str, object] | None) -> FunctionPipeline:
    """Build ``function:module:callable``; modules of the current folder are found too.

    Raises:
        PipelineError: if the module can't be imported or has no such callable.
    """
    read = read_options(FunctionOptions, options, "function")
    module_name, _, name = target.partition(":")
    if not module_name or not name:
        raise PipelineError(f"function:{target}: names no callable", hint="write function:module:callable")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        function: object = importlib.import_module(module_name)
        for part in name.split("."):
            function = getattr(function, part)
    except Exception as problem:
        raise PipelineError(
            f"function:{target}: {type(problem).__name__} on import", hint="check that the module imports by itself"
        ) from problem
    if not callable(function):
        raise PipelineError(f"function:{target}: is not callable", hint="it takes a Query and returns a text or Answer")
    return FunctionPipeline(f"function@1:{target}", function, read)


def _read_result(result: object) -> Answer:
    """An Answer from what a callable may return."""
    if isinstance(result, Answer):
        return result
    if isinstance(result, str):
        return Answer(text=result)
    if not isinstance(result, Mapping):
        raise CallFailed("format", f"the callable returned {type(result).__name__}", transient=False)
    try:
        return answer_from_json(result)
    except ValueError as problem:
        raise CallFailed("format", f"the callable's mapping: {problem}", transient=False) from None
