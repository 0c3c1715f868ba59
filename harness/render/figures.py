"""Figures of the report as SVG that stands in the page: text stays text, and the ink is that of the page."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from harness.plots import interval_plot
from harness.stats import Interval

_INK = "#123457"  # replaced by the colour of the page's text
Row = tuple[str, float, Interval | None]


def interval_svg(name: str, rows: Sequence[Row], *, reference: float, label: str, title: str, text: str) -> Markup:
    """Means with their 95 % intervals as one inline ``<svg>``.

    Args:
        name: unique in its page, for references within the picture.
        rows: what is drawn, from top to bottom: its name, mean and interval.
        reference: where the dashed line stands; label: what the axis, from 0 to 1, measures.
        title, text: what a screen reader says in its place.
    """
    import matplotlib
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": name, "font.size": 10}
    colours = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
    with matplotlib.rc_context(style | dict.fromkeys(colours, _INK)):
        figure = Figure(figsize=(7.4, 0.75 + 0.26 * len(rows)), layout="constrained")
        axes = figure.add_subplot()
        axes.set_facecolor("none")
        axes.spines[["top", "right"]].set_visible(False)
        names, means, intervals = zip(*rows, strict=True)
        interval_plot(names, means, intervals, reference=reference, label=label, ax=axes)
        axes.set_xlim(-0.02, 1.02)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return Markup(_inline(out.getvalue(), name, title, text))  # noqa: S704 - matplotlib escapes its texts


def _inline(svg: str, name: str, title: str, text: str) -> str:
    """The drawing without prologue, metadata and ids that nothing refers to, named for screen readers."""
    drawn = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", svg[svg.index("<svg") :], flags=re.S)
    used = set(re.findall(r"#([\w-]+)[\")]", drawn))
    drawn = re.sub(r' id="([\w.-]+)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", drawn)
    drawn = re.sub(r"(url\(#|xlink:href=\"#)", rf"\1{name}-", drawn).replace(_INK, "currentColor")
    drawn = re.sub(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>', _opening(name), drawn, count=1)
    head = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-text">{escape(text)}</desc>'
    return drawn.replace(">", f">{head}", 1).strip()


def _opening(name: str) -> str:
    return rf'<svg class="figure" role="img" aria-labelledby="{name}-title {name}-text" viewBox="\1">'
