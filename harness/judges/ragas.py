"""ragas' Faithfulness as judge: one claim is the answer, one passage its context, and the score the probability."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import JudgeError
from harness.judges.canaries import canaries, judge_beside_canaries
from harness.judges.endpoint import Endpoint, JudgeOptions, open_endpoint
from harness.judges.extras import extra_version, load_extra
from harness.types import Support

_VERSION = 1
_QUESTION = "What does the text say?"  # ragas wants one; it only helps it to resolve pronouns


@dataclass(frozen=True, slots=True, kw_only=True)
class RagasJudge:
    """Two requests a pair: the claim is taken apart into statements, and each is judged 0 or 1.

    Supported is a claim of which every statement is; ragas doesn't tell contradicted from not found.
    """

    endpoint: Endpoint
    metric: Any
    model: Any
    version: str

    @property
    def id(self) -> str:
        """The version of ragas, the model, its endpoint, and the hash of the canaries."""
        return f"ragas@{_VERSION}:{self.version}:faithfulness:{self.endpoint.id}:canaries={canaries().digest}"

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        """One Support for each (passage, claim).

        Raises:
            JudgeError: if the endpoint fails, a reply can't be read, ragas gives no number (NaN), or a canary is
                judged wrong.
        """
        return judge_beside_canaries(self.endpoint.judge, pairs, lambda all_of: self.endpoint.each(self._judge, all_of))

    def _judge(self, pair: tuple[str, str]) -> Support:
        passage, claim = pair
        model = self.model(self.endpoint)
        scoring = self.metric(llm=model).ascore(user_input=_QUESTION, response=claim, retrieved_contexts=[passage])
        try:
            score = float(asyncio.run(scoring).value)
        except JudgeError:
            raise
        except Exception as problem:  # foreign code; its words may quote the page
            raise JudgeError(f"judge {self.endpoint.judge}: ragas raised {type(problem).__name__}") from None
        if not math.isfinite(score):
            raise JudgeError(f"judge {self.endpoint.judge}: ragas found no statement to judge, so there is no score")
        model.check()
        return Support(probability=score, label="supported" if score == 1.0 else "not_found")


def load_ragas(model: str, options: Mapping[str, str]) -> RagasJudge:
    """Build ``ragas:MODEL``; raises JudgeError for a missing extra or key, or an unknown option."""
    metric = load_extra("ragas.metrics.collections").Faithfulness
    endpoint, _ = open_endpoint("ragas", model, options, JudgeOptions)
    return RagasJudge(endpoint=endpoint, metric=metric, model=_model_class(), version=extra_version("ragas"))


def _model_class() -> Any:
    base = load_extra("ragas.llms.base").InstructorBaseRagasLLM

    class Model(base):  # type: ignore[misc, valid-type]
        """Our endpoint as ragas wants a model; keeps the two replies of one claim."""

        def __init__(self, endpoint: Endpoint) -> None:
            self._endpoint = endpoint
            self._replies: list[Any] = []

        def generate(self, prompt: str, response_model: Any) -> Any:
            self._replies.append(self._endpoint.reply(prompt, response_model))
            return self._replies[-1]

        async def agenerate(self, prompt: str, response_model: Any) -> Any:
            return self.generate(prompt, response_model)  # each pair has a thread and a loop of its own

        def check(self) -> None:
            """ragas scores what came back; raises JudgeError unless every statement got a 0 or a 1."""
            told, judged = (reply.statements for reply in self._replies)
            if len(told) != len(judged) or any(one.verdict not in (0, 1) for one in judged):
                where = f"judge {self._endpoint.judge}"
                raise JudgeError(f"{where}: {len(judged)} verdicts on {len(told)} statements, or one beside 0 and 1")

    return Model
