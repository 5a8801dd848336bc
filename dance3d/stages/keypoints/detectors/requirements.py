"""Requirements of the detectors: a package and third-party weights, with one message wherever they are missing."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from dance3d.io import fetch
from dance3d.stages.keypoints.qualities import QUALITIES
from dance3d.stages.keypoints.settings import KeypointSettings


@dataclass(frozen=True)
class Requirement:
    """One row of ``REQUIREMENTS``.

    Attributes:
        package: to import.
        part: path of a module inside it that not every release has; empty where any release is right.
        why: which release, for the message.
        weights: default name in the list of third-party weights, several joined by ``+``; empty if the package has its
            own.
        ordinary: whether every installation of dance3d has the package, and there is no extra for it.
    """

    package: str
    part: str = ""
    why: str = ""
    weights: str = ""
    ordinary: bool = False


REQUIREMENTS: dict[str, Requirement] = {
    "movenet": Requirement(
        "onnxruntime",
        weights="+".join(dict.fromkeys(name for one in QUALITIES.values() for name in (one.reader, one.finder))),
        ordinary=True,
    ),
    "mediapipe": Requirement("mediapipe", "python/solution_base.py", "0.10.21, for Python 3.11 or 3.12"),
    "mediapipe-tasks": Requirement("mediapipe", "tasks", "0.10.21 or newer", "pose-landmarker-full"),
    "rtmpose": Requirement("onnxruntime", why="or onnxruntime-gpu", weights="rtmpose-m", ordinary=True),
    "keypoint-rcnn": Requirement(
        "torchvision", why="the release made for the torch that is here", weights="keypoint-rcnn"
    ),
}
"""By the name of a detector; others require nothing."""
EXTREMITIES = "blazepose-full"
WITHOUT_FEET = ("movenet", "own", "rtmpose", "keypoint-rcnn")
"""The net that reads feet and hands, and the detectors that have none themselves."""


def package(backend: str) -> None:
    """Check that a detector's package is installed, without importing it.

    Raises:
        ValueError: it is not installed.
    """
    row = REQUIREMENTS[backend]
    spec = find_spec(row.package)
    folder = Path(spec.origin).parent if spec and spec.origin else None
    if folder is None or not (folder / row.part).exists():
        why = f" ({row.why})" if row.why else ""
        install = row.package if row.ordinary else f"'dance3d[{backend}]'"
        raise ValueError(
            f"backend {backend!r} needs the package {row.package}{why}, which is not installed: "
            f"pip install {install}, or read keypoints from a file"
        )


def weights(backend: str, given: Path | str | None = None) -> Path:
    """The weights of a detector: a file, or fetched ones by their name in the list.

    Raises:
        ValueError: no such file, or not fetched; the message has the command and the licence.
    """
    name = str(given or REQUIREMENTS[backend].weights)
    if name in fetch.third_party():
        return fetch.located(name)
    if not Path(name).is_file():
        known = ", ".join(row for row, entry in fetch.third_party().items() if entry["used_by"] == backend)
        raise ValueError(f"model {name} of backend {backend!r} is no file; give one, or a name: {known}")
    return Path(name)


def fetched_weights(settings: KeypointSettings) -> dict[str, str]:
    """Sha256 of the third-party weights that a detector runs with, by name; not of a file of one's own."""
    rows = fetch.third_party()
    if settings.backend == "movenet":
        quality = QUALITIES[settings.quality]
        names = [quality.reader, quality.finder]
    else:
        default = REQUIREMENTS[settings.backend].weights if settings.backend in REQUIREMENTS else ""
        names = (settings.model or default).split("+")
    if settings.extremities and settings.backend in WITHOUT_FEET:
        names.append(EXTREMITIES)
    return {name: str(rows[name]["sha256"]) for name in names if name in rows}


def missing(backend: str) -> str:
    """Why a detector cannot run; empty if it can. Imports nothing."""
    if backend not in REQUIREMENTS:
        return ""
    try:
        package(backend)
        feet = [EXTREMITIES] if backend in WITHOUT_FEET else []
        for name in filter(None, [*REQUIREMENTS[backend].weights.split("+"), *feet]):
            weights(backend, name)
    except ValueError as error:
        return str(error)
    return ""
