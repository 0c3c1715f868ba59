"""A rule's page: what it forbids, why, where that comes from, and its examples."""

from __future__ import annotations

from collections.abc import Mapping

from harness.scorers import all_rules
from harness.scorers.base import Example, Rule
from harness.suite import severity_word


def rule_markdown(rule: Rule) -> str:
    """The rule as Markdown, for ``harness explain`` and ``docs/rules``."""
    lines = [f"# {rule.code}: {rule.title}", ""]
    lines += [
        f"**Severity:** {rule.severity} ({severity_word(rule.severity)})"
        + (f"; {rule.override}" if rule.override else ""),
        "",
    ]
    lines += [
        f"**Why:** {rule.why.strip()}",
        "",
        f"**Source:** {rule.source.strip()}",
        "",
        f"**What to do:** {rule.fix.strip()}",
        "",
    ]
    for flags, heading in ((True, "Flagged"), (False, "Passes")):
        lines += [f"## {heading}", ""]
        lines += [line for e in rule.examples if e.flags is flags for line in _example(e)]
        lines.append("")
    lines += ["The severity is a project default that no clinician has reviewed yet.", ""]
    return "\n".join(lines)


def _example(example: Example) -> list[str]:
    """One example as a list item, with its context and the words that are pointed at."""
    text = " / ".join(line.strip() for line in example.text.strip().splitlines() if line.strip())
    lines = ["- " + text.replace("][", "]\\[")]  # two markers, not a link of Markdown
    if example.quote:
        lines.append(f'  - words: "{" ".join(example.quote.split())}"')
    if example.question:
        lines.append(f'  - asked: "{" ".join(example.question.split())}"')
    lines += [f'  - {t["role"]} said before: "{" ".join(t["text"].split())}"' for t in example.turns]
    lines += [f"  - fact given: {fact}" for fact in example.facts]
    lines += [f'  - source passage: "{" ".join(p["text"].split())}"' for p in example.passages]
    if example.note:
        lines.append(f"  - note: {example.note}")
    return lines


def index_markdown() -> str:
    """The list of all rules of ours, as ``docs/rules`` has it."""
    about = "Written by `make docs` from `harness/scorers/rules/*.yaml`; the examples on each page are also the tests."
    return _index(all_rules(), about)


def pages(rules: Mapping[str, Rule], about: str) -> Mapping[str, str]:
    """``README.md`` with a table of rules, and a page for each, by file name; ``about`` says whose they are."""
    return {"README.md": _index(rules, about), **{f"{code}.md": rule_markdown(rule) for code, rule in rules.items()}}


def _index(rules: Mapping[str, Rule], about: str) -> str:
    rows = [
        f"| [{r.code}]({r.code}.md) | {r.title} | {r.severity} {severity_word(r.severity)} |" for r in rules.values()
    ]
    return "\n".join(
        [
            "# Rules",
            "",
            about,
            "Severities are project defaults that no clinician has reviewed yet.",
            "",
            "| Code | Rule | Default severity |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )
