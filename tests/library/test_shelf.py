"""The shelf: what is written, what is refused, and that nothing half-written stays behind."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.data import load_corpus, load_registry
from harness.errors import DatasetError
from harness.library import shelf
from harness.library.load import load_library, newest
from harness.library.pdf import clean
from harness.library.shelf import Details, add, held, remove
from harness.types import Source

from .pdfs import HOTLINE, INFUSION, SCANS, guide

DETAILS = Details(
    title="Green Valley Guide",
    organisation="Green Valley Cancer Network",
    edition="2026",
    date="2026-02",
    type="patient_guideline",
    url="https://example.org/guide",
    supersedes=("2024",),
    checked_on=dt.date(2026, 3, 1),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "guide.pdf"
    path.write_bytes(guide())
    return path


def tree(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_document_is_read_by_the_loaders_of_any_corpus(tmp_path: Path, file: Path) -> None:
    added = add(tmp_path / "local", file, DETAILS)
    assert (added.pages, added.held.passages, added.without_text) == (5, 5, ())
    registry = load_registry(tmp_path / "local/sources")
    corpus = load_corpus(tmp_path / "local/corpus", registry)
    assert registry.sources == (added.held.source,)
    places = {p.locator: p.text for p in corpus.passages}
    assert places["p. 2"].startswith(INFUSION)
    assert places["p. 3"].startswith(SCANS)
    assert places["p. 4"].startswith(HOTLINE)
    assert not any("Green Valley" in text for text in places.values())
    assert {(p.source_id, p.edition, p.url) for p in corpus.passages} == {
        ("local-green-valley-guide-2026", "2026", "https://example.org/guide")
    }


def test_the_same_file_gives_the_same_document_and_no_copy_unless_asked(tmp_path: Path, file: Path) -> None:
    add(tmp_path / "a", file, DETAILS)
    add(tmp_path / "b", file, DETAILS, copy=True)
    assert tree(tmp_path / "a") == [
        ".gitignore",
        "corpus/local-green-valley-guide-2026.yaml",
        "sources/local-green-valley-guide-2026.yaml",
    ]
    assert set(tree(tmp_path / "b")) - set(tree(tmp_path / "a")) == {"files/local-green-valley-guide-2026.pdf"}
    for name in tree(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert (tmp_path / "a/.gitignore").read_text() == "*\n"


def test_what_is_held_already_is_refused(tmp_path: Path, file: Path) -> None:
    folder = tmp_path / "local"
    add(folder, file, DETAILS)
    with pytest.raises(DatasetError, match="held already as local-green-valley-guide-2026"):
        add(folder, file, replace(DETAILS, title="GREEN valley Guide"))
    with pytest.raises(DatasetError, match="this very file"):
        add(folder, file, replace(DETAILS, edition="2025"))
    assert len(held(folder)) == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"date": "2026-02-31"}, "no day of the calendar"),
        ({"date": "soon"}, "date: "),
        ({"title": " "}, "title: "),
        ({"organisation": ""}, "organisation: "),
        ({"edition": " "}, "edition"),
        ({"url": "ftp://x"}, "url: "),
        ({"type": "song"}, "type: "),
        ({"valid_days": 0}, "valid_days: "),
        ({"language": "English"}, "language: "),
        ({"supersedes": ("2026",)}, "can't supersede itself"),
    ],
)
def test_details_that_cannot_be_right_are_refused_and_leave_nothing(
    tmp_path: Path, file: Path, wrong: dict[str, object], words: str
) -> None:
    with pytest.raises(DatasetError) as told:
        add(tmp_path / "local", file, replace(DETAILS, **wrong))  # type: ignore[arg-type]
    assert words in told.value.message
    assert not (tmp_path / "local").exists()


def test_titles_in_other_scripts_and_taken_ids_still_get_an_id(tmp_path: Path, file: Path) -> None:
    folder = tmp_path / "local"
    first = add(folder, file, replace(DETAILS, title="乳腺癌", edition="版"))
    file.write_bytes(guide("2025"))
    second = add(folder, file, replace(DETAILS, title="肺癌", edition="版"))
    assert [first.held.source.id, second.held.source.id] == ["local-document", "local-document-2"]


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "local"
    moved = Path.replace

    def full(self: Path, target: Path) -> Path:
        if "corpus" in str(target):
            raise OSError(28, "No space left on device")
        return moved(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(DatasetError, match="No space left"):
        add(folder, file, DETAILS)
    assert tree(folder) == [".gitignore"]


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, file: Path) -> None:
    (tmp_path / "plain").write_text("a file")
    with pytest.raises(DatasetError, match="can't write here"):
        add(tmp_path / "plain" / "local", file, DETAILS)
    if os.geteuid():
        (tmp_path / "locked").mkdir(mode=0o500)
        with pytest.raises(DatasetError, match="can't write here"):
            add(tmp_path / "locked", file, DETAILS)


def test_too_much_text_is_refused(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MAX_BYTES", 300)
    with pytest.raises(DatasetError, match="too much text"):
        add(tmp_path / "local", file, DETAILS)
    assert not (tmp_path / "local").exists()


def test_removing_takes_every_file_and_unknown_ids_are_told_the_known_ones(tmp_path: Path, file: Path) -> None:
    folder = tmp_path / "local"
    add(folder, file, DETAILS, copy=True)
    with pytest.raises(DatasetError) as told:
        remove(folder, "../sources")
    assert "local-green-valley-guide-2026" in told.value.hint
    remove(folder, "local-green-valley-guide-2026")
    assert tree(folder) == [".gitignore"]
    assert held(folder) == []


@given(st.text(min_size=1, max_size=300))
def test_text_comes_back_from_yaml_as_it_was(text: str) -> None:
    told = clean(text)
    assert yaml.safe_load(shelf._dumped({"text": told})) == {"text": told}


def source(id: str, edition: str, date: str, **fields: object) -> Source:
    given_fields: dict[str, object] = {
        "organisation": "Body",
        "title": "A Guide",
        "type": "review",
        "url": "",
        **fields,
    }
    return Source(id=id, edition=edition, date=date, checked_on=dt.date(2026, 1, 1), valid_days=90, **given_fields)  # type: ignore[arg-type]


def test_the_newest_edition_supersedes_the_others_whoever_brings_it() -> None:
    mine, bundled = source("mine", "2026", "2026-01"), source("bundled", "2025", "2025-01", supersedes=("2023",))
    other = source("other", "1", "2020", title="Another Guide")
    for order in ((mine, bundled, other), (bundled, other, mine)):
        told = {s.id: s.supersedes for s in newest(order)}
        assert told == {"mine": ("2023", "2025"), "other": ()}
    assert [s.id for s in newest((source("a", "2", "2025", supersedes=("3",)), source("b", "3", "2025-05")))] == ["a"]


def test_folders_are_merged_and_a_single_one_keeps_its_hashes(tmp_path: Path, file: Path) -> None:
    base = load_registry(Path("datasets/sources.yaml"))
    plain = load_library([Path("datasets/corpus")], base)
    assert plain.registry is base
    assert plain.corpus.sha == load_corpus(Path("datasets/corpus"), base).sha
    add(tmp_path / "local", file, DETAILS)
    both = load_library([Path("datasets/corpus"), tmp_path / "local"], base)
    assert len(both.corpus.passages) == len(plain.corpus.passages) + 5
    assert both.corpus.sha != plain.corpus.sha
    assert both.registry.sha != base.sha
    assert list(both.pages("local-green-valley-guide-2026")) == ["p. 1", "p. 2", "p. 3", "p. 4", "p. 5"]
    with pytest.raises(DatasetError, match="is also in"):
        load_library([tmp_path / "local", tmp_path / "local"], base)
    with pytest.raises(DatasetError, match="no documents here"):
        load_library([tmp_path], base)
