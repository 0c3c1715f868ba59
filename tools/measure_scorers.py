"""Measure the scorers that rest on no judge: python tools/measure_scorers.py [DATA_DIR]

Measures the sets that ``tools/scorer_sets.yaml`` names: those of this repository, and with DATA_DIR the public ones; no
row of them is written out. Writes the figures into ``harness/scorers/accuracy.json``, which reports quote, and into
``docs/accuracy.md``. Figures of sets that were not measured this time stay.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from measure_judges import main as write_page
from scorer_tables import LabelledSet, labelled_sets

from harness.accuracy import RuleMeasurement, read_results, rules_text
from harness.errors import HarnessError
from harness.render.terminal import progress_bar
from harness.rule_accuracy import SHIPPED
from harness.rule_calibration import measure_rules, read_texts

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "harness" / SHIPPED


def paths_of(one: LabelledSet, root: Path) -> list[Path]:
    """The set's files; a pattern stands for all files that match it."""
    return [p for name in one.files for p in (sorted(root.glob(name)) or [root / name])]


def is_aside(row: dict[str, Any], rule: dict[str, Any]) -> bool:
    """Whether training left a row out, by the hash of one of its fields."""
    value = str(row.get(rule["field"]) or row["id"]).encode()
    number = zlib.crc32(value) if rule["hash"] == "crc32" else int(hashlib.sha256(value).hexdigest(), 16)
    return number % rule["of"] in rule["keep"]


def measure(one: LabelledSet, root: Path, seed: int) -> RuleMeasurement:
    """Measure a scorer on a set; raises HarnessError where a file is missing or broken."""
    paths = paths_of(one, root)
    data = read_texts(paths, one.scorer, name=one.name, split="all" if one.aside else one.split)
    if one.aside:
        raw = [json.loads(line) for p in paths for line in p.read_text(encoding="utf-8").splitlines() if line.strip()]
        kept = tuple(r for r, told in zip(data.rows, raw, strict=True) if is_aside(told, one.aside))
        data = replace(data, rows=kept, split="kept aside")
    with progress_bar(f"{one.name} rows") as progress:
        return measure_rules(data, seed=seed, easier=one.easier, progress=progress)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and write the figures and the page; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path, nargs="?")
    parser.add_argument("--only", nargs="+", metavar="SCORER", help="only these scorers")
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args(argv)
    sets = [one for one in labelled_sets() if not told.only or one.scorer in told.only]
    try:
        old = read_results(FIGURES).rules if FIGURES.is_file() else ()
        within = [(one, told.data_dir if one.public else ROOT) for one in sets]
        fresh = [measure(one, root, told.seed) for one, root in within if root]
        names = {m.data for m in fresh}
        text = rules_text([*fresh, *(m for m in old if m.data not in names)])
    except HarnessError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    FIGURES.write_text(text, encoding="utf-8")
    return write_page([])


if __name__ == "__main__":
    sys.exit(main())
