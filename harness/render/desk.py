"""The pages of ``harness review serve``: the pack's own screens, the way in, and the progress of all readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from harness.render.html import content_hash, template
from harness.render.pack import pack_html, parts
from harness.review.app.decisions import Decision, Standing, file_name
from harness.review.app.pages import Page


class Screens:
    """Draws the app's pages from the templates of the pack (``review.app.pages.Pages``)."""

    def sign_in(self, problem: str) -> Page:
        """One field for the token."""
        return _plain("Sign in", problem=problem)

    def reading(self, data: Mapping[str, Any], decisions: Sequence[Decision], csrf: str) -> Page:
        """The pack, whose script keeps its state on the server."""
        rows = [d.model_dump(mode="json", include={"number", "revealed", "review"}) for d in decisions]
        html = pack_html(data, {"pack": data["pack"], "csrf": csrf, "decisions": rows})
        style, script = parts(served=True)
        return Page(html=html, policy=_policy(style, f"script-src '{content_hash(script)}'", "connect-src 'self'"))

    def progress(self, viewer: str, standings: Sequence[Standing], csrf: str) -> Page:
        """A table of the readers, with their files."""
        rows = [(s, file_name(s.reader, s.pack)) for s in standings]
        return _plain("Progress of the review", viewer=viewer, rows=rows, csrf=csrf)


def _plain(title: str, **values: Any) -> Page:
    style, _ = parts(served=True)
    html = template("desk.html.j2").render(title=title, style=Markup(style), **values)  # noqa: S704 - our own file
    return Page(html=html, policy=_policy(style))


def _policy(style: str, *more: str) -> str:
    fixed = ("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'")
    return "; ".join(("default-src 'none'", f"style-src '{content_hash(style)}'", *more, *fixed))
