"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.judges import KINDS

SuiteArg = Annotated[Path, typer.Argument(help="Suite file, e.g. evals/release.yaml.", show_default=False)]
RunArg = Annotated[Path, typer.Argument(help="Run folder, e.g. under reports/runs.", show_default=False)]
PipelineOpt = Annotated[
    str | None,
    typer.Option(
        "--pipeline",
        help="reference | openai:MODEL | http:URL | command:PROGRAM | function:module:callable | recorded:FILE.jsonl",
        show_default="the suite's",
    ),
]
JudgeOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--judge",
        metavar="JUDGE",
        help=f"{KINDS}; give it again for others that stand beside the first.",
        show_default="the suite's",
    ),
]
WaiversOpt = Annotated[Path | None, typer.Option("--waivers", help="Waiver file.", show_default="the suite's")]
PriceInOpt = Annotated[float, typer.Option("--price-in", min=0, help="Price of a million prompt tokens.")]
PriceOutOpt = Annotated[float, typer.Option("--price-out", min=0, help="Price of a million completion tokens.")]
