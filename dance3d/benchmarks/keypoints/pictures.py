"""Detectors on labelled pictures of their own: people found, COCO's average precision, PCK, false people, time."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from dance3d.datasets.coco_people import AnnotatedPicture, read_people
from dance3d.io.images import read_picture
from dance3d.io.weights import default, manifest
from dance3d.metrics.coco_keypoints import LIMBS, Array, FoundBodies, PeopleCounts, average_precisions, people_found
from dance3d.skeleton import COCO17, SKELETONS
from dance3d.stages.keypoints.detectors import DETECTORS, Detector, Image, ResumableDetector, requirements, resolve
from dance3d.stages.keypoints.inference import STAGE
from dance3d.stages.keypoints.settings import KeypointSettings

log = logging.getLogger(__name__)
ALL = "all"
"""In place of names of backends: every one that is installed."""


def pictures(
    sets: Sequence[Path], folders: Sequence[Path] = (), backends: Sequence[str] = (), qualities: Sequence[str] = ()
) -> Iterator[dict[str, float]]:
    """Score detectors on every picture by itself, as the first of a video.

    Args:
        sets: COCO keypoint sets; see ``datasets.coco_people``.
        folders: of the images, one for each set; beside the sets if none are given.
        backends: names of detectors, or ``ALL``; that of the settings if none is given.
        qualities: presets of those detectors that have some; the detector's own if none is given.

    Yields:
        The figures of ``score`` of each detector, under ``pictures.``, with several backends or qualities under
        ``pictures.BACKEND.QUALITY.``, of which the part is left out that is one only; and before them ``images``.

    Raises:
        ValueError: a set cannot be read, a backend is not known or not installed, or has no such quality.
    """
    if folders and len(folders) != len(sets):
        raise ValueError(f"{len(folders)} folders of images for {len(sets)} sets; give one for each set, or none")
    places = folders or (None,) * len(sets)
    labelled = [one for path, place in zip(sets, places, strict=True) for one in read_people(path, place)]
    if not labelled:
        raise ValueError(f"no image is named in {', '.join(map(str, sets))}")
    names = installed() if ALL in backends else list(dict.fromkeys(backends)) or [KeypointSettings().backend]
    for name in names:
        resolve(name)  # all names first: an unknown one costs no time
        if why := requirements.missing(name):
            raise ValueError(why)
    yield {"pictures.images": float(len(labelled))}
    for name in names:
        for quality, make in _presets(name, qualities):
            parts = ["pictures", name if len(names) > 1 else "", quality if len(qualities) > 1 else ""]
            prefix = ".".join(part for part in parts if part)
            yield {f"{prefix}.{key}": value for key, value in score(labelled, make).items()}


def score(labelled: Sequence[AnnotatedPicture], make: Callable[[], Detector]) -> dict[str, float]:
    """Figures of one detector.

    Args:
        labelled: the pictures.
        make: a detector that has seen nothing.

    Returns:
        ``ap`` and ``ap50``: over the twelve limb joints, mean over thresholds of OKS and at 0.5; ``ap17``: over COCO's
        joints, less those that the detector's layout lacks; ``found`` of ``people`` and ``false`` people a picture
        (``metrics.coco_keypoints.PeopleCounts``); ``pck``: share of the limb joints of all people within 0.2 of the
        torso; ``ms``: median milliseconds of one picture, decoded, after one to warm up. A body's score is the mean of
        its joints'.
    """
    seen = []
    took = []
    joints: tuple[str, ...] = ()
    with ExitStack() as stack:
        look = _Looks(make, stack)
        look(read_picture(labelled[0].path))
        for one in labelled:
            image = read_picture(one.path)
            bodies, seconds = look(image)
            joints = coco_joints(look.layout)
            seen.append((_as_coco(bodies, look.layout), one.people))
            took.append(seconds)
    limbs, every = average_precisions(seen, LIMBS), average_precisions(seen, joints)
    total = sum((people_found(*one) for one in seen), PeopleCounts())
    return {
        "ap": float(limbs.mean()),
        "ap50": float(limbs[0]),
        "ap17": float(every.mean()),
        "found": float(total.found),
        "people": float(total.people),
        "pck": total.correct / total.joints if total.joints else float("nan"),
        "false": total.false / len(seen),
        "ms": 1000 * float(np.median(took)),
    }


def coco_joints(layout: str) -> tuple[str, ...]:
    """The joints of ``COCO17`` that a layout has, by name; the nose of a layout without eyes is another point."""
    names = SKELETONS[layout].joints
    return tuple(j for j in COCO17.joints if j in names and (j != "nose" or "left_eye" in names))


class _Looks:
    """Calls a detector on one picture after the other as if each were its first.

    A detector that can go on in the middle of a video is put back to its start, any other is made anew.
    """

    def __init__(self, make: Callable[[], Detector], stack: ExitStack) -> None:
        self._make, self._stack = make, stack
        self._detector = stack.enter_context(make())
        self._start = self._detector.state() if isinstance(self._detector, ResumableDetector) else None
        self._fresh = True
        self.layout = self._detector.layout

    def __call__(self, image: Image) -> tuple[list[Array], float]:
        """The bodies, and the seconds that it took."""
        if not self._fresh and self._start is not None and isinstance(self._detector, ResumableDetector):
            self._detector.restore(self._start)
        elif not self._fresh:
            self._stack.pop_all().close()
            self._detector = self._stack.enter_context(self._make())
        self._fresh = False
        began = perf_counter()
        return self._detector(image), perf_counter() - began


def _as_coco(bodies: Sequence[Array], layout: str) -> FoundBodies:
    joints, names = coco_joints(layout), SKELETONS[layout]
    xy, score = np.full((len(bodies), len(COCO17.joints), 2), np.nan), np.zeros(len(bodies))
    for row, body in enumerate(bodies):
        points = body[names.indices(*joints)]
        xy[row, COCO17.indices(*joints)] = points[:, :2]
        score[row] = np.nan_to_num(points[:, 2]).mean()
    return FoundBodies(xy, score)


def installed() -> list[str]:
    """Names of the detectors that can run here; why each of the others cannot is logged."""
    found = []
    for name in DETECTORS:
        if why := requirements.missing(name):
            log.warning("no figures of %s: %s", name, why)
        elif name == "own" and STAGE not in manifest():
            log.warning("no figures of own: no weights ship")
        else:
            found.append(name)
    return found


def _presets(backend: str, qualities: Sequence[str]) -> Iterator[tuple[str, Callable[[], Detector]]]:
    """Ways to make a detector: one of each quality, or one without a name where it has none."""
    kind: Any = resolve(backend)
    make = partial(kind, default(STAGE) if backend == "own" else None, None)
    known = "quality" in inspect.signature(kind).parameters
    if qualities and not known:
        log.warning("backend %s has no presets: --quality does not count there", backend)
    for quality in qualities if known and qualities else ("",):
        yield quality, partial(make, quality=quality) if quality else make
