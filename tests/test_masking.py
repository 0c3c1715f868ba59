"""Reports don't print what identifies a person: every form of output, and the places stay right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.masking import BLOT, blotted, hidden, told, told_json, words_at
from harness.types import Finding, Span
from harness.wire import finding_to_json

PAGE = "This is not medical advice.\n\nRest helps. Your results were sent to dana.whitlock77@gmail.com by mistake.\n"
MAIL = "dana.whitlock77@gmail.com"


def finding(code: str, words: str = MAIL, text: str = PAGE) -> Finding:
    at = text.index(words)
    return Finding(
        code=code, severity=3, confidence=0.9, message="m", span=Span.of(text, at, at + len(words), "answer")
    )


def test_words_keep_their_length_and_first_letters() -> None:
    assert hidden("Susan Lee 0482") == f"S{BLOT * 4} L{BLOT * 2} {BLOT * 4}"


@given(st.text(max_size=60))
def test_hiding_keeps_the_length_and_every_break(words: str) -> None:
    assert len(hidden(words)) == len(words)
    assert [c.isspace() for c in hidden(words)] == [c.isspace() for c in words]
    assert not any(c.isdigit() and c.isdecimal() for c in hidden(words))


def test_only_private_findings_are_hidden() -> None:
    private, public = finding("PRV702"), finding("PRV704")
    assert told(public) == MAIL
    assert told(private)[0] == "d"
    assert "whitlock" not in told(private)
    assert blotted(PAGE, [public]) == PAGE
    hid = blotted(PAGE, [private])
    assert MAIL not in hid
    assert len(hid) == len(PAGE)
    assert words_at(private.span, hid) == told(private)
    assert words_at(public.span, "too short") == MAIL
    assert told_json(finding_to_json(private))["span"]["quote"] == told(private)
    assert told_json(finding_to_json(public)) == finding_to_json(public)


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_an_audit_never_prints_an_address(form: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    command = [sys.executable, "-m", "harness", "audit", str(page), "--format", form, "--fail-on", "5"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode in (0, 3), done.stderr
    assert "PRV702" in done.stdout
    assert "whitlock" not in done.stdout
