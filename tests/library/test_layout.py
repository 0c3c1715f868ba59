"""Layout: running lines, columns, headings, paragraphs, mended words, printed page numbers, passages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import example, given
from hypothesis import strategies as st

from harness.library.layout import Vocabulary, blocks, in_order, page_labels, without_running
from harness.library.passages import MOST_WORDS, cut, locator
from harness.library.pdf import Line, Page

WORD = st.text(st.characters(categories=["Ll"], max_codepoint=0x17F), min_size=1, max_size=12)


def page(number: int, *lines: Line, label: str = "") -> Page:
    return Page(number=number, label=label, lines=lines)


def body(text: str, *, x: float = 72, top: float = 700, width: int = 60) -> list[Line]:
    found: list[Line] = []
    for word in text.split():
        if not found or len(found[-1].text) + len(word) >= width:
            found.append(Line("", x, top - 14 * len(found), 11, False))
        found[-1] = found[-1]._replace(text=f"{found[-1].text} {word}".strip())
    return found


def heading(text: str, y: float = 730) -> Line:
    return Line(text, 72, y, 16, True)


def texts(pages: Sequence[Page]) -> list[str]:
    return [block.text for block in blocks(pages)]


def test_running_headers_footers_and_page_numbers_are_dropped_and_headings_stay() -> None:
    names = ["Tests", "Surgery", "Radiation", "Follow-up"]
    pages = [
        page(
            n,
            Line(f"Guide 2026 | {n}", 72, 800, 9, False),
            heading(name),
            *body(f"Own words about {name.lower()} here."),
            Line(str(n), 300, 30, 9, False),
        )
        for n, name in enumerate(names, start=1)
    ]
    told = texts(pages)
    assert [t for t in told if "Guide" in t or t.isdigit()] == []
    assert [t for t in told if t in names] == names


def test_a_line_that_stands_on_one_page_only_is_kept_at_its_edge() -> None:
    pages = [page(n, *body(f"{word} alone.", top=790)) for n, word in enumerate(["First", "Second", "Third"], start=1)]
    assert without_running(pages) == pages


def test_printed_numbers_count_from_where_the_pages_do() -> None:
    pages = [
        page(n, *body("Words."), *([] if n < 3 else [Line(f"Page {n - 2} of 9", 72, 30, 9, False)]))
        for n in range(1, 10)
    ]
    assert page_labels(pages) == {1: "", 2: "", **{n: str(n - 2) for n in range(3, 10)}}


def test_labels_of_the_file_win_and_without_any_there_is_none() -> None:
    assert page_labels([page(1, label="ix"), page(2, label="1")]) == {1: "ix", 2: "1"}
    assert page_labels([page(1, *body("See page 7.")), page(2, *body("And page 90."))]) == {1: "", 2: ""}


def test_columns_drawn_row_by_row_are_read_column_by_column() -> None:
    left = body(" ".join(["The left column runs on for a good while."] * 5), width=30)
    right = body(" ".join(["The right column goes on for a long time."] * 5), x=320, width=30)
    rows = [line for pair in zip(left, right, strict=True) for line in pair]
    across = Line("A line that runs over both of the columns, from one side to the other side.", 72, 720, 11, False)
    assert in_order([across, *rows]) == [across, *left, *right]


def test_a_table_is_read_row_by_row() -> None:
    rows = [
        Line(t, x, 700 - 14 * i, 11, False) for i in range(5) for x, t in ((72, f"Stage {i}"), (300, f"{90 - i} %"))
    ]
    assert [line.text for line in in_order(rows)] == [f"Stage {i} {90 - i} %" for i in range(5)]


def test_bullets_drawn_apart_are_put_in_front_of_their_lines() -> None:
    lines = [Line("Fever", 90, 700, 11, False), Line("Chills", 90, 686, 11, False)]
    bullets = [Line("•", 72, 700, 11, False), Line("•", 72, 686, 11, False)]
    assert texts([page(1, *lines, *bullets)]) == ["• Fever", "• Chills"]


def test_a_paragraph_goes_on_over_a_page_and_keeps_both_numbers() -> None:
    pages = [page(1, *body("This sentence starts on page one and")), page(2, *body("ends on page two."))]
    (block,) = blocks(pages)
    assert block.text == "This sentence starts on page one and ends on page two."
    assert block.page_at(block.text.index("starts")) == 1
    assert block.page_at(block.text.index("ends")) == 2
    (passage,) = cut(pages)
    assert locator(passage, {1: "11", 2: "12"}) == "pp. 11-12 (PDF pages 1-2)"


def test_paragraphs_part_at_gaps_and_contents_lists_are_left_out() -> None:
    gap = [*body("One paragraph."), *body("Another one.", top=660)]
    dots = Line("Surgery . . . . . . . . . . . 12", 72, 500, 11, False)
    assert texts([page(1, *gap, dots)]) == ["One paragraph.", "Another one."]


def test_words_broken_at_the_end_of_a_line_are_mended_and_true_hyphens_stay() -> None:
    words = Vocabulary.of(["treatment is a long-term plan", "five years", "a HER2-positive tumor"])
    for before, after, whole in [
        ("the treat-", "ment works", "the treatment works"),
        ("a long-", "term plan", "a long-term plan"),
        ("HER2-", "positive", "HER2-positive"),
        ("a five-", "years plan", "a five-years plan"),
        ("an unheard-", "ofword", "an unheardofword"),
        ("doses of 5-", "10 mg", "doses of 5-10 mg"),
        ("Non-", "Hodgkin", "Non-Hodgkin"),
        ("plain", "words", "plain words"),
    ]:
        assert words.joined(before, after)[0] == whole


@given(st.lists(WORD, min_size=1, max_size=30), st.integers(1, 40), st.data())
@example(["é", "a"], 1, None)
def test_any_text_broken_into_lines_comes_back_whole(words: list[str], width: int, data: st.DataObject | None) -> None:
    lines = [""]
    for word in words:
        breaks = data is not None and len(word) > 3 and data.draw(st.booleans())
        if breaks:
            lines[-1] = f"{lines[-1]} {word[:2]}-".strip()
            lines.append(word[2:])
        elif len(lines[-1]) + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    lines = [line for line in lines if line]
    vocabulary = Vocabulary(words=frozenset(words))
    text = lines[0]
    for line in lines[1:]:
        text, told = vocabulary.joined(text, line)
        assert text.endswith(told)
    assert text == " ".join(words)


LINES = st.builds(
    Line,
    st.text(max_size=80),
    st.floats(-1e4, 1e4),
    st.floats(-1e4, 1e4),
    st.floats(0, 1e3),
    st.booleans(),
)


@given(st.lists(st.lists(LINES, max_size=12), max_size=6))
def test_no_layout_breaks_the_cutting_and_passages_keep_their_bounds(drawn: list[list[Line]]) -> None:
    pages = [page(n, *lines) for n, lines in enumerate(drawn, start=1)]
    labels = page_labels(pages)
    for passage in cut(pages):
        assert 1 <= len(passage.text.split()) <= MOST_WORDS
        assert 1 <= passage.first <= passage.last <= len(pages)
        assert re.match(r"p\. |pp\. |PDF page", locator(passage, labels))
    assert cut(pages) == cut(pages)


def test_long_paragraphs_are_cut_between_sentences_under_their_heading() -> None:
    sentence = "Every person in this invented place drinks two cups of warm water."
    passages = cut([page(1, heading("Habits"), *body(" ".join([sentence] * 40)))])
    assert len(passages) > 2
    assert all(p.text.startswith("Every") and p.text.endswith("water.") and p.section == "Habits" for p in passages)
    assert " ".join(p.text for p in passages) == " ".join([sentence] * 40)
