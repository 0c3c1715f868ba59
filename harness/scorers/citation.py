"""Citations: does each source exist, is it the one named, is it current, and does it say what it is cited for?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from harness.scorers.citation_attribution import Attributions
from harness.scorers.citation_editions import edition_checks
from harness.scorers.citation_ids import identifier_checks
from harness.scorers.citation_listed import listed_checks
from harness.scorers.citation_page import Checked, Page, verdict_table
from harness.scorers.citation_quotes import locator_checks, quote_checks
from harness.scorers.citation_support import Support
from harness.scorers.global_claims import global_claims
from harness.types import Case, Failed, NotApplicable, Outcome, Scored


@dataclass(frozen=True, kw_only=True)
class Citations:
    """Every citation resolves to a real, current document that is the one named and says what it is cited for.

    Score: marker-claim pairs whose passage supports the claim / all such pairs. Where no marker has a passage behind
    it, there is nothing to score: not applicable, with the findings that can be made without passages. Where the judge
    can't read any of them beside the page, the scorer failed to measure.

    The score blends nothing in: each of twelve checks has verdicts of its own in ``metrics``, as ``check_<name>_n``
    (things looked at), ``_ok`` and ``_unchecked`` (could not be looked up, which is not ok). ``metrics`` also hold
    coverage, the pairs by verdict, precision and recall as ALCE defines them, and the citation ladder (0 none to 5
    passage held and supporting) of the attributions. Claims about the page as a whole are reported by GRD106.

    Args:
        learned: whether the trained encoder has a say beside the lists on authorities that nobody can look up.
    """

    name: ClassVar[str] = "citation"
    version: ClassVar[int] = 6
    family: ClassVar[str] = "citation"
    learned: bool = True

    def score(self, case: Case) -> Outcome:
        """Run the twelve checks on every claim, marker, attribution, listed document and identifier."""
        page = Page(case)
        support = Support(page)
        attributions = Attributions(page, support)
        checked = list(_checks(page, support, attributions))
        checked += attributions.heard() if self.learned else ()
        findings = (one.finding for one in checked if one.finding)
        in_order = tuple(sorted(findings, key=lambda finding: (finding.span.start, finding.code)))
        metrics = {**support.metrics(), **_ladder(attributions), **verdict_table(checked)}
        if not support.pairs and support.is_unread():
            reason = "the judge can't lay passages of another language beside this page: support was not measured"
            return Failed(scorer=self.name, reason=reason, findings=in_order, metrics=metrics)
        if not support.pairs:
            reason = "no cited passage to check" if support.claims or page.listed else "no claim and no citation"
            return NotApplicable(scorer=self.name, reason=reason, findings=in_order, metrics=metrics)
        supported, pairs = int(metrics["n_supported"]), len(support.pairs)
        reason = f"{supported} of {pairs} citations support what they are cited for"
        return Scored(scorer=self.name, score=supported / pairs, findings=in_order, metrics=metrics, reason=reason)


def _checks(page: Page, support: Support, attributions: Attributions) -> Iterator[Checked]:
    """The verdicts of all checks."""
    yield from support.coverage()
    yield from support.support()
    yield from attributions.checks()
    yield from listed_checks(page)
    yield from edition_checks(page)
    yield from identifier_checks(page, support.claims)
    yield from quote_checks(page)
    yield from locator_checks(page)
    for _, borne_out in global_claims(page.case):
        yield Checked(check="global_claim", verdict="ok" if borne_out else "wrong")


def _ladder(attributions: Attributions) -> dict[str, float]:
    """How many attributions stand on each step of the citation ladder, the lowest and the mean."""
    steps = [attributions.ladder(citation) for citation in attributions.found]
    counts = {"n_attributions": float(len(steps))}
    counts |= {f"ladder_c{step}": float(steps.count(step)) for step in range(6)}
    if steps:
        counts |= {"ladder_lowest": float(min(steps)), "ladder_mean": sum(steps) / len(steps)}
    return counts
