"""Medicines in a text: known names, trade names and groups from a data file, unknown ones by their ending."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from harness.resources import package_yaml
from harness.text.phrases import fold, phrase_pattern

_WORD = re.compile(r"[^\W_]+(?:['./-][^\W_]+)*")
_LONGEST_NAME = 4  # words
_FUZZY_LETTERS = 8
_LONGEST_WORD = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugMention:
    """A medicine named in a text.

    Args:
        start, end: offsets into the text searched.
        name: canonical generic name, lower case; for an unknown name the word itself, for a group the group's name.
        drug_class: plain name of its group; "" if unknown.
        supplement: a vitamin, mineral, herb or the like.
        otc: sold without a prescription.
        group: the text names a group of medicines ("your pills"), not one of them.
    """

    start: int
    end: int
    name: str
    drug_class: str
    supplement: bool = False
    otc: bool = False
    group: bool = False


@dataclass(frozen=True, slots=True)
class _Drug:
    name: str
    drug_class: str
    supplement: bool
    otc: bool


@lru_cache(maxsize=4096)
def find_drugs(text: str) -> tuple[DrugMention, ...]:
    """Every single medicine or supplement named in ``text``, in order, without overlaps.

    Names of eight letters or more are found with one letter missing, added, changed; words with the
    ending of a generic name ("-ciclib", "-mab") are taken for medicines even where the data file lacks them.
    """
    return tuple(_names(fold(text)))


@lru_cache(maxsize=4096)
def find_medicines(text: str) -> tuple[DrugMention, ...]:
    """As ``find_drugs``, and also the words for groups of medicines: "chemo", "your pills", "the blocker"."""
    folded = fold(text)
    named = list(_names(folded))
    taken = {i for m in named for i in range(m.start, m.end)}
    pattern, groups = _groups()
    for hit in pattern.finditer(folded):
        if hit.start() not in taken and hit.lastgroup:
            name, supplement, otc = groups[hit.lastgroup]
            named.append(
                DrugMention(
                    start=hit.start(),
                    end=hit.end(),
                    name=name,
                    drug_class=name,
                    supplement=supplement,
                    otc=otc,
                    group=True,
                )
            )
    return tuple(sorted(named, key=lambda m: m.start))


def interaction(first: str, second: str) -> str:
    """Why two medicines (canonical names) should not be started together without asking; "" if nothing is known."""
    for entry in package_yaml("lexicons/drugs.yaml")["interactions"]:
        if (first in entry["a"] and second in entry["b"]) or (second in entry["a"] and first in entry["b"]):
            return str(entry["why"])
    return ""


def drug_class(name: str) -> str:
    """The group of a known medicine (canonical name); "" if it isn't known."""
    drug = _names_by_form()[0].get(name)
    return drug.drug_class if drug else ""


def drug_names() -> tuple[str, ...]:
    """Generic names of the known medicines, without supplements, in order of the data file."""
    return tuple(raw["name"] for raw in package_yaml("lexicons/drugs.yaml")["drugs"] if not raw.get("supplement"))


def _names(folded: str) -> Iterator[DrugMention]:
    words = [(m.start(), m.end(), m.group()) for m in _WORD.finditer(folded)]
    names, firsts = _names_by_form()
    i = 0
    while i < len(words):
        length, drug = _longest(words, i, names) if words[i][2] in firsts else (1, None)
        drug = drug or _by_spelling(words[i][2])
        if drug:
            yield DrugMention(
                start=words[i][0],
                end=words[i + length - 1][1],
                name=drug.name,
                drug_class=drug.drug_class,
                supplement=drug.supplement,
                otc=drug.otc,
            )
        i += length


def _longest(words: list[tuple[int, int, str]], i: int, names: dict[str, _Drug]) -> tuple[int, _Drug | None]:
    """The longest known name that starts at word ``i``, with its number of words."""
    for length in range(min(_LONGEST_NAME, len(words) - i), 0, -1):
        drug = names.get(" ".join(w[2] for w in words[i : i + length]))
        if drug:
            return length, drug
    return 1, None


@cache
def _by_spelling(word: str) -> _Drug | None:
    """A known name one letter away, else an unknown name with a medicine's ending."""
    if len(word) > _LONGEST_WORD:
        return None
    if len(word) >= _FUZZY_LETTERS:
        near = _near_misses()
        for form in _deletions(word):
            if form in near:
                return near[form]
    data = package_yaml("lexicons/drugs.yaml")
    stem = word.removesuffix("'s")
    if (
        len(stem) >= 6
        and stem.isalpha()
        and stem.endswith(tuple(data["suffixes"]))
        and stem not in data["not_medicines"]
    ):
        return _Drug(stem, "", False, False)
    return None


@cache
def _names_by_form() -> tuple[dict[str, _Drug], frozenset[str]]:
    """Every known form -> its drug, and the set of first words that may start a name."""
    names: dict[str, _Drug] = {}
    for raw in package_yaml("lexicons/drugs.yaml")["drugs"]:
        drug = _drug(raw)
        for form in (raw["name"], *raw.get("brands", ()), *raw.get("also", ())):
            key = " ".join(m.group() for m in _WORD.finditer(fold(form)))
            names[key] = drug
            names.setdefault(key + "'s", drug)
    return names, frozenset(key.split(" ")[0] for key in names)


def _drug(raw: dict[str, Any]) -> _Drug:
    return _Drug(raw["name"], raw["class"], bool(raw.get("supplement")), bool(raw.get("otc")))


@cache
def _near_misses() -> dict[str, _Drug]:
    """Long one-word names and all their forms with one letter left out."""
    names, _ = _names_by_form()
    near: dict[str, _Drug] = {}
    for form, drug in names.items():
        if len(form) >= _FUZZY_LETTERS and form.isalpha() and not drug.supplement:
            for variant in _deletions(form):
                near.setdefault(variant, drug)
    return near


def _deletions(word: str) -> Iterator[str]:
    """The word and every form of it with one letter left out."""
    yield word
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]


@cache
def _groups() -> tuple[re.Pattern[str], dict[str, tuple[str, bool, bool]]]:
    """One pattern over all group words; the name of the matching regex group leads to the group's data."""
    classes = package_yaml("lexicons/drugs.yaml")["classes"]
    parts = [f"(?P<g{i}>{phrase_pattern(raw['words'])})" for i, raw in enumerate(classes)]
    info = {f"g{i}": (raw["name"], bool(raw.get("supplement")), bool(raw.get("otc"))) for i, raw in enumerate(classes)}
    return re.compile("|".join(parts)), info
