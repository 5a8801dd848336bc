"""The table of configs and machines: ``python -m dance3d.benchmarks.machines.table [CONFIG...]``.

Every config is trained for an epoch on a CPU in three ways: in float32, in bf16-mixed, and by two processes (gloo). A
column says by how much the figure that chooses the best checkpoint differs: of bf16-mixed, from that of the same
checkpoint in float32; of two processes, from that of one process that scores their checkpoint.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from dance3d.benchmarks.machines.small_trainings import SMALL_TRAININGS, write_data
from dance3d.benchmarks.machines.worker import train, validate
from dance3d.training.fit import config

_LOOK = 0.2  # seconds between two looks at what the processes have done


def monitored(name: str) -> str:
    """The figure that chooses a config's best checkpoint."""
    files = [yaml.safe_load(config(one).read_text()) for one in SMALL_TRAININGS[name].configs]
    return str([file["checkpoint"]["monitor"] for file in files if "checkpoint" in file][-1])


def pair(
    names: Sequence[str], folder: Path, out: Path, limit: float = 600
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Train configs by two processes, and start two others where one config fails.

    Args:
        names: of the configs.
        folder: what ``write_data`` wrote.
        out: new; gets a run folder of each.
        limit: seconds of one config.

    Yields:
        Its name, and what both processes found, as ``worker`` writes it.
    """
    left = list(names)
    while left:
        port = _free_port()
        processes = [_start(rank, port, left, folder, out) for rank in range(2)]
        try:
            while left:
                found = _wait(left[0], processes, out, limit)
                yield left.pop(0), found
                if any("error" in one for one in found):
                    break
        finally:
            for process in processes:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _start(rank: int, port: int, names: Sequence[str], folder: Path, out: Path) -> subprocess.Popen[bytes]:
    given = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "NODE_RANK": "0", "LOCAL_RANK": str(rank)}
    command = [sys.executable, "-m", "dance3d.benchmarks.machines.worker", str(folder), str(out), *names]
    out.mkdir(parents=True, exist_ok=True)
    with (out / f"process{rank}.log").open("ab") as said:
        return subprocess.Popen(command, env={**os.environ, **given}, stdout=said, stderr=said)


def _wait(name: str, processes: Sequence[subprocess.Popen[bytes]], out: Path, limit: float) -> list[dict[str, Any]]:
    """What both processes found of a config; an error where one ended or they wait for each other."""
    end = time.monotonic() + limit
    while True:
        over = [process.poll() for process in processes]  # before the files: one may be written just before the end
        files = [path for path in (out / f"{name}.{rank}.json" for rank in range(2)) if path.is_file()]
        found = [json.loads(path.read_text()) for path in files]
        if len(found) == 2 or any("error" in one for one in found):
            return found
        if time.monotonic() > end or any(code not in (None, 0) for code in over):
            return [{"error": f"ended with {over}; see {out / 'process0.log'}"}]
        time.sleep(_LOOK)


def rows(names: Sequence[str], folder: Path) -> Iterator[tuple[str, ...]]:
    """Rows of the table: config, figure, float32, bf16-mixed, two processes.

    Args:
        names: of the configs.
        folder: new, for data and runs.
    """
    data = folder / "data"
    write_data(data)
    two = dict(pair(names, data, folder / "two"))
    for name in names:
        alone = [_alone(name, data, folder / kind / name, kind) for kind in ("32-true", "bf16-mixed")]
        yield name, monitored(name), *alone, _together(name, data, folder / "two" / name, two[name])


def _alone(name: str, data: Path, run: Path, precision: str) -> str:
    """What one process made of a config: the figure in float32, or how far half precision is from it."""
    figure, machine = monitored(name), {"trainer__accelerator": "cpu", "trainer__precision": precision}
    try:
        train(name, data, run, **machine)
        own = validate(name, data, run, **machine)[figure]
        exact = validate(name, data, run, **machine | {"trainer__precision": "32-true"})[figure]
    except (RuntimeError, TypeError, ValueError) as error:
        return f"fails: {error}"
    return f"{own:.4g}" if precision == "32-true" else f"{abs(own - exact):.1g}"


def _together(name: str, data: Path, run: Path, found: Sequence[dict[str, Any]]) -> str:
    """How far the figure of two processes is from that of one which scores their checkpoint."""
    if error := next((one["error"] for one in found if "error" in one), ""):
        return f"fails: {error}"
    figure = monitored(name)
    one = validate(name, data, run, trainer__accelerator="cpu", trainer__precision="32-true")[figure]
    return f"{abs(found[0]['figures'][figure] - one):.1g}"


def main(names: Sequence[str]) -> None:
    """Print the table as Markdown."""
    with TemporaryDirectory() as folder:
        head = ("config", "figure", "CPU, float32", "CPU, bf16-mixed", "two processes")
        print(f"| {' | '.join(head)} |\n{'|---' * len(head)}|")
        made = rows(names or list(SMALL_TRAININGS), Path(folder))
        while True:
            with redirect_stdout(sys.stderr):  # what Lightning prints is no part of the table
                row = next(made, None)
            if row is None:
                return
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
