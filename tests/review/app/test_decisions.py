"""Judgements are only ever added, each under its reader's name, and nothing is lost when all save at once."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.errors import DatasetError
from harness.review.app.database import Database, DatabaseError, open_database
from harness.review.app.decisions import Decisions
from harness.review.app.enrol import export
from harness.review.desk import merge_files
from harness.review.ledger import run_hash
from tests.review.app.support import Person, Team
from tests.review.support import judged

READERS = 20


def decisions(team: Team) -> Decisions:
    return Decisions(team.database, run_hash(team.run.path))


def test_a_changed_judgement_is_a_new_row_and_a_repeated_one_is_none(team: Team) -> None:
    person = team.person("Dr A")
    page = person.open()
    review = judged(page["items"][0])
    assert person.save(page, review, after=0).json() == {"number": 1}
    assert person.save(page, review, after=0).json() == {"number": 1}, "a repeated request adds nothing"
    assert person.save(page, judged(page["items"][1]), after=0).json() == {"number": 2}
    changed = {**review, "comment": "On second thoughts."}
    assert person.save(page, changed, after=1).json() == {"number": 3}
    trail = list(decisions(team).trail(page["pack"]))
    assert [(d.number, d.who, d.review.item, d.review.comment) for d in trail] == [
        (1, "Dr A", review["item"], ""),
        (2, "Dr A", page["items"][1]["id"], ""),
        (3, "Dr A", review["item"], "On second thoughts."),
    ]
    assert [d.at for d in trail] == sorted(d.at for d in trail)
    assert [r["number"] for r in person.open()["desk"]["decisions"]] == [3, 2], "in the order of the pack"


def test_a_second_window_is_told_instead_of_undoing_the_first(team: Team) -> None:
    person = team.person("Dr A")
    page = person.open()
    review = judged(page["items"][0])
    assert person.save(page, review, after=0).status_code == 200
    late = person.save(page, {**review, "comment": "late"}, after=0)
    assert late.status_code == 409
    assert "another window" in late.json()["problem"]
    closing = person.save(page, {**review, "comment": "closing"}, after=None)
    assert closing.json() == {"number": 2}, "a page that closes is heard all the same; both rows stay"


def test_nobody_writes_in_anothers_name(team: Team) -> None:
    first, second = team.person("Dr A"), team.person("Dr B")
    mine, theirs = first.open(), second.open()
    reply = second.http.post(
        "/decisions",
        json={"pack": mine["pack"], "review": judged(mine["items"][0]), "revealed": True, "after": None},
        headers={"X-CSRF-Token": theirs["desk"]["csrf"]},
    )
    assert reply.status_code == 422
    assert "another reader's pack" in reply.json()["problem"]
    extra = second.save(theirs, judged(theirs["items"][0]), who="Dr A")
    assert extra.status_code == 422
    assert list(decisions(team).trail(mine["pack"])) == []
    assert second.http.get(f"/files/{mine['pack']}").status_code == 403
    assert "Dr A" not in second.http.get("/review").text


def test_what_does_not_fit_is_refused(team: Team) -> None:
    person = team.person("Dr A")
    page = person.open()
    item = next(i for i in page["items"] if i["findings"])
    good = judged(item)

    def refused(change: dict[str, Any], **options: Any) -> str:
        reply = person.save(page, {**good, **change}, **options)
        assert reply.status_code == 422, reply.text
        return str(reply.json()["problem"])

    assert "not in the pack" in refused({"item": "i999"})
    assert "f1 is not judged" in refused({"findings": []})
    assert "f9: no such finding" in refused({"findings": [{"finding": "f9", "verdict": "reject", "severity": None}]})
    assert "review.severity" in refused({"severity": 7})
    assert "review.extra" in refused({"extra": 1})
    mark = {"start": 0, "end": 3, "quote": "xyz", "category": "other", "severity": 2, "before": True}
    assert "not the answer's" in refused({"marks": [mark]})
    assert "review.comment" in refused({"comment": "x" * 20_001})
    assert "not shown" in refused({}, revealed=False)
    assert "no first judgement" in refused({"first": None, "done": False})
    assert person.open()["desk"]["decisions"] == []


def test_the_first_judgement_can_not_be_changed_after_the_findings_were_shown(team: Team) -> None:
    person = team.person("Dr A")
    page = person.open()
    item = page["items"][0]
    early = {**judged(item, missed=True), "done": False, "findings": [], "first": 1}
    assert person.save(page, {**early, "first": 2}, revealed=False).status_code == 200
    assert person.save(page, early, revealed=False).status_code == 200, "until then it may"
    assert person.save(page, early, revealed=True).status_code == 200
    for change, revealed in (({"first": 0}, True), ({}, False)):
        reply = person.save(page, {**early, "comment": "x", **change}, revealed=revealed)
        assert "first judgement is kept" in reply.json()["problem"]
    words = {"start": 0, "end": 2, "quote": item["answer"][:2], "category": "other", "severity": 2}
    late = person.save(page, {**early, "marks": [*early["marks"], {**words, "before": True}]})
    assert "not made before the findings" in late.json()["problem"]
    assert person.save(page, {**early, "marks": [{**words, "before": False}]}).status_code == 200


def test_twenty_readers_who_save_at_once_lose_nothing(team: Team, tmp_path: Path) -> None:
    people = [team.person(f"Dr {n:02d}") for n in range(READERS)]
    pages = [p.open() for p in people]
    start = threading.Barrier(READERS)

    def work(n: int) -> None:
        person, page = people[n], pages[n]
        start.wait(60)
        for item in page["items"][:5]:
            draft = {**judged(item), "comment": f"draft of {n}"}
            number = person.save(page, draft, after=0).raise_for_status().json()["number"]
            person.save(page, {**judged(item), "comment": f"final of {n}"}, after=number).raise_for_status()

    with ThreadPoolExecutor(READERS) as pool:
        list(pool.map(work, range(READERS)))

    kept = decisions(team)
    for n, page in enumerate(pages):
        trail = list(kept.trail(page["pack"]))
        wanted = [(i["id"], f"{word} of {n}") for i in page["items"][:5] for word in ("draft", "final")]
        assert [(d.review.item, d.review.comment) for d in trail] == wanted
        assert {d.who for d in trail} == {f"Dr {n:02d}"}
    files = [path for path, _ in export(team.database, team.run, tmp_path / "out") if path.suffix == ".json"]
    assert len(files) == READERS
    assert len((tmp_path / "out/decisions.jsonl").read_text().splitlines()) == READERS * 10
    _, merged, review = merge_files(team.run, files[:2], None)
    assert (review.read, review.twice, merged.disputed) == (5, 5, [])


def test_one_reader_in_many_windows_keeps_one_chain(team: Team) -> None:
    token = team.token("Dr A")
    windows = [Person(team.url, token) for _ in range(4)]
    page = windows[0].open()
    pages = [w.open() for w in windows]

    def work(n: int) -> list[int]:
        return [windows[n].save(pages[n], {**judged(i), "comment": str(n)}).json()["number"] for i in page["items"]]

    with ThreadPoolExecutor(len(windows)) as pool:
        numbers = [n for told in pool.map(work, range(len(windows))) for n in told]
    assert sorted(numbers) == list(range(1, 41))
    assert len(list(decisions(team).trail(page["pack"]))) == 40


STATEMENTS = [
    "UPDATE review_decisions SET body = ''",
    "UPDATE review_packs SET reader = 'Dr Evil'",
    "DELETE FROM review_decisions",
    "DELETE FROM review_packs",
]


def test_the_database_itself_refuses_to_change_a_row(team: Team) -> None:
    person = team.person("Dr A")
    page = person.open()
    person.save(page, judged(page["items"][0]))
    for statement in STATEMENTS:
        with pytest.raises(DatabaseError, match="are only added"), team.database.transaction(write=True) as t:
            t.run(statement)
    assert [d.who for d in decisions(team).trail(page["pack"])] == ["Dr A"]


@pytest.mark.parametrize("change", ["body = replace(body, 'Dr A', 'Dr B')", "item = 'i009'", "number = 9"])
def test_a_row_altered_past_the_triggers_is_named(team: Team, where: str, change: str, tmp_path: Path) -> None:
    person = team.person("Dr A")
    page = person.open()
    for item in page["items"][:3]:
        person.save(page, judged(item))
    drop = "DROP TRIGGER review_decisions_{}{}"
    with team.database.transaction(write=True) as t:
        if where.startswith("postgresql"):
            t.run(drop.format("stay", " ON review_decisions"))
        else:
            t.run(drop.format("keep", ""))
        t.run(f"UPDATE review_decisions SET {change} WHERE number = 2")
    with pytest.raises(DatasetError, match="decision 2: altered"):
        export(team.database, team.run, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert person.http.get("/file").status_code == 503
    assert person.http.get("/file").content == b""


def test_the_exported_file_is_the_one_that_is_merged(team: Team, tmp_path: Path) -> None:
    people = {name: team.person(name) for name in ("Dr A", "Dr B")}
    for name, person in people.items():
        page = person.open()
        flagged = next(i["id"] for i in page["items"] if i["findings"])
        for item in page["items"]:
            person.save(page, judged(item, wrong=name == "Dr B" and item["id"] == flagged)).raise_for_status()
    team.person("Vi", "viewer")
    written = export(team.database, team.run, tmp_path / "out")
    assert [told for _, told in written] == ["reviewer, 10 of 10 answers done"] * 2 + ["20 decisions"]
    files = [path for path, _ in written[:2]]
    for person, path in zip(people.values(), files, strict=True):
        reply = person.http.get("/file")
        assert reply.content == path.read_bytes()
        assert path.name in reply.headers["content-disposition"]
    target, merged, _ = merge_files(team.run, files, None)
    assert len(merged.disputed) == 1

    third = team.person("Dr C", "adjudicator", adjudicate=target)
    page = third.open()
    assert [i["id"] for i in page["items"]] == merged.disputed
    assert page["role"] == "adjudicator"
    third.save(page, judged(page["items"][0])).raise_for_status()
    last = export(team.database, team.run, tmp_path / "out")[2][0]
    _, merged, review = merge_files(team.run, [*files, last], None)
    assert merged.adjudicated is not None
    assert review.open == 0


def test_a_database_that_fails_is_said_and_comes_back(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    person = team.person("Dr A")
    page = person.open()
    whole = type(team.database).transaction

    def broken(self: Database, *, write: bool = False) -> Any:
        if write:
            raise DatabaseError("disk full")
        return whole(self, write=write)

    monkeypatch.setattr(type(team.database), "transaction", broken)
    reply = person.save(page, judged(page["items"][0]))
    assert (reply.status_code, reply.content, reply.headers["retry-after"]) == (503, b"", "5")
    monkeypatch.undo()
    assert person.save(page, judged(page["items"][0])).json() == {"number": 1}


def test_a_database_is_opened_again_and_one_of_another_version_is_not(where: str) -> None:
    open_database(where)
    again = open_database(where)
    with again.transaction(write=True) as t:
        t.run("UPDATE review_schema SET version = 99")
    with pytest.raises(DatabaseError, match="another version"):
        open_database(where)


def test_many_open_a_new_database_at_once(where: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(open_database, [where] * 8))) == 8


def test_what_can_not_be_opened_is_told_in_a_line_without_passwords(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no database " * 100)
    for wrong in (
        str(text),
        str(tmp_path),
        str(tmp_path / "none/x.sqlite"),
        "mysql://tester:s3cret@localhost/x",
        "postgresql://tester:s3cret@127.0.0.1:1/none",
        "postgresql://tester:s3cret@127.0.0.1:port/none",
        "postgresql://tester:s3cr%et@127.0.0.1/none",
    ):
        with pytest.raises(DatabaseError) as told:
            open_database(wrong)
        assert "\n" not in told.value.message
        assert "s3cr" not in str(told.value)
    with pytest.raises(DatabaseError, match="no such file"):
        open_database(str(tmp_path / "none.sqlite"), create=False)
    assert not (tmp_path / "none.sqlite").exists()


def test_hostile_names_and_words_are_kept_as_text(team: Team) -> None:
    name = "Dr <script>alert(1)</script> '; DROP TABLE review_packs; --"
    person, viewer = team.person(name), team.person("Vi", "viewer")
    page = person.open()
    comment = "</script><script>alert(1)</script> {{7*7}} \u202e \u0000 '; --"
    person.save(page, {**judged(page["items"][0]), "comment": comment}).raise_for_status()
    assert person.open()["desk"]["decisions"][0]["review"]["comment"] == comment
    assert json.loads(person.http.get("/file").text)["items"][0]["comment"] == comment
    for text in (person.http.get("/review").text, viewer.http.get("/progress").text):
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text
