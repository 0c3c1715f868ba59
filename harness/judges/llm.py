"""A language model as judge, behind any OpenAI-compatible endpoint."""

from __future__ import annotations

import random
import re
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from harness.errors import JudgeError
from harness.judges.canaries import OBEYS, canaries, judge_beside_canaries
from harness.judges.endpoint import Endpoint, JudgeOptions, open_endpoint
from harness.pipelines.prompts import Prompt, load_prompt
from harness.resources import package_file
from harness.text.facts import mismatches
from harness.types import Label, Mismatch, Support

_VERSION = 1
_PLACEHOLDERS = frozenset({"key", "passage", "claims"})
_LONGEST_QUOTE = 2000
_LOOK_ALIKES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "\u00a0": " "})


class LlmOptions(JudgeOptions):
    """Options of ``llm:MODEL``.

    Args:
        votes: how often each pair is judged; the share that says supported is the probability.
        claims_per_call: most claims about one passage in one request.
        prompt: a prompt file instead of the one that ships with the package.
    """

    votes: int = Field(default=1, ge=1, le=15)
    claims_per_call: int = Field(default=8, ge=1, le=50)
    prompt: str = ""


class _Verdict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    claim: int
    quote: str = Field(max_length=_LONGEST_QUOTE)
    label: Label


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid")
    verdicts: list[_Verdict]


@dataclass(frozen=True, slots=True)
class _Call:
    """Claims about one passage that are judged in one request."""

    passage: str
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmJudge:
    """Asks a chat model. A batch in which a canary is judged wrong, or a reply can't be read, is a JudgeError."""

    endpoint: Endpoint
    options: LlmOptions
    prompt: Prompt

    @property
    def id(self) -> str:
        """Model, endpoint, votes, and the hashes of the prompt and the canaries."""
        o, p = self.options, self.prompt
        how = f"votes={o.votes}:per_call={o.claims_per_call}"
        return f"llm@{_VERSION}:{self.endpoint.id}:{how}:{p.name}@{p.version}:{p.sha}:canaries={canaries().digest}"

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        """One Support for each (passage, claim); blank ones are not found, without asking.

        Raises:
            JudgeError: if the endpoint fails, a reply can't be read, or the judge obeys the text it grades.
        """
        return judge_beside_canaries(self.endpoint.judge, pairs, self._support)

    def _support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        calls = self._calls(pairs)
        votes: dict[tuple[str, str], list[Support]] = {pair: [] for pair in pairs}
        for call, reply in zip(calls, self.endpoint.each(self._judge, calls), strict=True):
            for claim, told in zip(call.claims, reply, strict=True):
                votes[call.passage, claim].append(told)
        return [_elected(votes[pair]) for pair in pairs]

    def _calls(self, pairs: Sequence[tuple[str, str]]) -> list[_Call]:
        """Claims of the same passage together, in another order for every vote."""
        claims: dict[str, list[str]] = {}
        for passage, claim in pairs:
            claims.setdefault(passage, []).append(claim)
        size = self.options.claims_per_call
        calls: list[_Call] = []
        for vote in range(self.options.votes):
            for passage, all_of_it in claims.items():
                order = random.Random(vote).sample(all_of_it, len(all_of_it))
                calls += [_Call(passage, tuple(order[i : i + size])) for i in range(0, len(order), size)]
        return calls

    def _judge(self, call: _Call) -> list[Support]:
        """The verdicts on the claims of one request, which holds the sentinel among them."""
        key = secrets.token_hex(8)  # nobody who wrote passage or claims can know it
        place = secrets.randbelow(len(call.claims) + 1)
        claims = [*call.claims[:place], canaries().sentinel, *call.claims[place:]]
        told = "\n\n".join(f"<claim-{n}-{key}>\n{text}\n</claim-{n}-{key}>" for n, text in enumerate(claims, start=1))
        system, user = self.prompt.fill({"key": key, "passage": call.passage, "claims": told})
        messages = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": user})

        def read(reply: _Reply) -> list[Support]:
            verdicts = {verdict.claim: verdict for verdict in reply.verdicts}
            if sorted(v.claim for v in reply.verdicts) != list(range(1, len(claims) + 1)):
                raise ValueError(f"it must hold each claim from 1 to {len(claims)} once")
            if verdicts[place + 1].label == "supported":
                raise JudgeError(
                    f"judge {self.endpoint.judge}: {OBEYS} (a claim that no passage supports was called supported)",
                    hint="the batch is void; look for orders in answers and passages, or use another model",
                )
            return [_support(verdicts[n], call.passage, text) for n, text in enumerate(claims, 1) if n != place + 1]

        return self.endpoint.ask(messages, _Reply, read)


def _support(verdict: _Verdict, passage: str, claim: str) -> Support:
    """A verdict with its evidence; raises ValueError where the quote isn't in the passage."""
    if verdict.label == "not_found":
        return Support(probability=0.0, label="not_found")
    start, end = locate(verdict.quote, passage)
    if start == end:
        raise ValueError(f"the quote for claim {verdict.claim} must be words of the passage, copied exactly")
    quote = passage[start:end]
    if verdict.label == "supported":
        return Support(probability=1.0, label="supported", start=start, end=end)
    typed = mismatches(claim, quote) or (Mismatch(kind="statement", claim=claim, evidence=quote),)
    return Support(probability=0.0, label="contradicted", start=start, end=end, mismatches=typed)


def locate(quote: str, passage: str) -> tuple[int, int]:
    """Offsets of a quote in a passage, both 0 where it isn't there; case, spacing and quote marks may differ."""
    words = quote.translate(_LOOK_ALIKES).strip(" \t\r\n\"'.…").split()
    if not words:
        return 0, 0
    found = re.search(r"\s+".join(map(re.escape, words)), passage.translate(_LOOK_ALIKES), re.IGNORECASE)
    return found.span() if found else (0, 0)


def _elected(votes: Sequence[Support]) -> Support:
    """The label most votes agree on, not_found where none leads; its probability is the share that says supported."""
    counts = Counter(vote.label for vote in votes).most_common()
    tied = len(counts) > 1 and counts[0][1] == counts[1][1]
    label: Label = "not_found" if tied else counts[0][0]
    share = sum(vote.label == "supported" for vote in votes) / len(votes)
    chosen = next((vote for vote in votes if vote.label == label), Support(probability=share, label=label))
    return Support(probability=share, label=label, start=chosen.start, end=chosen.end, mismatches=chosen.mismatches)


def load_llm(model: str, options: Mapping[str, str]) -> LlmJudge:
    """Build ``llm:MODEL``; raises HarnessError for a missing key, unknown option or broken prompt."""
    endpoint, read = open_endpoint("llm", model, options, LlmOptions)
    file = Path(read.prompt) if read.prompt else package_file("judges/prompts/support.md")
    prompt = load_prompt(file, _PLACEHOLDERS)
    missing = sorted(name for name in _PLACEHOLDERS if f"{{{name}}}" not in prompt.user)
    if missing:
        raise JudgeError(f"{file}: has no place for {{{missing[0]}}} in its user part", hint="see docs/judges.md")
    return LlmJudge(endpoint=endpoint, options=read, prompt=prompt)
