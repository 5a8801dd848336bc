"""Two hours of video in one go, from pictures to a report; and a day of training with a kill in every hour."""

from __future__ import annotations

import csv
import json
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from torture.kills import register_toy
from torture.processes import Child, done
from torture.table import Tally

HOURS, RATE = 2.0, 2.0  # of the video, at scale 1; the rate is chosen so that it takes minutes
WIDTH, HEIGHT = 192, 256
CEILING = 2.0e9  # bytes that the run may take; docs/video.md states less for the decoding alone
DAY = 24  # hours, each with a kill
EPOCHS = 3  # an hour, of a net that takes milliseconds


def campaign(folder: Path, scale: float, seed: int, part: str) -> Iterator[Tally]:
    """The video is shorter below scale 1, the day is not."""
    if part in "two hours":
        yield two_hours(folder / "video", min(scale, 1.0) * HOURS * 3600, seed)
    if part in "a day of training":
        yield day(folder / "day", DAY, seed)


# ---- two hours ------------------------------------------------------------------------------------------------------


def write_film(path: Path, seconds: float, rate: float, seed: int) -> int:
    """A dancer in colour on a plain wall, swaying; how many frames."""
    rng, frames = np.random.default_rng(seed), round(seconds * rate)
    wall = np.clip(rng.normal(190, 4, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=Fraction(rate).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "30", "threads": "1"}
        for number in range(frames):
            picture = draw(wall.copy(), number / rate)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())
    return frames


def draw(picture: np.ndarray, time: float) -> np.ndarray:
    """Someone with a head, a shirt, trousers, arms and legs, who moves with the time."""
    sway, lift = 12 * np.sin(2 * np.pi * time / 4), 40 * (1 + np.sin(2 * np.pi * time / 5)) / 2
    x, skin, shirt, trousers = WIDTH / 2 + sway, (224, 172, 140), (170, 40, 50), (40, 50, 110)
    hips, neck = (x - sway / 3, 150), (x, 85)
    for side in (-1, 1):
        knee, foot = (hips[0] + side * 16, 192), (hips[0] + side * 18, 235)
        _limb(picture, [(hips[0] + side * 10, 148), knee, foot], 15, trousers)
        elbow = (neck[0] + side * 40, 115 - lift * (side > 0))
        hand = (neck[0] + side * 58, 140 - 2 * lift * (side > 0))
        _limb(picture, [(neck[0] + side * 22, 95), elbow, hand], 10, skin)
    corners = [(neck[0] - 26, 86), (neck[0] + 26, 86), (hips[0] + 20, 155), (hips[0] - 20, 155)]
    cv2.fillPoly(picture, [np.array(corners, np.int32)], shirt)
    cv2.ellipse(picture, (int(x), 58), (15, 19), 0, 0, 360, skin, -1)
    cv2.ellipse(picture, (int(x), 48), (16, 12), 0, 180, 360, (60, 40, 30), -1)
    for side in (-1, 1):
        cv2.circle(picture, (int(x) + side * 6, 56), 2, (30, 30, 30), -1)
    cv2.line(picture, (int(x) - 5, 67), (int(x) + 5, 67), (150, 70, 70), 2)
    return cv2.GaussianBlur(picture, (3, 3), 0)


def _limb(picture: np.ndarray, points: list[tuple[float, float]], width: int, colour: tuple[int, int, int]) -> None:
    cv2.polylines(picture, [np.array(points, np.int32)], False, colour, width, cv2.LINE_AA)


def two_hours(folder: Path, seconds: float, seed: int, backend: str = "") -> Tally:
    """One run of the real command; every frame has its row, the report is there, and the memory has its ceiling."""
    tally = Tally(f"{seconds / 3600:.3g} h of video at {RATE:g} frames/s, picture to report")
    folder.mkdir(parents=True, exist_ok=True)
    frames = write_film(folder / "long.mp4", seconds, RATE, seed)
    words = [sys.executable, "-m", "dance3d", "run", str(folder / "long.mp4"), "-o", str(folder / "out"), "--no-cache"]
    with tally.timed(), tally.trial(f"seed {seed}"), (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
        code = process.wait(3600)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        said = (folder / "log").read_text(errors="replace")
        assert code == 0, f"ended with {code}; {said[-600:]}"
        found = json.loads((folder / "out" / "result.json").read_text())
        rows = [_rows(path) for path in sorted((folder / "out").glob("person-*/*.csv")) if path.name != "rhythm.csv"]
        tally.note = f"{frames} frames, {len(found['dancers'])} dancers, peak {peak / 1e9:.2f} GB"
        assert found["dancers"], "nobody was found"
        assert set(rows) == {frames}, f"tables of {sorted(set(rows))} rows, expected {frames}"
        assert (folder / "out" / "report.html").stat().st_size > 10**4
        assert peak < CEILING, f"took {peak / 1e9:.2f} GB"
    return tally


def _rows(path: Path) -> int:
    with path.open(newline="") as stream:
        return sum(1 for _ in csv.reader(stream)) - 1


# ---- a day ----------------------------------------------------------------------------------------------------------


def train_day(folder: Path, epochs: int) -> None:
    """A net of a few numbers for many epochs."""
    import toy_runs

    register_toy()
    toy_runs.fit(folder, **{"trainer.max_epochs": epochs, "data.count": 24})


def day(folder: Path, hours: int, seed: int) -> Tally:
    """Killed once an hour, it ends with the weights of a training that was never stopped."""
    import toy_runs

    tally, run = Tally(f"kills in a training of {hours} h, {hours * EPOCHS} epochs, one an hour"), folder / "run"
    done(lambda: train_day(folder / "whole", hours * EPOCHS))
    rng = random.Random(f"{seed}/day")
    with tally.timed():
        with tally.trial(f"seed {seed}", counts=0):
            for hour in range(hours):
                _kill_in_hour(run, hour, hours, rng)
                tally.tried += 1
            done(lambda: train_day(run, hours * EPOCHS))
            toy_runs.assert_equal_runs(run, folder / "whole")
            one, two = (at / "weights.safetensors" for at in (run, folder / "whole"))
            assert one.read_bytes() == two.read_bytes(), "other weights"
    return tally


def _kill_in_hour(run: Path, hour: int, hours: int, rng: random.Random) -> None:
    """Go on until an hour of training is over, then kill at a random moment of the next."""
    child, until = Child(lambda: train_day(run, hours * EPOCHS)), time.monotonic() + 60
    while epochs_of(run) < hour * EPOCHS:
        assert not child.ended(), f"ended by itself in hour {hour}: {child.said()}"
        assert time.monotonic() < until, f"hour {hour} is not reached; epochs in the log: {epochs_of(run)}"
        time.sleep(0.002)
    time.sleep(rng.uniform(0, 0.05))
    assert child.kill(signal.SIGKILL), f"had ended by itself in hour {hour}: {child.said()}"
    child.said()


def epochs_of(run: Path) -> int:
    """Epochs that the last whole checkpoint has, by the time of the file; -1 without one."""
    import torch

    last = run / "checkpoints" / "last.ckpt"
    try:
        return int(torch.load(last, weights_only=True)["epoch"]) + 1
    except (OSError, RuntimeError, KeyError, EOFError, ValueError):
        return -1 if not last.exists() else 0
