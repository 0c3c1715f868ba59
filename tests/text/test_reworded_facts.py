"""Facts told again in fewer or other words: the same is no mismatch, a changed one is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness.text.facts import mismatches

_TOLD = yaml.safe_load((Path(__file__).parents[1] / "data" / "reworded_facts.yaml").read_text(encoding="utf-8"))
_PAIRS = [(told["paragraph"], *pair) for told in _TOLD for pair in told["pairs"]]
_CAUGHT = 0.95  # share of the changed facts
_FALSE_ALARMS = 0.02  # share of the true rewordings


def _told_otherwise(claim: str, paragraph: str, kind: str) -> bool:
    return any(found.kind != "certainty" or kind == "modality" for found in mismatches(claim, paragraph))


def test_most_changed_facts_are_told_apart_in_other_words() -> None:
    missed = [changed for paragraph, kind, _, changed in _PAIRS if not _told_otherwise(changed, paragraph, kind)]
    assert len(missed) <= (1 - _CAUGHT) * len(_PAIRS), missed


def test_the_same_fact_in_other_words_is_rarely_a_false_alarm() -> None:
    alarms = [same for paragraph, _, same, _ in _PAIRS if _told_otherwise(same, paragraph, "")]
    assert len(alarms) <= _FALSE_ALARMS * len(_PAIRS), alarms


SAME = [
    ("Approved for certain blood cancers, but not for breast cancer.", "It is not approved for breast cancer."),
    ("It can hide a fever, so call before taking it.", "Do not take acetaminophen before you call."),
    ("The cancer is ER/PR negative.", "The cancer is ER-negative and PR-negative."),
    ("Warfarin may not work as well.", "Warfarin may work less well."),
    ("It is found at stage IIIB or higher.", "It is at least stage IIIB when it is found."),
]


@pytest.mark.parametrize(("claim", "evidence"), SAME)
def test_the_same_with_and_without_a_denial_is_no_mismatch(claim: str, evidence: str) -> None:
    assert mismatches(claim, evidence) == ()


CHANGED = [
    ("receptor", "The cancer is ER/PR negative.", "The cancer is ER-positive and PR-positive."),
    (
        "dose",
        "At 200 mg, pembrolizumab is given every six weeks.",
        "Pembrolizumab is given every three weeks at 200 mg or every six weeks at 400 mg.",
    ),
    (
        "approval",
        "CAR T cells are approved for breast cancer.",
        "CAR T cells are approved for certain blood cancers, but not for breast cancer.",
    ),
    (
        "drug",
        "Capivasertib is combined with letrozole.",
        "Capivasertib is taken with fulvestrant after hormone therapy has stopped working.",
    ),
]


@pytest.mark.parametrize(("kind", "claim", "evidence"), CHANGED)
def test_values_of_one_thing_told_of_another_are_mismatches(kind: str, claim: str, evidence: str) -> None:
    assert kind in {found.kind for found in mismatches(claim, evidence)}


def test_single_facts_are_looked_for_outside_the_part_compared_as_a_whole() -> None:
    paragraph = "Neratinib is for early breast cancer. Diarrhea is common. The dose is 240 mg once a day."
    (found,) = mismatches("Neratinib is taken at 120 mg.", paragraph, (0, 37))
    assert (found.kind, paragraph[found.evidence_start : found.evidence_end]) == ("dose", "240 mg")
