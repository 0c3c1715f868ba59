"""Learned ease: common words and short sentences make a text easier, and nothing rare or long ever does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.resources import package_file
from harness.text.document import parse
from harness.text.ease import FEATURES, MODEL, ease, features, load_model
from harness.text.rarity import RAREST, zipf
from harness.text.readability import lines

ROOT = Path(__file__).parents[2]
EASIER = {"zipf", "content_zipf", "rarest_tenth", "function_words", "pronouns"}
# (technical, plain) tellings of the same facts.
TOLD_TWICE = [
    (
        "Adjuvant endocrine therapy significantly reduced locoregional recurrence in postmenopausal participants (HR 0.71).",
        "After surgery, hormone pills made it less likely that the cancer came back in women past menopause.",
    ),
    (
        "Chemotherapy-induced peripheral neuropathy manifests predominantly as symmetrical distal paraesthesia.",
        "Chemo can hurt the nerves. Your hands and feet may tingle or feel numb on both sides.",
    ),
    (
        "Prophylactic administration of antiemetics is recommended prior to highly emetogenic regimens.",
        "You will get a pill to keep your stomach calm before the strong drugs.",
    ),
]


def score(text: str) -> float:
    document = parse(text)
    found = ease(lines(document.body), document.plain)
    assert found is not None
    return found


def named(text: str) -> dict[str, float]:
    document = parse(text)
    found = features(lines(document.body), document.plain)
    assert found is not None
    return dict(zip(FEATURES, found.tolist(), strict=True))


@pytest.mark.parametrize(("technical", "plain"), TOLD_TWICE)
def test_the_plain_telling_is_the_easier_one(technical: str, plain: str) -> None:
    assert score(plain) > score(technical) + 20


def test_rarity_follows_everyday_use() -> None:
    assert zipf("the") > zipf("nurse") > zipf("biopsy") > zipf("locoregional") == RAREST
    assert zipf("nurse's") == zipf("nurse")
    assert zipf("well-locoregional") == RAREST
    assert zipf("") == RAREST


def test_features_equal_hand_counts() -> None:
    """Two sentences, ten words: "medication" is derived, of four syllables and ten letters; one number, one bracket."""
    found = named("You can take the medication (2 pills) daily. It was told.")
    assert found["syllables"] == pytest.approx((1 + 1 + 1 + 1 + 4 + 1 + 2 + 1 + 1 + 1) / 10)
    assert found["letters"] == pytest.approx((3 + 3 + 4 + 3 + 10 + 5 + 5 + 2 + 3 + 4) / 10)
    assert found["three_syllables"] == found["four_syllables"] == found["nouns_derived"] == pytest.approx(0.1)
    assert found["function_words"] == pytest.approx(5 / 10)  # you, can, the, it, was
    assert found["pronouns"] == pytest.approx(1 / 10)  # it is none: it stands for things
    assert found["log_sentence_words"] == pytest.approx(np.log(5))
    assert found["mean_log_sentence_words"] == pytest.approx((np.log(7) + np.log(3)) / 2)
    assert found["brackets"] == found["figures"] == found["adverbs"] == pytest.approx(0.1)
    assert found["commas"] == found["acronyms"] == found["passives"] == found["long_sentences"] == 0.0


def test_a_text_said_twice_is_as_easy_as_said_once() -> None:
    text = "Your nurse can help you with that. Drink a lot of water every day."
    assert score(f"{text} {text}") == pytest.approx(score(text), abs=2.0)  # a quantile moves a little


def test_nothing_to_read_has_no_ease() -> None:
    document = parse("12 34")
    assert ease(lines(document.body), document.plain) is None
    assert ease([], "") is None


def test_no_weight_turns_against_what_is_known_of_reading() -> None:
    model = load_model()
    for name, weight in zip(FEATURES, model.weights, strict=True):
        assert weight >= 0 if name in EASIER else weight <= 0, name
    told = json.loads(package_file(MODEL).read_text(encoding="utf-8"))
    assert set(told["weights"]) <= set(FEATURES)
    assert told["pairs_ordered_right"]["cochrane_pls, groups kept aside"] >= 0.92


@given(st.text(max_size=300))
def test_any_text_has_a_finite_ease_or_none(text: str) -> None:
    document = parse(text)
    found = ease(lines(document.body), document.plain)
    assert found is None or np.isfinite(found)


def write(folder: Path, name: str, rows: list[dict]) -> None:
    (folder / "readability").mkdir(exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "readability" / f"{name}.jsonl").write_text(text)


def train(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.ease", str(folder), "-o", str(folder / "ease.json")]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=300)


def test_the_training_command_learns_from_versions_of_the_same_text(tmp_path: Path) -> None:
    rows = [
        {"text": text.replace("the", f"the no {number}"), "target": level, "group": f"g{number}"}
        for number in range(24)
        for level, text in enumerate(reversed(TOLD_TWICE[number % 3]))
    ]
    write(tmp_path, "cochrane_pls", rows)
    write(tmp_path, "onestopenglish", rows)
    done = train(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "cochrane_pls, groups kept aside: 100.0 % of pairs ordered right" in done.stdout
    made = json.loads((tmp_path / "ease.json").read_text())
    assert set(made) == {"trained_on", "pairs_ordered_right", "intercept", "weights"}
    assert all(w > 0 if name in EASIER else w < 0 for name, w in made["weights"].items())


def test_the_training_command_names_a_bad_row(tmp_path: Path) -> None:
    write(tmp_path, "cochrane_pls", [{"text": "Rest.", "target": 0, "group": "g"}, {"text": "Rest.", "group": "g"}])
    done = train(tmp_path)
    assert done.returncode == 2
    assert "cochrane_pls.jsonl:2: a row needs text, target and group" in done.stderr
    assert not (tmp_path / "ease.json").exists()
