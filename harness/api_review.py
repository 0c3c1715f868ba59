"""The clinical review from Python: the same steps as ``harness review``, which calls them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness import api
from harness.render.files import write_reports
from harness.render.pack import pack_html
from harness.review.desk import Prepared, merge_files, prepare_pack, record_decision, record_pack
from harness.review.evidence import Review
from harness.stats import Figure
from harness.store import Run, write_text

if TYPE_CHECKING:
    import pandas as pd


def write_pack(
    run: Run,
    reviewer: str,
    *,
    seed: int = 0,
    share: float = 0.2,
    adjudicate: Path | None = None,
    out: Path | None = None,
) -> tuple[Path, Prepared]:
    """Write one blinded page for a reader and note it in the run's record; gives the page and what it asks.

    Args:
        seed: of the random sample: the same for both readers.
        share: of the answers that nothing else puts into the sample.
        adjudicate: a merged file; the page then asks only where its readers differ.
        out: the HTML file; in the run folder where left out.

    Raises:
        DatasetError: if the run's files were altered, or nothing is to be read.
    """
    prepared = prepare_pack(run, reviewer, seed=seed, share=share, adjudicate=adjudicate)
    target = prepared.target(out)
    write_text(target, pack_html(prepared.data))
    record_pack(prepared, target)
    return target, prepared


def merge_reviews(run: Run, files: Sequence[Path]) -> tuple[Path, Review]:
    """Check readers' files, pair them, and work out agreement and corrected rates; gives the merged file and these.

    Raises:
        DatasetError: one line naming the file and what in it doesn't fit.
    """
    path, _, review = merge_files(run, files, None)
    return path, review


def sign(
    run: Run,
    *,
    decision: str,
    name: str,
    role: str,
    statement: str,
    credential: str = "",
    conflict: str = "",
    waivers: Path | None = None,
) -> tuple[str, str]:
    """Sign the decision and write the reports again with it; gives the tool's verdict and the record's hash.

    Raises:
        DatasetError: for an empty field, an unknown decision or an altered file.
    """
    verdict = api.verdict(run, waivers=waivers)
    told = {"decision": decision, "name": name, "role": role, "statement": statement}
    told |= {"credential": credential, "conflict": conflict, "verdict": verdict.status.value}
    head = record_decision(run, told)
    write_reports(run, verdict, run.path)
    return verdict.status.value, head


def agreement_frame(review: Review) -> pd.DataFrame:
    """One row a measure that somebody said yes to: answers both decided, and agreement (all from 0 to 1).

    Columns: measure, n, yes (share of all votes), raw, positive, negative, kappa (from -1), ac1 (from -1).
    """
    import pandas as pd

    columns = ("raw", "positive", "negative", "kappa", "ac1")
    rows = [
        {"measure": a.key, "n": a.n, "yes": a.yes, **{c: getattr(a, c).value for c in columns}}
        for a in review.agreement
        if a.yes
    ]
    return pd.DataFrame(rows, columns=["measure", "n", "yes", *columns])


def rates_frame(review: Review) -> pd.DataFrame:
    """One row a measure: the share of failing answers as the tool tells it, and corrected with its 95 % interval.

    Columns: measure, answers, flagged, told (share), drawn, decided, failing, corrected, low, high (shares),
    sensitivity, specificity (of the tool, shares).
    """
    import pandas as pd

    rows = [
        {
            "measure": r.key,
            "answers": r.answers,
            "flagged": r.flagged,
            "told": r.raw.value,
            "drawn": r.drawn,
            "decided": r.decided,
            "failing": r.failing,
            "corrected": r.value,
            "low": r.interval.low,
            "high": r.interval.high,
            "sensitivity": r.sensitivity.value,
            "specificity": r.specificity.value,
        }
        for r in review.rates
    ]
    return pd.DataFrame(rows)


def rate_series(review: Review) -> Mapping[str, Mapping[str, Figure]]:
    """The rates as ``plots.grouped_plot`` takes them: as the tool says, and corrected."""
    return {
        "as the tool says": {r.key: r.raw for r in review.rates},
        "corrected by the readers": {r.key: r.corrected for r in review.rates},
    }
