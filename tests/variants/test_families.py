"""Families: derived for every R2 and R3 question, seeded, and what a person corrected stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.data import load_golden
from harness.errors import DatasetError
from harness.resources import find
from harness.variants.families import Wording, derive, load_kinds, load_wordings, merged, wordings_text
from tests.conftest import question

ROOT = Path(__file__).parents[2]
SPEC = ("typo", "dictation", "low-literacy", "cut", "caregiver", "minimised", "brand", "anxious")


def test_all_eight_kinds_are_there() -> None:
    assert tuple(k.id for k in load_kinds()) == SPEC


def test_r2_and_r3_questions_get_families_and_others_none() -> None:
    asked = [
        question("MED-001", question="I forgot my letrozole last night, should I take two today?", risk_tier="R3"),
        question("EDU-001", question="What is letrozole used for?", risk_tier="R1"),
        question("MED-002", question="¿Puedo tomar dos letrozol hoy?", risk_tier="R3", language="es"),
    ]
    made = list(derive(asked, load_kinds(), seed=1))
    assert {w.of for w in made} == {"MED-001"}
    assert {w.kind for w in made} == {"typo", "dictation", "low-literacy", "caregiver", "brand", "anxious"}
    assert made == list(derive(asked, load_kinds(), seed=1))
    assert made != list(derive(asked, load_kinds(), seed=2))
    brand = next(w for w in made if w.kind == "brand")
    assert brand.question == "I forgot my Femara last night, should I take two today?"


def test_a_wording_that_a_person_corrected_stays_until_its_question_changes() -> None:
    new = Wording(id="A.typo", of="A", kind="typo", question="waht", source="s1")
    corrected = new.model_copy(update={"question": "what?", "status": "reviewed"})
    assert merged([corrected], [new]) == [corrected]
    draft = new.model_copy(update={"question": "older"})
    assert merged([draft], [new]) == [new]
    assert merged([corrected], [new.model_copy(update={"source": "s2"})])[0].status == "draft"


def test_a_file_gives_its_wordings_back_and_a_broken_one_is_one_line(tmp_path: Path) -> None:
    rows = [Wording(id="A.typo", of="A", kind="typo", question="waht: 'is' it, \"really\"?", source="s1")]
    path = tmp_path / "f.yaml"
    path.write_text(wordings_text(rows), encoding="utf-8")
    assert list(load_wordings(path)) == rows
    path.write_text("- {id: A.typo, of: A}\n")
    with pytest.raises(DatasetError, match=r"f\.yaml:1: kind: is missing"):
        load_wordings(path)
    path.write_text("a: b\n")
    with pytest.raises(DatasetError, match="not a list"):
        load_wordings(path)


def test_the_stored_families_are_those_of_the_golden_set() -> None:
    golden = load_golden(find("datasets/golden")).questions
    wanted = {w.id: w for w in derive(golden, load_kinds(), seed=20261122)}
    stored = {w.id: w for f in sorted((ROOT / "datasets/golden/families").glob("*.yaml")) for w in load_wordings(f)}
    assert stored.keys() == wanted.keys()
    assert all(stored[i].source == wanted[i].source for i in wanted)
    tiers = {q.id for q in golden if q.risk_tier in ("R2", "R3") and q.language == "en"}
    assert {w.of for w in stored.values()} == tiers


def test_the_command_writes_a_file_a_category_and_keeps_what_was_reviewed(tmp_path: Path) -> None:
    env = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "harness", "golden", "families", "-o", str(tmp_path / "f")]

    def call() -> str:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env, check=False, timeout=600)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "wordings in" in call()
    file = tmp_path / "f/medicines.yaml"
    rows = [w.model_copy(update={"status": "reviewed", "question": "mine"}) for w in load_wordings(file)]
    file.write_text(wordings_text(rows), encoding="utf-8")
    assert f"{len(rows)} reviewed" in call()
    assert all(w.question == "mine" for w in load_wordings(file))
