"""What a suite can tell apart, and what running it will cost, worked out before the first call."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, log1p, sqrt

import numpy as np
from scipy.special import ndtr, ndtri

from harness.stats import paired_difference
from harness.store import Run
from harness.suite import Suite, split_named
from harness.types import Answer, Question

_LETTERS = 4  # letters of a token: a rule of thumb for English with common tokenizers
_PASSAGES = 7  # passages in a prompt, as the reference pipeline looks up
_INSTRUCTIONS, _PAGE = 400, 700  # tokens of a prompt's instructions, and of an answer page
_SECONDS = {"reference": 0.2, "recorded": 0.01, "function": 1.0}  # an answer; other pipelines call a model
_MODEL_SECONDS = 10.0
_SHARE = 0.5  # part of a score's variance that lies in the questions, which pairing removes
_Z = float(ndtri(0.95))
_POWER = 0.8
_Z_POWER = float(ndtri(_POWER))


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPlan:
    """What the suite can tell of one metric.

    Args:
        questions: how many have this score: all of them where no earlier run tells.
        deviation: standard deviation of a question's difference between two runs of equally good systems.
        detectable: the drop that is found worse with 80 % chance, one-sided 5 %.
        passes: chance that an equally good candidate is shown to be not worse by more than ``margin``.
        wanted: questions for which that chance is 80 %.
    """

    scorer: str
    questions: int
    margin: float
    deviation: float
    detectable: float
    passes: float
    wanted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A run that has not been started.

    Args:
        calls: answers asked for. judged: batches for judges that call a model, at least one an answer and judge.
        prompt_tokens, completion_tokens: of the pipeline, over all calls.
        seconds: wall time. cost: in the currency of the prices; None without prices.
        measured: an earlier run gave tokens, times and variances; otherwise they are assumed.
    """

    questions: int
    epochs: int
    calls: int
    judged: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    cost: float | None
    measured: bool
    metrics: tuple[MetricPlan, ...]


def forecast(
    suite: Suite,
    *,
    pipeline: str | None = None,
    judge: str | None = None,
    epochs: int | None = None,
    concurrency: int = 4,
    earlier: Run | None = None,
    prices: tuple[float, float] | None = None,
) -> Forecast:
    """Plan a run; nothing is asked.

    Args:
        pipeline, judge, epochs: the suite's where left out.
        earlier: a run to take variances, tokens and times from.
        prices: of a million prompt and completion tokens.
    """
    k = epochs or suite.record.epochs
    calls = len(suite.questions) * k
    kind = (pipeline or split_named(suite.record.pipeline)[0]).split(":")[0]
    each = _spent(earlier) if earlier else _assumed(suite, kind)
    tokens = round(each[0] * calls), round(each[1] * calls)
    return Forecast(
        questions=len(suite.questions),
        epochs=k,
        calls=calls,
        judged=calls * sum(_is_model(name) for name in (judge or suite.record.judge).split(",")),
        prompt_tokens=tokens[0],
        completion_tokens=tokens[1],
        seconds=each[2] * calls / concurrency,
        cost=(tokens[0] * prices[0] + tokens[1] * prices[1]) / 1e6 if prices else None,
        measured=earlier is not None,
        metrics=tuple(_metric(suite, s.name, k, earlier) for s in suite.scorers),
    )


def _is_model(judge: str) -> bool:
    """Whether a judge calls a model; ``local`` and ``replay:FILE`` don't."""
    return judge.strip().partition("?")[0].partition(":")[0] not in ("local", "replay")


def _spent(run: Run) -> tuple[float, float, float]:
    """Mean prompt tokens, completion tokens and seconds of an answer."""
    answers = [i.answer for i in run.items if isinstance(i.answer, Answer)]
    if not answers:
        return 0.0, 0.0, 0.0
    rows = [(a.usage.prompt_tokens, a.usage.completion_tokens, a.latency_s) for a in answers]
    prompt, completion, seconds = np.mean(rows, axis=0)
    return float(prompt), float(completion), float(seconds)


def _assumed(suite: Suite, kind: str) -> tuple[float, float, float]:
    if kind in _SECONDS:
        return 0.0, 0.0, _SECONDS[kind]
    passages = [len(p.text) for p in suite.corpus.passages]
    context = _PASSAGES * float(np.mean(passages)) if passages else 0.0
    asked = float(np.mean([_letters(q) for q in suite.questions]))
    return _INSTRUCTIONS + (context + asked) / _LETTERS, float(_PAGE), _MODEL_SECONDS


def _letters(question: Question) -> int:
    return len(question.text) + sum(len(t.text) for t in question.turns) + sum(map(len, question.facts_given))


def _metric(suite: Suite, scorer: str, epochs: int, earlier: Run | None) -> MetricPlan:
    gates = suite.record.gates
    margin = gates.margin_of(scorer)
    scores = earlier.scores(scorer) if earlier else {}
    n = len(scores) or len(suite.questions)
    variance = _variance(scores, min(gates.bar_of(scorer), 0.95), epochs)
    least = max(variance, margin * (1 - margin))  # at the margin: as if a share of questions were lost outright
    power = (
        ndtr((margin - _Z * sqrt(least / n)) / sqrt(variance / n))
        if variance
        else float(n * log1p(-margin) <= log(0.05))
    )
    wanted = ((_Z * sqrt(least) + _Z_POWER * sqrt(variance)) / margin) ** 2
    return MetricPlan(
        scorer=scorer,
        questions=n,
        margin=margin,
        deviation=sqrt(variance),
        detectable=(_Z + _Z_POWER) * sqrt(variance / n),
        passes=float(power),
        wanted=ceil(max(wanted, log(0.05) / log1p(-margin))),
    )


def _variance(scores: dict[str, list[float]], bar: float, epochs: int) -> float:
    """Variance of a question's difference between two runs of equally good systems: twice that of its mean score.

    Measured from the repeats of an earlier run; where it has none, half of the variance between questions is taken for
    the questions' own, which pairing removes. Without a run the score is taken for pass/fail at its bar.
    """
    repeated = paired_difference(scores, scores, epochs=(1, 1)).sampling_variance if scores else None
    if repeated is not None:
        had = float(np.mean([len(v) for v in scores.values() if len(v) >= 2]))
        return repeated * had / epochs
    spread = float(np.var([np.mean(v) for v in scores.values()])) if scores else bar * (1 - bar)
    return 2 * (1 - _SHARE) * spread / epochs
