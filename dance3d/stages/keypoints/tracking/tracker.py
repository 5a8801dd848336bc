"""Identities over a whole clip: links from frame to frame, then tracks joined across gaps, then swaps corrected."""

from __future__ import annotations

from dance3d.contracts.detections import Detections, Identities
from dance3d.stages.keypoints.tracking.crossings import find_crossings
from dance3d.stages.keypoints.tracking.identity_swaps import correct_swaps
from dance3d.stages.keypoints.tracking.kalman_online import link
from dance3d.stages.keypoints.tracking.similarity import number_by_appearance
from dance3d.stages.keypoints.tracking.stitch import stitch


def track(detections: Detections, people: int | None = None) -> Identities:
    """Give every detection of a clip its dancer.

    Args:
        detections: of a whole clip.
        people: number of dancers, where it is known; more are found where others are there, too.

    Returns:
        Dancers 1, 2, ... in the order in which they appear, from left to right; 0 for a detection of no dancer.
    """
    links = link(detections)
    person = number_by_appearance(detections, correct_swaps(detections, links, stitch(detections, links, people)))
    return Identities(person, find_crossings(detections, links, person))
