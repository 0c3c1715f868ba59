"""The organisation's policy file: what it changes, and how a bad one is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import SuiteError
from harness.resources import package_file
from harness.scorers import load_scorer, scorer_id
from harness.scorers.disclaimer import Disclaimer
from harness.scorers.disclaimer_policy import load_policy
from tests.scorers.test_disclaimer import BODY, codes, score

OWN = package_file("lexicons/disclaimer_policy.yaml").read_text(encoding="utf-8")
SHORT = "This is general information. It is not medical advice. An AI wrote it."


def policy(folder: Path, **changes: str) -> str:
    """A policy file: the project's own with some lines replaced."""
    lines = []
    for line in OWN.splitlines():
        key = line.partition(":")[0]
        lines.append(f"{key}: {changes[key]}" if key in changes else line)
    file = folder / "notice.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(file)


def test_the_project_has_a_policy_of_its_own() -> None:
    chosen = load_policy()
    assert chosen.always == ("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10")
    assert (chosen.persona, chosen.promotion, chosen.fragment) == (("D11",), ("D12",), ("D2", "D4"))
    assert chosen.tiers == {"R3": ("D8",)}


def test_a_policy_chooses_the_elements(tmp_path: Path) -> None:
    scorer = Disclaimer(policy=policy(tmp_path, always="[D1, D2, D4]", persona="[]"))
    outcome = score(SHORT + BODY, scorer=scorer)
    assert outcome.metrics["elements_required"] == outcome.metrics["elements_present"] == 3.0
    assert "DIS402" not in codes(outcome)
    assert "DIS402" in codes(score(SHORT + BODY))


def test_a_policy_adds_elements_for_a_risk_tier(tmp_path: Path) -> None:
    scorer = Disclaimer(policy=policy(tmp_path, always="[D1, D2, D4]", tiers="{R3: [D8]}"))
    plain = score(SHORT + BODY, scorer=scorer, text="does radiation hurt", risk_tier="R1")
    urgent = score(SHORT + BODY, scorer=scorer, text="does radiation hurt", risk_tier="R3")
    assert (plain.metrics["elements_required"], urgent.metrics["elements_required"]) == (3.0, 4.0)
    assert "DIS402" in codes(urgent)


def test_the_organisations_text_is_wanted_letter_by_letter(tmp_path: Path) -> None:
    scorer = Disclaimer(policy=policy(tmp_path, always="[D1, D2, D4]", wording=f'{{en: "{SHORT}"}}'))
    assert "DIS405" not in codes(score(SHORT + BODY, scorer=scorer))
    outcome = score(SHORT.replace("general information", "general  information") + BODY, scorer=scorer)
    (finding,) = [f for f in outcome.findings if f.code == "DIS405"]
    assert (finding.severity, outcome.score) == (2, 0.0)


def test_the_policys_content_is_part_of_the_scorers_id(tmp_path: Path) -> None:
    path = policy(tmp_path, always="[D1]")
    first = scorer_id(load_scorer("disclaimer", {"policy": path}))
    assert policy(tmp_path, always="[D2]") == path
    assert scorer_id(load_scorer("disclaimer", {"policy": path})) != first


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"always": "[D1, D99]"}, "always.1"),
        ({"core": "[]"}, "core"),
        ({"longest_mean_sentence": "soon"}, "longest_mean_sentence"),
        ({"wording": "{tlh: text}"}, "wording.tlh"),
        ({"tiers": "{R9: [D8]}"}, "tiers.R9"),
        ({"always": "[D1"}, "not valid YAML"),
    ],
)
def test_a_bad_policy_is_one_line_with_file_and_place(tmp_path: Path, changes: dict[str, str], told: str) -> None:
    path = policy(tmp_path, **changes)
    with pytest.raises(SuiteError) as caught:
        load_scorer("disclaimer", {"policy": path})
    assert caught.value.message.startswith(f"{path}:")
    assert told in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("value", ["nowhere.yaml", 3])
def test_a_policy_that_is_no_file_is_refused(value: object) -> None:
    with pytest.raises(SuiteError):
        load_scorer("disclaimer", {"policy": value})


def test_the_command_line_ends_with_2(tmp_path: Path) -> None:
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        "name: s\ntitle: S\naccept_drafts: true\nscorers: [{disclaimer: {policy: nowhere.yaml}}]\n"
        "gates: {scores: [{scorer: disclaimer, min: 1.0}]}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "harness", "run", str(suite), "-o", str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "nowhere.yaml: no such policy file" in done.stderr
    assert not (tmp_path / "run").exists()
