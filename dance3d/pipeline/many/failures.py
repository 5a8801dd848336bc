"""``failures.csv``: the videos that failed, why, and with which exit code; those that succeed later leave it."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import replace
from pathlib import Path

from dance3d.io.safe_names import printable
from dance3d.pipeline.many.job import Outcome
from dance3d.pipeline.many.table_files import read_table, tables_of, write_table

log = logging.getLogger(__name__)
FAILURES = "failures.csv"
EVERY = 10.0  # chosen: seconds from one time that it is written to the next
COLUMNS = ("file", "folder", "reason", "exit_code")


class Failures:
    """How the jobs of a run ended, and those that failed as a table in the folder of all results.

    Args:
        out: the folder; if none, nothing is written.

    Attributes:
        done: number of jobs that succeeded.
        cached: number of those whose stages were all there already.
        failed: number of jobs that did not.
    """

    def __init__(self, out: Path | None) -> None:
        self._out = out
        self._ended: dict[Path, Outcome] = {}
        self._saved = time.monotonic()
        self.done = self.cached = self.failed = 0

    def add(self, outcome: Outcome) -> None:
        """Note how a job ended, and now and then write it down."""
        self._ended[outcome.out] = replace(outcome, result=None)  # 10,000 results would be many
        self.done += not outcome.code
        self.cached += outcome.cached
        self.failed += bool(outcome.code)
        if time.monotonic() - self._saved > EVERY:
            self.save()

    def save(self) -> None:
        """Lay what is noted over what the file says; without failures there is no file.

        That it cannot be written ends no run, and is said.
        """
        self._saved = time.monotonic()
        if self._out is None or not self._ended:
            return
        try:
            self._write(self._out)
        except OSError as error:
            log.warning("%s cannot be written (%s)", self._out / FAILURES, error.strerror)

    def _write(self, out: Path) -> None:
        with tables_of(out):
            path = out / FAILURES
            before = {row["folder"]: row for row in read_table(path, COLUMNS)}
            rows = dict(before)
            for place, outcome in self._ended.items():
                folder = _seen_from(place, out)
                rows.pop(folder, None)
                if outcome.code:
                    said = (_seen_from(outcome.video, out), folder, printable(outcome.reason), str(outcome.code))
                    rows[folder] = dict(zip(COLUMNS, said, strict=True))
            if rows:
                write_table(path, COLUMNS, [rows[folder] for folder in sorted(rows)])
            elif before:
                path.unlink()


def _seen_from(path: Path, out: Path) -> str:
    """Where a file or folder lies, seen from the folder of all results, as it is named: links are not followed."""
    try:
        return printable(Path(os.path.relpath(path, out)).as_posix())
    except ValueError:  # another drive
        return printable(path.absolute().as_posix())
