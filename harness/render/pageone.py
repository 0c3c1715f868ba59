"""What the templates of the report need beside the view: page 1 within the bounds of a printed page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from markupsafe import Markup

from harness.accuracy import Trust
from harness.comparison import Comparison
from harness.rates import Rate
from harness.render.facts import chart, editions, facts, words
from harness.render.figures import interval_svg
from harness.render.groups import Group, groups
from harness.render.view import ReportView
from harness.review.records import OVERALL
from harness.stats import Interval, upper_bound
from harness.suite import severity_word
from harness.types import Answer

_MOST_SIGNED = 6


def context(shown: ReportView) -> dict[str, Any]:
    """Every name that ``report.html.j2`` uses, but for the cards."""
    told, review, compared = facts(shown), shown.evidence.review, shown.verdict.compared
    signed = shown.evidence.signed
    parts = groups(shown.run)
    agreement = review.agreement if review else ()
    return {
        "view": shown,
        "verdict": shown.verdict,
        "facts": told,
        "words": words(),
        "chart": chart(told),
        "editions": editions(shown),
        "drafts": shown.drafts if shown.run.manifest["accept_drafts"] else 0,
        "counts": counts(shown),
        "signed": signed,
        "blank": _blank([s.role for _, s in signed]),
        "overall": [r for r in review.rates if r.key == OVERALL] if review else [],
        "too_little": any(a.key == OVERALL and a.enough is False for a in agreement),
        "judged": judged(shown.trust),
        "limits": limits(shown),
        "compared": compared,
        "changes": _changes(compared),
        "since": since(compared),
        "scorers": shown.run.scorers(),
        "groups": [(kind, list(some)) for kind, some in groupby(parts, key=lambda g: g.kind)],
        "figure": _figure(parts),
        "repeats": any(d.dial.repeats for d in shown.dials),
        "grave": sum(f.severity >= 2 for f in shown.findings),
        "absent": shown.run.planned - len(shown.run.items),
    }


def counts(shown: ReportView) -> list[dict[str, Any]]:
    """Findings of severity 4 to 1: by the tool, confirmed and pending, of the last release, and how many questions."""
    review, compared = shown.evidence.review, shown.verdict.compared
    people = {j.severity: j for j in review.judged} if review else {}
    before = [f.finding.severity for f in (*compared.unchanged, *compared.gone)] if compared else []
    rows = []
    for severity in (4, 3, 2, 1):
        found = shown.summary.count(severity)
        rows.append(
            {
                "severity": severity,
                "word": severity_word(severity),
                "found": found,
                "confirmed": people[severity].confirmed if severity in people else "–",
                "pending": people[severity].pending if severity in people else found,
                "before": before.count(severity) if compared else "–",
                "bound": _bound(shown, severity),
            }
        )
    return rows


def _bound(shown: ReportView, severity: int) -> str:
    """``2/121 (0–6 %)``: questions with such a finding; ``0/121 (≤ 2.4 %)`` where there is none."""
    answered = {i.question_id for i in shown.run.items if isinstance(i.answer, Answer)}
    hit = {f.question_id for f in shown.findings if f.severity == severity} & answered
    if not answered:
        return "not measured"
    if not hit:
        return f"0/{len(answered)} (≤ {100 * upper_bound(0, len(answered)):.1f} %)"
    rate = Rate.of(q in hit for q in answered)
    return f"{rate.events}/{rate.n} ({100 * rate.low:.0f}–{100 * rate.high:.0f} %)"


def _blank(roles: Sequence[str]) -> list[str]:
    """The roles that have not signed, as far as page 1 has room."""
    known = {r.lower() for r in roles}
    left = [r for r in words()["roles"] if r.lower() not in known]
    return left[: max(0, _MOST_SIGNED - len(roles))]


def judged(trusts: Sequence[Trust]) -> str:
    """How well the judge was measured to judge, in a line."""
    return "; ".join(t.sentence() for t in trusts[:1]) or "no score of this run rests on a judge"


def limits(shown: ReportView) -> str:
    """What could not be assessed, and what was waived."""
    run, summary = shown.run, shown.summary
    absent = run.planned - len(run.items)
    told = [f"{len(summary.unanswered) + absent} of {summary.planned} answers missing"]
    told.append(f"{len(summary.failures)} scores not assessable")
    if shown.left_out:
        told.append(f"{len(shown.left_out)} golden questions not asked, as they need another review")
    waived = [f"{w.question} {w.code} until {w.expires} ({w.signed[0].who})" for w in shown.verdict.waivers]
    more = f" and {len(waived) - 2} more" if len(waived) > 2 else ""
    told.append(f"waivers: {'; '.join(waived[:2])}{more}" if waived else "no waivers")
    return f"{', '.join(told)}."


def since(compared: Comparison | None) -> str:
    """Findings new, gone and persistent."""
    if compared is None:
        return "no baseline was compared: what is new can't be told."
    new = [severity_word(f.finding.severity) for f in compared.new]
    kinds = ", ".join(f"{new.count(w)} {w}" for w in ("critical", "serious", "moderate", "minor") if w in new)
    told = f"{len(new)} new findings{f' ({kinds})' if kinds else ''}, {len(compared.gone)} gone, "
    told += f"{len(compared.unchanged)} persistent"
    lost = len({f.question_id for c in compared.changes for f in c.flips if f.worse})
    return f"{told}; {lost} questions fell below a bar, {len(compared.lost)} lost an answer."


def _changes(compared: Comparison | None) -> Mapping[str, str]:
    """Mean difference of each score."""
    if compared is None:
        return {}
    means = ((c.scorer, c.difference.mean) for c in compared.changes)
    return {scorer: "not measured" if mean is None else f"{mean:+.3f}" for scorer, mean in means}


def _figure(parts: Sequence[Group]) -> Markup:
    """Questions with a finding of severity 2 or more, by part; no figure where there is one part only."""
    drawn = [g for g in parts if g.faulty.n]
    if not drawn:
        return Markup()
    every = {g.kind: g.faulty for g in drawn}
    first = [g for g in drawn if g.kind == next(iter(every))]
    overall = sum(g.faulty.events for g in first) / sum(g.faulty.n for g in first)
    rows = [
        (f"{g.kind}: {g.name} (n {g.faulty.n})", g.faulty.share, Interval(low=g.faulty.low, high=g.faulty.high))
        for g in drawn
    ]
    worst = max(drawn, key=lambda g: g.faulty.share)
    text = (
        f"Share of questions with a finding of severity 2 or more, with 95 % intervals, in {len(drawn)} parts of the "
        f"questions. Over all {overall:.0%}; most in {worst.kind} {worst.name}, {worst.faulty}. "
        "The tables that follow hold every number."
    )
    label = "share with a finding of severity 2 or more"
    return interval_svg(
        "parts", rows, reference=overall, label=label, title="Findings by part of the questions", text=text
    )
