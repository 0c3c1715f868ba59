"""Corrected rates: by hand, by the other two formulas for them, and in simulation."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from harness.review.rates import Unit, corrected

TOOL = Path(__file__).parents[2] / "tools/review_coverage.py"


def units(stratum: str, *, flagged: bool | None, drawn: int, failing: int, rest: int) -> list[Unit]:
    def unit(n: int, *, read: bool) -> Unit:
        cluster = f"{stratum}-{flagged}-{n}"
        truth = n < failing if read else None
        return Unit(stratum=stratum, cluster=cluster, flagged=flagged, drawn=read, truth=truth)

    return [unit(n, read=n < drawn) for n in range(drawn + rest)]


SAMPLE = [
    *units("serious", flagged=True, drawn=20, failing=8, rest=0),
    *units("random", flagged=True, drawn=4, failing=3, rest=16),
    *units("random", flagged=False, drawn=30, failing=3, rest=130),
]


def test_by_hand() -> None:
    told = corrected("x", SAMPLE)
    assert told.raw.value == pytest.approx(40 / 200)
    assert told.value == pytest.approx((8 + 20 * 3 / 4 + 160 * 3 / 30) / 200)
    assert told.sensitivity.value == pytest.approx((8 + 15) / (8 + 15 + 16))
    assert told.specificity.value == pytest.approx(144 / (144 + 12 + 5))
    assert (told.drawn, told.decided, told.failing) == (54, 54, 14)


def test_it_is_the_prediction_powered_and_the_rogan_gladen_estimate() -> None:
    told = corrected("x", SAMPLE)
    weights = {("serious", True): 1.0, ("random", True): 5.0, ("random", False): 160 / 30}
    errors = sum((u.truth - u.flagged) * weights[u.stratum, u.flagged] for u in SAMPLE if u.truth is not None)
    assert told.value == pytest.approx((sum(u.flagged for u in SAMPLE) + errors) / len(SAMPLE))
    raw, se, sp = told.raw.value, told.sensitivity.value, told.specificity.value
    assert told.value == pytest.approx((raw + sp - 1) / (se + sp - 1))


def test_all_read_leaves_the_chance_of_the_questions() -> None:
    told = corrected("x", units("serious", flagged=True, drawn=50, failing=10, rest=0))
    assert told.value == pytest.approx(0.2)
    assert told.interval.low == pytest.approx(0.1124, abs=1e-3)  # Wilson, 10 of 50
    assert told.interval.high == pytest.approx(0.3304, abs=1e-3)


def test_what_is_open_counts_both_ways() -> None:
    settled = corrected("x", SAMPLE)
    opened = [
        Unit(stratum=u.stratum, cluster=u.cluster, flagged=u.flagged, drawn=u.drawn, truth=None)
        if u.cluster in ("random-False-0", "random-False-29")
        else u
        for u in SAMPLE
    ]
    told = corrected("x", opened)
    assert told.decided == settled.decided - 2
    assert told.interval.low < settled.interval.low
    assert told.interval.high > settled.interval.high


def test_a_part_that_nobody_read_has_no_rate() -> None:
    told = corrected("x", [*SAMPLE, *units("informative", flagged=False, drawn=0, failing=0, rest=40)])
    assert told.value is None
    assert told.small
    assert told.interval.high - told.interval.low > 40 / 240


def test_an_unread_cell_is_stood_for_by_its_stratum() -> None:
    told = corrected(
        "x",
        [
            *units("random", flagged=True, drawn=0, failing=0, rest=5),
            *units("random", flagged=False, drawn=20, failing=2, rest=75),
        ],
    )
    assert told.value == pytest.approx(0.1)
    assert told.sensitivity.value == 0.0


def test_what_the_tool_could_not_measure_is_no_pass() -> None:
    told = corrected("x", units("random", flagged=None, drawn=10, failing=5, rest=10))
    assert told.raw.value is None
    assert told.value == pytest.approx(0.5)
    assert told.sensitivity.value is None
    with pytest.raises(ValueError, match="no answers"):
        corrected("x", [])


def test_a_small_sample_says_what_would_help() -> None:
    told = corrected("x", units("random", flagged=False, drawn=8, failing=1, rest=92))
    assert told.small
    assert 8 < told.more <= 92
    assert not corrected("x", SAMPLE + units("tier R3", flagged=False, drawn=200, failing=6, rest=0)).small


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("review_coverage", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["review_coverage"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["many false alarms", "a category, misses", "three epochs"])
def test_the_interval_holds_the_truth_where_the_raw_one_does_not(tool: ModuleType, name: str) -> None:
    world = next(w for w in tool.WORLDS if w.name == name)
    told = tool.coverage(world, repeats=150, seed=3)
    assert told["corrected"] >= 0.92  # 150 repeats; tools/review_coverage.py runs 1000
    assert told["raw"] < 0.5
    assert abs(told["bias"]) < 0.01
