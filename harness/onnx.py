"""Opening an ONNX model so that its numbers do not depend on the machine's cores."""

from __future__ import annotations

import os
from typing import Any


def open_session(model: bytes) -> Any:
    """An inference session on one thread of the CPU, which logs nothing but errors."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def usable_cores() -> int:
    """How many texts to read at a time: one a core that this process may use, or OMP_NUM_THREADS where that is less.

    Worker processes set that variable to their share, as Ray does, lest together they use more threads than there are
    cores. Numbers don't depend on it, only the time.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    told = os.environ.get("OMP_NUM_THREADS", "")
    return min(allowed, int(told)) if told.isdecimal() and int(told) else allowed
