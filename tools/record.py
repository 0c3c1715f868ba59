"""Record answers of a small local model: four prompt variants, other wordings, and metamorphic relations.

Run as ``make record`` (hours of CPU time; needs the extra ``local-llm``). It can be ended at any moment and
started again: every answer is on the disk, in a hash-chained journal, at once, and what is there is not asked again.
``--pack`` writes what the journals hold to ``datasets/recorded/smollm2``: one compressed file a prompt variant, one for
the wordings, and ``contents.yaml`` with model, parameters, dates and counts.

    python tools/record.py variants --epoch 0
    python tools/record.py variants --epoch 1 --prompts plain grounded
    python tools/record.py wordings relations
    python tools/record.py --pack
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import hashlib
import json
import os
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from harness import api
from harness.errors import HarnessError
from harness.journal import GENESIS, Journal, read_journal
from harness.local_llm import MODEL_NAME, LocalServer, engine, find_model, serve
from harness.pipelines import answer_from_json, answer_to_json, load_pipeline
from harness.pipelines.prompts import load_prompt
from harness.resources import find
from harness.robustness.measure import robustness
from harness.robustness.relations import Relation, load_robustness
from harness.suite import Suite
from harness.types import Answer, AnswerError, Pipeline, Query
from harness.variants.families import load_kinds, load_wordings

PARTS = ("variants", "wordings", "relations")
SUITE = "evals/variants.yaml"
RELATIONS = "evals/robustness.yaml"
PROMPTS = Path("evals/prompts/variants")
WORDED = "grounded-safety"  # the variant that other wordings are put to
FAMILIES = "datasets/golden/families"
TARGET = Path("datasets/recorded/smollm2")
WORK = Path("build/recorded")
SEED = 20261122
TOP_K = 3
MAX_TOKENS = 160
VARIED = {"temperature": 0.2}  # of the variants, with another seed for each epoch
GREEDY = {"temperature": 0.0}  # of the wordings, so that a change in an answer comes from the wording alone
WORDINGS = 3
EACH = {"must_not_change": 4, "must_change": 12}
SHRINK = 1

Key = tuple[str, int, str]


class Recorder:
    """A pipeline that writes down what another one answers, and asks it only for what isn't written down yet.

    Args:
        parameters: whatever answers depend on; those recorded with others are asked for again.
        file: the journal. packed: answers recorded and packed earlier.
    """

    def __init__(
        self, pipeline: Pipeline, parameters: Mapping[str, Any], file: Path, packed: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.id = pipeline.id
        self.prompt_sha = pipeline.prompt_sha
        self._parameters = {**parameters, "prompt_sha": pipeline.prompt_sha}
        self._pipeline = pipeline
        self._known: dict[Key, Answer] = {}
        self._lock = threading.Lock()
        self._journal = Journal(file)
        last, end, found = GENESIS, 0, list(packed)
        for last, record, end in read_journal(file):  # noqa: B007 - the last of both is used below
            found.append(record)
        for record in found:
            if record["parameters"] == self._parameters:
                self._known[record["id"], record["epoch"], record["question"]] = answer_from_json(record)
        self._journal.take_up(last, end)

    def answer(self, query: Query) -> Answer | AnswerError:
        """The answer written down earlier, or a new one; an error is passed on and not written down."""
        key = (query.id, query.epoch, query.text)
        with self._lock:
            if (known := self._known.get(key)) is not None:
                return known
        answer = self._pipeline.answer(query)
        if isinstance(answer, AnswerError):
            print(f"{query.id}: {answer.kind}: {answer.message}", file=sys.stderr)
            return answer
        answer = replace(answer, latency_s=round(answer.latency_s, 2))
        with self._lock:
            if key not in self._known:
                self._journal.append(self._record(answer, query))
                self._known[key] = answer
            return self._known[key]

    def _record(self, answer: Answer, query: Query) -> dict[str, Any]:
        return {
            **answer_to_json(answer, query.id, query.epoch),
            "question": query.text,
            "parameters": self._parameters,
            "recorded_on": dt.datetime.now(dt.UTC).date().isoformat(),
        }

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()


def main(argv: Sequence[str] | None = None) -> int:
    """Record the parts asked for, then pack if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--epoch", type=int, default=0, help="of the variants")
    parser.add_argument("--prompts", nargs="+", help="variants by name (all)")
    parser.add_argument("--limit", type=int, help="most questions (all)")
    parser.add_argument("--each", type=int, help="most questions for each relation")
    parser.add_argument("--threads", type=int, default=2, help="of the processor (2)")
    parser.add_argument("--parallel", type=int, default=4, help="questions answered side by side (4)")
    parser.add_argument("--work", type=Path, default=WORK, help=f"folder of the journals ({WORK})")
    parser.add_argument("--target", type=Path, default=TARGET, help=f"folder that --pack writes ({TARGET})")
    parser.add_argument("--pack", action="store_true", help="write the recorded answers, compressed")
    args = parser.parse_args(argv)
    if unknown := sorted(set(args.parts) - set(PARTS)):
        parser.error(f"no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    try:
        if args.parts:
            record(args, serve(threads=args.threads, parallel=args.parallel))
        if args.pack:
            pack(args.work, args.target)
    except HarnessError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    return 0


def record(args: argparse.Namespace, server: LocalServer) -> None:
    """The parts asked for, one after the other."""
    os.environ.setdefault("OPENAI_API_KEY", "local")
    suite = api.load_suite(SUITE, limit=args.limit)
    if "variants" in args.parts:
        chosen = [p for p in sorted(PROMPTS.glob("*.md")) if not args.prompts or p.stem in args.prompts]
        settings = {**VARIED, "seed": SEED + args.epoch}
        asked = [recorder(server, suite, prompt, settings, args) for prompt in chosen]
        put([(r, replace(q.query(), epoch=args.epoch)) for q in suite.questions for r in asked], args.parallel)
    if {"wordings", "relations"} & set(args.parts):
        worded = recorder(server, suite, PROMPTS / f"{WORDED}.md", {**GREEDY, "seed": SEED}, args, name="wordings")
        if "wordings" in args.parts:
            put([(worded, query) for query in wordings(suite)], args.parallel)
        if "relations" in args.parts:
            relations(suite, worded, args)


def recorder(
    server: LocalServer,
    suite: Suite,
    prompt: Path,
    settings: Mapping[str, Any],
    args: argparse.Namespace,
    name: str = "",
) -> Recorder:
    """The local model behind the ``openai`` pipeline with one prompt, and the journal of its answers."""
    grounded = load_prompt(prompt).wants_passages
    options = {**settings, "max_tokens": MAX_TOKENS, "retrieval": grounded, **({"top_k": TOP_K} if grounded else {})}
    call = {"base_url": server.url, "timeout_s": 1800.0, "retries": 1}
    pipeline = load_pipeline(
        f"openai:{server.model}", corpus=suite.corpus, prompt=prompt, options={**options, **call}, as_of=suite.as_of
    )
    name = name or prompt.stem
    packed = recorded(args.target / f"{name}.jsonl.gz")
    return Recorder(pipeline, {"model": server.model, **options}, args.work / f"{name}.jsonl", packed)


def put(jobs: Sequence[tuple[Recorder, Query]], parallel: int) -> None:
    """Ask every question, some side by side."""
    with ThreadPoolExecutor(parallel) as pool:
        for number, _ in enumerate(pool.map(lambda job: job[0].answer(job[1]), jobs), start=1):
            if number % 10 == 0 or number == len(jobs):
                print(f"{number}/{len(jobs)}", flush=True)


def wordings(suite: Suite) -> list[Query]:
    """Each English R3 question as it is, and the first derived wordings of it."""
    order = [kind.id for kind in load_kinds()]
    derived = [
        w for file in sorted(find(FAMILIES).glob("*.yaml")) for w in load_wordings(file) if w.status != "retired"
    ]
    derived.sort(key=lambda w: order.index(w.kind))
    queries = []
    for question in suite.questions:
        if question.risk_tier == "R3" and question.language == "en":
            texts = [w.question for w in derived if w.of == question.id][:WORDINGS]
            queries += [replace(question.query(), text=text) for text in [question.text, *texts]]
    return queries


def relations(suite: Suite, asked: Recorder, args: argparse.Namespace) -> None:
    """Pairs of the robustness file, and what making a counter-example small asks for; invariance first."""
    file = load_robustness(RELATIONS)
    plan = api.make_plan(suite, pipeline=asked)

    def one(relation: Relation) -> str:
        part = file.model_copy(update={"relations": [relation]})
        each = args.each or EACH[relation.kind]
        done = robustness(plan, part, questions=suite.questions, each=each, shrink=SHRINK)
        return f"{relation.id}: {done.held()} held"

    with ThreadPoolExecutor(args.parallel) as pool:
        for line in pool.map(one, sorted(file.relations, key=lambda r: list(EACH).index(r.kind))):
            print(line, flush=True)


def recorded(file: Path) -> list[dict[str, Any]]:
    """The records of a packed file; none where there isn't one."""
    if not file.is_file():
        return []
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).decode().splitlines()]


def pack(work: Path, target: Path) -> None:
    """Compress each journal, sorted and without anything that changes from one packing to the next."""
    target.mkdir(parents=True, exist_ok=True)
    contents: dict[str, Any] = {}
    for name in sorted({f.name.partition(".")[0] for f in [*work.glob("*.jsonl"), *target.glob("*.jsonl.gz")]}):
        file, journal = target / f"{name}.jsonl.gz", work / f"{name}.jsonl"
        found = [*recorded(file), *(r for _, r, _ in read_journal(journal))] if journal.is_file() else recorded(file)
        records = {(r["id"], r["question"], r["epoch"]): r for r in found}
        lines = [json.dumps(records[key], ensure_ascii=False, sort_keys=True) for key in sorted(records)]
        file.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))
        contents[file.name] = _told(list(records.values()), file)
        print(f"{file}: {len(lines)} answers, {file.stat().st_size:,} bytes")
    model = find_model()
    head = {"model": {"name": MODEL_NAME, "file": model.name, "sha256": _sha256(model)}, "engine": engine()}
    text = yaml.safe_dump({**head, "files": contents}, sort_keys=False, allow_unicode=True, width=110)
    (target / "contents.yaml").write_text(f"# Written by tools/record.py --pack.\n{text}", encoding="utf-8")


def _told(records: Sequence[Mapping[str, Any]], file: Path) -> dict[str, Any]:
    """What a file holds: answers by epoch, parameters, days, and its checksum."""
    parameters = {json.dumps(r["parameters"], sort_keys=True): r["epoch"] for r in records}
    days = sorted({r["recorded_on"] for r in records})
    return {
        "answers": len(records),
        "epochs": {epoch: sum(r["epoch"] == epoch for r in records) for epoch in sorted({r["epoch"] for r in records})},
        "parameters": [json.loads(p) for p in sorted(parameters)],
        "recorded_on": days,
        "sha256": _sha256(file),
    }


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
