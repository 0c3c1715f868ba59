"""What the review commands do: prepare a pack, take in readers' files, record a decision. Each is recorded at once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import DatasetError
from harness.review.evidence import MERGED, Review, weigh
from harness.review.ledger import FOLDER, MergeEntry, PackEntry, SignEntry, append, check, run_hash
from harness.review.merge import Merged, disputed_reviews, merge, read_merged, reviews_sha
from harness.review.pack import candidates, pack_data
from harness.review.records import Design, ReviewFile, parse, person, read_review
from harness.review.sampling import SHARE, draw_design
from harness.store import Run, write_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A pack before it is written.

    Args:
        data: what the page holds; entry: what the record will say of it.
    """

    run: Run
    data: Mapping[str, Any]
    entry: PackEntry

    def target(self, out: Path | None) -> Path:
        """Where the page goes: ``out``, or a file of the run's review folder."""
        if out is not None:
            return out / self._name() if out.is_dir() else out
        folder = self.run.path / FOLDER
        folder.mkdir(exist_ok=True)
        return folder / self._name()

    def described(self) -> str:
        """How many answers it asks for, and why."""
        if self.entry.role == "adjudicator":
            return f"{len(self.data['items'])} answers on which readers differ"
        design = self.entry.design
        drawn = {name: sum(d.stratum == name for d in design.items) for name in design.population}
        parts = ", ".join(f"{drawn[name]} of {n} {_WHY[name]}" for name, n in design.population.items() if n)
        return f"{len(design.items)} answers to read ({parts})"

    def _name(self) -> str:
        kind = "adjudicate" if self.entry.role == "adjudicator" else "pack"
        return f"{kind}-{_slug(self.entry.reader)}.html"


_WHY = {"serious": "serious", "tier R3": "of tier R3", "informative": "doubtful", "random": "others at random"}


def prepare_pack(
    run: Run, reader: str, *, seed: int = 0, share: float = SHARE, adjudicate: Path | None = None
) -> Prepared:
    """Draw the sample, or take the disputed items of a merged file, and blind it.

    Raises:
        DatasetError: if the run's files were altered, if nothing is to be read, or if the merged file isn't this run's.
    """
    check(run.path)
    if not reader.strip():
        raise DatasetError("--reviewer is empty", hint="name the person who will read")
    reader = reader.strip()
    if adjudicate is None:
        design = draw_design(run, run_hash(run.path), seed=seed, share=share)
        data = pack_data(run, design, reader=reader)
        return _prepared(run, data, design, reader, "")
    merged = read_merged(adjudicate)
    _belongs(run, merged, adjudicate)
    readers = {person(r.reviewer) for r in merged.reviews}
    if person(reader) in readers:
        raise DatasetError(f"{reader} is one of the readers", hint="a third person adjudicates")
    if not merged.disputed:
        raise DatasetError(f"{adjudicate}: the readers differ on nothing", hint="there is nothing to adjudicate")
    disputed = disputed_reviews(merged)
    data = pack_data(run, merged.design, reader=reader, role="adjudicator", disputed=disputed)
    return _prepared(run, data, merged.design, reader, reviews_sha(merged.reviews))


def _prepared(run: Run, data: Mapping[str, Any], design: Design, reader: str, reviews: str) -> Prepared:
    fields = {"reader": reader, "role": data["role"], "pack": data["pack"], "design": design.model_dump()}
    fields |= {"candidates": candidates(data), "reviews": reviews}
    entry = parse(PackEntry, fields, "--reviewer", hint="a name of at most 120 characters")
    return Prepared(run=run, data=data, entry=entry)


def _belongs(run: Run, merged: Merged, path: Path) -> None:
    """A merged file has to be one that this run's record knows, word for word."""
    sha = _sha(path)
    known = [e.body.merged for e in check(run.path) if isinstance(e.body, MergeEntry)]
    if merged.design.run != run_hash(run.path) or sha not in known:
        raise DatasetError(f"{path}: not a merged file of this run", hint="write it with `harness review merge`")


def record_pack(prepared: Prepared, target: Path) -> None:
    """Note that a page was written."""
    append(prepared.run.path, prepared.entry, wrote=_inside(prepared.run, [target]))


def merge_files(run: Run, paths: Sequence[Path], out: Path | None) -> tuple[Path, Merged, Review]:
    """Merge readers' files; they are kept beside the run as they came.

    Raises:
        DatasetError: one line naming the file and what in it doesn't fit.
    """
    entries = check(run.path, besides=_inside(run, paths))
    files = [(path, read_review(path)) for path in paths]
    merged = merge(run, entries, files)
    review = weigh(run, merged)
    merged = merged.model_copy(update={"figures": review.to_json()})
    text = json.dumps(merged.model_dump(mode="json"), ensure_ascii=True, indent=1, sort_keys=True) + "\n"
    folder = run.path / FOLDER
    target = folder / MERGED
    write_text(target, text)
    copies = [_kept(folder, path, file) for path, file in files]
    if out is not None:
        write_text(out, text)
    wrote = _inside(run, [target, *copies, *paths, *([out] if out else [])])
    names = [f.reviewer for _, f in files]
    append(run.path, MergeEntry(readers=names, merged=_sha(target)), wrote=wrote)
    return out or target, merged, review


def _kept(folder: Path, path: Path, file: ReviewFile) -> Path:
    """A copy of a reader's file in the run folder, byte for byte."""
    copy = folder / f"{file.role}-{_slug(file.reviewer)}-{file.pack[:8]}.json"
    if path.resolve() != copy.resolve():
        write_text(copy, path.read_bytes().decode("utf-8"))
    return copy


def record_decision(run: Run, told: Mapping[str, str]) -> str:
    """Append a sign-off and return the record's hash; raises DatasetError for an empty field or an altered file."""
    merged = run.path / FOLDER / MERGED
    fields = {**told, "run": run_hash(run.path), "merged": _sha(merged) if merged.is_file() else ""}
    entry = parse(SignEntry, fields, "sign-off", hint="name, role and statement have to be given")
    return append(run.path, entry)


def _inside(run: Run, paths: Sequence[Path]) -> list[Path]:
    """Those of the files that lie in the run folder: only these are vouched for."""
    return [p for p in paths if p.resolve().is_relative_to(run.path.resolve())]


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()[:40] or hashlib.sha256(name.encode()).hexdigest()[:8]


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
