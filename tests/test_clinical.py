"""docs/clinical.md says what the code, the rules and the data say."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy import stats

from harness.scorers import all_rules
from harness.stats import upper_bound, wilson

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/clinical.md").read_text(encoding="utf-8")
BOUNDS = re.findall(r"^\| (\d+) \| ([\d.]+) % \| (\d+)-(\d+) % \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("n", "bound", "low", "high"), BOUNDS)
def test_sample_size_bounds_are_computed(n, bound, low, high):
    n = int(n)
    interval = wilson(round(0.9 * n), n)
    assert f"{100 * upper_bound(0, n):.1f}" == bound
    assert (f"{100 * interval.low:.0f}", f"{100 * interval.high:.0f}") == (low, high)


def test_the_table_of_bounds_is_there():
    assert len(BOUNDS) >= 6
    assert f"miss rate of {upper_bound(0, 18):.0%}".replace("%", " %") in PAGE


def mcnemar_power(n: int, worse: float, better: float) -> float:
    """Probability that an exact one-sided McNemar test at 5 % notices a drop, over all numbers of discordant pairs."""
    power = 0.0
    for discordant in range(n + 1):
        k = np.arange(discordant + 1)
        notices = stats.binom.sf(k - 1, discordant, 0.5) <= 0.05
        chance = stats.binom.pmf(k, discordant, worse / (worse + better))[notices].sum()
        power += stats.binom.pmf(discordant, n, worse + better) * chance
    return power


def test_power_of_the_paired_test_is_computed():
    told = re.search(r"([\d.]+)\s+for\s+150\s+questions,\s+([\d.]+)\s+for\s+200\s+and\s+([\d.]+)\s+for\s+300", PAGE)
    assert told
    assert [f"{mcnemar_power(n, 0.08, 0.03):.2f}" for n in (150, 200, 300)] == list(told.groups())


def test_shares_of_categories_are_the_quotas():
    told = re.findall(r"\| `(\w+)`[^|]*\| (\d+) % ", PAGE)
    quotas = yaml.safe_load((ROOT / "datasets/quotas.yaml").read_text(encoding="utf-8"))["categories"]
    assert {name: int(share) / 100 for name, share in told} == quotas


def test_severities_of_overreach_are_the_rules():
    told = dict(re.findall(r"^\| \[(ADV\d+)\]\(rules/ADV\d+\.md\) .*? \| (\d) \|", PAGE, re.MULTILINE))
    rules = all_rules()
    assert {code: rules[code].severity for code in told} == {code: int(level) for code, level in told.items()}
    assert len(told) == 11


def test_bars_are_those_of_the_release_suite():
    told = re.findall(r"`(\w+): min ([\d.]+)`", PAGE)
    gates = yaml.safe_load((ROOT / "evals/release.yaml").read_text(encoding="utf-8"))["gates"]["scores"]
    assert told
    assert dict(told).items() <= {g["scorer"]: str(g["min"]) for g in gates}.items()


def test_links_lead_somewhere():
    anchors = {
        re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        else:
            assert (ROOT / "docs" / target).is_file(), target


def test_files_it_names_exist():
    for name in re.findall(r"`((?:harness|datasets|evals)/[\w/.-]+\.(?:yaml|md|py))`", PAGE):
        assert (ROOT / name).is_file(), name
