"""Training pairs of the local judge: which sets, which rows are kept aside, which claims are changed mechanically."""

from __future__ import annotations

import json
import random
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data import load_corpus, load_registry
from harness.judges.overlap import Text
from harness.judges.windows import Units
from harness.text.sentences import split

HELD_OUT_EVERY = 6  # one group in so many is never trained on
NOT_FOUND, SUPPORTED, CONTRADICTED, UNSUPPORTED = range(4)  # the last: not supported, and not known which way
_TARGETS = {
    "not_found": NOT_FOUND,
    "irrelevant": NOT_FOUND,
    "missing_citation": NOT_FOUND,
    "contradicted": CONTRADICTED,
}
_MARKERS = re.compile(r"\[<\|(?:multi_)?cit\|>\]|\[citation \d+\]|\[\d+(?:, ?\d+)*\]")
_NUMBER = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w])")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w-]+(?: [A-Z][\w-]+)*")
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|has|have|can|should|will|does|do|may|must)\b(?! not\b)(?!n't)")
_OPPOSITES = (
    "increase/decrease increases/decreases increased/decreased more/less higher/lower before/after reduce/raise "
    "reduces/raises reduced/raised better/worse improve/worsen improves/worsens can/cannot may/will always/never "
    "most/few with/without safe/unsafe common/rare positive/negative early/late first/second approved/rejected "
    "largest/smallest older/younger daily/weekly hours/days days/weeks weeks/months months/years "
    "men/women adults/children"
)
_OPPOSITE = {a: b for pair in _OPPOSITES.split() for a, b in (pair.split("/"), pair.split("/")[::-1])}

# First skill: entailment between short texts. Sets under CC BY-SA are named apart, so that they can be left out.
SHORT_SETS = ("negation_nli", "foolmetwice", "check_covid_evidence", "conjnli", "evidence_inference_v2")
SHARE_ALIKE = {"snli_devtest": 20_000, "med": 2_500, "fever_symmetric": 2_000, "falke_sentence_pairs": 600}
# Then the task, read through windows: (file, repeats, weight) ...
TASK_SETS = (
    ("grounding/ragtruth_qa_sentence", 1, 1.0),
    ("grounding/factcheckgpt", 1, 1.0),
    ("grounding/kqa_nli", 2, 1.0),
    ("grounding/scifact", 2, 1.0),
    ("grounding/expertqa", 1, 0.7),
    ("citation/reference_errors", 1, 1.0),
    ("citation/wice", 1, 1.0),
    ("citation/citation_integrity", 1, 1.0),
)
# ... with other document-level sets, of each at most so many rows, in the first of two passes.
SIDE_SETS = {
    "nli/defacto": 2000,
    "nli/bump": 600,
    "nli/check_covid_doc": 800,
    "nli/foolmetwice_long": 1500,
    "nli/evidence_inference_v2": 1600,
    "nli/negation_nli": 500,
    "nli/check_covid_evidence": 700,
}
CHANGED = {
    "grounding/ragtruth_qa_sentence": 1200,
    "grounding/scifact": 250,
    "nli/defacto": 500,
    "grounding/kqa_nli": 80,
    "grounding/expertqa": 300,
}
# Last pass: fewer supported rows, and claims beside other documents of their set, or joined with another claim.
LAST_SUPPORTED = 1800
STRANGERS = {
    "grounding/ragtruth_qa_sentence": 900,
    "grounding/expertqa": 350,
    "grounding/scifact": 250,
    "grounding/kqa_nli": 80,
    "grounding/factcheckgpt": 200,
    "citation/wice": 110,
    "citation/reference_errors": 60,
    "citation/citation_integrity": 120,
    "nli/check_covid_doc": 250,
    "nli/evidence_inference_v2": 300,
}
JOINED = {"grounding/ragtruth_qa_sentence": 300, "grounding/scifact": 80, "citation/wice": 55}
_SOURCES_TRIED = 40
_TOO_NEAR = 0.8  # share of a claim's stems in another document from which that may well support it
_LONGEST_JOINED = 45  # words


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim, what the encoder reads beside it, and what it should say."""

    claim: str
    window: str
    target: int
    weight: float = 1.0


def read(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of one set, e.g. ``grounding/scifact``; the articles of citation_integrity are joined in."""
    path = folder / f"{name}.jsonl"
    if not path.exists():
        raise SystemExit(f"{path}: no such set")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    articles = path.with_name(f"{path.stem}.sources.jsonl")
    if articles.exists():
        told = (json.loads(line) for line in articles.read_text(encoding="utf-8").splitlines())
        full = {a["id"]: " ".join(s if isinstance(s, str) else s["text"] for s in a["sentences"]) for a in told}
        rows = [{**row, "source": full[row["source_id"]]} for row in rows if row["source_id"] in full]
    return rows


def is_held_out(row: dict[str, Any]) -> bool:
    """Whether a row's group is kept out of training, for the combiner and the figures."""
    return zlib.crc32(str(row.get("group") or row["source"][:200]).encode()) % HELD_OUT_EVERY == 0


def target(row: dict[str, Any]) -> int:
    """What the encoder should say of a row."""
    return SUPPORTED if row["label"] else _TARGETS.get(str(row.get("kind")), UNSUPPORTED)


def claim_of(row: dict[str, Any]) -> str:
    """The claim or statement without citation markers."""
    return _MARKERS.sub("", str(row.get("claim") or row.get("statement"))).strip()


class Windows:
    """Windows of sources, each source cut once."""

    def __init__(self, idf: dict[str, float]) -> None:
        self._idf = idf
        self._units: dict[str, Units] = {}

    def of(self, source: str, claim: str) -> str:
        """What the encoder reads of a source beside a claim."""
        if len(self._units) > 3000:
            self._units.clear()
        units = self._units.setdefault(source, Units(Text(source)))
        return units.window(Text(claim), self._idf).text


def short_pairs(folder: Path, *, share_alike: bool) -> list[Pair]:
    """Entailment pairs of short texts; trial findings beside their own evidence sentence."""
    rng = random.Random(1)
    pairs: list[Pair] = []
    wanted = dict.fromkeys(SHORT_SETS, 10_000) | (SHARE_ALIKE if share_alike else {})
    for name, most in wanted.items():
        rows = read(folder, f"nli/{name}")
        rng.shuffle(rows)
        for row in rows[:most]:
            source = row["meta"].get("evidence", "") if name == "evidence_inference_v2" else row["source"]
            if source:
                pairs.append(Pair(row["claim"], source, target(row)))
    return pairs


def task_pairs(folder: Path, root: Path, idf: dict[str, float]) -> tuple[list[Pair], list[Pair]]:
    """Pairs of the first and of the second pass; held-out groups are in neither."""
    rng, windows = random.Random(11), Windows(idf)
    core = [
        pair
        for name, times, weight in TASK_SETS
        for row in read(folder, name)
        if not is_held_out(row) and claim_of(row)
        for pair in [Pair(claim_of(row), windows.of(row["source"], claim_of(row)), target(row), weight)] * times
    ]
    side = [
        Pair(claim_of(row), windows.of(row["source"], claim_of(row)), target(row))
        for name, most in SIDE_SETS.items()
        for row in _sample([r for r in read(folder, name) if not is_held_out(r)], most, rng)
    ]
    changed = [
        Pair(new, windows.of(row["source"], row["claim"]), aim)
        for name, most in CHANGED.items()
        for row in _sample([r for r in read(folder, name) if r["label"] and not is_held_out(r)], most, rng)
        for new, aim in change(row["claim"], row["source"], rng)
    ]
    whole, altered = _corpus_pairs(root, windows, rng)
    return [*core, *side, *changed, *whole, *altered], [*core, *changed, *altered]


def last_pairs(folder: Path, second: list[Pair], idf: dict[str, float]) -> list[Pair]:
    """Pairs of the last pass: what teaches that words in common are no support, nor support of one half."""
    rng, windows = random.Random(23), Windows(idf)
    supported = [pair for pair in second if pair.target == SUPPORTED]
    kept = [pair for pair in second if pair.target != SUPPORTED] + _sample_pairs(supported, LAST_SUPPORTED, rng)
    strangers = [
        pair for name, most in STRANGERS.items() for pair in _strangers(read(folder, name), most, windows, rng)
    ]
    joined = [p for name, most in JOINED.items() for p in _joined(read(folder, name), most, windows, rng)]
    return [*kept, *strangers, *joined]


def _sample_pairs(pairs: list[Pair], most: int, rng: random.Random) -> list[Pair]:
    return rng.sample(pairs, min(most, len(pairs)))


def _supported(rows: list[dict[str, Any]], rng: random.Random) -> list[dict[str, Any]]:
    found = [row for row in rows if row["label"] and claim_of(row) and not is_held_out(row)]
    rng.shuffle(found)
    return found


def _strangers(rows: list[dict[str, Any]], most: int, windows: Windows, rng: random.Random) -> Iterator[Pair]:
    """Supported claims beside another document of their set, mostly the one with most words in common."""
    stems = {s: Text(s).stems for s in dict.fromkeys(r["source"] for r in rows if not is_held_out(r))}
    for row in _supported(rows, rng)[:most]:
        claim = claim_of(row)
        wanted = Text(claim).stems
        tried = [s for s in rng.sample(list(stems), min(_SOURCES_TRIED, len(stems))) if s != row["source"]]
        tried.sort(key=lambda source: -len(wanted & stems[source]))
        other = tried[0] if rng.random() < 0.7 else rng.choice(tried[:8])
        if len(wanted) >= 3 and len(wanted & stems[other]) <= _TOO_NEAR * len(wanted):
            yield Pair(claim, windows.of(other, claim), NOT_FOUND)


def _joined(rows: list[dict[str, Any]], most: int, windows: Windows, rng: random.Random) -> Iterator[Pair]:
    """A supported claim with one about another document hung on by "and"."""
    found = _supported(rows, rng)
    for row, other in zip(found[:most], found[most : 2 * most], strict=False):
        claim = f"{claim_of(row).rstrip('. ')}, and {claim_of(other)}"
        if row["source"] != other["source"] and len(claim.split()) <= _LONGEST_JOINED:
            yield Pair(claim, windows.of(row["source"], claim), UNSUPPORTED)


def _sample(rows: list[dict[str, Any]], most: int, rng: random.Random) -> list[dict[str, Any]]:
    rng.shuffle(rows)
    return rows[:most]


def _corpus_pairs(root: Path, windows: Windows, rng: random.Random) -> tuple[list[Pair], list[Pair]]:
    """Sentences of our own corpus: whole beside their passage or another one, and with one thing changed."""
    corpus = load_corpus(root / "datasets/corpus", load_registry(root / "datasets/sources.yaml"))
    passages = [p for p in corpus.passages if p.language == "en"]
    whole: list[Pair] = []
    altered: list[Pair] = []
    for passage in passages:
        sentences = [passage.text[a:b] for a, b in split(passage.text)]
        for sentence in rng.sample(sentences, min(3, len(sentences))):
            window = windows.of(passage.text, sentence)
            whole.append(Pair(sentence, window, SUPPORTED, 0.5))
            altered += [Pair(new, window, aim) for new, aim in change(sentence, passage.text, rng)]
        other = rng.choice(passages)
        if other.document != passage.document:
            start, end = rng.choice(split(other.text))
            stranger = other.text[start:end]
            whole.append(Pair(stranger, windows.of(passage.text, stranger), NOT_FOUND, 0.5))
    return whole, altered


# --- one change that turns a supported claim into one that is not --------------------------------


def change(claim: str, source: str, rng: random.Random) -> Iterator[tuple[str, int]]:
    """At most one altered claim with its target: a number, an opposite, a negation or a name, whichever fits first."""
    ways: list[Callable[[str, str, random.Random], tuple[str, int] | None]] = [_number, _opposite, _negation, _name]
    rng.shuffle(ways)
    for way in ways:
        found = way(claim, source, rng)
        if found:
            yield found
            return


def _put(claim: str, match: re.Match[str], new: str) -> str:
    return claim[: match.start()] + new + claim[match.end() :]


def _number(claim: str, source: str, rng: random.Random) -> tuple[str, int] | None:
    matches = list(_NUMBER.finditer(claim))
    if not matches:
        return None
    match = rng.choice(matches)
    others = [n for n in dict.fromkeys(_NUMBER.findall(source)) if n != match.group()]
    value = float(match.group().replace(",", ""))
    if others and rng.random() < 0.5:
        new = rng.choice(others)
    elif rng.random() < 0.6:
        new = f"{value * rng.choice([2, 3, 10, 0.5]):g}"
    else:
        new = f"{value + rng.choice([1, 2, 5, 10]):g}"
    return (_put(claim, match, new), CONTRADICTED) if new != match.group() else None


def _opposite(claim: str, _source: str, rng: random.Random) -> tuple[str, int] | None:
    matches = [m for m in re.finditer(r"\b\w+\b", claim) if m.group().lower() in _OPPOSITE]
    if not matches:
        return None
    match = rng.choice(matches)
    new = _OPPOSITE[match.group().lower()]
    new = new.capitalize() if match.group()[0].isupper() else new
    return _put(claim, match, new), UNSUPPORTED if new in ("will", "may") else CONTRADICTED


def _negation(claim: str, _source: str, rng: random.Random) -> tuple[str, int] | None:
    if re.search(r" not\b", claim) and rng.random() < 0.8:
        return re.sub(r" not\b", "", claim, count=1), CONTRADICTED
    match = _AUXILIARY.search(claim)
    return (_put(claim, match, f"{match.group()} not"), CONTRADICTED) if match else None


def _name(claim: str, source: str, rng: random.Random) -> tuple[str, int] | None:
    matches, others = list(_NAME.finditer(claim)), list(dict.fromkeys(_NAME.findall(source)))
    if not matches or not others:
        return None
    match = rng.choice(matches)
    fit = [name for name in others if name not in match.group() and match.group() not in name]
    return (_put(claim, match, rng.choice(fit)), UNSUPPORTED) if fit else None


def balance(pairs: Iterable[Pair]) -> str:
    """How many pairs of each target, for the log."""
    counts = [0, 0, 0, 0]
    for pair in pairs:
        counts[pair.target] += 1
    return (
        f"{sum(counts)} pairs: {counts[1]} supported, {counts[0]} not found, {counts[2]} contradicted, {counts[3]} not"
    )
