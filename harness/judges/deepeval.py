"""deepeval's FaithfulnessMetric as judge: one claim is the answer, one passage its context."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import JudgeError
from harness.judges.canaries import canaries, judge_beside_canaries
from harness.judges.endpoint import Endpoint, JudgeOptions, open_endpoint
from harness.judges.extras import extra_version, load_extra
from harness.types import Mismatch, Support

_VERSION = 1
_QUESTION = "What does the text say?"  # deepeval wants one and doesn't use it for faithfulness
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepevalJudge:
    """Three requests a pair: truths of the passage, claims of the claim, and yes, no or borderline for each.

    deepeval scores 1 where it found no claims and by default counts borderline as faithful; here neither is support.
    """

    endpoint: Endpoint
    metric: Any
    case: Any
    model: Any
    version: str

    @property
    def id(self) -> str:
        """The version of deepeval, the model, its endpoint, and the hash of the canaries."""
        return f"deepeval@{_VERSION}:{self.version}:faithfulness:{self.endpoint.id}:canaries={canaries().digest}"

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        """One Support for each (passage, claim).

        Raises:
            JudgeError: if the endpoint fails, a reply can't be read, a claim got no verdict, or a canary is judged
                wrong.
        """
        return judge_beside_canaries(self.endpoint.judge, pairs, lambda all_of: self.endpoint.each(self._judge, all_of))

    def _judge(self, pair: tuple[str, str]) -> Support:
        passage, claim = pair
        case = self.case(input=_QUESTION, actual_output=claim, retrieval_context=[passage])
        try:
            metric = self.metric(
                model=self.model,
                eval_mode="llm",
                include_reason=False,
                async_mode=False,
                penalize_ambiguous_claims=True,
            )
            score = float(metric.measure(case, _show_indicator=False))
        except JudgeError:
            raise
        except Exception as problem:  # foreign code; its words may quote the page
            raise JudgeError(f"judge {self.endpoint.judge}: deepeval raised {type(problem).__name__}") from None
        return self._read(score, claim, metric)

    def _read(self, score: float, claim: str, metric: Any) -> Support:
        """deepeval's verdicts in our words."""
        if not metric.claims:
            return Support(probability=0.0, label="not_found")
        if len(metric.verdicts) != len(metric.claims) or not math.isfinite(score):
            told = f"{len(metric.verdicts)} verdicts on {len(metric.claims)} claims"
            raise JudgeError(f"judge {self.endpoint.judge}: {told}")
        denied = [v for v in metric.verdicts if v.verdict == "no"]
        if denied:
            reason = (denied[0].reason or "").strip()[:_LONGEST_REASON] or "(no reason given)"
            rival = Mismatch(kind="statement", claim=claim, evidence=reason)
            return Support(probability=score, label="contradicted", mismatches=(rival,))
        return Support(probability=score, label="supported" if score == 1.0 else "not_found")


def load_deepeval(model: str, options: Mapping[str, str]) -> DeepevalJudge:
    """Build ``deepeval:MODEL``; raises JudgeError for a missing extra or key, or an unknown option."""
    metric = load_extra("deepeval.metrics").FaithfulnessMetric
    endpoint, _ = open_endpoint("deepeval", model, options, JudgeOptions)
    return DeepevalJudge(
        endpoint=endpoint,
        metric=metric,
        case=load_extra("deepeval.test_case").LLMTestCase,
        model=_model_class()(endpoint),
        version=extra_version("deepeval"),
    )


def _model_class() -> Any:
    base = load_extra("deepeval.models").DeepEvalBaseLLM

    class Model(base):  # type: ignore[misc, valid-type]
        """Our endpoint as deepeval wants a model."""

        def __init__(self, endpoint: Endpoint) -> None:
            self._endpoint = endpoint
            super().__init__(endpoint.options.model)

        def load_model(self) -> Any:
            return self._endpoint.chat

        def generate(self, prompt: str, schema: Any) -> Any:
            return self._endpoint.reply(prompt, schema)

        async def a_generate(self, prompt: str, schema: Any) -> Any:
            return self.generate(prompt, schema)

        def get_model_name(self) -> str:
            return str(self._endpoint.options.model)

    return Model
