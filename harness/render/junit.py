"""``report.junit.xml``: one testsuite a scorer, one testcase a question and epoch, and the verdict as a testcase.

A serious finding is a failure with its words underlined, what could not be measured an error (never skipped, never
passed), and what does not apply is skipped with its reason. The verdict is a testcase of its own, because a bar on a
mean can fail although no single answer does.
"""

from __future__ import annotations

from itertools import groupby
from xml.etree import ElementTree as ET

from harness.gate import Status, Verdict
from harness.render.cells import Cell, cells
from harness.render.clean import logged, xml_text
from harness.store import Run

_COUNTS = ("failure", "error", "skipped")


def report_junit(run: Run, verdict: Verdict) -> str:
    """The run as JUnit XML, in the form that Jenkins, GitLab and GitHub's test reporters read."""
    root = ET.Element("testsuites", name=xml_text(run.manifest["title"]))
    _verdict(_suite(root, run, "verdict"), run, verdict)
    for scorer, group in groupby(cells(run, verdict), key=lambda c: c.scorer):
        suite = _suite(root, run, scorer)
        for cell in group:
            _testcase(suite, run, cell)
    for suite in root:
        _count(suite)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, 0)) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, run: Run, name: str) -> ET.Element:
    """A testsuite; its time stamp has no zone because the format's schema allows none (it is UTC)."""
    return ET.SubElement(root, "testsuite", name=name, timestamp=run.manifest["started"][:19])


def _verdict(suite: ET.Element, run: Run, verdict: Verdict) -> None:
    properties = ET.SubElement(suite, "properties")
    for name in ("pipeline", "signature"):
        ET.SubElement(properties, "property", name=name, value=xml_text(run.manifest[name]))
    case = ET.SubElement(suite, "testcase", classname=f"{run.manifest['suite']}.verdict", name="verdict")
    told = "\n".join(f"{r.status.value:<13}{r.text}" for r in verdict.reasons)
    if verdict.status is Status.PASS:
        _text(case, "system-out", told)
        return
    tag = "failure" if verdict.status is Status.FAIL else "error"
    message = "; ".join(r.text for r in verdict.because()) or "nothing was measured"
    _text(case, tag, told, type=verdict.status.value, message=message)


def _testcase(suite: ET.Element, run: Run, cell: Cell) -> None:
    case = ET.SubElement(
        suite, "testcase", classname=f"{run.manifest['suite']}.{cell.scorer}", name=xml_text(cell.name)
    )
    unmeasured = cell.outcome.status == "failed"
    if cell.state == "failure":
        worst = cell.serious[0]
        message = logged(worst.message) + (f" (and not measured: {cell.reason})" if unmeasured else "")
        _text(case, "failure", cell.drawn(cell.serious), type=worst.code, message=message)
    elif cell.state == "error":
        _text(case, "error", cell.reason, type="not measured", message=cell.reason)
    elif cell.state == "skipped":
        _text(case, "skipped", "", message=f"not applicable: {cell.reason}")
    rest = tuple(f for f in cell.outcome.findings if f not in cell.serious)
    score = [] if cell.outcome.score is None else [f"score {cell.outcome.score:.3f} {cell.reason}".rstrip()]
    waived = [f"{len(cell.waived)} finding(s) waived"] if cell.waived else []
    told = "\n".join([*score, *waived, *([cell.drawn(rest)] if rest else [])])
    if told:
        _text(case, "system-out", told)


def _text(case: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(case, tag, {k: xml_text(v) for k, v in attributes.items()}).text = xml_text(text)


def _count(suite: ET.Element) -> None:
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for tag, name in zip(_COUNTS, ("failures", "errors", "skipped"), strict=True):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
