"""SARIF 2.1.0 (OASIS): findings of a run, or of audited pages, for code scanning and editors.

A run's results point into its ``answers.jsonl`` (or ``manifest.json`` for the question), an audit's into the page.
What could not be measured is a notification of the invocation, which then was not successful.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harness.comparison import Comparison
from harness.gate import Verdict
from harness.masking import texts_of, words_at
from harness.printing import printable
from harness.render.cells import cells
from harness.render.locate import Locator, Place
from harness.render.rules import rule_markdown
from harness.render.words import position
from harness.scorers import all_rules, rule_of, title_of
from harness.store import Run
from harness.summary import PlacedFinding, summarise
from harness.types import Finding, Span
from harness.version import __version__

if TYPE_CHECKING:
    from harness.auditor import Audit

Json = dict[str, Any]
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = ("note", "note", "warning", "error", "error")


def report_sarif(run: Run, verdict: Verdict, comparison: Comparison | None = None) -> str:
    """The findings of a run; with a comparison each says whether it is new since the baseline."""
    locator = Locator(run)
    known = None if comparison is None else {f.identity for f in comparison.unchanged}
    found = summarise(run).findings
    codes = _codes([f.finding for f in found])
    results = []
    for placed in found:
        places = {s: _at(locator.place(placed.question_id, placed.epoch, s)) for s in _spans(placed.finding)}
        result = _result(placed, codes, places)
        if placed in verdict.waived:
            why = f"accepted by a waiver of {run.manifest['waivers'] or 'this gate'}"
            result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
        if known is not None:
            result["baselineState"] = "unchanged" if placed.identity in known else "new"
        results.append(result)
    unmeasured = [f"{c.name} {c.scorer}: {c.reason}" for c in cells(run, verdict) if c.outcome.status == "failed"]
    body = _body(codes, results, unmeasured, exit_code=verdict.status.exit_code)
    body["automationDetails"] = {"id": f"harness/{run.manifest['suite']}/"}
    body["properties"] = {
        "verdict": verdict.status.value,
        "reasons": [f"{r.status.value}: {printable(r.text)}" for r in verdict.reasons],
        "pipeline": printable(run.manifest["pipeline"]),
        "signature": printable(run.manifest["signature"]),
    }
    return _log(body)


def audits_sarif(audits: Sequence[Audit], file: str) -> str:
    """The findings of audited pages, whose texts stand in the log; ``file`` is where they were read from."""
    codes = _codes([f for a in audits for f in a.findings])
    results, artifacts, unmeasured = [], [], []
    for index, audit in enumerate(audits):
        name = "stdin" if file == "-" else file
        uri = quote(printable(name if audit.id == file else f"{name}/{audit.id}"))
        texts = texts_of(audit.case.answer, audit.case.question, audit.findings)
        contents = {"text": _whole(texts["answer"])}
        artifacts.append({"location": {"uri": uri}, "contents": contents, "mimeType": "text/plain"})
        scorers = {id(f): o.scorer for o in audit.outcomes for f in o.findings}
        for finding in audit.findings:
            placed = PlacedFinding(question_id=audit.id, epoch=0, scorer=scorers[id(finding)], finding=finding)
            places = {s: _on_page(s, texts, uri, index) for s in _spans(finding)}
            results.append(_result(placed, codes, places))
        unmeasured += [f"{audit.id} {o.scorer}: {o.reason}" for o in audit.failed]
    body = _body(codes, results, unmeasured)
    body["artifacts"] = artifacts
    body["properties"] = {"signature": str(audits[0].signature) if audits else ""}
    return _log(body)


def _whole(text: str) -> str:
    """A page as UTF-8 can hold it, with every offset kept."""
    return text.encode("utf-8", "replace").decode()


def _log(body: Json) -> str:
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [body]}
    return json.dumps(log, ensure_ascii=True, indent=1) + "\n"


def _body(codes: Sequence[str], results: list[Json], unmeasured: Sequence[str], exit_code: int | None = None) -> Json:
    notes = [{"level": "error", "message": _message(f"not measured: {text}")} for text in unmeasured]
    invocation: Json = {"executionSuccessful": not unmeasured, "toolExecutionNotifications": notes}
    if exit_code is not None:
        invocation["exitCode"] = exit_code
    driver = {
        "name": "patient-answer-harness",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(code) for code in codes],
    }
    return {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": results,
    }


def _codes(findings: Sequence[Finding]) -> list[str]:
    """Every rule of today, then those that only a run of another version knows."""
    return list(dict.fromkeys([*all_rules(), *(f.code for f in findings)]))


def _rule(code: str) -> Json:
    found = rule_of(code)
    if found is None:
        return {"id": code, "shortDescription": {"text": "a rule that this version of the harness does not have"}}
    family, rule = found
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in rule.title.split() if word.isalnum()) or code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why.strip()},
        "help": {"text": f"{rule.why.strip()}\n{rule.fix.strip()}", "markdown": rule_markdown(rule)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"severity": rule.severity, "source": rule.source.strip(), "tags": [family]},
    }


def _spans(finding: Finding) -> tuple[Span, ...]:
    return (finding.span, *finding.related)


def _result(placed: PlacedFinding, codes: Sequence[str], places: dict[Span, Json]) -> Json:
    finding = placed.finding
    whole = hashlib.sha256("\n".join(placed.identity).encode("utf-8", "replace")).hexdigest()
    where = f"{placed.question_id}#{placed.epoch}"
    body: Json = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": _LEVELS[finding.severity],
        "rank": round(100 * finding.confidence, 1),
        "message": _message(f"{where}: {title_of(finding.code)}: {finding.message}"),
        "locations": [{**places[finding.span], "logicalLocations": [_logical(where, finding.span)]}],
        "fingerprints": {"ruleAndWords/v1": whole},
        "partialFingerprints": {"primaryLocationLineHash": whole},
        "properties": {
            "question": printable(placed.question_id),
            "epoch": placed.epoch,
            "scorer": placed.scorer,
            "severity": finding.severity,
            "confidence": round(finding.confidence, 6),
        },
    }
    if finding.related:
        body["relatedLocations"] = [
            {"id": n, **places[s], "message": _message(f'{s.source}: "{s.quote}"')}
            for n, s in enumerate(finding.related, start=1)
        ]
    return body


def _logical(where: str, span: Span) -> Json:
    return {"fullyQualifiedName": printable(f"{where}/{span.source}"), "kind": "member"}


def _message(text: str) -> Json:
    """A plain message; ``](``, which would make a link of foreign text, is pulled apart."""
    return {"text": printable(text).replace("](", "] (")}


def _at(place: Place) -> Json:
    region: Json = {"startLine": place.line}
    if place.start:
        region |= {"startColumn": place.start, "endColumn": place.end}
    return {"physicalLocation": {"artifactLocation": {"uri": place.uri}, "region": region}}


def _on_page(span: Span, texts: dict[str, str], uri: str, index: int) -> Json:
    """The words on the page; what stands in the question or a passage points at the page's first line."""
    region: Json = {"startLine": 1}
    text = texts["answer"]
    if span.source == "answer":
        (row, column), (last, end) = position(text, span.start), position(text, span.end)
        region = {"startLine": row, "startColumn": column, "endLine": last, "endColumn": end}
    shown = words_at(span, text) if span.source == "answer" else span.quote
    region["snippet"] = {"text": _whole(shown)}
    return {"physicalLocation": {"artifactLocation": {"uri": uri, "index": index}, "region": region}}
