"""A progress bar: on stderr, on a terminal only, and only for what takes longer than a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from xinfang_flow.cli.face import Face

PATIENCE = 1.0


@contextmanager
def bar(face: Face, text: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Give a function that is told how much is done; the bar shows itself after a second."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=face.err, transient=True, disable=not face.err.is_terminal)
    began, shown = monotonic(), False
    job = progress.add_task(text, total=total)

    def done(count: int) -> None:
        nonlocal shown
        if not shown and monotonic() - began > PATIENCE:
            progress.start()
            shown = True
        if shown:
            progress.update(job, completed=count)

    try:
        yield done
    finally:
        if shown:
            progress.stop()
