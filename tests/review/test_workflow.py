"""pack -> merge -> adjudicate -> corrected rates -> sign -> verify, by the documented commands, and what each refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.store import Run
from tests.review.support import a_run, data_of, harness, read


def test_a_run_of_120_questions_is_reviewed_signed_and_verified(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", 120).path
    pages = []
    for name in ("Dr A", "Dr B"):
        done = harness("review", "pack", run, "--reviewer", name)
        assert done.returncode == 0, done.stderr
        pages.append(run / "review" / f"pack-{name.lower().replace(' ', '-')}.html")
    assert "22 of 22 serious" in done.stdout
    names = [i["id"] for i in data_of(pages[0])["items"]]
    flagged = [i["id"] for i in data_of(pages[0])["items"] if i["findings"]]
    clear = [n for n in names if n not in flagged]
    a = read(pages[0], tmp_path / "a.json", wrong=(flagged[0], flagged[1]), missed=(clear[0],))
    b = read(pages[1], tmp_path / "b.json", wrong=(flagged[1],), missed=(clear[0], clear[1]))

    merged = harness("review", "merge", run, a, b, "-o", tmp_path / "m.json")
    assert merged.returncode == 0, merged.stderr
    assert f"readers differ on 2: {', '.join(sorted([flagged[0], clear[1]]))}; 2 still open" in merged.stdout
    page = tmp_path / "third.html"
    third = harness("review", "pack", run, "--reviewer", "Dr C", "--adjudicate", tmp_path / "m.json", "-o", page)
    assert third.returncode == 0, third.stderr
    assert [i["id"] for i in data_of(page)["items"]] == sorted([flagged[0], clear[1]])
    c = read(page, tmp_path / "c.json")
    settled = harness("review", "merge", run, a, b, c)
    assert settled.returncode == 0, settled.stderr
    assert "0 still open" in settled.stdout
    assert "rate, any serious or critical fault: the tool says 18.3 %" in settled.stdout
    figures = json.loads((run / "review/merged.json").read_text())["figures"]
    assert figures["read"] == len(names) == figures["twice"]
    overall = next(r for r in figures["rates"] if r["key"] == "overall")
    assert overall["interval"]["low"] < overall["value"] < overall["interval"]["high"]

    sign = ("review", "sign", run, "--name", "Dr A", "--role", "Clinical reviewer 1")
    signed = harness(*sign, "--decision", "conditional", "--statement", "After <b>mending</b> the dose advice.")
    assert signed.returncode == 0, signed.stderr
    report = (run / "report.html").read_text()
    assert "Human decision: conditional" in report
    assert "After &lt;b&gt;mending&lt;/b&gt; the dose advice." in report
    assert "Corrected by the review" in report
    whole = harness("verify", run)
    assert whole.returncode == 0, whole.stderr
    assert "1 sign-off," in whole.stdout
    assert "signed: Dr A (Clinical reviewer 1): conditional" in whole.stdout

    for file in sorted(p for p in run.rglob("*") if p.is_file()):
        _one_byte(run, file)


def _one_byte(run: Path, file: Path) -> None:
    """Changing a byte in the middle of any file is named, in process, as the command does it."""
    from harness.errors import HarnessError
    from harness.review.ledger import check
    from harness.store import verify_run

    before = file.read_bytes()
    middle = len(before) // 2
    file.write_bytes(before[:middle] + bytes([before[middle] ^ 1]) + before[middle + 1 :])
    with pytest.raises(HarnessError) as told:
        check(verify_run(run).path)
    assert file.name in told.value.message
    file.write_bytes(before)


@pytest.fixture
def reviewed(tmp_path: Path) -> tuple[Run, Path]:
    run = a_run(tmp_path / "run")
    assert harness("review", "pack", run.path, "--reviewer", "Dr A").returncode == 0
    return run, read(run.path / "review/pack-dr-a.html", tmp_path / "a.json")


def refused(*words: str | Path) -> str:
    done = harness(*words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[0]


def test_one_byte_is_named_by_the_command(reviewed: tuple[Run, Path]) -> None:
    run, _ = reviewed
    page = run.path / "review/pack-dr-a.html"
    page.write_text(page.read_text().replace("Clinical", "clinical", 1))
    assert refused("verify", run.path) == (
        f"error: {run.path}: not as the review record left it: review/pack-dr-a.html (altered)"
    )
    assert "review/pack-dr-a.html (altered)" in refused("review", "pack", run.path, "--reviewer", "Dr B")


def test_files_that_do_not_fit_are_refused_in_a_line(reviewed: tuple[Run, Path], tmp_path: Path) -> None:
    run, good = reviewed
    raw = json.loads(good.read_text())
    bad = tmp_path / "bad.json"
    first = next(n for n, i in enumerate(raw["items"]) if i["findings"])

    def told(change: object) -> str:
        copy = json.loads(good.read_text())
        change(copy)  # type: ignore[operator]
        bad.write_text(json.dumps(copy))
        return _refusal(run, bad)

    assert "made from a pack that this run's record doesn't know" in told(lambda f: f.update(pack="0" * 64))
    assert "run or design differ" in told(lambda f: f.update(run="0" * 64))
    assert "the pack was made for Dr A, reviewer" in told(lambda f: f.update(reviewer="Dr Evil"))
    assert "i999: not in the pack" in told(lambda f: f["items"][0].update(item="i999"))
    assert "is given twice" in told(lambda f: f["items"].append(f["items"][0]))
    assert "f9: no such finding" in told(lambda f: f["items"][first]["findings"][0].update(finding="f9"))
    assert "f1 is not judged" in told(lambda f: f["items"][first].update(findings=[]))
    assert "has no severity" in told(lambda f: f["items"][first]["findings"][0].update(severity=None))
    assert "likelihood" in told(lambda f: f["items"][first].update(likelihood=None))
    assert "items.0.severity" in told(lambda f: f["items"][0].update(severity=7))
    mark = {"start": 0, "end": 3, "quote": "xyz", "category": "other", "severity": 2, "before": True}
    assert "a mark's words are not the answer's" in told(lambda f: f["items"][0].update(marks=[mark]))
    assert "unknown key" in told(lambda f: f.update(extra=1))
    bad.write_text("{")
    assert "not valid JSON" in _refusal(run, bad)
    assert "by one person" in refused("review", "merge", run.path, good, good)
    assert not (run.path / "review/merged.json").exists()


def _refusal(run: Run, file: Path) -> str:
    """What ``harness review merge`` would print, in process: a dozen starts of the program would take long."""
    from harness.errors import HarnessError
    from harness.review.desk import merge_files

    with pytest.raises(HarnessError) as told:
        merge_files(run, [file], None)
    assert str(file) in told.value.message
    assert "\n" not in told.value.message
    return told.value.message


def test_two_readers_draw_the_same_sample_and_one_who_drew_otherwise_is_refused(tmp_path: Path) -> None:
    from harness.errors import DatasetError
    from harness.render.pack import pack_html
    from harness.review.desk import merge_files, prepare_pack, record_pack
    from harness.review.ledger import append, read_ledger

    run = a_run(tmp_path / "run", 40)
    files = []
    for name, seed in (("A", 1), ("B", 1), ("C", 2)):
        prepared = prepare_pack(run, name, seed=seed)
        page = prepared.target(None)
        page.write_text(pack_html(prepared.data))
        record_pack(prepared, page)
        files.append(read(page, tmp_path / f"{name}.json"))
    same = [[i["answer"] for i in data_of(run.path / f"review/pack-{n}.html")["items"]] for n in "abc"]
    assert same[0] == same[1] != same[2]
    with pytest.raises(DatasetError, match="drawn otherwise"):
        merge_files(run, [files[0], files[2]], None)
    _, merged, review = merge_files(run, files[:2], None)
    assert merged.disputed == []
    assert review.open == 0
    with pytest.raises(DatasetError, match="differ on nothing"):
        prepare_pack(run, "D", adjudicate=run.path / "review/merged.json")
    with pytest.raises(DatasetError, match="is one of the readers"):
        prepare_pack(run, " a ", adjudicate=run.path / "review/merged.json")
    other = tmp_path / "other.json"
    other.write_text((run.path / "review/merged.json").read_text() + " ")
    with pytest.raises(DatasetError, match="not a merged file of this run"):
        prepare_pack(run, "D", adjudicate=other)
    (run.path / "review/.lock").touch()
    with pytest.raises(DatasetError, match="another command is writing"):
        append(run.path, read_ledger(run.path)[0].body)


def test_a_cut_record_and_an_added_file_are_named(reviewed: tuple[Run, Path]) -> None:
    from harness.errors import DatasetError
    from harness.review.ledger import check

    run, _ = reviewed
    (run.path / "notes.txt").write_text("hello")
    with pytest.raises(DatasetError, match=r"notes\.txt \(not in the record\)"):
        check(run.path)
    (run.path / "notes.txt").unlink()
    (run.path / "answers.jsonl").rename(run.path / "review/answers.jsonl")
    with pytest.raises(DatasetError, match=r"answers\.jsonl \(gone\)"):
        check(run.path)
    ledger = run.path / "review/ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes()[:-1])
    with pytest.raises(DatasetError, match="the last line is cut off"):
        check(run.path)


def test_signing_wants_a_name_and_leaves_earlier_signatures(tmp_path: Path) -> None:
    from harness.errors import DatasetError
    from harness.review.desk import record_decision
    from harness.review.evidence import load_evidence
    from harness.review.ledger import read_ledger

    run = a_run(tmp_path / "run", 3)
    told = {"decision": "release", "name": "Dr A", "role": "Reviewer", "statement": "Fine.", "verdict": "PASS"}
    with pytest.raises(DatasetError, match="sign-off: name"):
        record_decision(run, {**told, "name": "  "})
    record_decision(run, told)
    record_decision(run, {**told, "name": "Dr B", "decision": "conditional"})
    record_decision(run, {**told, "name": "dr  a", "decision": "do-not-release"})
    assert len(read_ledger(run.path)) == 3
    found = load_evidence(run)
    assert [s.decision for _, s in found.signed] == ["conditional", "do-not-release"] or found.decision
    assert found.decision == "do-not-release"
    assert found.review is None


def test_a_signature_over_another_state_does_not_count(tmp_path: Path) -> None:
    from harness.review.desk import record_decision
    from harness.review.evidence import load_evidence
    from harness.store import JOURNAL, Journal, read_journal

    run = a_run(tmp_path / "run", 3)
    told = {"decision": "release", "name": "A", "role": "R", "statement": "Fine.", "verdict": "PASS"}
    record_decision(run, told)
    *_, (last, record, _) = read_journal(run.path / JOURNAL)
    journal = Journal(run.path / JOURNAL, last=last)
    journal.append(record)
    journal.close()
    found = load_evidence(run)
    assert found.signed == ()
    assert found.outdated
