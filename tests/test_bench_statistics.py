"""The simulation prints every cell it promises and finds what clustering is for; its rates are judged by ``make bench``."""

from __future__ import annotations

import json

import pytest

from tools.bench_statistics import CELLS, main, simulate


def test_every_cell_is_simulated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--simulations", "2", "--json"]) in (0, 1)
    told = json.loads(capsys.readouterr().out)
    assert [(r["scores"], r["epochs"]) for r in told["rows"]] == [(name, k) for name in CELLS for k in (1, 4)]


def test_repeats_taken_for_questions_of_their_own_cover_too_little() -> None:
    row = simulate("rare losses", 4, n=121, margin=0.03, simulations=60, seed=1)
    assert row.naive_coverage_difference < 0.8 < row.coverage_difference
    assert row.false_pass < row.naive_false_pass


@pytest.mark.parametrize("arguments", [["--simulations", "0"], ["--margin", "0.5"]])
def test_wrong_numbers_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
