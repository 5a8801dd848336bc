"""Who is who over a whole clip: frame by frame, then across absences, then at every doubtful moment anew."""

from __future__ import annotations

from dance3d.contracts.detections import Detections, Identities
from dance3d.stages.keypoints.tracking.crossings import find_crossings
from dance3d.stages.keypoints.tracking.identity_swaps import untangle
from dance3d.stages.keypoints.tracking.kalman_online import link
from dance3d.stages.keypoints.tracking.similarity import numbered
from dance3d.stages.keypoints.tracking.stitch import stitch


def track(detections: Detections, people: int | None = None) -> Identities:
    """Tell dancers apart.

    Args:
        detections: of a whole clip.
        people: how many dancers there are at most, where that is known.

    Returns:
        Dancers 1, 2, ... in the order in which they appear, from left to right; who is no dancer is 0.
    """
    links = link(detections)
    person = numbered(detections, untangle(detections, links, stitch(detections, links, people)))
    return Identities(person, find_crossings(detections, links, person))
