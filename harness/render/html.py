"""``report.html``: one file, no script, no external asset, readable by a clinician on paper, phone or desk."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from harness.gate import Verdict
from harness.masking import told
from harness.printing import printable
from harness.render.clean import shorten
from harness.render.review import FILTERS
from harness.render.view import view
from harness.store import Run


@cache
def template(name: str) -> Template:
    """A template of ``render/templates``: autoescaped, and an unknown name in it is an error."""
    environment = Environment(
        loader=PackageLoader("harness.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["printable"] = printable
    environment.filters["shorten"] = shorten
    environment.filters["told"] = told
    environment.filters["percent"] = lambda x: f"{100 * x:.1f} %"
    environment.filters["plain_lines"] = lambda text: [printable(line) for line in text.splitlines()]
    environment.filters.update(FILTERS)
    return environment.get_template(name)


def report_html(run: Run, verdict: Verdict) -> str:
    """The report as one HTML page; every text from outside is escaped, and a strict policy forbids scripts."""
    return template("report.html.j2").render(view=view(run, verdict), run=run, verdict=verdict, manifest=run.manifest)
