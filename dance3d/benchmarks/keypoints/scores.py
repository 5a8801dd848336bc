"""Figures of the keypoints stage: real clips, trackers on couples with known truth, crowds, and speed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.benchmarks.keypoints.keypoint_net import figures as figures_of_nets
from dance3d.benchmarks.keypoints.leave_one_out import every_detector
from dance3d.benchmarks.keypoints.moving_camera import moving_camera
from dance3d.benchmarks.keypoints.person_finding import person_finding
from dance3d.benchmarks.keypoints.run_speed import run_speed
from dance3d.benchmarks.keypoints.shots import shots
from dance3d.benchmarks.keypoints.sides import sides
from dance3d.benchmarks.keypoints.tracking import DETECTOR, OWN, SeenCouple, couples, degraded, filmed, table
from dance3d.benchmarks.multiview_clip import CLIP
from dance3d.contracts import Clip, Keypoints2D
from dance3d.io.paths import data_root
from dance3d.io.weights import default, manifest
from dance3d.stages.keypoints import detectors, tracking
from dance3d.stages.keypoints.inference import STAGE
from dance3d.stages.keypoints.predict import detect
from dance3d.synth.crowd import film, gathering, pictures

log = logging.getLogger(__name__)
Predict = Callable[..., list[Any]]
CLIPS = (".mp4", ".mov", ".mkv", ".webm", ".avi")
CROWDS = {
    0: (),
    1: ("stay",),
    2: ("stay", "through"),
    8: ("stay", "stay", "stay", "stay", "through", "through", "come", "leave"),
}
"""Gatherings of which the tracks are counted, by the number of people."""
SPEEDS = (1, 2, 3)  # people in view
FILMED = 8
"""Couples on whose films the detector is scored, the last: the untouched ones and some others."""
_LOOKS = 60  # pictures that a speed is measured on


def bench(data: Path | None, predict: Predict) -> Iterator[dict[str, float]]:
    """Measure the stage, piece by piece.

    Args:
        data: folder of clips; none for those of the data root, and everything else besides.
        predict: runs a stage by name on inputs.

    Yields:
        For each clip the figures of ``score_clip``, and their means under ``all``. Where no folder is given:
        ``tracking.…`` of couples whose true joints were given the flaws of the detector (``tracking.table``),
        ``tracking.alike.…`` of the same in equal clothes, ``tracking.detector.…`` of the detector on their films,
        ``finding.…`` of ways to find people (``person_finding``), ``crowd.N.tracks`` found in a film of N
        people, ``sides.…`` of left and right (``sides.sides``), ``shots.…`` of cuts and dissolves (``shots.shots``),
        ``speed.detect.N`` pictures per second with N people in view, ``speed.run.…`` of whole runs (``run_speed``),
        ``speed.track`` frames per second of the tracker alone;
        ``camera.…`` of paths before made-up cameras that move (``moving_camera``);
        ``model.…`` of the keypoint net that ships beside MediaPipe's (``keypoint_net.figures``); and ``multiview.…`` of
        every detector on the four-camera clip (``leave_one_out``).

    Raises:
        ValueError: there is no clip.
    """
    folder = data or data_root() / "video"
    paths = sorted(p for p in folder.glob("*") if p.suffix.lower() in CLIPS)
    if not paths:
        raise ValueError(f"{folder}: holds no clip ({', '.join(CLIPS)})")
    figures: dict[str, float] = {}
    for path in paths:
        row = score_clip(path, predict)
        figures |= (named := {f"{path.stem}.{name}": value for name, value in row.items()})
        yield named
    means = {}
    for name in ("fps", "found", "joints", "acceleration.raw", "acceleration.smoothed"):
        if values := [v for k, v in figures.items() if k.endswith(f".{name}")]:
            means[f"all.{name}"] = float(np.mean(values))
    yield means
    if data is None:
        if (clip := data_root() / CLIP).is_dir():
            yield from every_detector(clip, predict)
        else:
            log.warning("no figures of several views: %s is no folder", clip)
        yield from moving_camera(folder, predict)
        yield from shots(folder)
        yield from known()
        yield figures_of_nets(default(STAGE) if STAGE in manifest() else None)


def score_clip(path: Path, predict: Predict) -> dict[str, float]:
    """Detect the dancers of a real clip.

    Returns:
        ``frames``, ``tracks``, ``fps`` (frames per second, decoding included), ``found.N`` (share of frames with a
        measured pose of dancer N), and means over dancers: ``found``, ``joints`` (share of joints measured),
        ``acceleration.raw`` and ``.smoothed`` (pixels per frame²).
    """
    began = perf_counter()
    clip, *tracks = predict("keypoints", {"video": path})
    took = perf_counter() - began
    assert isinstance(clip, Clip)
    row = {"frames": float(clip.frames), "tracks": float(len(tracks)), "fps": clip.frames / took}
    each: list[dict[str, float]] = []
    for track in tracks:
        assert isinstance(track, Keypoints2D) and track.raw is not None
        found = float(track.measured.any(1).mean())
        row[f"found.{track.person}"] = found
        each.append({
            "found": found,
            "joints": float(track.measured.mean()),
            "acceleration.raw": acceleration(track.raw),
            "acceleration.smoothed": acceleration(track.xy),
        })  # fmt: skip
    if not each:
        return row | {"found": 0.0, "joints": 0.0}
    return row | {name: float(np.nanmean([one[name] for one in each])) for name in each[0]}


def known() -> Iterator[dict[str, float]]:
    """Figures of rendered and degraded scenes, whose truth is known."""
    folder = data_root() / "mocap" / "cmu" / "salsa"
    if folder.is_dir():
        crowds = couples(folder)
        seen = [degraded(crowd) for crowd in crowds]
        yield from table(seen, "tracking")
        yield {"speed.track": _tracking_speed(seen[0])}
        yield from table([degraded(crowd) for crowd in couples(folder, alike=True)], "tracking.alike")
    else:
        log.warning("no figures of couples: %s is no folder", folder)
    yield from person_finding(folder if folder.is_dir() else None)
    yield from ({f"speed.detect.{people}": _detection_speed(people)} for people in SPEEDS)
    yield from run_speed()
    yield from ({f"crowd.{people}.tracks": _tracks(people)} for people in CROWDS)
    if folder.is_dir():
        yield from table([filmed(crowd) for crowd in crowds[-FILMED:]], "tracking.detector")
    yield from sides(folder.parent)


def _tracking_speed(seen: SeenCouple) -> float:
    tracker = tracking.resolve(OWN)
    took = []
    for _ in range(3):
        began = perf_counter()
        tracker(seen.detections, None)
        took.append(perf_counter() - began)
    return float(len(seen.detections.time) / np.median(took))


def _detection_speed(people: int) -> float:
    """Pictures per second of the detector alone, 640 px wide."""
    film = [picture for picture, _ in pictures(gathering(("stay",) * people, _LOOKS / 30, people))]
    with detectors.resolve(DETECTOR.backend)(None, None) as detector:
        detector(film[0])
        began = perf_counter()
        for picture in film[1:]:
            detector(picture)
        return (len(film) - 1) / (perf_counter() - began)


def _tracks(people: int) -> float:
    """How many dancers the stage finds in a film of so many people, some of whom cross, come and leave."""
    with TemporaryDirectory() as folder:
        video, _ = film(gathering(CROWDS[people], 5.0, people, (1280, 720)), Path(folder))
        seen = detect(video, DETECTOR, None)[1]
    return float(tracking.resolve(OWN)(seen, None).person.max(initial=0))


def acceleration(xy: NDArray[np.float32]) -> float:
    """Mean length of the second difference of (T, J, 2), pixels per frame²; NaN where nothing can be told."""
    length = np.linalg.norm(np.diff(xy, 2, axis=0), axis=-1)
    return float(np.nanmean(length)) if np.isfinite(length).any() else float("nan")
