"""Baseline trackers: overlap of boxes from frame to frame, and the trackers of the package ``trackers``."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from dance3d.contracts.detections import Detections, Identities
from dance3d.contracts.times import median_step
from dance3d.geometry import boxes
from dance3d.geometry.boxes import overlap
from dance3d.stages.keypoints.tracking.similarity import number_by_appearance

LEAST_IOU = 0.3
"""Overlap (IoU) below which boxes are not matched, as in SORT."""
LOST_AFTER = 1.0  # chosen: seconds without a detection after which a track ends


def iou(detections: Detections, people: int | None = None) -> Identities:
    """Boxes matched to the last boxes of the tracks by overlap (Hungarian algorithm); unmatched ones start tracks."""
    box, spans, time = boxes.of_joints(detections.xy).astype(np.float32), detections.spans(), detections.time
    who = np.full(len(detections), -1, np.int64)
    last: dict[int, int] = {}  # row of each live track
    count = 0
    for t in range(len(time)):
        rows = np.arange(spans[t], spans[t + 1])
        last = {k: row for k, row in last.items() if time[t] - time[detections.frame[row]] <= LOST_AFTER}
        names = np.array(list(last), np.int64)
        similarity = overlap(box[list(last.values())][:, None], box[rows][None])
        for k, i in zip(*linear_sum_assignment(-similarity), strict=True):
            if similarity[k, i] >= LEAST_IOU:
                who[rows[i]] = names[k]
        for row in rows:
            if who[row] < 0:
                who[row], count = count, count + 1
            last[int(who[row])] = int(row)
    return Identities(number_by_appearance(detections, who))


def _package(name: str, detections: Detections, people: int | None = None) -> Identities:
    """A tracker of the package ``trackers`` with its default settings and the clip's frame rate.

    Raises:
        ValueError: the package is not installed.
    """
    try:
        trackers, supervision = import_module("trackers"), import_module("supervision")
    except ImportError as error:
        raise ValueError(f"this tracker needs {error.name}: pip install 'dance3d[trackers]'") from error
    time, spans = detections.time, detections.spans()
    fps = 1 / median_step(time, 1 / 30)
    tracker: Any = getattr(trackers, name)(frame_rate=fps)
    box, score = boxes.of_joints(detections.xy).astype(np.float32), detections.score.mean(1)
    who = np.full(len(detections), -1, np.int64)
    for t in range(len(time)):
        rows = np.arange(spans[t], spans[t + 1])
        rows = rows[np.isfinite(box[rows]).all(1)]
        seen = supervision.Detections(xyxy=box[rows], confidence=score[rows], data={"row": rows})
        out = tracker.update(seen)
        if len(out):
            who[out.data["row"]] = out.tracker_id
    return Identities(number_by_appearance(detections, who))


sort = partial(_package, "SORTTracker")
bytetrack = partial(_package, "ByteTrackTracker")
ocsort = partial(_package, "OCSORTTracker")
