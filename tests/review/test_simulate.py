"""Simulated readers are labelled as such, share a truth, and their files go the whole way."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.api_review import agreement_frame, merge_reviews, rate_series, rates_frame, sign, write_pack
from harness.errors import DatasetError
from harness.review.records import read_review
from harness.review.simulate import simulated_review, write_simulated
from tests.review.support import a_run


def test_from_packs_to_a_signature(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", 40)
    files, packs = [], []
    for name in ("Simulated reader A", "Simulated reader B"):
        page, pack = write_pack(run, name)
        assert page.is_file()
        packs.append(pack)
        files.append(write_simulated(pack.data, tmp_path / f"{len(packs)}.json", slips=0.3))
    assert all(i.comment == "Simulated: no person read this answer." for i in read_review(files[0]).items)
    merged, review = merge_reviews(run, files)
    assert review.read == review.twice == len(packs[0].data["items"])
    assert review.disputed == review.open > 0
    _, third = write_pack(run, "Simulated adjudicator", adjudicate=merged)
    last = write_simulated(third.data, tmp_path / "c.json", slips=0.0)
    merged, review = merge_reviews(run, [*files, last])
    assert (review.open, review.adjudicator) == (0, "Simulated adjudicator")
    frame = agreement_frame(review)
    assert list(frame.columns) == ["measure", "n", "yes", "raw", "positive", "negative", "kappa", "ac1"]
    assert frame.loc[frame.measure == "overall", "raw"].item() < 1
    rates = rates_frame(review).set_index("measure")
    assert rates.loc["overall", "low"] <= rates.loc["overall", "corrected"] <= rates.loc["overall", "high"]
    series = rate_series(review)
    assert series["corrected by the readers"]["overall"].value == rates.loc["overall", "corrected"]
    verdict, _ = sign(
        run, decision="do-not-release", name="Simulated reader A", role="Demonstration", statement="Nobody read it."
    )
    assert verdict == "FAIL"
    assert "Human decision: do not release" in (run.path / "report.html").read_text()


def test_readers_without_slips_agree_and_follow_the_truth_of_the_seed(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", 40)
    (_, a), (_, b) = write_pack(run, "Simulated A"), write_pack(run, "Simulated B")
    first, second = (simulated_review(p.data, slips=0.0)["items"] for p in (a, b))
    assert sorted(first, key=lambda i: i["item"]) == sorted(second, key=lambda i: i["item"])
    assert simulated_review(a.data, slips=0.0, seed=1)["items"] != first
    everything = simulated_review(a.data, slips=0.0, true=1.0, missed=0.0)["items"]
    assert all(f["verdict"] == "confirm" for i in everything for f in i["findings"])
    assert not any(i["marks"] for i in everything)
    assert any(i["marks"] for i in simulated_review(a.data, slips=0.0, missed=1.0)["items"])


def test_nobody_else_is_simulated(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run")
    _, pack = write_pack(run, "Dr Ada Okafor")
    with pytest.raises(DatasetError, match="only a reader named 'Simulated'"):
        write_simulated(pack.data, tmp_path / "a.json")
    assert not (tmp_path / "a.json").exists()
