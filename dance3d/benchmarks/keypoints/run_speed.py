"""Speed of a whole ``dance3d run``, from the start of its process, on rendered films."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from dance3d.io.video.reader import VideoReader
from dance3d.stages.keypoints.qualities import QUALITIES
from dance3d.synth.crowd import film, gathering

PEOPLE = (1, 3)
SIZE = (1280, 720)
SECONDS = (2.0, 8.0)
"""Chosen: of the shorter and the longer film; what the longer takes more is without start-up."""
TURNS = 3  # chosen: of which the median counts
RUN = """
import json, sys, time
from dance3d.cli.main import main
from dance3d.io.progress import progress_to
heard = []
with progress_to(lambda done, expected: heard or heard.append(time.time())):
    code = main(["run", *sys.argv[2:], "-q", "--no-cache"])
print(json.dumps({"first": heard[0] - float(sys.argv[1]), "all": time.time() - float(sys.argv[1])}))
sys.exit(code)
"""


def run_speed(turns: int = TURNS) -> Iterator[dict[str, float]]:
    """Run on a short and a long film of as many dancers, in turns with decoding the long one.

    Args:
        turns: how often.

    Yields:
        For each quality and number of dancers ``speed.run.QUALITY.N``: frames per second after start-up; and
        ``speed.run.QUALITY.N.decodings``: what a frame takes, in times of what decoding it takes, the median of ratios,
        which a busy machine changes less. And ``speed.run.start``: seconds from the start of the process until the
        first frame was looked at.
    """
    starts: list[float] = []
    for people in PEOPLE:
        with TemporaryDirectory() as folder:
            made = [gathering(("stay",) * people, seconds, 1, SIZE) for seconds in SECONDS]
            short, long = (film(crowd, Path(folder, str(n)))[0] for n, crowd in enumerate(made))
            more = len(made[1].time) - len(made[0].time)
            for quality in QUALITIES:
                rates, ratios = [], []
                for _ in range(turns):
                    first, one = timed_run(short, quality, Path(folder, "out"))
                    other = timed_run(long, quality, Path(folder, "out"))[1]
                    took = max(other - one, 1e-3) / more
                    starts.append(first)
                    rates.append(1 / took)
                    ratios.append(took / (_decoding(long) / len(made[1].time)))
                name = f"speed.run.{quality}.{people}"
                yield {name: median(rates), f"{name}.decodings": median(ratios)}
    yield {"speed.run.start": median(starts)}


def timed_run(video: Path, quality: str, out: Path) -> tuple[float, float]:
    """Seconds from the start of a process until a run in it has looked at the first frame, and until it ends.

    Args:
        video: to run on.
        quality: of the detector.
        out: folder for the results.
    """
    words = [str(video), "-o", str(out), "--quality", quality]
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(time.time()), *words], check=True, capture_output=True, text=True
    )
    said = json.loads(done.stdout.splitlines()[-1])
    return float(said["first"]), float(said["all"])


def _decoding(video: Path) -> float:
    began = time.perf_counter()
    with VideoReader(video) as reader:
        for _ in reader:
            pass
    return time.perf_counter() - began
