"""Medicines in a text: names, trade names, groups, misspellings, unknown names by their ending."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.resources import package_yaml
from harness.text.drugs import drug_class, find_drugs, find_medicines, interaction
from harness.text.phrases import fold, phrase_pattern


def names(text: str) -> list[str]:
    return [m.name for m in find_drugs(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She takes Kisqali with letrozole.", ["ribociclib", "letrozole"]),
        ("TAMOXIFEN's side effects", ["tamoxifen"]),
        ("my tamoxifin and anastrozol", ["tamoxifen", "anastrozole"]),
        ("St. John’s wort or 5-FU", ["st john's wort", "fluorouracil"]),
        ("trastuzumab deruxtecan, then trastuzumab", ["trastuzumab deruxtecan", "trastuzumab"]),
        ("tamoxifeno y vitamina D", ["tamoxifen", "vitamin d"]),
        ("the new zolbociclib and xelutinib", ["zolbociclib", "xelutinib"]),
        ("rest, water and a short walk", []),
    ],
)
def test_names(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_a_mention_carries_its_group_and_place() -> None:
    (mention,) = find_drugs("Ask about Arimidex first.")
    assert (mention.name, mention.drug_class, mention.start, mention.end) == (
        "anastrozole",
        "aromatase inhibitor",
        10,
        18,
    )
    assert not mention.supplement
    assert not mention.group


def test_supplements_and_shop_medicines_are_marked() -> None:
    turmeric, tylenol = find_drugs("turmeric or Tylenol")
    assert turmeric.supplement
    assert not turmeric.otc
    assert tylenol.otc


def test_groups_are_found_only_when_asked_for() -> None:
    text = "your pills, the blocker and chemo"
    assert find_drugs(text) == ()
    assert [m.name for m in find_medicines(text)] == ["medicine", "hormone therapy", "chemotherapy"]
    assert all(m.group for m in find_medicines(text))


def test_interactions_work_in_both_directions() -> None:
    assert interaction("tamoxifen", "paroxetine") == interaction("paroxetine", "tamoxifen") != ""
    assert interaction("tamoxifen", "loratadine") == ""


def test_the_lexicon_is_large_and_consistent() -> None:
    data = package_yaml("lexicons/drugs.yaml")
    listed = [d["name"] for d in data["drugs"]]
    assert len(listed) >= 90
    assert len(listed) == len(set(listed))
    known = set(listed)
    for entry in data["interactions"]:
        assert set(entry["a"]) | set(entry["b"]) <= known
        assert entry["why"]
        assert entry["source"]
    assert drug_class("letrozole") == "aromatase inhibitor"
    assert drug_class("no such thing") == ""


@given(st.text(max_size=300))
def test_any_text_gives_ordered_mentions_inside_it(text: str) -> None:
    mentions = find_medicines(text)
    assert all(0 <= m.start < m.end <= len(text) for m in mentions)
    assert all(a.end <= b.start for a, b in pairwise(mentions))


@given(st.text(max_size=200))
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_phrases_match_whole_words_with_endings() -> None:
    pattern = re.compile(phrase_pattern(["call now", "vomit*"]))
    assert pattern.search(fold("Call\nNOW"))
    assert pattern.search("vomiting")
    assert not pattern.search("recall nowhere")
