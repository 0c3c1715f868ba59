"""Learned urgency: messages that no rule names, and harmless ones in the same style."""

from __future__ import annotations

import pytest

from harness.text.redflags import LEARNED, find_red_flags, message_traits, reads_urgent
from harness.text.urgency import scale

UNNAMED = "hubby has gone grey and floppy since his infusion and his hands are like ice"
HARMLESS = "wat is a port for n who put it in"


def test_it_speaks_only_where_asked() -> None:
    assert LEARNED not in {f.id for f in find_red_flags(UNNAMED)}
    assert [f for f in find_red_flags(UNNAMED, alarm=reads_urgent) if not f.hypothetical]


def test_the_style_of_a_message_is_no_sign() -> None:
    assert find_red_flags(HARMLESS, alarm=reads_urgent) == ()


@pytest.mark.parametrize("text", ["", " ", "?!", "a", "ok"])
def test_next_to_nothing_is_no_sign(text: str) -> None:
    assert find_red_flags(text, alarm=reads_urgent) == ()


def test_what_is_told_as_absent_is_another_trait() -> None:
    assert "c:fever_word" in message_traits("fever since noon")
    assert "c:no fever_word" in message_traits("no fever at all")


def test_long_messages_weigh_no_more_than_short_ones() -> None:
    assert scale(0) == scale(1) == 3
    assert 100 * scale(100) == pytest.approx(10 * scale(1))
