"""``harness explain`` and ``harness rules``: what each rule says, ours and those that other packages bring."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.errors import DatasetError, SuiteError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.scorers.base import Rule


def explain(code: Annotated[str, typer.Argument(help="Rule code, e.g. ADV302.", show_default=False)]) -> None:
    """Explain a rule: what it forbids, why, where that comes from, with examples."""
    from harness.printing import printable
    from harness.render.rules import rule_markdown
    from harness.scorers import all_rules, rule_of
    from harness.scorers.plugins import plugins

    found = rule_of(code.upper())
    if found is None:
        good, bad = plugins()
        known = [*all_rules(), *(c for plugin in good for c in plugin.rules)]
        near = [c for c in known if c.startswith(code.upper()[:3])] or sorted({c[:3] for c in known})
        broken = "".join(f"; {problem.message}" for problem in bad)
        raise DatasetError(f"no rule {code!r}", hint=f"known: {', '.join(near)}{broken}")
    typer.echo("".join(f"{printable(line)}\n" for line in rule_markdown(found[1]).splitlines()), nl=False)


def rules(
    scorer: Annotated[
        str | None, typer.Argument(metavar="SCORER", help="Scorer to look at.", show_default="all")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Hold every example of its rules against the scorer.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="New folder for a page of each rule.", show_default="a list here"),
    ] = None,
) -> None:
    """List the rules, also of scorers that installed packages bring; or check their examples, or write their pages."""
    from harness.examples import check_examples
    from harness.scorers import SCORERS, scorer_rules
    from harness.scorers.plugins import plugins

    brought, broken = plugins() if scorer is None else ((), ())
    names = [scorer] if scorer else [*SCORERS, *(p.name for p in brought)]
    chosen = {name: scorer_rules(name) for name in names}
    if check:
        wrong = [f"{name}: {line}" for name in names for line in check_examples(name)]
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            raise SuiteError(f"{wrong[0]}{more}", hint="mend the scorer, or the example")
        typer.echo(f"{sum(len(r.examples) for own in chosen.values() for r in own.values())} examples are as they say")
    if out:
        _write(out, {code: rule for own in chosen.values() for code, rule in own.items()}, names)
    elif not check:
        _list(chosen, {p.name: p.package for p in brought})
    if broken:
        raise broken[0]


def _list(chosen: Mapping[str, Mapping[str, Rule]], packages: Mapping[str, str]) -> None:
    """One line a rule."""
    from harness.printing import printable
    from harness.suite import severity_word

    for name, own in chosen.items():
        typer.echo(f"{name} ({packages[name]})" if name in packages else name)
        for rule in own.values():
            typer.echo(f"  {rule.code}  {severity_word(rule.severity):<9} {printable(rule.title)}")


def _write(out: Path, found: Mapping[str, Rule], names: list[str]) -> None:
    """The pages in a folder that must not hold anything yet."""
    from harness.render.rules import pages
    from harness.store import write_text

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DatasetError(f"{out}: is there already", hint="name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    for file, text in pages(found, f"Rules of: {', '.join(names)}. The examples on each page are also checks.").items():
        write_text(out / file, text)
    typer.echo(f"{len(found)} rules: {out / 'README.md'}")
