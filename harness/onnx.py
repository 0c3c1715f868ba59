"""Opening an ONNX model so that its numbers do not depend on the machine's cores."""

from __future__ import annotations

from typing import Any


def open_session(model: bytes) -> Any:
    """An inference session on one thread of the CPU, which logs nothing but errors."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
