"""Progress bars where they can be seen: in notebooks, with nothing to install, and in terminals."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

from harness.notebook import safe

Update = Callable[[int, int], None]
_EVERY_S = 0.2  # a notebook is told no more often


@contextmanager
def progress(title: str, wanted: Update | bool | None = None) -> Iterator[Update | None]:
    """What is called with (done, planned) after every item.

    Args:
        wanted: a function of one's own; True for a bar, False for none, None for one in notebooks only.
    """
    if callable(wanted):
        yield wanted
    elif in_notebook() and wanted is not False:
        yield _notebook_bar(title)
    elif wanted:
        from harness.render.terminal import progress_bar

        with progress_bar(title) as update:
            yield update
    else:
        yield None


def in_notebook() -> bool:
    """Whether this is the kernel of a notebook (Jupyter, VS Code, Colab)."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


def _notebook_bar(title: str) -> Update:
    """A bar that stands in the cell's output; no widget, and no times, so that a saved notebook stays the same."""
    shown = import_module("IPython.display")  # untyped, and there only where there is a notebook
    handle = shown.display(shown.HTML(_bar(title, 0, 0)), display_id=True)
    last = 0.0

    def update(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done == total or now - last >= _EVERY_S:
            last = now
            handle.update(shown.HTML(_bar(title, done, total)))

    return update


def _bar(title: str, done: int, total: int) -> str:
    return f'<div>{safe(title)} <progress value="{done}" max="{max(total, 1)}"></progress> {done}/{total}</div>'
