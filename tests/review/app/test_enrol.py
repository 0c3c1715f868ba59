"""Who may be given which token, and what the review record learns of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import DatasetError, HarnessError
from harness.review.app import access
from harness.review.app.database import Database
from harness.review.app.enrol import enrol, export
from harness.review.ledger import PackEntry, check, run_hash
from harness.store import Run


def test_a_reader_has_one_token_one_role_and_one_spelling(database: Database, run: Run) -> None:
    enrol(database, run, "Dr A", "reviewer")
    with pytest.raises(DatasetError, match="Dr A: has a token already, as reviewer"):
        enrol(database, run, "dr  a", "viewer")
    with database.transaction(write=True) as t:
        access.revoke(t, run_hash(run.path), "Dr A")
    with pytest.raises(DatasetError, match="was reviewer in this review"):
        enrol(database, run, "Dr A", "viewer")
    with pytest.raises(DatasetError, match="is known as Dr A"):
        enrol(database, run, "DR A", "reviewer")
    enrol(database, run, "Dr  A ", "reviewer")
    packs = [e.body for e in check(run.path) if isinstance(e.body, PackEntry)]
    assert [p.reader for p in packs] == ["Dr A"], "a new token for the same pack is no new pack"
    with database.transaction(write=True) as t, pytest.raises(DatasetError, match="Dr B: has no token"):
        access.revoke(t, run_hash(run.path), "Dr B")
    with database.transaction() as t:
        told = access.given(t, run_hash(run.path))
    assert [(g.name, g.role, bool(g.revoked)) for g in told] == [
        ("Dr A", "reviewer", True),
        ("Dr A", "reviewer", False),
    ]


def test_all_reviewers_read_one_sample(database: Database, run: Run) -> None:
    enrol(database, run, "Dr A", "reviewer", seed=1)
    with pytest.raises(DatasetError, match="Dr B would read another sample than Dr A"):
        enrol(database, run, "Dr B", "reviewer", seed=2)
    with database.transaction() as t:
        assert [g.name for g in access.given(t, run_hash(run.path))] == ["Dr A"], "nothing is left of it"
    assert len(check(run.path)) == 1
    enrol(database, run, "Dr B", "reviewer", seed=1)


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "Dr\x1b[31m", "Dr \u202eA", "Dr\x00A", "\udcff"])
def test_a_name_has_to_be_one(database: Database, run: Run, name: str) -> None:
    with pytest.raises(DatasetError, match="not a name"):
        enrol(database, run, name, "viewer")


def test_adjudicators_need_what_is_to_be_adjudicated(database: Database, run: Run, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="--role adjudicator: needs"):
        enrol(database, run, "Dr A", "adjudicator")
    with pytest.raises(DatasetError, match="--role viewer: takes no"):
        enrol(database, run, "Dr A", "viewer", adjudicate=tmp_path)
    with pytest.raises(HarnessError):
        enrol(database, run, "Dr A", "adjudicator", adjudicate=tmp_path / "none.json")


def test_an_altered_run_is_not_served_to_a_new_reader(database: Database, run: Run) -> None:
    enrol(database, run, "Dr A", "reviewer")
    (run.path / "notes.txt").write_text("x")
    for role in ("viewer", "reviewer"):
        with pytest.raises(DatasetError, match=r"notes\.txt"):
            enrol(database, run, "Dr B", role)  # type: ignore[arg-type]


def test_export_keeps_out_of_the_run_and_wants_something_to_write(database: Database, run: Run, tmp_path: Path) -> None:
    enrol(database, run, "Dr A", "reviewer")
    with pytest.raises(DatasetError, match="lies in the run folder"):
        export(database, run, run.path / "out")
    with pytest.raises(DatasetError, match="nobody has read"):
        export(database, run, tmp_path / "out")
    assert not (tmp_path / "out").exists()
