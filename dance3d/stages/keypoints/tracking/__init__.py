"""The table of trackers: functions from a clip's detections to identities."""

from __future__ import annotations

from collections.abc import Callable

from dance3d import lazy_import
from dance3d.contracts.detections import Detections, Identities

Tracker = Callable[[Detections, int | None], Identities]
TRACKERS: dict[str, str] = {
    "own": "dance3d.stages.keypoints.tracking.tracker:track",
    "iou": "dance3d.stages.keypoints.tracking.baselines:iou",
    "sort": "dance3d.stages.keypoints.tracking.baselines:sort",
    "bytetrack": "dance3d.stages.keypoints.tracking.baselines:bytetrack",
    "ocsort": "dance3d.stages.keypoints.tracking.baselines:ocsort",
}
"""name -> ``module:function`` of (detections, people: number of dancers, or none) that returns identities of everybody.

The number is a hint; ``dancers`` leaves out those who are too many.

Modules are named in full, so that a tracker's code counts in the cache key: see ``fingerprint``."""


def resolve(name: str) -> Tracker:
    """A tracker.

    Raises:
        ValueError: no such tracker.
    """
    if name not in TRACKERS:
        raise ValueError(f"tracker {name!r} is not known; choose from {', '.join(TRACKERS)}")
    tracker: Tracker = lazy_import.resolve(TRACKERS[name])
    return tracker
