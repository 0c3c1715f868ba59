"""Write again everything that is generated: rule pages, JSON Schemas, checksums and README blocks.

Run as ``make docs``. With ``--check`` it writes nothing and exits 1 where a file is out of date.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from pydantic import BaseModel, RootModel

from harness.datalint import SUMS, data_files, sums
from harness.records import CorpusRecord, GoldenRecord, SourceRecord
from harness.render.rules import index_markdown, rule_markdown
from harness.scorers import all_rules
from harness.suite import SuiteRecord

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"<!-- run: (?P<command>.+?) -->\n```text\n(?P<output>.*?)```\n", re.DOTALL)


def schema(model: type[BaseModel], *, many: bool) -> str:
    """The JSON Schema of a data file, for editors."""
    kind = RootModel[list[model]] if many else model  # type: ignore[valid-type]
    return json.dumps(kind.model_json_schema(), indent=1, ensure_ascii=False) + "\n"


def run(command: str) -> str:
    """What a command prints, run from the root with the environment's own harness."""
    words = [str(Path(sys.executable).parent / "harness"), *command.split()[1:]]
    done = subprocess.run(
        words,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"},
    )
    return (done.stdout + done.stderr).rstrip() + "\n"


def readme() -> str:
    """The README with the output of every ``<!-- run: ... -->`` block made again."""

    def fresh(match: re.Match[str]) -> str:
        return f"<!-- run: {match['command']} -->\n```text\n{run(match['command'])}```\n"

    return BLOCK.sub(fresh, (ROOT / "README.md").read_text(encoding="utf-8"))


def wanted() -> dict[Path, str]:
    """Every generated file with the text it should have; checksums come last, over the others."""
    files = {
        ROOT / "datasets/schemas/golden.schema.json": schema(GoldenRecord, many=True),
        ROOT / "datasets/schemas/corpus.schema.json": schema(CorpusRecord, many=False),
        ROOT / "datasets/schemas/sources.schema.json": schema(SourceRecord, many=True),
        ROOT / "evals/suite.schema.json": schema(SuiteRecord, many=False),
        ROOT / "docs/rules/README.md": index_markdown(),
        ROOT / "README.md": readme(),
    }
    return files | {ROOT / f"docs/rules/{code}.md": rule_markdown(rule) for code, rule in all_rules().items()}


def main() -> int:
    """Write or check; returns the exit code."""
    checking = "--check" in sys.argv
    stale = []
    files = wanted()
    known = {p for p in files if p.parent == ROOT / "docs/rules"}
    stale += [p for p in (ROOT / "docs/rules").glob("*.md") if p not in known]
    for path, text in files.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path)
            if not checking:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if not checking:
        for path in stale:
            if path.parent == ROOT / "docs/rules" and path not in known:
                path.unlink()
    data = ROOT / "datasets"
    now = sums(data, data_files(data))
    if not (data / SUMS).exists() or (data / SUMS).read_text() != now:
        stale.append(data / SUMS)
        if not checking:
            (data / SUMS).write_text(now)
    for path in stale:
        print(f"{'out of date' if checking else 'wrote'}: {path.relative_to(ROOT)}")
    return 1 if checking and stale else 0


if __name__ == "__main__":
    sys.exit(main())
