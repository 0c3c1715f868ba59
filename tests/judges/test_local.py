"""The offline judge: labels, evidence, and that a changed fact is caught."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import JudgeError
from harness.judges import load_judge
from harness.judges.local import FEATURES, LocalJudge
from harness.resources import package_file

PASSAGE = (
    "Zoledronic acid is given into a vein. It is given every 6 months to protect the bones. "
    "A dentist should look at the teeth before the first dose. It is not given to pregnant women."
)
JUDGE = LocalJudge.load()


def judge(claim: str, passage: str = PASSAGE) -> tuple[str, float]:
    (found,) = JUDGE.support([(passage, claim)])
    return found.label, found.probability


@pytest.mark.parametrize(
    "claim",
    [
        "It is given every 6 months to protect the bones.",
        "Zoledronic acid is given into a vein",
        "A dentist should look at the teeth before the first dose!",
        "Zometa is given into a vein.",
        "It is given twice a year to protect the bones.",
    ],
)
def test_what_the_passage_says_is_supported(claim: str) -> None:
    assert judge(claim)[0] == "supported"


def test_copied_words_are_almost_certain() -> None:
    assert judge("It is given every 6 months to protect the bones.")[1] > 0.95


@pytest.mark.parametrize("claim", ["Swimming pools close in winter.", "Carboplatin lowers platelets.", "", "[1]", "?!"])
def test_what_the_passage_does_not_say_is_not_found(claim: str) -> None:
    label, probability = judge(claim)
    assert label == "not_found"
    assert probability < JUDGE.threshold


@pytest.mark.parametrize(
    "claim",
    [
        "It is given every 3 months to protect the bones.",
        "Denosumab is given into a vein.",
        "It is given to pregnant women.",
        "A dentist should not look at the teeth before the first dose.",
    ],
)
def test_one_changed_fact_is_contradicted(claim: str) -> None:
    (found,) = JUDGE.support([(PASSAGE, claim)])
    assert found.label == "contradicted"
    assert found.mismatches


def test_both_places_of_a_changed_fact_are_told() -> None:
    claim = "A dentist looks at the teeth, and the drip is given every 3 months to protect the bones."
    (found,) = JUDGE.support([(PASSAGE, claim)])
    (changed,) = found.mismatches
    assert claim[changed.claim_start : changed.claim_end] == changed.claim == "every 3 months"
    assert PASSAGE[changed.evidence_start : changed.evidence_end] == changed.evidence == "every 6 months"


def test_the_deciding_sentence_is_shown() -> None:
    (found,) = JUDGE.support([(PASSAGE, "The bones are protected every 6 months.")])
    assert PASSAGE[found.start : found.end] == "It is given every 6 months to protect the bones."


def test_words_under_a_denial_are_not_taken_for_a_statement() -> None:
    assert judge("sugar feeds tumors", "There is no proof that sugar feeds tumors.")[0] == "contradicted"


def test_a_claim_of_two_sentences_is_as_good_as_the_weaker() -> None:
    label, _ = judge("Zoledronic acid is given into a vein. Ships carry it over the sea.")
    assert label == "not_found"


def test_the_model_file_carries_its_figures_and_no_text() -> None:
    model = json.loads(package_file("judges/local.json").read_text(encoding="utf-8"))
    assert set(model["coefficients"]) == set(FEATURES)
    assert all(0.5 <= row["auc"] <= 1 for row in model["figures"]["sets"].values())
    assert all(" " not in stem for stem in model["idf"])


def test_the_id_names_the_model() -> None:
    assert load_judge("local").id == f"local@2:{JUDGE.digest}"
    assert len(JUDGE.digest) == 8


def test_unknown_judges_and_broken_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match="no such judge"):
        load_judge("oracle")
    broken = tmp_path / "model.json"
    broken.write_text("{}", encoding="utf-8")
    with pytest.raises(JudgeError, match="not a model"):
        LocalJudge.load(broken)
    with pytest.raises(JudgeError, match="not a model"):
        LocalJudge.load(tmp_path / "missing.json")


@settings(max_examples=60)
@given(st.lists(st.tuples(st.text(max_size=120), st.text(max_size=80)), max_size=4))
def test_any_pair_gets_a_word_in_order_and_always_the_same(pairs: list[tuple[str, str]]) -> None:
    first = JUDGE.support(pairs)
    assert first == JUDGE.support(pairs)
    assert len(first) == len(pairs)
    for (passage, _), found in zip(pairs, first, strict=True):
        assert 0 <= found.probability <= 1
        assert 0 <= found.start <= found.end <= len(passage)


def test_what_the_passage_leaves_open_is_not_supported_though_it_stands_there_word_for_word() -> None:
    (found,) = JUDGE.support(
        [("It is not known if bone drugs help people over 90.", "Bone drugs help people over 90.")]
    )
    assert found.label == "not_found"
    assert [m.kind for m in found.mismatches] == ["certainty"]


def test_a_whole_sentence_of_the_passage_is_supported_whatever_stands_beside_it() -> None:
    passage = "Weak legs may last. It is not known how long weak legs last for one person. Legs can always swell."
    assert all(judge(sentence + ".", passage)[0] == "supported" for sentence in passage.rstrip(".").split(". "))


def test_praise_that_the_passage_lacks_is_not_supported() -> None:
    assert judge("Zoledronic acid is the most powerful drug to protect the bones.")[0] != "supported"
