from __future__ import annotations

import numpy as np
import pytest

from harness.noninferiority import NonInferiority, noninferiority
from harness.stats import holm, paired_difference, pass_hat_k, unsteady, worst_of


def sides(differences: list[float], *, base: float = 1.0) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    return (
        {str(i): [base] for i in range(len(differences))},
        {str(i): [base + d] for i, d in enumerate(differences)},
    )


def decide(differences: list[float], *, margin: float = 0.03, base: float = 1.0) -> NonInferiority:
    d = paired_difference(*sides(differences, base=base), epochs=(1, 1))
    return noninferiority({"m": d}, {"m": margin})["m"]


def test_the_three_decisions() -> None:
    assert decide([0.0] * 120).decision == "not worse"
    assert decide([-1.0] * 12 + [0.0] * 108).decision == "worse"
    open_one = decide([0.0] * 30)
    assert open_one.decision == "open"
    assert open_one.advice == "about 69 more questions would decide"


def test_worse_by_less_than_the_margin_is_not_worse() -> None:
    test = decide([-0.005] * 400)
    assert test.p_worse > 0.05 or test.mean < 0
    assert test.decision == "not worse"


def test_a_better_mean_does_not_pass_on_few_questions() -> None:
    assert decide([0.1, -0.1, 0.1, 0.1], base=0.5).decision == "open"


def test_the_advice_names_epochs_where_the_noise_is_within_questions() -> None:
    rng = np.random.default_rng(5)
    base = {str(i): list((rng.random(2) < 0.7).astype(float)) for i in range(120)}
    cand = {str(i): list((rng.random(2) < 0.7).astype(float)) for i in range(120)}
    d = paired_difference(base, cand, epochs=(2, 2))
    test = noninferiority({"m": d}, {"m": abs(d.mean or 0) + 0.05})["m"]
    assert test.decision == "open"
    assert "more questions or" in test.advice
    assert "more epoch" in test.advice


def test_what_is_missing_counts_against_the_candidate() -> None:
    base, cand = sides([0.0] * 200)
    for i in range(20):
        del cand[str(i)]
    d = paired_difference(base, cand, epochs=(1, 1))
    test = noninferiority({"m": d}, {"m": 0.03})["m"]
    assert test.decision == "open"
    assert "measure the 20 questions" in test.advice


def test_losing_the_bad_epochs_of_a_question_is_one_sided() -> None:
    base = {str(i): [1.0, 1.0, 0.0, 0.0] for i in range(100)}
    cand = {str(i): [1.0, 1.0] for i in range(100)}
    d = paired_difference(base, cand, epochs=(4, 4))
    assert (d.mean, d.one_sided, d.low_if_missing) == (0.5, 100, 0.0)


def test_runs_with_other_numbers_of_epochs_pair_by_question() -> None:
    base = {str(i): [0.5] for i in range(10)}
    cand = {str(i): [0.0, 1.0, 0.5, 0.5] for i in range(10)}
    d = paired_difference(base, cand, epochs=(1, 4))
    assert (d.mean, d.pairs, d.one_sided, d.epochs, d.sampling_variance) == (0.0, 10, 0, 1, None)


def test_holm_as_statsmodels_has_it() -> None:
    told = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005, "e": 0.2})
    assert list(told.values()) == pytest.approx([0.04, 0.09, 0.09, 0.025, 0.2])


def test_worse_is_corrected_for_the_number_of_metrics() -> None:
    slight = paired_difference(*sides([-1.0] * 5 + [0.0] * 45), epochs=(1, 1))
    equal = paired_difference(*sides([0.0] * 50), epochs=(1, 1))
    alone = noninferiority({"a": slight}, {"a": 0.03})["a"]
    among = noninferiority(
        {"a": slight} | {str(i): equal for i in range(7)}, {"a": 0.03} | {str(i): 0.03 for i in range(7)}
    )
    assert alone.decision == "worse"
    assert among["a"].p_worse == pytest.approx(8 * alone.p_worse)
    assert among["a"].decision == "open"


def test_pass_hat_k_counts_ways_to_draw_k_passes() -> None:
    scores = {"a": [1.0, 1.0, 1.0, 0.0], "b": [1.0, 1.0, 1.0, 1.0], "c": [1.0]}
    assert pass_hat_k(scores, bar=1.0, k=2) == {"a": pytest.approx(0.5), "b": 1.0}
    assert unsteady(scores, bar=1.0) == ("a",)
    assert worst_of(scores) == {"a": [0.0], "b": [1.0], "c": [1.0]}
