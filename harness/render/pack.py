"""The reader's page: one file that works from a mail attachment, without server, network or installed program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from harness.render.html import content_hash, source, template
from harness.review.records import canonical


def pack_html(data: Mapping[str, Any], desk: Mapping[str, Any] | None = None) -> str:
    """The page of ``review.pack.pack_data``; with ``desk``, as ``harness review serve`` sends it.

    A policy in the page allows this one script and style by their hash and nothing else: no address is ever asked.
    The data lie in a block of JSON in which no character can end the block; the script shows all of it as plain text.
    """
    style, script = parts(served=desk is not None)
    return template("pack.html.j2").render(
        data=data,
        desk=desk,
        desk_json=Markup(_inert(json.dumps(desk))),  # noqa: S704 - made inert
        json=Markup(_inert(canonical(data))),  # noqa: S704 - made inert
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        style_hash=content_hash(style),
        script_hash=content_hash(script),
    )


def parts(*, served: bool) -> tuple[str, str]:
    """The page's style and script."""
    if served:
        return source("pack.css") + source("desk.css"), source("desk.js") + source("pack.js")
    return source("pack.css"), source("pack.js")


def _inert(text: str) -> str:
    """JSON without the characters that HTML gives a meaning to."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
