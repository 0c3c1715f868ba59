from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DatasetError, SuiteError
from harness.records import SourceRecord
from harness.yamlio import load_yaml, read_text, validate

SOURCE = """\
- id: nci-breast
  organisation: National Cancer Institute
  title: Breast Cancer Treatment
  type: web_page
  edition: 2026
  date: 2026-03-01
  url: https://www.cancer.gov/types/breast
  checked_on: 2026-11-22
  valid_days: 180
"""


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "f.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_record_reads_with_dates_and_numbers_as_a_person_writes_them(tmp_path: Path) -> None:
    record = validate(SourceRecord, load_yaml(write(tmp_path, SOURCE)), (0,))
    assert (record.edition, record.date) == ("2026", "2026-03-01")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("  type: web_page\n", "  type: blog\n"), r"f\.yaml:4: type: input should be .*, not 'blog'"),
        (("  type: web_page\n", ""), r"f\.yaml:1: type: is missing"),
        (("  valid_days: 180\n", "  valid_days: soon\n"), r"f\.yaml:9: valid_days: .*not 'soon'"),
        (("  edition: 2026\n", "  edition: 2026\n  color: red\n"), r"f\.yaml:6: color: unknown key"),
        (("  edition: 2026\n", "  edition: 2026\n  edition: 2025\n"), r"f\.yaml:6: 'edition' is given twice"),
        (("  title: Breast", "  title: Breast: c"), r"f\.yaml:3: not valid YAML"),
        (("checked_on: 2026-11-22", "checked_on: 2026-13-45"), r"f\.yaml:"),
    ],
)
def test_every_fault_names_file_line_and_field(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    assert change[0] in SOURCE
    with pytest.raises(DatasetError, match=complaint) as caught:
        validate(SourceRecord, load_yaml(write(tmp_path, SOURCE.replace(*change))), (0,))
    assert "\n" not in str(caught.value)


def test_an_unknown_key_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        validate(SourceRecord, load_yaml(write(tmp_path, SOURCE + "  colour: red\n")), (0,))
    assert "supersedes" in caught.value.hint


def test_no_python_objects(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="not valid YAML"):
        load_yaml(write(tmp_path, "a: !!python/object/apply:os.system ['true']\n"))


def test_files_that_are_not_text(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(b"\x00\x01")
    with pytest.raises(DatasetError, match="binary file"):
        read_text(file)
    file.write_bytes("one\nd\xe9j\xe0".encode("latin-1"))
    with pytest.raises(DatasetError, match=r"f\.yaml:2: byte 5 is not UTF-8"):
        read_text(file)
    file.write_bytes(b"x" * 20)
    with pytest.raises(SuiteError, match="20 bytes is more than 10"):
        read_text(file, max_bytes=10, error=SuiteError)
    with pytest.raises(DatasetError, match="No such file"):
        read_text(tmp_path / "absent.yaml")
    with pytest.raises(DatasetError, match="directory"):
        read_text(tmp_path)


def test_a_byte_order_mark_is_harmless(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert load_yaml(tmp_path / "f.yaml").data == {"a": 1}


@given(st.text(max_size=200))
def test_any_text_is_data_or_one_clear_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load_yaml(file)
    except DatasetError as problem:
        assert problem.message.startswith(str(file))
        assert "\n" not in problem.message


def test_deep_nesting_is_refused_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="not valid YAML"):
        load_yaml(write(tmp_path, "[" * 5000 + "]" * 5000))
