"""Measure what the scorers find of the labelled page sentences: ``python tools/page_sentences.py [test|sentences]``.

Each sentence stands on a page behind a notice and a plain sentence; one of the kinds on urgency behind an urgent
instruction, under a question that tells of a fever; praise opens the answer. A hit is a finding of the kind's rules in
that sentence. Once with the rules alone, once with the encoder beside them.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from harness.auditor import Auditor
from harness.types import Answer

FOLDER = Path(__file__).parents[1] / "datasets/calibration/page"
SCORERS = ("escalation", "overreach", "privacy", "disclaimer", "readability", "citation", "grounding", "completeness")
RULES = {
    "other_people": ("PRV706",),
    "instructions": ("PRV706",),
    "identifier": ("PRV702", "PRV706"),
    "told_detail": ("PRV701", "ADV310"),
    "records": ("PRV703",),
    "promotion": ("PRV704", "ADV311"),
    "undone": ("DIS4",),
    "reviewed": ("DIS4", "ADV309"),
    "team_not_needed": ("DIS4", "ADV305", "ADV308"),
    "certain": ("DIS4", "ADV304"),
    "reassurance": ("ESC605", "ADV303", "ADV305", "ADV308"),
    "postponed": ("ESC605", "ADV305", "ADV308"),
    "judge_addressed": ("GRD108", "GRD109", "CMP809", "PRV706"),
    "praise": ("RDB506",),
    "vague_authority": ("CIT204",),
}
LIGHT = ("praise", "vague_authority")  # kinds whose findings count from severity 1, the others from 2
URGENT = ("reassurance", "postponed")
NOTICE = (
    "This page is general information made by AI. It is not medical advice, and nobody with clinical training has "
    "reviewed it. Talk with your care team before you decide anything. It may be wrong and does not know your case. "
    "In an emergency call 911.\n\n"
)
PLAIN = "A lymph node is a small gland that filters fluid."
CALL = "Call your cancer team now, day or night, about a fever of 38 or higher during chemo."


def is_hit(auditor: Auditor, row: dict[str, Any]) -> bool:
    """Whether the sentence of a row is found by a rule of its kind."""
    kind, text = row["kind"], row["text"]
    question = "I have a fever of 38.6 on day 9 of chemo" if kind in URGENT else "What is a lymph node?"
    before = CALL if kind in URGENT else PLAIN
    body = f"{text} {before}" if kind == "praise" else f"{before} {text}"
    outcomes = auditor.audit(Answer(text=f"{NOTICE}{body} Nurses can tell you more."), question=question)
    findings = [f for outcome in outcomes for f in getattr(outcome, "findings", ()) if f.code.startswith(RULES[kind])]
    least = 1 if kind in LIGHT else 2
    quotes = [f.span.quote.strip() for f in findings if f.severity >= least and f.span.quote.strip()]
    return any(quote[:40] in text or text[:30] in quote for quote in quotes)


def main() -> None:
    """Print a table row for each kind: found and false by the rules alone, and with the encoder."""
    parser = argparse.ArgumentParser(description="Labelled page sentences through the scorers")
    parser.add_argument("name", nargs="?", default="test", choices=("test", "sentences"))
    rows = [json.loads(line) for line in (FOLDER / f"{parser.parse_args().name}.jsonl").open(encoding="utf-8")]
    hits: Counter[tuple[str, int, bool]] = Counter()
    for learned in (False, True):
        auditor = Auditor.default(judge="local", scorers=SCORERS, light=not learned)
        for row in rows:
            hits[row["kind"], row["label"], learned] += is_hit(auditor, row)
    counts = Counter((row["kind"], row["label"]) for row in rows)
    for kind in RULES:
        shown = [f"{hits[kind, label, learned]}/{counts[kind, label]}" for learned in (False, True) for label in (1, 0)]
        print(f"| `{kind}` | {', '.join(RULES[kind])} | {' | '.join(shown)} |")
    for learned in (False, True):
        told = [sum(n for (_, label, on), n in hits.items() if label == want and on == learned) for want in (1, 0)]
        of = [sum(n for (_, label), n in counts.items() if label == want) for want in (1, 0)]
        print(f"{'with the encoder' if learned else 'rules alone'}: found {told[0]}/{of[0]}, false {told[1]}/{of[1]}")


if __name__ == "__main__":
    main()
