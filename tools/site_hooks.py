"""What the site does to a page: links to files of the repository that are no pages become their names."""

from __future__ import annotations

import re
from typing import Any

_OUTWARD = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+(?!rules/|decisions/|howto/|reference/)[\w./-]*?/[\w.-]+)\)")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by mkdocs with the text of each page."""
    return _OUTWARD.sub(lambda m: f"{m[1].strip('`')} (`{m[2].replace('../', '')}` in the repository)", markdown)
