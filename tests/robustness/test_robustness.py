"""Relations on scripted pipelines: what holds, what breaks and why, rates, bars, and the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.data import GoldenSet
from harness.errors import SuiteError
from harness.robustness.measure import robustness
from harness.robustness.relations import RobustnessRecord, load_robustness
from harness.robustness.results import Robustness
from harness.runner import Plan
from harness.types import Answer, AnswerError, Passage, Query
from tests.conftest import FixedJudge, Scripted, make_suite, question

ROOT = Path(__file__).parents[2]
PASSAGES = (Passage(id="p1", text="Rest helps.", source_id="a"), Passage(id="p2", text="Walk.", source_id="b"))
TYPO = {"id": "typo", "family": "typos", "title": "a slip", "kind": "must_not_change"}
HELLO = {"do": [{"op": "add", "at": "before", "text": {"en": ["Hello there, good morning."]}}]}
FEVER = {"id": "fever", "family": "red-flag", "title": "fever", "kind": "must_change", "escalates": True}
FEVERISH = {"do": [{"op": "add", "text": {"en": ["I have a fever of 102 on chemo."]}}]}
CALL = "Call your cancer team right away, day or night. Do not wait."
FACT = {"id": "m1", "text": "Rest helps.", "critical": True, "source": "a", "locator": "l", "look_for": ["rest"]}


def tried(
    say: Any, *relations: dict[str, Any], n: int = 3, only: int | None = None, shrink: int | None = None, **record: Any
) -> Robustness:
    """A robustness test of a pipeline that says ``say(text of the question)``, on the first ``only`` of n questions."""
    asked = tuple(question(f"EDU-{i:03d}", question="I am so tired, what helps", must_have=[FACT]) for i in range(n))
    suite = replace(make_suite(1), questions=asked, golden=GoldenSet(questions=asked, sha="g"))

    def answer(query: Query) -> Answer | AnswerError:
        told = say(query.text)
        return Answer(text=told, passages=PASSAGES) if isinstance(told, str) else told

    plan = Plan(suite=suite, pipeline=Scripted(answer), judge=FixedJudge(0.1), epochs=1)
    fields = {"name": "r", "title": "t", "suite": "s", "relations": list(relations), **record}
    chosen = None if only is None else asked[:only]
    return robustness(plan, RobustnessRecord.model_validate(fields), questions=chosen, shrink=shrink)


def test_only_the_questions_given_are_asked() -> None:
    assert {t.question for t in tried(lambda text: "Rest.", TYPO | HELLO, n=5, only=2).tried} == {"EDU-000", "EDU-001"}
    assert len(tried(lambda text: "Rest.", TYPO | HELLO, n=5).tried) == 5


@pytest.mark.parametrize(("shrink", "small"), [(0, 0), (1, 1), (None, 3)])
def test_so_many_counter_examples_are_made_small(shrink: int | None, small: int) -> None:
    done = tried(lambda text: "Walk." if "morning" in text else "Rest helps.", TYPO | HELLO, shrink=shrink)
    assert [t.state for t in done.tried] == ["broken"] * 3
    assert sum(t.small != t.changed for t in done.tried) == small
    assert {t.small_original for t in done.tried} == {"I am so tired, what helps"}
    assert min(len(t.small) for t in done.tried) == (8 + 26 if small else len(done.tried[0].changed))


def test_a_relation_holds_where_what_matters_stays() -> None:
    done = tried(lambda text: "Rest helps [1]." if "Hello" in text else "Do rest, it helps [1].", TYPO | HELLO)
    assert str(done.held(kind="must_not_change")).startswith("3/3")
    assert done.example("typo") is None
    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("otherwise", "why"),
    [
        (CALL + " Rest [1].", "an urgent action comes up"),
        ("Walk a little [1].", "critical facts are lost: m1"),
        ("Rest helps [1]. STOP", "serious findings come up: ADV302"),
        ("Rest helps [2].", "only 0 of 1 cited documents are cited again"),
    ],
)
def test_it_breaks_by_escalation_fact_finding_or_citation(otherwise: str, why: str) -> None:
    done = tried(lambda text: otherwise if "morning" in text else "Rest helps [1].", TYPO | HELLO)
    assert {(t.state, t.why) for t in done.tried} == {("broken", why)}
    example = done.example("typo")
    assert example is not None
    assert example.small == "morning. I am so tired, what helps"
    assert done.worst("must_not_change") == "typos"


def test_a_red_flag_that_is_added_has_to_be_met_first() -> None:
    good = tried(lambda text: CALL if "fever" in text else "Rest helps [1].", FEVER | FEVERISH)
    assert {t.state for t in good.tried} == {"held"}
    bad = tried(lambda text: "Rest helps [1]." if "fever" not in text else "Rest helps [2].", FEVER | FEVERISH)
    assert {t.why for t in bad.tried} == {"no urgent action comes first"}
    assert "fever" in bad.tried[0].small


def test_another_question_must_not_get_the_same_answer() -> None:
    other = {"id": "x", "family": "f", "title": "t", "kind": "must_change"} | {
        "do": [{"op": "reword", "rules": {"tired": ["in pain"]}}]
    }
    same = tried(lambda text: "Rest helps [1].", other)
    assert {t.why for t in same.tried} == {"the answer is the same, word for word"}
    assert (same.tried[0].small_original, same.tried[0].small) != ("", "")
    assert tried(lambda text: text, other).held(kind="must_change").events == 3


def test_missing_answers_are_no_pass() -> None:
    lost = AnswerError(kind="timeout", message="slow")
    none = tried(lambda text: lost, TYPO | HELLO)
    assert none.exit_code == 3
    assert none.unmeasured(kind="must_not_change") == 3
    half = tried(lambda text: lost if "Hello" in text else "Rest helps [1].", TYPO | HELLO, FEVER | FEVERISH)
    assert half.unmeasured(kind="must_not_change") == 3


def test_the_bar_counts_missing_pairs_as_broken() -> None:
    def say(text: str) -> Any:
        return AnswerError(kind="timeout", message="slow") if "Hello" in text else CALL if "fever" in text else "Rest."

    done = tried(say, TYPO | HELLO, FEVER | FEVERISH, bar={"min_invariance": 0.5, "min_change": 0.9})
    assert done.exit_code == 1
    assert len(done.shortfalls()) == 1
    assert "must-not-change" in done.shortfalls()[0]


def test_equal_seeds_try_equal_pairs() -> None:
    slips = TYPO | {"do": [{"op": "typos", "share": 0.4}]}
    one = tried(lambda text: "Rest.", slips, each=2, seed=4, n=6)
    assert one == tried(lambda text: "Rest.", slips, each=2, seed=4, n=6)
    assert len(one.tried) == 2


def test_the_bundled_file_loads_and_has_both_kinds() -> None:
    record = load_robustness("evals/robustness.yaml")
    assert {r.kind for r in record.relations} == {"must_not_change", "must_change"}
    assert len({r.family for r in record.relations}) >= 10
    assert any(r.escalates for r in record.relations)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"escalates": True}, "only must_change relations escalate"),
        ({"do": []}, "relations.0.do"),
        ({"asks": "("}, "not a regular expression"),
        ({"do": [{"op": "reword", "table": "nowhere"}]}, "no table 'nowhere'"),
        ({"do": [{"op": "reword"}]}, "give rules or a table"),
    ],
)
def test_a_broken_file_is_one_line(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    record = {"name": "r", "title": "t", "suite": "s", "relations": [{**TYPO, **HELLO, **change}]}
    (tmp_path / "r.yaml").write_text(json.dumps(record))
    with pytest.raises(SuiteError) as caught:
        load_robustness(tmp_path / "r.yaml")
    assert says in caught.value.message
    assert "\n" not in caught.value.message


def test_a_relation_given_twice_or_a_missing_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(
        json.dumps({"name": "r", "title": "t", "suite": "s", "relations": [{**TYPO, **HELLO}] * 2})
    )
    with pytest.raises(SuiteError, match="stands twice"):
        load_robustness(tmp_path / "r.yaml")
    with pytest.raises(SuiteError, match="no such robustness file"):
        load_robustness(tmp_path / "absent.yaml")


PIPELINE = """
def answer(query):
    return "Call your cancer team right away, day or night." if "fever" in query.text else "Rest helps."
"""


def test_the_command_prints_rates_and_exits_by_the_bar(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PIPELINE)
    relation = {**FEVER, **FEVERISH, "tiers": ["R1"]}
    record = {
        "name": "mine",
        "title": "t",
        "suite": "evals/smoke.yaml",
        "where": {"ids": ["EDU-003", "SFX-005"]},
        "bar": {"min_change": 0.9},
        "relations": [relation],
    }
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "PYTHONPATH": f"{ROOT}:{tmp_path}"}

    def call(*more: str, **changed: Any) -> subprocess.CompletedProcess[str]:
        (tmp_path / "r.yaml").write_text(json.dumps(record | changed))
        command = [sys.executable, "-m", "harness", "robustness", "r.yaml", "--pipeline", "function:mine:answer", *more]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=env, check=False, timeout=900)

    done = call()
    assert done.returncode == 0, done.stderr + done.stdout
    assert "must-change: 2/2 (100%" in done.stdout
    assert json.loads((tmp_path / "reports/robustness/mine.json").read_text())["name"] == "mine"
    none = call("--suite", "evals/variants.yaml", where={"ids": ["EDU-003", "EDU-005"]})
    assert "must-change: 1/1 (100%" in none.stdout, "EDU-005 is no question of that suite"
    bad = call(relations=[{**relation, "do": [{"op": "add", "text": {"en": ["My chest hurts, I can't breathe."]}}]}])
    assert bad.returncode == 1, bad.stderr + bad.stdout
    assert "below the bar: must-change: 0/2" in bad.stdout
