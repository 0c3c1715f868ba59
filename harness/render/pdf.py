"""``report.pdf``: the report as an installed Chromium prints it, so that paper and screen come from one source."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from harness.errors import HarnessError
from harness.gate import Verdict
from harness.render.html import report_paper
from harness.store import Run

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
BROWSER_VARIABLE = "HARNESS_BROWSER"
_TIMEOUT_S = 300


def report_pdf(run: Run, verdict: Verdict) -> bytes:
    """The report as a tagged PDF; the page has no script, and its policy lets none run and asks for no address.

    Raises:
        HarnessError: if no Chromium, Chrome or Edge is found (a path in ``HARNESS_BROWSER`` comes first), or it fails.
    """
    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="harness-pdf-") as folder:
        page, out = Path(folder, "report.html"), Path(folder, "report.pdf")
        page.write_text(report_paper(run, verdict), encoding="utf-8", errors="replace")
        _print(browser, page, out)
        return out.read_bytes()


def find_browser() -> str:
    """The program that prints; raises HarnessError where there is none."""
    named = os.environ.get(BROWSER_VARIABLE)
    found = shutil.which(named) if named else next((p for n in BROWSERS if (p := shutil.which(n))), None)
    if found is None:
        what = f"{BROWSER_VARIABLE}={named}: no such program" if named else "no Chromium, Chrome or Edge is installed"
        hint = f"apt-get install chromium, or name one in {BROWSER_VARIABLE}; report.html prints to PDF in any browser"
        raise HarnessError(f"PDF: {what}", hint=hint)
    return found


def _print(browser: str, page: Path, out: Path) -> None:
    command = [
        browser,
        "--headless",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-extensions",
        "--disable-sync",
        "--no-first-run",
        "--proxy-server=127.0.0.1:9",  # nothing listens there: a page that asked for an address would get none
        f"--user-data-dir={page.parent / 'profile'}",
        "--no-pdf-header-footer",
        "--export-tagged-pdf",
        "--generate-pdf-document-outline",
        f"--print-to-pdf={out}",
        page.as_uri(),
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.insert(1, "--no-sandbox")  # Chromium refuses to start as root with one
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False)  # noqa: S603 - no shell
    except subprocess.TimeoutExpired:
        raise HarnessError(
            f"PDF: {browser} took more than {_TIMEOUT_S} s", hint="try again, or print report.html"
        ) from None
    except OSError as problem:
        raise HarnessError(f"PDF: {browser}: {problem.strerror}", hint=f"name another in {BROWSER_VARIABLE}") from None
    if done.returncode or not out.is_file():
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no message"]
        raise HarnessError(f"PDF: {browser} failed ({done.returncode}): {last[0]}", hint="print report.html instead")
