"""What readers decided: appended with who and when, chained by hash, and given out as the files that are merged.

Every reader has one pack, and each pack a chain of its own, so that readers who save at once don't wait for each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field

from harness.errors import DatasetError
from harness.journal import GENESIS, link
from harness.records import Record
from harness.review.app.access import Account, now
from harness.review.app.database import Database, Transaction
from harness.review.desk import Prepared
from harness.review.merge import mistake
from harness.review.pack import candidates
from harness.review.records import ItemReview, ReaderRole, ReviewFile, Sha, canonical, design_sha

_PACKS = 64  # packs kept in memory


class Refused(DatasetError):
    """A judgement that doesn't fit its pack or what its reader said before."""


class Stale(DatasetError):
    """A judgement made beside another window's."""


class Saved(Record):
    """What a page sends when its reader changed a judgement.

    Args:
        revealed: whether the reader was shown what the tool found.
        after: number of the reader's last decision on this item that the page knows of; None to be added regardless,
            when the page closes.
    """

    pack: Sha
    review: ItemReview
    revealed: bool
    after: Annotated[int, Field(ge=0)] | None


class Decision(Record):
    """A row: one judgement as it was saved. ``number`` counts the rows of a pack."""

    pack: Sha
    number: int
    who: str
    at: str
    revealed: bool
    review: ItemReview


@dataclass(frozen=True)
class Pack:
    """A pack as it was recorded for its reader."""

    data: Mapping[str, Any]

    @cached_property
    def candidates(self) -> dict[str, dict[str, str]]:
        """Item -> finding id -> category."""
        return candidates(self.data)

    @cached_property
    def answers(self) -> dict[str, str]:
        """Item -> answer as shown."""
        return {i["id"]: i["answer"] for i in self.data["items"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a reader is."""

    pack: str
    reader: str
    role: ReaderRole
    items: int
    begun: int
    done: int
    rows: int
    last: str


class Decisions:
    """The packs and decisions of one run."""

    def __init__(self, database: Database, run: str) -> None:
        self._database = database
        self._run = run
        self._packs: dict[str, Pack] = {}

    def pack(self, sha: str) -> Pack:
        """A pack of this run; raises DatasetError where it has none such."""
        kept = self._packs.get(sha)
        if kept is not None:
            return kept
        with self._database.transaction() as t:
            rows = t.rows("SELECT body FROM review_packs WHERE pack = %s AND run = %s", sha, self._run)
        if not rows:
            raise DatasetError(f"{sha[:12]}: no such pack in this review", hint="make a token for its reader")
        while len(self._packs) >= _PACKS:
            self._packs.pop(next(iter(self._packs)), None)
        return self._packs.setdefault(sha, Pack(json.loads(rows[0][0])))

    def save(self, account: Account, saved: Saved) -> int:
        """Append a judgement, and return its number; what was the last word already is not added again.

        Raises:
            Refused: if it isn't of the reader's own pack, doesn't fit it, or changes what was fixed by the first look.
            Stale: if another window saved this item since.
        """
        review, pack = saved.review, self.pack(account.pack)
        if saved.pack != account.pack:
            raise Refused("it belongs to another reader's pack")
        if review.item not in pack.candidates:
            raise Refused(f"{review.item}: not in the pack")
        problem = mistake(review, pack.candidates[review.item], pack.answers[review.item]) or _unblinded(saved)
        if problem:
            raise Refused(f"{review.item}: {problem}")
        with self._database.transaction(write=True) as t:
            t.rows(f"SELECT pack FROM review_packs WHERE pack = %s{t.for_update}", account.pack)  # noqa: S608
            before = self._last(t, account.pack, review.item)
            if before and (before.review, before.revealed) == (review, saved.revealed):
                return before.number
            if saved.after is not None and saved.after != (before.number if before else 0):
                raise Stale(f"{review.item}: another window saved it since")
            problem = _fixed(before, saved) if before else ""
            if problem:
                raise Refused(f"{review.item}: {problem}")
            return self._append(t, account, saved)

    def latest(self, pack: str) -> list[Decision]:
        """The last decision on each item.

        Raises:
            DatasetError: naming the first row that was altered or is gone.
        """
        found = {d.review.item: d for d in self.trail(pack)}
        return [found[item] for item in self.pack(pack).candidates if item in found]

    def trail(self, pack: str) -> Iterator[Decision]:
        """All decisions of a reader in order; raises DatasetError at the first row that was altered or is gone."""
        with self._database.transaction() as t:
            query = "SELECT number, item, body, sha FROM review_decisions WHERE pack = %s ORDER BY number"
            rows = t.rows(query, pack)
        last = GENESIS
        for expected, (number, item, body, sha) in enumerate(rows, start=1):
            last = link(last, body)
            decision = Decision.model_validate_json(body) if sha == last and number == expected else None
            if decision is None or (decision.pack, decision.review.item) != (pack, item):
                hint = "restore the database from a backup"
                raise DatasetError(f"{self._database.name}: pack {pack[:12]}, decision {expected}: altered", hint=hint)
            yield decision

    def review_file(self, pack: str) -> ReviewFile:
        """A reader's file, as ``harness review merge`` takes it."""
        data = self.pack(pack).data
        head = {k: data[k] for k in ("pack", "design", "run", "reviewer", "role")}
        return ReviewFile(format="harness-review/1", **head, items=[d.review for d in self.latest(pack)])

    def standings(self) -> list[Standing]:
        """How far each reader is, by name; one whose token was revoked is still there with what they decided."""
        query = (
            "SELECT pack, reader, role FROM review_packs AS p WHERE run = %s AND ("
            "EXISTS (SELECT 1 FROM review_tokens AS t WHERE t.pack = p.pack AND t.revoked = '') OR "
            "EXISTS (SELECT 1 FROM review_decisions AS d WHERE d.pack = p.pack)) ORDER BY reader, at"
        )
        with self._database.transaction() as t:
            rows = t.rows(query, self._run)
        return [self._standing(*row) for row in rows]

    def _standing(self, pack: str, reader: str, role: ReaderRole) -> Standing:
        trail = list(self.trail(pack))
        reviews = {d.review.item: d.review for d in trail}
        return Standing(
            pack=pack,
            reader=reader,
            role=role,
            items=len(self.pack(pack).candidates),
            begun=len(reviews),
            done=sum(r.done for r in reviews.values()),
            rows=len(trail),
            last=trail[-1].at if trail else "",
        )

    def _last(self, t: Transaction, pack: str, item: str) -> Decision | None:
        query = "SELECT body FROM review_decisions WHERE pack = %s AND item = %s ORDER BY number DESC LIMIT 1"
        rows = t.rows(query, pack, item)
        return Decision.model_validate_json(rows[0][0]) if rows else None

    def _append(self, t: Transaction, account: Account, saved: Saved) -> int:
        query = "SELECT number, sha FROM review_decisions WHERE pack = %s ORDER BY number DESC LIMIT 1"
        number, last = (t.rows(query, account.pack) or [(0, GENESIS)])[0]
        decision = Decision(
            pack=account.pack,
            number=number + 1,
            who=account.name,
            at=now(),
            revealed=saved.revealed,
            review=saved.review,
        )
        body = canonical(decision.model_dump(mode="json"))
        values = (account.pack, decision.number, saved.review.item, body, link(last, body))
        t.run("INSERT INTO review_decisions VALUES (%s, %s, %s, %s, %s)", *values)
        return decision.number


def add_pack(t: Transaction, prepared: Prepared) -> None:
    """Keep a reader's pack as it is recorded; raises DatasetError if reviewers would read different samples."""
    entry = prepared.entry
    design = design_sha(entry.design)
    query = (
        "SELECT p.reader FROM review_packs AS p JOIN review_tokens AS t ON t.pack = p.pack "
        "WHERE p.run = %s AND p.role = 'reviewer' AND p.design <> %s AND t.revoked = ''"
    )
    other = t.rows(query, entry.design.run, design)
    if other and entry.role == "reviewer":
        hint = "give the same --seed and --share, or revoke the other tokens"
        raise DatasetError(f"{entry.reader} would read another sample than {other[0][0]}", hint=hint)
    if not t.rows("SELECT 1 FROM review_packs WHERE pack = %s", entry.pack):
        body = canonical(prepared.data)
        values = (entry.pack, entry.design.run, design, entry.reader, entry.role, body, now())
        t.run("INSERT INTO review_packs VALUES (%s, %s, %s, %s, %s, %s, %s)", *values)


def file_text(file: ReviewFile) -> str:
    """A reader's file as the page saves it."""
    return json.dumps(file.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n"


def file_name(reader: str, pack: str) -> str:
    """What a reader's file is called; the page calls it the same."""
    return f"review-{re.sub('[^A-Za-z0-9]+', '-', reader)}-{pack[:8]}.json"


def _unblinded(saved: Saved) -> str:
    """What a reader can't have said before the findings were shown; "" where nothing."""
    review = saved.review
    if saved.revealed:
        return "" if review.first is not None else "the findings are shown, but there is no first judgement"
    if review.done or review.findings or any(not m.before for m in review.marks):
        return "judges findings that were not shown"
    return ""


def _fixed(before: Decision, saved: Saved) -> str:
    """What may not change once the findings were shown: the judgement and marks made without them."""
    if not before.revealed:
        return ""
    if not saved.revealed or saved.review.first != before.review.first:
        return "the first judgement is kept as it was"
    early = [m for m in before.review.marks if m.before]
    return "" if all(m in early for m in saved.review.marks if m.before) else "a mark was not made before the findings"
