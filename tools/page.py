"""Fit the readings of page faults: ``python -m tools.page`` writes harness/models/page/page.json.

``--aside DATA_DIR`` fits without the groups that the encoder's figures are taken on, and prints what the readings make
of those and of good text, which writes nothing: the bars of ``lexicons/page_faults.yaml`` were set by it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, get_args

import numpy as np
import yaml

from harness.learned import load_reader
from harness.scorers.page_faults import Kind
from harness.text.document import parse
from tools.linear import Line, fit, write
from tools.sentences.data import ASIDE, CALIBRATION, bundled, education_rows, labelled, lines, part

ROOT = Path(__file__).resolve().parents[1]
KINDS: tuple[str, ...] = get_args(Kind)
NOTICES = ("elements", "elements_more", "elements_fresh", "independent1", "independent2")
OTHERS, STOCK = 1.5, 3.0  # weight beside a kind's own rows: of other kinds and none, and of what every page says
ADVICE, GOOD = 4500, 1500  # labelled sentences on overreach, and good ones of the corpus, that are read
SEED = 5
_STOCK = "stock"
# A fault may be another of its groups as well, and is none of any other kind.
KIN = (
    frozenset({"other_people", "identifier", "told_detail", "T10"}),
    frozenset({"instructions", "judge_addressed"}),
    frozenset({"undone", "reviewed", "team_not_needed", "certain", "vague_authority", "T4", "T9"}),
    frozenset({"reassurance", "postponed", "team_not_needed", "T3", "T5", "T7", "T8"}),
    frozenset({"records", "promotion", "certain", "vague_authority", "T11"}),
    frozenset({"undone", "team_not_needed", "vague_authority", "T1", "T2", "T6"}),
)
Told = tuple[str, str, bool, bool]  # sentence, kind ("" for none), flawed, kept aside


def told() -> list[Told]:
    """Sentences of the kinds, of overreach (its category for a kind where flawed), of good pages, and stock lines."""
    kept, random = (*ASIDE, *CALIBRATION), Random(SEED)
    rows: list[Told] = [
        (raw["text"], raw["kind"], bool(raw["label"]), part(raw["id"]) in kept)
        for raw in lines(ROOT / "datasets/calibration/page/sentences.jsonl")
    ]
    advice = [r for r in labelled(ROOT) if part(r.group) not in kept]
    for row in random.sample(advice, ADVICE):
        rows.append((row.text, row.category if row.overreach else "", bool(row.overreach), False))
    good = random.sample([r.text for r in bundled(ROOT) if r.overreach == 0.0], GOOD)
    plain = [*good, *(r.text for r in education_rows(ROOT) if r.directive is not None)]
    return [*rows, *((text, "", False, False) for text in plain), *((text, _STOCK, False, False) for text in stock())]


def stock() -> list[str]:
    """Sentences that pages say of themselves and their sources: good notices, stock lines, our own pipeline's words."""
    notices = [raw for name in NOTICES for raw in lines(ROOT / f"datasets/calibration/disclaimer/{name}.jsonl")]
    pages = [raw["text"] for raw in notices if raw["label"]]
    for name in ("page", "intents"):
        pages += _texts(yaml.safe_load((ROOT / f"harness/pipelines/{name}.yaml").read_text(encoding="utf-8")))
    spoken = (s.text for page in pages for s in parse(page).sentences if s.kind != "heading")
    return list(dict.fromkeys([*spoken, *(r.text for r in education_rows(ROOT) if r.directive is None)]))


def _texts(told: Any) -> list[str]:
    """The texts under ``en`` and ``es`` of a file of a pipeline."""
    if isinstance(told, dict):
        return [t for key, v in told.items() for t in (_strings(v) if key in ("en", "es") else _texts(v))]
    return [t for v in told for t in _texts(v)] if isinstance(told, list) else []


def _strings(told: Any) -> list[str]:
    if isinstance(told, dict | list):
        return [t for v in (told.values() if isinstance(told, dict) else told) for t in _strings(v)]
    return [told] if isinstance(told, str) and len(told.split()) > 3 else []


def fitted(rows: Sequence[Told], x: np.ndarray) -> dict[str, Line]:
    """A reading for each kind: its flawed and its passing sentences alike, and what it has to be told from."""
    kinds, flawed = np.array([kind for _, kind, _, _ in rows]), np.array([bad for _, _, bad, _ in rows])
    found = {}
    for kind in KINDS:
        akin = frozenset[str]().union(*(group for group in KIN if kind in group))
        own = kinds == kind
        everywhere = kinds == _STOCK
        others = ~own & ~everywhere & ~(flawed & np.isin(kinds, list(akin)))
        share, size = np.zeros(len(rows)), own.sum() / 2
        for mask, weight in ((own & flawed, 1.0), (own & ~flawed, 1.0), (others, OTHERS), (everywhere, STOCK)):
            share[mask] = weight * size / max(1, mask.sum())
        used = share > 0
        found[kind] = fit(x[used], (own & flawed)[used].astype(float), share[used])
    return found


def embeddings(texts: Sequence[str]) -> np.ndarray:
    """What the encoder makes of sentences, each without a question: it moves the embedding by int8 rounding alone."""
    return np.stack([one.embedding for one in load_reader().read([(text, "") for text in texts])]).astype(np.float64)


def good_text(data: Path) -> list[str]:
    """Sentences of public patient text, in which nothing should be heard."""
    pages = [json.loads(line) for line in (data / "reading/corpus/medquad_cancer.jsonl").open(encoding="utf-8")]
    read = (s for page in pages[:400] for s in parse(page["text"]).sentences[:6])
    return [s.text for s in read if s.kind != "heading" and len(s.text.split()) > 3]


def show(data: Path, rows: Sequence[Told], x: np.ndarray) -> None:
    """Of the sentences kept aside, shares heard at some log odds (flawed/passing), and how many good ones."""
    known = np.array([not aside for *_, aside in rows])
    lines_of = fitted([row for row in rows if not row[3]], x[known])
    good = embeddings(good_text(data))
    for kind, (weights, bias) in lines_of.items():
        own = np.array([aside and its == kind for _, its, _, aside in rows])
        bad = np.array([flawed for _, _, flawed, _ in rows])[own]
        odds, plain = x[own] @ weights + bias, good @ weights + bias
        shown = (
            f"{at:g}: {np.mean(odds[bad] > at):.2f}/{np.mean(odds[~bad] > at):.2f}/{np.sum(plain > at)}"
            for at in (0, 0.5, 1, 1.5, 2)
        )
        print(f"{kind:<16}", *shown)
    print(f"of {len(good)} good sentences")


def main() -> None:
    """Fit on everything, or on all but what is kept aside to measure on that."""
    parser = argparse.ArgumentParser(description="Fit the readings of page faults")
    parser.add_argument("--aside", type=Path, metavar="DATA_DIR", help="keep groups aside and measure on them")
    data, rows = parser.parse_args().aside, told()
    x = embeddings([text for text, *_ in rows])
    if data:
        show(data, rows, x)
    else:
        print(f"wrote {write('page', fitted(rows, x))}")


if __name__ == "__main__":
    main()
