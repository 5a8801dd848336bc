"""Processes that do jobs of a few lines, as the name of the video says; they do what work on videos may do to them."""

import os
import signal
import time
from pathlib import Path

from dance3d.pipeline.many.job import Job, News, Outcome

RESULT = {
    "schema": "dance3d.result/1",
    "video": {"sha256": "5" * 64, "path": "../clip.mp4", "fps": 25.0, "frames": 50},
    "dancers": [],
    "genre": None,
    "stages": [{"stage": "keypoints", "cached": False}],
    "warnings": [],
    "edits": [],
}


def jobs(folder, *names):
    return [Job(folder / f"{name}.mp4", folder / name) for name in names]


def work(line, how, level, number):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line.send(News())
    while (job := line.recv()) is not None:
        line.send(News("keypoints", "never made here"))
        line.send(News(outcome=_outcome(job, how)))


def never_ready(line, how, level, number):
    os._exit(1)


def _outcome(job, how):
    name = job.video.stem
    (job.out.parent / "begun").mkdir(parents=True, exist_ok=True)
    mark = job.out.parent / "begun" / f"{name}-{os.getpid()}-{time.monotonic_ns()}"
    mark.touch()
    if name.startswith("killed") or (name.startswith("once") and len(_begun(job.out.parent, name)) == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("exits"):
        os._exit(1)
    if name.startswith("slow"):
        time.sleep(60)
    if name.startswith("bad"):
        return Outcome(job.video, job.out, 0.0, None, 3, f"{job.video}: bad")
    return Outcome(job.video, job.out, 0.5, {**RESULT, "threads": how.threads})


def _begun(folder: Path, name: str):
    return [path for path in (folder / "begun").iterdir() if path.name.startswith(f"{name}-")]


def begun(folder, name):
    """Numbers of the processes that have begun a job."""
    return [int(path.name.split("-")[1]) for path in _begun(folder, name)]
