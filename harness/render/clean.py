"""Hostile text made harmless for the place it is shown in."""

from __future__ import annotations

import re

from harness.printing import printable


def logged(text: str) -> str:
    """Printable text, as long as it was, that no CI log takes for a command.

    GitHub's runner obeys a line that starts with ``::name``, and ``##[name]`` anywhere in a line; Azure's obeys
    ``##vso[``, TeamCity's ``##teamcity[``.
    """
    return re.sub(r"^(\s*):(?=:)", r"\1.", re.sub(r"##(?=\w*\[)", "# ", printable(text)))


def spreadsheet_cell(text: str) -> str:
    """Text that a spreadsheet shows instead of running it as a formula (after OWASP, CSV injection)."""
    plain = printable(text)
    return f"'{plain}" if plain.lstrip(" '\"")[:1] in tuple("=+-@＝＋－＠") else plain


def xml_text(text: str) -> str:
    """Lines of printable text without the code points that XML 1.0 forbids even as references."""
    return "\n".join(re.sub("[\ufffe\uffff]", "", printable(line)) for line in text.split("\n"))


def markdown_cell(text: str) -> str:
    """Text that can't break out of a Markdown table, start HTML, an image or a link, or command GitHub Actions."""
    escaped = re.sub(r"([\\`*_\[\]<>|#~!$])", r"\\\1", printable(text))
    return escaped.replace("::", ":\u200b:").replace("@", "@\u200b")


def shorten(text: str, width: int) -> str:
    """At most ``width`` characters, cut at a word."""
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: width - 3].rsplit(" ", 1)[0] + "..."
