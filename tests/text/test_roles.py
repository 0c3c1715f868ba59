"""Roles of medicines, genes and proteins, and which of them the sources and the lexicon bear out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.resources import package_yaml
from harness.scorers.plausibility import implausible, sources
from harness.text.roles import roles
from harness.types import Passage

SOURCES = (
    "Tamoxifen blocks the estrogen receptor. CAR T cells are changed in a lab.",
    "Letrozole is an aromatase inhibitor. It blocks aromatase. Trastuzumab attaches to HER2.",
    "Ondansetron eases nausea. Zoledronic acid is given for bone loss.",
    "Lumitinib is new. The drug inhibits CD117 in rare tumors.",
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Letrozole works by blocking an enzyme called aromatase.", [("acts on", "aromatase", ["letrozole"])]),
        ("HER2 is blocked by pertuzumab.", [("acts on", "HER2", ["pertuzumab"])]),
        ("Letrozole with palbociclib blocks estrogen.", [("acts on", "estrogen", ["letrozole", "palbociclib"])]),
        ("Tamoxifen, unlike trastuzumab, blocks estrogen.", [("acts on", "estrogen", ["tamoxifen"])]),
        (
            "Aromatase inhibitors such as letrozole and exemestane are pills.",
            [("is", "aromatase inhibitor", ["letrozole"]), ("is", "aromatase inhibitor", ["exemestane"])],
        ),
        ("Estrogen is a hormone.", [("is", "hormone", ["Estrogen"])]),
        ("Ondansetron is used to treat nausea.", [("treats", "nausea", ["ondansetron"])]),
        ("Trastuzumab does not block aromatase.", []),
        ("Choices are fulvestrant, an aromatase inhibitor or tamoxifen.", []),
        ("Letrozole is an enzyme blocker.", []),
        ("Doctors block time for visits.", []),
    ],
)
def test_roles(text: str, told: list[tuple[str, str, list[str]]]) -> None:
    assert [(r.kind, r.value, [e.name for e in r.entities]) for r in roles(text)] == told


def found(text: str, *passages: str) -> list[str]:
    told = sources([Passage(id=str(i), text=p) for i, p in enumerate(passages)])
    return [one.told for one in implausible(text, told)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("CAR-T cells that target estrogen receptors are tested.", "CAR T cells: acts on estrogen receptor"),
        ("Trastuzumab blocks aromatase.", "trastuzumab: acts on aromatase"),
        ("Pembrolizumab is an aromatase inhibitor.", "pembrolizumab: is aromatase inhibitor"),
        ("Letrozole is given for bone loss.", "letrozole: used for bone loss"),
        ("Pertuzumab inhibits CD117.", "pertuzumab: acts on CD117"),
        ("HER2 is a hormone.", "HER2: is hormone"),
    ],
)
def test_a_role_that_no_one_bears_out_is_implausible(text: str, told: str) -> None:
    assert found(text, *SOURCES) == [told]


@pytest.mark.parametrize(
    "text",
    [
        "Femara blocks aromatase.",
        "Anastrozole blocks aromatase.",  # not in the sources, but known
        "Herceptin binds to HER2.",
        "Lumitinib inhibits CD117.",
        "Zofran is used for nausea.",
        "Alendronate is given for bone loss.",
        "Nivolumab is a checkpoint inhibitor.",
    ],
)
def test_a_role_that_sources_or_lexicon_bear_out_is_fine(text: str) -> None:
    assert found(text, *SOURCES) == []


def test_a_source_outranks_the_lexicon() -> None:
    assert found("Letrozole binds to HER2.") == ["letrozole: acts on HER2"]
    assert found("Letrozole binds to HER2.", "In this study letrozole was shown to bind to HER2.") == []


def test_the_lexicon_names_only_known_classes_and_targets() -> None:
    lexicon, drugs = package_yaml("lexicons/roles.yaml"), package_yaml("lexicons/drugs.yaml")
    classes = {drug["class"] for drug in drugs["drugs"]}
    named = [c for group in lexicon["groups"] for c in group["classes"]]
    named += [c for condition in lexicon["conditions"].values() for c in condition["classes"]]
    assert set(named) <= classes
    targets = {t for group in lexicon["groups"] for t in group["targets"]}
    targets |= {t for listed in lexicon["medicines"].values() for t in listed}
    assert targets <= set(lexicon["targets"])
    assert set(lexicon["medicines"]) <= {drug["name"] for drug in drugs["drugs"]}


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_read(text: str, passage: str) -> None:
    for one in implausible(text, sources([Passage(id="p", text=passage)] if passage else [])):
        assert 0 <= one.role.start < one.role.end <= len(text)
