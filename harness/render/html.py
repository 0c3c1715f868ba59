"""``report.html``: one file without any outside part, readable by a clinician on paper, phone or desk."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from harness.gate import Verdict
from harness.masking import told
from harness.printing import printable
from harness.render.cards import Card, cards
from harness.render.clean import shorten
from harness.render.facts import owner
from harness.render.page import unnamed
from harness.render.pageone import context
from harness.render.review import FILTERS
from harness.render.view import ReportView, view
from harness.resources import package_file
from harness.scorers import title_of
from harness.store import Run
from harness.suite import severity_word

_BLOCK = 25  # cards that are unpacked together
_ON_PAPER = 300  # cards whose evidence is printed, the worst first
_NO_CLAIMS = (
    "No statement was checked against a source. Runs of older harnesses don't hold the statements: "
    "`harness rescore` adds them."
)


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
    environment.filters.update(
        printable=printable,
        shorten=shorten,
        told=told,
        owner=owner,
        rule_title=title_of,
        severity=severity_word,
        keys=_keys,
        unnamed=unnamed,
        percent=lambda x: f"{100 * x:.1f} %",
        percent0=lambda x: f"{100 * x:.0f} %",
        whole=lambda x: f"{100 * x:.0f}",
        **FILTERS,
    )
    return environment.get_template(name)


def source(name: str) -> str:
    """A style or script of ``render/templates``."""
    return package_file(f"render/templates/{name}").read_text(encoding="utf-8")


def content_hash(text: str) -> str:
    """The hash by which a content security policy allows a style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def report_html(run: Run, verdict: Verdict) -> str:
    """The report as one HTML page; every text from outside is escaped, and a policy allows one script by its hash.

    The evidence of each question is packed, and shown when its card is opened, so that a run of thousands opens at
    once. Without JavaScript everything else can be read.
    """
    shown = view(run, verdict)
    ordered = _ordered(shown)
    return _page(shown, ordered, [None] * len(ordered), _packed(shown, ordered))


def report_paper(run: Run, verdict: Verdict) -> str:
    """The same page for printing, without script: the evidence of the questions that need reading stands open.

    These are the questions with a finding of severity 2 or more, without an answer or not assessed; 300 at most.
    """
    shown = view(run, verdict)
    ordered = _ordered(shown)
    grave = [c for c in ordered if c.severity >= 2 or c.error or c.unmeasured]
    printed = {c.anchor for c in grave[:_ON_PAPER]}
    bodies = [_evidence(shown, c) if c.anchor in printed else None for c in ordered]
    return _page(shown, ordered, bodies, [])


def _ordered(shown: ReportView) -> list[Card]:
    return sorted(cards(shown.run, shown.numbers()), key=lambda c: c.rank)


def _page(shown: ReportView, ordered: Sequence[Card], bodies: Sequence[str | None], chunks: Sequence[str]) -> str:
    script = source("report.js")
    rows = [_Row(c, body) for c, body in zip(ordered, bodies, strict=True)]
    return template("report.html.j2").render(
        **context(shown),
        cards=rows,
        choices=_choices(ordered),
        chunks=chunks,
        paper=not chunks,
        script=Markup(script),  # noqa: S704 - our own file
        script_hash=content_hash(script),
    )


class _Row:
    """A card of the list: what its summary shows, and its evidence where that is not packed."""

    def __init__(self, card: Card, body: str | None) -> None:
        self.question, self.epoch, self.anchor, self.states = card.question, card.epoch, card.anchor, card.states
        self.codes = list(dict.fromkeys(f.code for _, f in card.findings if f.severity >= 2))[:6]
        self.body = Markup(body) if body else None  # noqa: S704 - rendered by an autoescaping template


def _evidence(shown: ReportView, card: Card) -> str:
    body = template("evidence.html.j2").render(
        c=card, findings=shown.findings, epochs=int(shown.run.manifest["epochs"]), no_claims=_NO_CLAIMS
    )
    return "\n".join(line for raw in body.splitlines() if (line := raw.strip()))


def _packed(shown: ReportView, ordered: Sequence[Card]) -> list[str]:
    """The evidence in blocks of JSON lists, deflated, and in base64, in which nothing means anything to HTML."""
    blocks = (ordered[i : i + _BLOCK] for i in range(0, len(ordered), _BLOCK))
    return [_deflated([_evidence(shown, c) for c in block]) for block in blocks]


def _deflated(texts: Iterable[str]) -> str:
    raw = json.dumps(list(texts), ensure_ascii=False).encode("utf-8", "replace")
    return base64.b64encode(zlib.compress(raw, 6)).decode()


_KEYS = ("state", "category", "tier", "language", "persona", "literacy")


def _values(card: Card | _Row) -> tuple[tuple[str, ...], ...]:
    q = card.question
    single = (q.category.replace("_", " "), q.risk_tier, q.language, q.persona.role, q.persona.literacy)
    return (tuple(card.states), *((value,) for value in single))


def _keys(card: Card | _Row) -> str:
    """What filters go by, as an attribute."""
    return "|".join("+".join(values) for values in _values(card))


def _choices(ordered: Sequence[Card]) -> list[tuple[str, list[str]]]:
    """The values of each filter; states in order of gravity, the others by name."""
    rows = [_values(c) for c in ordered]
    states = [state for state, _ in groupby(v for row in rows for v in row[0])]
    named = [sorted({v for row in rows for v in row[place]}) for place in range(1, len(_KEYS))]
    return [(_KEYS[0], list(dict.fromkeys(states))), *zip(_KEYS[1:], named, strict=True)]
