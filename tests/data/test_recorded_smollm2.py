"""Recorded answers of the small model are what contents.yaml tells: real, whole, to the prompts as they stand."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.api import load_suite
from harness.pipelines import load_pipeline
from harness.pipelines.prompts import load_prompt
from harness.types import Answer, AnswerError, Query

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "datasets/recorded/smollm2"
PROMPTS = {p.stem: p for p in (ROOT / "evals/prompts/variants").glob("*.md")}
CONTENTS: dict[str, Any] = yaml.safe_load((FOLDER / "contents.yaml").read_text(encoding="utf-8"))
FILES = sorted(CONTENTS["files"])


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress((FOLDER / name).read_bytes()).splitlines()]


def test_every_file_is_told() -> None:
    assert sorted(p.name for p in FOLDER.glob("*.jsonl*")) == FILES
    assert len(PROMPTS) >= 4


@pytest.mark.parametrize("name", FILES)
def test_contents_tell_counts_parameters_and_checksum(name: str) -> None:
    told, found = CONTENTS["files"][name], rows(name)
    assert told["answers"] == len(found)
    assert told["epochs"] == {e: sum(r["epoch"] == e for r in found) for e in {r["epoch"] for r in found}}
    assert told["sha256"] == hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
    assert all(r["parameters"] in told["parameters"] for r in found)
    assert {r["recorded_on"] for r in found} == set(told["recorded_on"])
    assert {r["model"] for r in found} == {CONTENTS["model"]["name"]}


@pytest.mark.parametrize("name", FILES)
def test_the_prompt_is_the_one_that_stands_there(name: str) -> None:
    stem = name.removesuffix(".jsonl.gz")
    prompt = load_prompt(PROMPTS["grounded-safety" if stem == "wordings" else stem])
    assert {r["parameters"]["prompt_sha"] for r in rows(name)} == {prompt.sha}
    for row in rows(name):
        assert bool(row["passages"]) is (prompt.wants_passages and bool(row["passages"]))
        assert {c["passage_id"] for c in row["citations"]} <= {p["id"] for p in row["passages"]}


@pytest.mark.parametrize("name", [name for name in sorted(PROMPTS) if f"{name}.jsonl.gz" in FILES])
def test_a_variant_replays_by_prompt_and_never_fills_a_gap(name: str) -> None:
    pipeline = load_pipeline(f"recorded:{FOLDER}", corpus=None, prompt=PROMPTS[name])
    held = {(r["id"], r["epoch"]): r for r in rows(f"{name}.jsonl.gz")}
    for question in load_suite(ROOT / "evals/variants.yaml").questions:
        for epoch in (0, 1, 2):
            answer = pipeline.answer(Query(id=question.id, text=question.text, epoch=epoch))
            if (row := held.get((question.id, epoch))) is not None:
                assert isinstance(answer, Answer)
                assert answer.text == row["text"]
            else:
                assert isinstance(answer, AnswerError)
                assert answer.kind == "missing"
