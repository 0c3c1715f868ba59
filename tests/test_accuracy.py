"""Page 1 quotes what was measured of a judge, by its id, and says so where nothing was."""

from __future__ import annotations

import datetime as dt
import importlib
from pathlib import Path
from typing import Any

import pytest

from harness.accuracy import (
    LOCAL,
    Measurement,
    Seen,
    Triple,
    Trust,
    known_measurements,
    mean_of,
    measurements_text,
    read_measurements,
    trust,
)
from harness.calibration import Labelled, Row
from harness.errors import DatasetError

ROOT = Path(__file__).parents[1]
JUDGE = "fixed@1"


def measurement(data: str = "made", *, accuracy: float = 0.7, seen: Seen = "no", **fields: Any) -> Measurement:
    near: Triple = (accuracy, accuracy - 0.02, accuracy + 0.02)
    raw = {
        "scorer": "grounding",
        "data": data,
        "sha256": "0" * 64,
        "judge": JUDGE,
        "measured": dt.date(2026, 11, 20),
        "harness": "0.1.0",
        "seed": 0,
        "rows": 100,
        "in_file": 100,
        "left_out": 0,
        "groups": 50,
        "prevalence": 0.5,
        "seen": seen,
        "own": {
            "balanced_accuracy": near,
            "macro_f1": near,
            "precision": near,
            "recall": (accuracy + 0.1, accuracy, 0.9),
            "specificity": (accuracy - 0.1, 0.5, accuracy),
        },
        "scores": {"roc_auc": near, "calibration_error": (0.08, 0.05, 0.12), "brier": (0.2, 0.1, 0.3)},
        "picked": None,
        "classes": (),
    }
    return Measurement.model_validate(raw | fields)


def known(*measured: Measurement) -> Trust:
    return Trust(scorer="grounding", judge=JUDGE, measured=measured, only_seen=False)


def test_one_set_is_told_with_its_interval_and_size() -> None:
    told = known(measurement()).sentence()
    assert told == (
        "grounding: judge fixed@1 finds 60 % of unsupported statements and doubts 20 % of supported ones "
        "(balanced accuracy 0.70, 95 % interval 0.68 to 0.72; calibration error 0.08); on the set made, "
        "100 labelled rows, measured 2026-11-20"
    )


def test_several_sets_are_told_with_the_worst_and_the_best() -> None:
    told = known(measurement("hard", accuracy=0.5), measurement("easy", accuracy=0.8)).sentence()
    assert "balanced accuracy 0.65, 95 % interval 0.64 to 0.66" in told
    assert "mean of 2 sets, from 0.50 (hard) to 0.80 (easy), 200 labelled rows" in told


def test_a_figure_that_one_set_lacks_has_no_mean() -> None:
    assert mean_of([(0.7, 0.6, 0.8), (None, None, None)]).value is None
    assert mean_of([]).value is None
    assert mean_of([(0.7, None, None)]).interval is None


def test_rows_of_its_own_training_are_no_measure_of_a_judge() -> None:
    trained = measurement(accuracy=0.99, seen="these rows")
    (told,) = trust(JUDGE, ["grounding", "overreach"], [trained])
    assert told.sentence().endswith(
        "the accuracy of judge fixed@1 is not measured; it was only ever measured on rows it was trained on"
    )
    assert [m.data for m in trust(JUDGE, ["grounding"], [trained, measurement("other")])[0].measured] == ["other"]


def test_another_judge_or_scorer_is_not_measured() -> None:
    known = [measurement()]
    assert trust(JUDGE, ["citation"], known)[0].sentence() == "citation: the accuracy of judge fixed@1 is not measured"
    assert "not measured" in trust("fixed@2", ["grounding"], known)[0].sentence()
    assert trust(JUDGE, ["overreach", "readability"], known) == ()


def test_what_was_measured_here_comes_before_what_is_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shipped = known_measurements()
    LOCAL.mkdir(parents=True)
    (LOCAL / "one.json").write_text(measurements_text([measurement()]))
    assert known_measurements() == (*shipped, measurement())
    (LOCAL / "two.json").write_text(measurements_text([measurement(accuracy=0.6)]))
    assert known_measurements() == (*shipped, measurement(accuracy=0.6))


def test_results_files_are_read_back_and_broken_ones_named(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text(measurements_text([measurement("b"), measurement("a")]))
    assert read_measurements(file) == (measurement("a"), measurement("b"))
    file.write_text(file.read_text().replace('"rows":100', '"rows":0'))
    with pytest.raises(DatasetError, match=r"results.json: measurements.0.rows: "):
        read_measurements(file)
    with pytest.raises(DatasetError, match="No such file"):
        read_measurements(tmp_path / "none.json")


def test_the_accuracy_page_has_every_figure_and_keeps_training_rows_out_of_means(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    tool = importlib.import_module("measure_judges")
    picked = {"threshold": 0.4, "tuned_rows": 50, "rows": 50, "figures": measurement(accuracy=0.66).own}
    classes = [{"names": ["a", "b"], "how": "two thresholds", "rows": 9, "macro_f1": [0.41, 0.3, 0.5]}]
    text = tool.page(
        [
            measurement("nli4ct", accuracy=0.6, picked=picked, classes=classes),
            measurement("scifact", accuracy=0.9, seen="these rows"),
        ]
    )
    assert "## `fixed@1`" in text
    assert "balanced accuracy 0.60" in text
    assert "on the set nli4ct" in text
    row = "| grounding nli4ct | 100 (50) | 50 % | no | 0.600 (0.580 to 0.620) | 0.660 (0.640 to 0.680) at 0.40 |"
    assert f"{row} 0.600 (0.580 to 0.620) | 0.53 |" in text
    assert "| grounding scifact | 100 (50) | 50 % | these rows | 0.900" in text
    assert "| grounding nli4ct | a, b | two thresholds | 9 | 0.410 (0.300 to 0.500) |" in text
    assert "citation: the accuracy of judge fixed@1 is not measured" in text
    assert "{{" not in text


def test_a_new_local_judge_replaces_the_old_one_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    tool = importlib.import_module("measure_judges")
    old, new = measurement("nli4ct", judge="local@1:a"), measurement("scifact", judge="local@2:b")
    other = measurement("nli4ct", judge="llm@1:x")
    assert tool.merged([old, other], [new]) == [new, other]
    again = measurement("scifact", judge="local@2:b", accuracy=0.6)
    assert tool.merged([new, other, old], [again]) == [again, other]
    assert tool.merged([new, other], [measurement("wice", judge="llm@1:x")])[1:] == [new, other]


def test_held_out_rows_are_whole_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    tool = importlib.import_module("measure_judges")
    rows = tuple(Row(source="s", claim="c", supported=True, kind="", group=f"g{i % 50}") for i in range(200))
    data = Labelled(scorer="grounding", name="made", sha256="0" * 64, rows=rows, left_out=0)
    kept = tool.held_out(data, 5).rows
    assert 0 < len(kept) < 100
    groups = {r.group for r in kept}
    assert sum(r.group in groups for r in rows) == len(kept)
