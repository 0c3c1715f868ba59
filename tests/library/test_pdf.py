"""Reading PDFs: text and places, bounds, and everything that is no readable PDF."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DatasetError
from harness.library import pdf as reading
from harness.library.pdf import clean, read_pdf

from .pdfs import BOLD, Text, assembled, guide, pdf


def write(folder: Path, raw: bytes) -> Path:
    file = folder / "a.pdf"
    file.write_bytes(raw)
    return file


def test_lines_come_with_place_size_and_weight(tmp_path: Path) -> None:
    read = read_pdf(write(tmp_path, pdf([[Text(72, 700, "Care", 16, BOLD), Text(72, 670, "Take (one) tablet.", 11)]])))
    (page,) = read.pages
    assert [(x.text, x.x, x.y, x.size, x.bold) for x in page.lines] == [
        ("Care", 72, 700, 16, True),
        ("Take (one) tablet.", 72, 670, 11, False),
    ]
    assert len(read.sha256) == 64


def test_page_labels_of_the_file_are_read(tmp_path: Path) -> None:
    raw = pdf([[Text(72, 700, f"Page {i}")] for i in range(4)], labels="0<</S/r>>2<</S/D/St 1>>")
    assert [page.label for page in read_pdf(write(tmp_path, raw)).pages] == ["i", "ii", "1", "2"]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"just text", "not a PDF"),
        (b"%PDF-1.7\n" + b"\x00\xff" * 500, "can't be read"),
        (guide()[:1500], "can't be read"),
        (pdf([[Text(72, 700, "secret")]], encrypted=True), "encrypted"),
        (pdf([[], []]), "looks scanned"),
        (pdf([[Text(72, 700, "Cover")], *[[]] * 9]), "1 of 10 pages"),
        (pdf([[]] * 3000), "3,000 pages"),
        (pdf([]), "0 pages"),
        (pdf([zlib.compress(b" " * 90_000_000)]), "can't be read"),
        (assembled([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[2 0 R]>>"]), ""),
    ],
    ids=["empty", "text", "noise", "cut", "encrypted", "blank", "scanned", "long", "pageless", "bomb", "loop"],
)
def test_what_is_no_readable_pdf_is_refused_in_one_line(tmp_path: Path, raw: bytes, words: str) -> None:
    with pytest.raises(DatasetError) as told:
        read_pdf(write(tmp_path, raw))
    assert words in told.value.message
    assert "\n" not in told.value.message
    assert told.value.hint


def test_text_without_unicode_values_is_refused(tmp_path: Path) -> None:
    page = reading.Page(number=1, label="", lines=(reading.Line("\ufffd" * 9 + "a", 0, 0, 9, False),))
    with pytest.raises(DatasetError, match="which letters"):
        reading._check_text(tmp_path, (page,))


def test_a_missing_file_and_a_huge_one_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DatasetError, match="No such file"):
        read_pdf(tmp_path / "none.pdf")
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    with pytest.raises(DatasetError, match="more than 100"):
        read_pdf(write(tmp_path, guide()))


@given(st.text())
def test_clean_text_is_printable_on_one_line_and_stays_clean(text: str) -> None:
    told = clean(text)
    assert all(c == " " or c.isprintable() or c >= "\ue000" for c in told)
    assert told == told.strip()
    assert "  " not in told
    assert clean(told) == told


def test_ligatures_and_hyphens_become_letters_and_hyphens() -> None:
    assert clean("eﬀicacy of ﬁve\u00a0co\u00adpies, HER2\u2011positive") == "efficacy of five copies, HER2-positive"
    assert clean("treat\u00ad\n") == "treat-"
