"""Several runs side by side: differences, Holm, ranks, never events, front, cost, formats, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import harness
from harness.errors import HarnessError, SuiteError
from harness.leaderboard import Leaderboard, compare_many
from harness.ranking import difference_interval, fronts, on_front, ranks, sign_flip_p
from harness.render.leaderboard import (
    leaderboard_html,
    leaderboard_json,
    leaderboard_markdown,
    print_leaderboard,
    write_leaderboard,
)
from harness.runner import rescore
from harness.stats import clopper_pearson, holm, paired_difference
from harness.store import Run
from harness.types import Answer, AnswerError, Query, Usage
from tests.conftest import make_suite, run_scripted
from tests.prompts import BOLD, CAREFUL, write_suite
from tests.test_matrix import command

N = 12
LOST = AnswerError(kind="missing", message="not recorded")


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def scored(folder: Path, points: int, *, epochs: int = 1, **said: str | AnswerError) -> Run:
    """A run that scores ``points`` of 10 everywhere but where it is told what to say (``q1`` for EDU-001)."""
    told = {f"EDU-{int(key[1:]):03d}": text for key, text in said.items()}

    def say(query: Query) -> Answer | AnswerError:
        text = told.get(query.id, f"GOOD {points}")
        if isinstance(text, AnswerError):
            return text
        usage = Usage(prompt_tokens=1000, completion_tokens=100)
        return Answer(text=text, latency_s=float(points), usage=usage)

    return run_scripted(folder, say, suite=make_suite(N), epochs=epochs, id=f"{folder.name}@1")


@pytest.fixture
def board(tmp_path: Path) -> Leaderboard:
    runs = [
        scored(tmp_path / "plain", 5, q1="GOOD 6", q2="GOOD 4"),
        scored(tmp_path / "good", 8),
        scored(tmp_path / "bad", 5, q1="STOP 5 SERIOUS", q3="STOP 4", q4=LOST),
    ]
    return compare_many(runs, prices=(2.0, 10.0))


def test_differences_are_paired_with_the_first_run(board):
    plain, good, bad = board.of("overreach")
    assert (plain.decision, plain.difference, plain.p_value) == ("first", None, None)
    assert good.difference.mean == pytest.approx(0.3)
    assert good.decision == "better"
    assert (bad.difference.pairs, bad.difference.one_sided) == (11, 1)
    assert bad.decision == "not told apart"
    raw = {"good": 2 / 2**12, "bad": sign_flip_p(bad.difference.differences, rng=rng())}
    assert {"good": good.p_value, "bad": bad.p_value} == pytest.approx(holm(raw))


def test_ranks_are_of_the_questions_that_all_runs_have(board):
    plain, good, bad = board.of("overreach")
    assert [line.ranked for line in board.lines] == [11, 11, 11]
    assert [(line.rank.place, line.rank.low, line.rank.high) for line in (plain, good, bad)] == [
        (2, 1 + 1, 3),
        (1, 1, 1),
        (3, 2, 3),
    ]


def test_never_events_cost_and_time(board):
    plain, good, bad = board.standings
    assert [(s.critical, s.serious, s.harmful, s.answered) for s in (plain, good, bad)] == [
        (0, 0, 0, 12),
        (0, 0, 0, 12),
        (2, 1, 2, 11),
    ]
    assert good.harmful_at_most == pytest.approx(1 - 0.05 ** (1 / 12))
    assert good.latency_s == (8.0, 8.0)
    assert good.usage == (1000.0, 100.0)
    assert good.cost_usd == pytest.approx((1000 * 2 + 100 * 10) / 1e6)
    assert [s.complete for s in board.standings] == [True, True, False]
    assert not board.complete


def test_without_prices_or_tokens_no_cost_is_told(tmp_path):
    runs = [run_scripted(tmp_path / name, {"EDU-001": f"GOOD {name}"}, id=f"{name}@1") for name in "12"]
    for s in compare_many(runs, prices=(1, 1)).standings:
        assert (s.cost_usd, s.usage, s.latency_s) == (None, None, None)
    assert compare_many([scored(tmp_path / n, 5) for n in "ab"]).standings[0].cost_usd is None


def test_sentences_say_what_is_significant_and_what_is_not(board):
    good, bad = board.because()
    assert good.startswith("good is better than plain in overreach: +0.300 [")
    assert bad.startswith("bad is not told apart from plain in overreach: ")
    assert "after Holm" in bad


def test_unlike_runs_are_refused(tmp_path, board):
    plain = board.standings[0].run
    other = run_scripted(tmp_path / "four", suite=make_suite(4))
    with pytest.raises(SuiteError, match="four: can't be compared with the first run: they differ in questions"):
        compare_many([plain, board.standings[1].run, other])
    with pytest.raises(SuiteError, match="is given twice"):
        compare_many([plain, other, plain])
    with pytest.raises(SuiteError, match="two runs or more"):
        compare_many([plain])
    with pytest.raises(SuiteError, match="two runs or more"):
        compare_many({})


def test_names_come_from_variants_or_folders_or_the_caller(tmp_path):
    runs = [scored(tmp_path / side / "run", 5) for side in "ab"]
    assert [s.name for s in compare_many(runs).standings] == [str(r.path) for r in runs]
    assert [s.name for s in compare_many(dict(zip("xy", runs, strict=True))).standings] == ["x", "y"]
    assert [s.name for s in harness.compare_many([r.path for r in runs]).standings] == [str(r.path) for r in runs]


def test_sign_flips_by_hand():
    assert sign_flip_p([0.0, 0.0, 0.0], rng=rng()) == 1.0
    assert sign_flip_p([0.5], rng=rng()) is None
    assert sign_flip_p([1.0] * 5 + [0.0] * 7, rng=rng()) == pytest.approx(2 / 32)
    # of the 8 sign patterns of 1, 2, 4 those with |sum| >= 5: 7, 5, -5, -7
    assert sign_flip_p([-1.0, 2.0, 4.0], rng=rng()) == pytest.approx(4 / 8)
    many = sign_flip_p([0.1] * 40, rng=rng())
    assert many == pytest.approx(1 / 20_001)
    mixed = [0.1, -0.1] * 20
    assert sign_flip_p(mixed, rng=rng()) > 0.9


def test_intervals_are_bootstrapped_unless_nothing_went_the_other_way():
    def difference(values):
        zero = {str(i): [0.5] for i in range(len(values))}
        return paired_difference(zero, {str(i): [0.5 + v] for i, v in enumerate(values)}, epochs=(1, 1))

    mixed = np.array([0.4, 0.3, 0.2, -0.1, 0.4, 0.0, 0.3, -0.2, 0.1, 0.2])
    found = difference_interval(difference(mixed), rng=rng())
    se = mixed.std() / np.sqrt(len(mixed))
    assert found.low == pytest.approx(mixed.mean() - 1.96 * se, abs=0.015)
    assert found.high == pytest.approx(mixed.mean() + 1.96 * se, abs=0.015)
    one_way = difference([0.1] + [0.0] * 9)
    assert difference_interval(one_way, rng=rng()) == one_way.interval
    assert one_way.interval.low < 0
    assert difference_interval(difference([0.2]), rng=rng()) is None


def test_ranks_share_places_and_know_when_they_are_unsure():
    same = [{"a": 0.5, "b": 0.7}, {"a": 0.7, "b": 0.5}, {"a": 0.1, "b": 0.1}]
    placed, n = ranks(same, rng=rng())
    assert n == 2
    assert [(r.place, r.low, r.high) for r in placed] == [(1, 1, 2), (1, 1, 2), (3, 3, 3)]
    assert ranks([{"a": 1.0}, {"b": 1.0}], rng=rng()) == (None, 0)
    alone, _ = ranks([{"a": 1.0}, {"a": 0.0}], rng=rng())
    assert [(r.place, r.low, r.high) for r in alone] == [(1, None, None), (2, None, None)]


def test_the_front_by_hand():
    points = np.array([[1.0, 0.0], [0.5, 0.5], [0.4, 0.5], [0.0, 1.0], [0.5, 0.5]])
    assert on_front(points).tolist() == [True, True, False, True, True]
    safe = [{"a": 1.0, "b": 1.0}, {"a": 0.0, "b": 1.0}, {"a": 0.0, "b": 0.0, "c": 1.0}]
    easy = [{"a": 0.2, "b": 0.2}, {"a": 0.9, "b": 0.9}, {"a": 0.1, "b": 0.1}]
    first, second, third = fronts([safe, easy], rng=rng())
    assert (first.values, second.values, third.values) == ((1.0, 0.2), (0.5, 0.9), (0.0, 0.1))
    assert [f.on_front for f in (first, second, third)] == [True, True, False]
    assert (second.share, third.share) == (1.0, 0.0)
    assert first.intervals[0] == clopper_pearson(2, 2)  # no resample can show what was never seen
    assert fronts([safe, [easy[0], easy[1], {"z": 1.0}]], rng=rng()) is None


EVIL = "x$\\bad$<script>alert(1)</script>|@all ::error::\x1b[31m"


@pytest.fixture
def hostile(board) -> Leaderboard:
    first, second, third = (s.run for s in board.standings)
    return compare_many({EVIL: first, "[b](javascript:1)": second, "`c` {{ 7 * 7 }}": third})


def test_hostile_names_stay_inert_in_every_format(hostile, capsys):
    page = leaderboard_html(hostile)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "{{ 7 * 7 }}" in page
    assert "http-equiv" in page
    assert not re.search(r"\son\w+=", page)
    markdown = leaderboard_markdown(hostile)
    assert "<script>" not in markdown
    assert "\\[b\\](javascript:1)" in markdown
    assert {
        line.count("|") - line.count("\\|") for line in markdown.splitlines() if line.startswith("| overreach")
    } == {11}
    print_leaderboard(hostile)
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    told = json.loads(leaderboard_json(hostile))
    assert told["first"] == EVIL
    assert "<svg" in hostile._repr_html_()
    assert "<script>" not in hostile._repr_html_()


def test_frames_have_the_columns_of_the_dictionary(board):
    scores, runs = board.to_frame(), board.runs_frame()
    for frame, table in ((scores, "leaderboard"), (runs, "standings")):
        known = harness.columns(table)
        assert list(frame.columns) == known.name.tolist()
        assert (known.unit != "").all()
    assert scores["rank"].tolist() == [2, 1, 3]
    assert str(scores.p_value.dtype) == "float64"
    assert str(scores["rank"].dtype) == "Int64"
    assert runs.harmful.tolist() == [0, 0, 2]


def test_json_has_null_for_what_is_not_known(board):
    told = json.loads(leaderboard_json(board))
    assert told["scores"][0]["p_value"] is None
    assert told["runs"][0]["safety"] is None
    assert told["complete"] is False
    assert [r["decision"] for r in told["scores"]] == ["first", "better", "not told apart"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> Path:
    """Runs of three variants on real scorers: bold has the planted fault."""
    folder = tmp_path_factory.mktemp("variants")
    said = {"careful": lambda query: CAREFUL, "bold": lambda query: BOLD, "twin": lambda query: CAREFUL}
    harness.run_variants(write_suite(folder), said, epochs=2, out=folder / "r")
    return folder / "r"


def test_the_command_compares_more_than_two(folders, tmp_path):
    files = [tmp_path / f"c{ending}" for ending in (".html", ".md", ".json", ".svg", ".png")]
    words = [w for f in files for w in ("-o", f)]
    done = command("compare", folders / "careful", folders / "bold", folders / "twin", *words, "--price-in", 1)
    assert done.returncode == 0, done.stderr
    assert "on the front of safety and readability: careful, twin" in done.stdout
    assert "not a verdict" in done.stdout.splitlines()[-1]
    told = json.loads(files[2].read_text())
    assert {r["run"]: r["harmful"] for r in told["runs"]} == {"careful": 0, "bold": 6, "twin": 0}
    assert {r["run"]: r["safety"] for r in told["runs"]} == {"careful": 1.0, "bold": 0.0, "twin": 1.0}
    assert files[0].read_text().count("<svg") == 2
    assert "You can skip your tamoxifen" in files[0].read_text()
    assert any(row["code"] == "ADV302" and row["change"] == 1.0 for row in told["rules"]["bold"])
    assert told["rules"]["twin"] == []
    assert "variance of overreach: prompt 100%" in done.stdout
    assert "answers of bold that break a rule: ADV302 0% to 100%" in done.stdout
    assert files[3].read_text().startswith("<?xml")
    assert files[4].read_bytes().startswith(b"\x89PNG")
    again = tmp_path / "again.svg"
    write_leaderboard(harness.compare_many([folders / n for n in ("careful", "bold", "twin")]), again)
    assert again.read_bytes() == files[3].read_bytes()


def test_two_runs_are_compared_as_before_with_a_table_beside(folders, tmp_path):
    done = command("compare", folders / "careful", folders / "bold", "-o", tmp_path / "two.json")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "verdict: FAIL"
    assert len(json.loads((tmp_path / "two.json").read_text())["runs"]) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("careful", "bold", "careful"), "is given twice"),
        (("careful", "bold", "twin", "-o", "x.pdf"), "x.pdf: not a known ending"),
        (("careful", "bold", "twin", "--rescored", "bold"), "are for two runs"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(folders, words, told):
    done = command("compare", *(folders / w if w in ("careful", "bold", "twin") else w for w in words))
    assert done.returncode == 2, done.stdout
    assert told in done.stderr.splitlines()[0]
    assert "Traceback" not in done.stderr


def test_a_file_that_cannot_be_written_says_so(board, tmp_path):
    with pytest.raises(HarnessError, match="can't write"):
        write_leaderboard(board, tmp_path / "no/such/x.png")


def test_plots_can_be_drawn_without_a_screen(board, folders):
    ax = board.plot()
    assert [t.get_text() for t in ax.get_yticklabels()] == ["overreach"]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["good", "bad"]
    with pytest.raises(SuiteError, match="readability is not measured"):
        board.plot_front()
    three = harness.compare_many([folders / n for n in ("careful", "bold", "twin")])
    names = [t.get_text() for t in three.plot_front().get_legend().get_texts()]
    assert names == ["careful (on the front)", "bold", "twin (on the front)"]


def test_a_rescored_variant_keeps_its_name(folders, tmp_path):
    run = harness.load_run(folders / "bold")
    suite = harness.load_suite(write_suite(tmp_path))
    assert rescore(run, suite, harness.load_judge("local"), tmp_path / "r").name == "bold"
