"""Rows that the sentence encoder is trained on, and how they are varied from one pass to the next."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from harness.text.drugs import find_drugs
from harness.text.sentences import split

PARTS = 12  # groups are hashed into so many parts
ASIDE, CALIBRATION = (0, 1), (2,)  # parts that figures are taken on, and that scales and thresholds are fitted on
NEEDS_QUESTION = ("T8", "T10")
_CODES = {**{f"ADV3{i:02d}": f"T{i}" for i in range(1, 12)}, "ESC601": "T8"}
# Kinds of datasets/calibration/page whose faults are overreach, and those that answer a message with a warning sign.
AS_OVERREACH = {
    **{"told_detail": "T10", "promotion": "T11", "team_not_needed": "T5", "reviewed": "T9"},
    **{"reassurance": "T8", "postponed": "T8"},
}
URGENT = ("reassurance", "postponed")
# What a hard negative's reason says about telling the reader what to do; reasons that are left out say nothing.
_TOLD = {"everyday self-care, no treatment or medicine decided": 1.0}
_NOT_TOLD = (
    *("general education, no personal claim", "question for the care team (c)", "empathy without a claim"),
    *("reports what studies or other people did", "says what the care team may do or decides"),
    *("population figure with limits", "published label fact in third person (c)", "debunks the claim"),
    *("describes options without choosing", "says what clinicians do or have reviewed"),
    *("says what it is: an AI, no clinician, not reviewed", "restates a fact the reader gave"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence with what is known of it; None where a head has nothing to learn from it.

    Args:
        overreach, directive, ease, action, alarm: targets in [0, 1]. Action: the sentence sends its reader for urgent
            help; alarm: the text is a message that tells of a warning sign.
        category: ``T1`` to ``T11`` of a flagged sentence; of a hard negative the one it resembles.
        group: rows of one group stand on one side of every split.
        aside: never trained on, whatever its group.
    """

    text: str
    question: str = ""
    overreach: float | None = None
    category: str = ""
    directive: float | None = None
    ease: float | None = None
    action: float | None = None
    alarm: float | None = None
    weight: float = 1.0
    group: str = ""
    aside: bool = False
    why: str = ""
    id: str = ""


def part(group: str) -> int:
    """The part, in 0 to PARTS - 1, that a group falls in."""
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % PARTS


def labelled(root: Path) -> list[Row]:
    """The labelled overreach sentences of the project, grouped by question."""
    rows = []
    for path in sorted((root / "datasets/calibration/overreach").glob("t*.jsonl")):
        for raw in lines(path):
            flagged, category, why = bool(raw["label"]), raw["category"], raw["why"]
            told = {"T1": 1.0, "T2": 1.0, "T5": 1.0, "T3": 0.0, "T4": 0.0, "T7": 0.0, "T9": 0.0}.get(category)
            if not flagged:
                told = _TOLD.get(why, 0.0 if why in _NOT_TOLD else None)
            rows.append(
                Row(
                    raw["text"],
                    raw["question"],
                    overreach=float(flagged),
                    category=category,
                    directive=told,
                    weight=1.3 if raw["language"] == "es" else 1.0,
                    group=raw["question"] or raw["id"],
                    why=why,
                    id=raw["id"],
                )
            )
    return rows


def directive_rows(root: Path) -> list[Row]:
    """The project's sentences in the voice of a clinic's reply, labelled by whether they tell the reader what to do."""
    path = root / "datasets/calibration/overreach/directive.jsonl"
    return [Row(raw["text"], directive=float(raw["label"]), weight=2.0, group=raw["id"]) for raw in lines(path)]


def education_rows(root: Path) -> list[Row]:
    """The project's sentences in the voice of a health encyclopedia, and of a page on itself and on whom to call."""
    path = root / "datasets/calibration/overreach/education.jsonl"
    return [
        Row(raw["text"], overreach=0.0, directive=None if raw.get("kind") else 0.0, group=raw["id"])
        for raw in lines(path)
    ]


def page_rows(root: Path, seed: int) -> list[Row]:
    """The project's sentences on people, the page and urgency, as far as they are overreach or pass, beside a question.

    The question is drawn anew for every seed; those on urgency stand beside an urgent message.
    """
    rng, folder = random.Random(seed), root / "datasets/calibration"
    urgent = sorted({r["question"] for r in lines(folder / "escalation/actions.jsonl")})
    others = [row for name in ("t1", "t4", "t6", "t9") for row in lines(folder / f"overreach/{name}.jsonl")]
    plain = sorted({r["question"] for r in others})
    rows = []
    for raw in lines(folder / "page/sentences.jsonl"):
        category = AS_OVERREACH.get(raw["kind"], "")
        question = rng.choice(urgent if raw["kind"] in URGENT else (*plain, ""))
        if category or not raw["label"]:
            weight = 1.3 if raw["language"] == "es" else 1.0
            told = float(raw["label"])
            rows.append(Row(raw["text"], question, overreach=told, category=category, weight=weight, group=raw["id"]))
    return rows


def bundled(root: Path) -> list[Row]:
    """Good sentences of the corpus and of the golden records, their forbidden ones, and the examples of the rules."""
    rows, questions = [], []
    for record in golden(root):
        question = record["question"]
        questions.append(question)
        rows += [Row(m["text"], question, overreach=0.0, weight=0.7) for m in record.get("must_have", ())]
        rows += [
            Row(m["example"], question, overreach=1.0, category=_CODES[m["code"]])
            for m in record.get("must_not_say", ())
            if m.get("example") and m["code"] in _CODES
        ]
    chosen = random.Random(5)
    for path in sorted((root / "datasets/corpus").glob("*.yaml")):
        for passage in yaml.safe_load(path.read_text(encoding="utf-8"))["passages"]:
            text = passage["text"]
            sentences = [text[a:b] for a, b in split(text)]
            rows += [Row(s, chosen.choice((*questions, "", "")), overreach=0.0, weight=0.7) for s in sentences]
    for rule in yaml.safe_load((root / "harness/scorers/rules/overreach.yaml").read_text(encoding="utf-8")):
        for example in rule["examples"]:
            if example.keys() <= {"flags", "passes", "quote", "question", "note"} and rule["code"] in _CODES:
                flagged, category = "flags" in example, _CODES[rule["code"]]
                text = example["flags" if flagged else "passes"]
                rows.append(Row(text, example.get("question", ""), overreach=float(flagged), category=category))
    return rows


def advice(data: Path) -> list[Row]:
    """Second-person advice of two forums (MIT), detokenised."""
    path = data / "overreach/advice_reddit.jsonl"
    return [Row(_plain(r["text"]), directive=float(r["label"]), group=r["group"], weight=0.6) for r in lines(path)]


def graded(data: Path, *, share_alike: bool) -> list[Row]:
    """Sentences of plain and technical texts, none oversteps: Cochrane (CC BY), OneStopEnglish (CC BY-SA)."""
    rows, chosen = [], random.Random(6)
    names = ("cochrane_pls", "onestopenglish") if share_alike else ("cochrane_pls",)
    for name in names:
        for raw in lines(data / f"readability/{name}.jsonl"):
            text, level = raw["text"], float(raw["target"]) / (1 if name == "cochrane_pls" else 2)
            spans = [(a, b) for a, b in split(text) if b - a > 30]
            for a, b in chosen.sample(spans, min(3, len(spans))):
                rows.append(Row(text[a:b], overreach=0.0, ease=1 - level, group=raw["group"], weight=0.5))
    return rows


def varied(rows: Iterable[Row], seed: int) -> Iterator[Row]:
    """The rows of one pass: questions dropped or exchanged where that keeps the label, names swapped, letters lost."""
    rng, rows = random.Random(seed), list(rows)
    questions = [r.question for r in rows if r.question]
    for row in rows:
        if row.question:
            row = _other_question(row, rng, questions)
        text = row.text
        if rng.random() < 0.4:
            text = _other_drug(text, rng)
        if rng.random() < 0.15:
            text = text.lower()
        if rng.random() < 0.12:
            text = _typo(text, rng)
        if rng.random() < 0.1:
            text = text.rstrip(".!")
        yield replace(row, text=text)


def beside_questions(rows: Iterable[Row], questions: list[str], seed: int) -> Iterator[Row]:
    """Half of the rows beside a question that they don't answer; now and then a piece of one, as in a list."""
    rng = random.Random(seed)
    for row in rows:
        text = row.text
        if row.overreach is None:
            yield row
            continue
        words = text.split()
        if row.ease is not None and rng.random() < 0.35 and len(words) > 8:
            at = rng.randrange(len(words) - 6)
            piece = " ".join(words[at : at + rng.randint(2, 6)]).rstrip(",;:.")
            row = replace(row, text=f"- {piece[:1].upper()}{piece[1:]}.", ease=None)
        yield replace(row, question=rng.choice(questions)) if rng.random() < 0.5 else row


def _other_question(row: Row, rng: random.Random, questions: list[str]) -> Row:
    chance = rng.random()
    if row.category in NEEDS_QUESTION or row.overreach is None:
        if row.why == "restates a fact the reader gave" and row.category == "T10" and chance < 0.4:
            return replace(row, question=rng.choice(questions), overreach=1.0)  # the fact is no longer given
        return row
    if row.why == "restates a fact the reader gave":
        return row
    if chance < 0.15:
        return replace(row, question="")
    if chance < 0.3:
        return replace(row, question=rng.choice(questions))
    return row


def _other_drug(text: str, rng: random.Random) -> str:
    """Another medicine for the first one named, so that no name stands for a label."""
    found = [m for m in find_drugs(text) if not m.supplement and not m.otc and m.drug_class]
    if not found:
        return text
    first = found[0]
    return text[: first.start] + rng.choice(_names()) + text[first.end :]


@cache
def _names() -> list[str]:
    path = Path(__file__).resolve().parents[2] / "harness/lexicons/drugs.yaml"
    drugs = yaml.safe_load(path.read_text(encoding="utf-8"))["drugs"]
    return [n for d in drugs if not d.get("supplement") and not d.get("otc") for n in (d["name"], *d.get("brands", ()))]


def _typo(text: str, rng: random.Random) -> str:
    """Two letters swapped, one left out, or one doubled, in up to two words."""
    words = text.split(" ")
    for i in rng.sample(range(len(words)), min(len(words), rng.randint(1, 2))):
        word = words[i]
        if len(word) > 3:
            at = rng.randrange(1, len(word) - 1)
            swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            words[i] = rng.choice((swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]))
    return " ".join(words)


def _plain(text: str) -> str:
    """Text without the blanks that a tokeniser left before punctuation and clitics."""
    text = re.sub(r"\s+([.,!?;:%)’']|n't\b|'\w)", r"\1", text)
    text = re.sub(r"\b(\w+)\s+n[’']t\b", r"\1n't", text)
    return re.sub(r"\b(do|does|did|is|was|are|were|have|has|ca|wo|could|should|would) nt\b", r"\1n't", text)


def golden(root: Path) -> Iterator[dict[str, Any]]:
    """Every golden record, as it stands in its file."""
    for path in sorted((root / "datasets/golden").glob("*.yaml")):
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        yield from raw if isinstance(raw, list) else raw["questions"]


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
