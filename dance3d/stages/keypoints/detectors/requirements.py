"""What each detector needs: a package, and weights that others made; said in one way wherever one is missing."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from dance3d.io import fetch


@dataclass(frozen=True)
class Need:
    """One row of ``NEEDS``.

    Attributes:
        package: that is imported.
        part: module inside it that not every release has, as a path; empty where any release will do.
        why: what to know about the package.
        extra: that brings the package, where it has another name than the detector.
        weights: name in the list of fetched weights that is used where none is given; empty where it brings its own.
    """

    package: str
    part: str = ""
    why: str = ""
    weights: str = ""
    extra: str = ""


NEEDS: dict[str, Need] = {
    "mediapipe": Need("mediapipe", "python/solution_base.py", "0.10.21, for Python 3.11 or 3.12"),
    "own": Need("mediapipe", "python/solution_base.py", "0.10.21, for Python 3.11 or 3.12", extra="mediapipe"),
    "mediapipe-tasks": Need("mediapipe", "tasks", "0.10.21 or newer", "pose-landmarker-full"),
    "rtmpose": Need("onnxruntime", why="or onnxruntime-gpu", weights="rtmpose-m"),
    "keypoint-rcnn": Need("torchvision", why="the release made for the torch that is here", weights="keypoint-rcnn"),
}
"""By the name of a detector; one that is not here needs nothing."""


def package(backend: str) -> None:
    """Make sure that a detector's package is there, without importing it.

    Raises:
        ValueError: it is not.
    """
    need = NEEDS[backend]
    spec = find_spec(need.package)
    folder = Path(spec.origin).parent if spec and spec.origin else None
    if folder is None or not (folder / need.part).exists():
        why = f" ({need.why})" if need.why else ""
        raise ValueError(
            f"backend {backend!r} needs the package {need.package}{why}, which is not installed: "
            f"pip install 'dance3d[{need.extra or backend}]', or read keypoints from a file"
        )


def weights(backend: str, given: Path | str | None = None) -> Path:
    """The weights of a detector: a file, or fetched ones by their name in the list.

    Raises:
        ValueError: no such file, or not fetched; says how to get them, and their licence.
    """
    name = str(given or NEEDS[backend].weights)
    if name in fetch.third_party():
        return fetch.located(name)
    if not Path(name).is_file():
        known = ", ".join(row for row, entry in fetch.third_party().items() if entry["used_by"] == backend)
        raise ValueError(f"model {name} of backend {backend!r} is no file; give one, or a name: {known}")
    return Path(name)


def missing(backend: str) -> str:
    """Why a detector cannot run as it is; empty where it can. Nothing is imported."""
    if backend not in NEEDS:
        return ""
    try:
        package(backend)
        if NEEDS[backend].weights:
            weights(backend)
    except ValueError as error:
        return str(error)
    return ""
