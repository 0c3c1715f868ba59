from __future__ import annotations

from math import sqrt
from pathlib import Path

import pytest

from harness.noninferiority import noninferiority
from harness.planning import forecast
from harness.stats import paired_difference
from harness.suite import load_suite
from harness.types import Answer, Query, Usage
from tests.conftest import make_suite, run_scripted


def test_detectable_differences_follow_the_normal_power_formula() -> None:
    """statsmodels 0.15.0: normal_sample_size_one_tail(diff=0.03, power=0.8, alpha=0.05, std_null=0.2) = 274.78."""
    n = 275
    plan = forecast(make_suite(n, minimum=0.5), epochs=1)
    (m,) = plan.metrics
    assert m.deviation == pytest.approx(0.5)
    assert m.detectable * 0.2 / 0.5 == pytest.approx(0.03, rel=0.001)


def test_more_epochs_and_wider_margins_help() -> None:
    once, often = (forecast(make_suite(100, minimum=0.9), epochs=k).metrics[0] for k in (1, 4))
    assert often.detectable == pytest.approx(once.detectable / 2)
    assert often.passes > once.passes
    wide = forecast(make_suite(100, minimum=0.9, margin=0.1), epochs=1).metrics[0]
    assert wide.passes > once.passes
    assert wide.wanted < once.wanted


def test_no_suite_below_three_over_its_margin_is_called_large_enough() -> None:
    (m,) = forecast(make_suite(20, minimum=1.0), epochs=100).metrics
    assert m.wanted >= 99
    assert m.passes < 0.5


def test_the_smoke_suites_margins_fit_its_size() -> None:
    metrics = {m.scorer: m for m in forecast(load_suite("evals/smoke.yaml")).metrics}
    assert {name: m.wanted for name, m in metrics.items() if m.wanted > m.questions} == {}
    two = paired_difference({"a": [1.0], "b": [1.0]}, {"a": [1.0], "b": [1.0]}, epochs=(1, 1))  # the emergencies
    margin = metrics["escalation"].margin
    assert noninferiority({"escalation": two}, {"escalation": margin})["escalation"].decision == "not worse"


def test_a_score_without_variance_is_planned_by_the_exact_rule(tmp_path: Path) -> None:
    earlier = run_scripted(tmp_path / "r", suite=make_suite(2))
    for margin, passes in ((0.77, 0.0), (0.78, 1.0)):  # 0.23 ** 2 > 0.05 > 0.22 ** 2
        (m,) = forecast(make_suite(2, margin=margin), earlier=earlier).metrics
        assert m.passes == passes
        assert (m.wanted <= 2) == bool(passes)


def test_calls_tokens_and_cost() -> None:
    plan = forecast(make_suite(10), pipeline="openai:some-model", judge="llm:x", epochs=3, prices=(2.0, 8.0))
    assert (plan.calls, plan.judged) == (30, 30)
    assert plan.prompt_tokens > 30 * 400
    assert plan.cost == pytest.approx((plan.prompt_tokens * 2 + plan.completion_tokens * 8) / 1e6)
    free = forecast(make_suite(10))
    assert (free.prompt_tokens, free.cost, free.judged, free.measured) == (0, None, 0, False)


def test_an_earlier_run_gives_tokens_times_and_variances(tmp_path: Path) -> None:
    def say(query: Query) -> Answer:
        usage = Usage(prompt_tokens=100, completion_tokens=20)
        return Answer(text=f"GOOD {5 + 2 * query.epoch}", usage=usage, latency_s=2.0)

    earlier = run_scripted(tmp_path / "r", say, suite=make_suite(8), epochs=2)
    plan = forecast(make_suite(8), epochs=4, concurrency=2, earlier=earlier)
    assert (plan.prompt_tokens, plan.completion_tokens, plan.seconds) == (3200, 640, 32.0)
    assert plan.measured
    assert plan.metrics[0].deviation == pytest.approx(sqrt(2 * 0.02 / 4))
