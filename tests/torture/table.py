"""What a campaign tried, what held, and the table of it all."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

SHOWN = 40  # faults of one row that are printed; the file has all


@dataclass
class Tally:
    """One row of the table.

    Attributes:
        what: was tried.
        tried: how often.
        faults: what did not hold, each with what it takes to do it again.
        note: a figure beside it.
        seconds: that it took.
    """

    what: str
    tried: int = 0
    faults: list[str] = field(default_factory=list)
    note: str = ""
    seconds: float = 0.0

    @property
    def held(self) -> int:
        return max(self.tried - len(self.faults), 0)

    @property
    def sound(self) -> bool:
        """Whether something was tried and all of it held."""
        return self.tried > 0 and not self.faults

    @contextmanager
    def trial(self, label: str, counts: int = 1) -> Iterator[None]:
        """One try, or several that are seen at once; whatever it raises is a fault."""
        self.tried += counts
        try:
            yield
        except Exception as error:  # a campaign goes on after a fault, of whatever kind
            self.faults.append(f"{label}: {type(error).__name__}: {' '.join(str(error).split())[:600]}")

    @contextmanager
    def timed(self) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began

    def plain(self) -> dict[str, object]:
        return asdict(self)


def table(rows: Sequence[Tally]) -> str:
    """The rows as ``what | n of N | seconds``, then their faults."""
    cells = [("what", "n of N", "seconds", "")]
    cells += [(row.what, f"{row.held} of {row.tried}", f"{row.seconds:.0f}", _remark(row)) for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    lines = [" | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip(" |") for line in cells]
    lines.insert(1, "-" * len(lines[0]))
    return "\n".join(lines)


def _remark(row: Tally) -> str:
    return ", ".join(filter(None, ("" if row.tried else "NOTHING WAS TRIED", "FAULTS" if row.faults else "", row.note)))


def faults(rows: Sequence[Tally], most: int | None = None) -> str:
    """What did not hold, row by row."""
    lines = []
    for row in rows:
        if row.faults:
            shown = row.faults[:most]
            lines += [f"{row.what}: {len(row.faults)} faults", *(f"  {fault}" for fault in shown)]
            lines += [f"  and {len(row.faults) - len(shown)} more"] * (len(shown) < len(row.faults))
    return "\n".join(lines)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by name; links and what is no file by a word."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            found[name] = b"no plain file"
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


def check_equal(found: dict[str, bytes], wanted: dict[str, bytes], where: str) -> None:
    """Raise with the names in which two folders differ."""
    wrong = [f"{name} is missing" for name in wanted.keys() - found.keys()]
    wrong += [f"{name} is left over" for name in found.keys() - wanted.keys()]
    wrong += [f"{name} differs" for name in wanted.keys() & found.keys() if wanted[name] != found[name]]
    if wrong:
        raise AssertionError(f"{where}: {', '.join(sorted(wrong)[:6])}")
