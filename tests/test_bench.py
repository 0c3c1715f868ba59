"""The bench tool prints every row it promises; times are never judged."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from harness.judges import load_judge
from harness.scorers import SCORERS
from tests.conftest import FixedJudge

ROOT = Path(__file__).resolve().parents[1]
ROWS = [
    "load suite and data",
    "first page (cold caches)",
    "reference pipeline",
    "parse",
    "local judge",
    *(f"scorer {name}" for name in SCORERS),
    "all scorers",
]
SUPPORT = [
    "pages reworded",
    "pages as quoted",
    "pairs of 256 tokens",
    "ragas Faithfulness",
    "deepeval Faithfulness",
]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "tools/bench.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def measured() -> dict[str, object]:
    done = bench("--pages", "2", "--rounds", "1", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_row_is_measured(measured):
    assert [r["name"] for r in measured["rows"]] == ROWS
    assert all(r["ms"] > 0 and r["per_second"] > 0 for r in measured["rows"])
    assert measured["pages"] == 2


def test_shares_of_the_scorers_add_up(measured):
    shares = [r["share"] for r in measured["rows"] if r["name"].startswith("scorer ")]
    assert sum(shares) == pytest.approx(1.0)
    assert measured["ratio"] > 0


def test_grounding_and_citation_share_their_pairs_and_are_held_against_the_bare_model(measured):
    figures = measured["support"]
    assert list(figures) == SUPPORT
    for name in ("pages reworded", "pages as quoted"):
        told = figures[name]
        assert told["added_by_citation"] < 0.3 * told["pairs"], "citation asks for pairs of its own"
        assert told["pairs"] > told["passages"] > 1
        assert told["words"] > 250
        assert 0 < told["registry_share"] < 1
        assert 0 < told["judge_share"] < 1
    for name in SUPPORT[:3]:
        told = figures[name]
        assert (told["ratio"] is None) == (told["bare_pairs_per_second"] is None)


def test_scorers_of_the_text_are_held_against_the_bare_encoder_with_learned_parts_and_without(measured):
    figures = measured["text"]
    assert list(figures["off_ms"]) == ["overreach", "escalation", "disclaimer", "privacy", "readability"]
    assert all(ms > 0 for ms in figures["off_ms"].values())
    assert figures["sentences"] > 20
    assert 0 < figures["ratio"] < figures["off_ratio"]


def test_peers_are_measured_or_say_why_not(measured):
    for name in SUPPORT[3:]:
        told = measured["support"][name]
        assert told["ratio"] > 0 if "seconds" in told else told["reason"] and told["ratio"] is None


def test_the_bare_model_is_asked_of_the_judge(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    support = importlib.import_module("bench_support")

    pairs = [("Ice is cold.", "Ice is warm.")] * 3
    figures = support.long_figures(load_judge("local"), pairs, 1)
    assert figures["ratio"] == pytest.approx(figures["pairs_per_second"] / figures["bare_pairs_per_second"])
    assert support.long_figures(FixedJudge(), pairs, 1)["ratio"] is None


def test_the_instant_server_follows_any_schema(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    peers = importlib.import_module("bench_peers")
    schema = {
        "$defs": {
            "V": {"type": "object", "properties": {"verdict": {"enum": ["yes", "no"]}, "n": {"type": "integer"}}}
        },
        "type": "object",
        "properties": {
            "verdicts": {"type": "array", "items": {"$ref": "#/$defs/V"}},
            "why": {"anyOf": [{"type": "string"}]},
        },
    }
    with peers.instant_server() as url:
        format = {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}}
        asked = json.dumps({"model": "bench", "messages": [], "response_format": format}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{url}/chat/completions", data=asked)) as reply:
            told = json.loads(json.load(reply)["choices"][0]["message"]["content"])
    assert told == {"verdicts": [{"verdict": "yes", "n": 1}] * 30, "why": "yes"}


def test_the_table_has_the_same_rows():
    done = bench("--pages", "1", "--rounds", "1")
    assert done.returncode == 0, done.stderr
    lines, support, text = done.stdout.split("\n\n")
    lines = lines.splitlines()
    assert [line[:26].strip() for line in lines[2:-1]] == ROWS
    assert lines[-1].startswith("all scorers / bare parse: ")
    assert [line[:26].strip() for line in support.splitlines()[1:]] == SUPPORT
    assert [line[:26].strip() for line in text.splitlines()[1:]] == ["with learned parts", "learned parts off"]


@pytest.mark.parametrize("arguments", [("--pages", "0"), ("--pages", "many"), ("--rounds", "0")])
def test_wrong_numbers_are_refused(arguments):
    done = bench(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_page_of_figures_takes_both_runs(measured, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    made = importlib.import_module("bench")
    figures = {f.name: f for f in made.section(measured, measured).figures}
    assert figures["all scorers, throughput beside one core"].value == 1.0
    assert figures["all scorers, throughput beside one core"].verdict == "missed"
    assert sum(f.value for f in figures.values() if f.name.endswith("its part of the time")) == pytest.approx(1.0)
    whole = "golden-size pages: throughput of all of these beside both bare models"
    assert 0 < figures[whole].value < 2
