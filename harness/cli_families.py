"""``harness golden families``: wordings of golden questions, derived for review."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer


def families(
    golden: Annotated[Path, typer.Option(help="Golden set.")] = Path("datasets/golden"),
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder to write.", show_default="families in the golden set")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all draws.")] = 20261122,
) -> None:
    """Derive wordings of every R2 and R3 question, one file a category; what was reviewed is kept."""
    from harness.data import load_golden
    from harness.resources import find
    from harness.store import write_text
    from harness.variants.families import derive, load_kinds, load_wordings, merged, wordings_text

    folder = find(golden)
    target = out or folder / "families"
    questions = load_golden(folder).questions
    category = {q.id: q.category for q in questions}
    made = list(derive(questions, load_kinds(), seed=seed))
    target.mkdir(parents=True, exist_ok=True)
    kept: Counter[str] = Counter()
    names = dict.fromkeys(category[w.of] for w in made)
    for name in names:
        file = target / f"{name}.yaml"
        old = load_wordings(file) if file.is_file() else ()
        rows = merged(old, [w for w in made if category[w.of] == name])
        write_text(file, wordings_text(rows))
        kept.update(w.status for w in rows)
    told = ", ".join(f"{n} {status}" for status, n in kept.most_common())
    typer.echo(f"{target}: {len(made)} wordings in {len(names)} files ({told})")
