"""The process of one job: runs its commands one after the other, and writes down how that ended.

``python -m dance3d.studio.job_process FOLDER``. It outlives the server, which finds it again by ``process``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from dance3d.io.interrupts import INTERRUPTED
from dance3d.pipeline.owner import owner_mark

JOB, PROCESS, LOG, END = "job.json", "process", "log.txt", "end.json"
_ERROR = "dance3d: "  # begins the one line of an error


def main(folder: Path) -> int:
    """Do a job, and write ``end.json``; its exit code."""
    write(folder / PROCESS, owner_mark())
    job = json.loads((folder / JOB).read_text(encoding="utf-8"))
    code = 0
    for command in job["commands"]:
        code = _run(command, folder)
        if code:
            break
    last = _last_line(folder / LOG)
    if not code and job["keep"]:
        _keep(Path(last.partition(": ")[2]), Path(job["keep"]))
    for command in job["besides"] if not code else ():
        _run(command, folder)  # an accessory: how it ends does not count
    said = last.removeprefix(_ERROR).replace(f"{folder.parents[1]}{os.sep}", "") if code else ""
    write(folder / END, json.dumps({"code": code, "said": said}))
    return code


def write(path: Path, text: str) -> None:
    """Write a small file in one step."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _run(command: list[str], folder: Path) -> int:
    """Run ``python -m COMMAND``; what it says goes to the log."""
    given = os.environ | {"DANCE3D_LINES": "1", "PYTHONUNBUFFERED": "1"}
    with (folder / LOG).open("ab") as log:
        done = subprocess.run(
            [sys.executable, "-m", *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=given
        )
    return done.returncode if done.returncode >= 0 else INTERRUPTED


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
    told = [line for line in lines if line.strip()]
    return next((line for line in reversed(told) if line.startswith(_ERROR)), told[-1] if told else "").strip()


def _keep(weights: Path, folder: Path) -> None:
    """Copy trained weights out of the cache, whose entries may be removed, with the scores beside them."""
    shutil.copyfile(weights, folder / "weights.safetensors")
    if (score := weights.with_name("score.json")).is_file():
        shutil.copyfile(score, folder / "score.json")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
