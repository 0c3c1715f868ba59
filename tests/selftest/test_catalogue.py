"""The catalogue: broad enough, seeded, disjoint from what scorers were made with, and refused in one line if broken."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest

from harness.errors import DatasetError
from harness.scorers import all_rules
from harness.selftest.catalogue import Catalogue, Change, Fault, load_catalogue
from harness.selftest.page import Page
from tests.selftest.conftest import stored_pages

ROOT = Path(__file__).parents[2]
ONE = "- {id: a, family: facts, title: A title, severity: 3, rules: [GRD102], do: [{op: cut_off}]}\n"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    return stored_pages()


def test_at_least_forty_typed_faults_of_every_family_and_grade(catalogue: Catalogue) -> None:
    assert len(catalogue.faults) >= 40
    assert len({f.family for f in catalogue.faults}) == 9
    assert {f.severity for f in catalogue.faults} == {1, 2, 3, 4}
    assert len(catalogue.harmless) >= 12


def test_rules_named_by_faults_exist(catalogue: Catalogue) -> None:
    known = all_rules()
    lost = [(f.id, r) for f in catalogue.faults for r in f.rules if not any(code.startswith(r) for code in known)]
    assert not lost


@pytest.mark.parametrize("change", [*load_catalogue().faults, *load_catalogue().harmless], ids=lambda c: c.id)
def test_every_change_fits_a_page_and_is_the_same_for_the_same_seed(change: Change, pages: dict[str, Page]) -> None:
    made = {id: change.apply(page, Random(3)) for id, page in pages.items()}
    assert made == {id: change.apply(page, Random(3)) for id, page in pages.items()}
    done = [(pages[id], edited) for id, edited in made.items() if edited]
    if change.id in ("british-spelling", "curly-quotes", "age-changed", "population-changed"):
        return  # the corpus has such words, these pages need not
    assert done, "fits none of the stored pages"
    for page, edited in done:
        assert edited.answer != page.answer
        assert edited.words
        if isinstance(change, Fault) and not any(e.op == "smuggle" for e in change.do):
            assert edited.answer.text != page.text


def _told(value: Any) -> list[str]:
    """Every text of a wording in plain data."""
    if isinstance(value, dict):
        return [t for v in value.values() for t in _told(v)]
    return [t for v in value for t in _told(v)] if isinstance(value, list) else [value]


FRESH = [ROOT / "datasets/faults" / name for name in ("first", "second", "third")]


@pytest.mark.parametrize("folder", FRESH, ids=lambda folder: folder.name)
def test_the_fresh_sets_hold_faults_of_every_family_but_overreach(folder: Path, catalogue: Catalogue) -> None:
    fresh = load_catalogue(folder)
    assert len(fresh.faults) >= 40
    assert {f.family for f in fresh.faults} == {f.family for f in catalogue.faults} - {"overreach"}
    assert not {f.id for f in fresh.faults} & {f.id for f in catalogue.faults}


@pytest.mark.parametrize("folder", [None, *FRESH], ids=["catalogue", "first", "second", "third"])
def test_wordings_stand_in_no_lexicon_rule_example_or_training_set(folder: Path | None) -> None:
    folders = (
        "harness/lexicons",
        "harness/scorers/rules",
        "datasets/calibration",
        "datasets/golden",
        "datasets/recorded",
    )
    files = [p for f in folders for p in (ROOT / f).rglob("*") if p.suffix in (".yaml", ".jsonl")]
    seen = _plain("\n".join(p.read_text(encoding="utf-8") for p in files))
    told = [t for f in load_catalogue(folder).faults for e in f.do if hasattr(e, "text") for t in _told(e.text)]
    assert len(told) > 50
    assert not [t for t in told if _plain(t) in seen]


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


def test_the_hash_depends_on_every_entry(catalogue: Catalogue) -> None:
    fewer = Catalogue(faults=catalogue.faults[1:], harmless=catalogue.harmless)
    assert fewer.sha != catalogue.sha
    assert load_catalogue().sha == catalogue.sha


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (ONE + ONE, "the id 'a' stands twice"),
        (ONE.replace("cut_off", "explode"), "f.yaml:1: "),
        (ONE.replace("severity: 3", "severity: 9"), "f.yaml:1: severity"),
        (ONE.replace("{op: cut_off}", "{op: drop, find: {en: '('}}"), "not a regular expression"),
        ("a: b\n", "not a list"),
        (ONE.replace("title: A title, ", ""), "title: is missing"),
    ],
)
def test_a_broken_file_is_one_line_with_its_place(tmp_path: Path, text: str, line: str) -> None:
    (tmp_path / "f.yaml").write_text(text)
    with pytest.raises(DatasetError) as caught:
        load_catalogue(tmp_path)
    assert line in caught.value.message
    assert caught.value.hint
    assert "\n" not in caught.value.message


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no faults in it"):
        load_catalogue(tmp_path)


def test_models_survive_a_round_trip(catalogue: Catalogue) -> None:
    for fault in catalogue.faults:
        assert Fault.model_validate(json.loads(fault.model_dump_json())) == fault
