"""``python -m tests.torture``: long campaigns against the promises of docs/promises.md, and a table of what held."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]  # as pytest has them, by pyproject.toml
os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: its threads do not outlive a fork

from torture.campaigns import CAMPAIGNS, run_all  # noqa: E402
from torture.table import SHOWN, faults, table  # noqa: E402


def main() -> int:
    """Run what is asked for, print the table and write it; 0 if all of it held."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    names = f"of {', '.join(CAMPAIGNS)}; kills:train or files:bvh for a part of one"
    parser.add_argument("--only", nargs="+", default=list(CAMPAIGNS), metavar="NAME", help=names)
    parser.add_argument("--scale", type=float, default=1.0, help="how much of it; 0.01 takes a look")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="campaigns at one time")
    parser.add_argument("--minutes", type=float, default=45.0, help="what is not done by then counts as a fault")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "torture", help="folder of table and faults")
    options = parser.parse_args()
    if unknown := [name for name in options.only if name.partition(":")[0] not in CAMPAIGNS]:
        parser.error(f"{', '.join(unknown)}: choose {names}")
    began, folder = time.time(), Path(tempfile.mkdtemp(prefix="dance3d-torture-"))
    try:
        rows = run_all(options.only, folder, options.scale, options.seed, options.jobs, began + 60 * options.minutes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    head = f"dance3d torture, scale {options.scale:g}, seed {options.seed}, {time.time() - began:.0f} s in all"
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "table.txt").write_text(f"{head}\n\n{table(rows)}\n\n{faults(rows)}\n")
    (options.out / "table.json").write_text(json.dumps([row.plain() for row in rows], indent=1))
    print(f"{head}\n\n{table(rows)}\n\n{faults(rows, SHOWN)}\n\nwritten to {options.out}")
    return 0 if rows and all(row.sound for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
