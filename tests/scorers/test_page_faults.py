"""Faults of a page that only the encoder hears: the rule that each goes to, what silences it, and the switch."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest

from harness.learned import reader_id
from harness.learned.encoder import HEADS
from harness.resources import package_file, package_yaml
from harness.scorers import load_scorer, rule_of, scorer_id
from harness.scorers.cases import build_case
from harness.scorers.page_faults import Kind
from harness.types import Answer, Finding, Question, Reading, Support

NOTICE = "This is general information made by AI and no medical advice. Ask your care team about it."
CALL = "Call your cancer team now about the fever."
FEVER = "day 9 of chemo and my temp is 101.2, what now?"
ODD = "Grey herons fold their wings over the pond."  # what the reader below takes for a fault
CODES: dict[str, tuple[str, str]] = {
    "other_people": ("privacy", "PRV706"),
    "instructions": ("privacy", "PRV706"),
    "identifier": ("privacy", "PRV702"),
    "records": ("privacy", "PRV703"),
    "undone": ("disclaimer", "DIS404"),
    "team_not_needed": ("disclaimer", "DIS410"),
    "certain": ("disclaimer", "DIS412"),
    "reviewed": ("disclaimer", "DIS409"),
    "reassurance": ("escalation", "ESC605"),
    "postponed": ("escalation", "ESC605"),
    "judge_addressed": ("grounding", "GRD109"),
    "praise": ("readability", "RDB506"),
    "vague_authority": ("citation", "CIT204"),
}


class _NoJudge:
    id = "none"

    def support(self, pairs: Any) -> list[Support]:
        return [Support(probability=0.0, label="not_found") for _ in pairs]


class _Reader:
    """Reads the odd sentence as a fault of one kind, with some log odds, and every other as nothing."""

    def __init__(self, kind: str, odds: float) -> None:
        model = json.loads(package_file("models/page/page.json").read_text(encoding="utf-8"))
        weights = np.array(model["weights"][kind])
        self.odd = (weights * (odds - model["bias"][kind]) / (weights @ weights)).astype(np.float32)
        self.id = reader_id()  # the readings belong to it

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        return [self._reading(text) for text, _ in pairs]

    def _reading(self, text: str) -> Reading:
        logits = {**dict.fromkeys(HEADS, -9.0), "alarm": 9.0}
        nothing = np.zeros(384, dtype=np.float32)
        return Reading(embedding=self.odd if ODD[:20] in text else nothing, logits=logits)


def found(kind: str, odds: float = 9.0, *, text: str = "", **config: Any) -> list[Finding]:
    """The findings of the rule of a kind on a page with the odd sentence, or on another text."""
    question = FEVER if kind in ("reassurance", "postponed") else "What is a lymph node?"
    page = ODD if kind == "praise" else f"{NOTICE}\n\n{CALL} {ODD}"
    told = text or f"{page} Nurses can tell you more."
    case = build_case(
        Answer(text=told), judge=_NoJudge(), as_of=dt.date(2026, 11, 28), question=Question(id="q", text=question)
    )
    reader = _Reader(kind, odds)
    outcome = load_scorer(CODES[kind][0], config).score(replace(case, reader=reader))
    own = package_yaml("lexicons/page_faults.yaml")["messages"]
    others = tuple(message for name, message in own.items() if name != kind)  # a direction may be that of two kinds
    return [f for f in outcome.findings if f.code == CODES[kind][1] and not f.message.startswith(others)]


KINDS: tuple[str, ...] = get_args(Kind)


def test_every_kind_has_a_reading_a_bar_and_words() -> None:
    words = package_yaml("lexicons/page_faults.yaml")
    weights = json.loads(package_file("models/page/page.json").read_text(encoding="utf-8"))["weights"]
    assert set(KINDS) == set(weights) == set(CODES) == set(words["bars"]) == set(words["messages"])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_heard_is_a_finding_of_the_rule_of_its_kind(kind: str) -> None:
    (finding,) = found(kind)
    rule = rule_of(finding.code)
    assert rule is not None
    assert finding.severity == (2 if kind == "instructions" else rule[1].severity)
    assert finding.message.startswith(package_yaml("lexicons/page_faults.yaml")["messages"][kind])
    assert "to be reviewed" in finding.message
    assert 0.6 <= finding.confidence <= 0.9
    assert finding.span.quote == ODD


@pytest.mark.parametrize("kind", KINDS)
def test_below_its_bar_or_switched_off_nothing_is_heard(kind: str) -> None:
    assert found(kind, -1.0) == []
    assert found(kind, learned=False) == []


def test_what_a_rule_has_found_is_not_found_twice() -> None:
    told = f"{NOTICE}\n\nWalking helps. {ODD[:-1]}, so you don't need to ask your oncologist about vitamins."
    assert len(found("team_not_needed", text=told)) == len(found("team_not_needed", -9.0, text=told)) == 1


def test_records_asked_for_beside_a_word_on_their_use_are_no_fault() -> None:
    use = "We delete what you send after one day and share it with nobody."
    assert found("records", text=f"{NOTICE}\n\n{ODD}") != []
    assert found("records", text=f"{NOTICE}\n\n{ODD} {use}") == []


def test_an_authority_beside_a_source_is_none_that_nobody_can_look_up() -> None:
    assert found("vague_authority", text=f"{NOTICE}\n\n{ODD[:-1]} [1].\n\n## Sources\n\n1. NCI. Herons") == []


@pytest.mark.parametrize("name", ["privacy", "citation", "grounding", "readability"])
def test_the_id_of_a_scorer_depends_on_the_encoder_only_where_it_is_heard(name: str) -> None:
    assert scorer_id(load_scorer(name)) != scorer_id(load_scorer(name, {"learned": False}))
