"""SLEAP writer: keypoints as tracked, predicted instances, by the library sleap-io (extra ``sleap``)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dance3d.contracts import Keypoints2D
from dance3d.skeleton import SKELETONS

VIDEO = "video.mp4"
"""Stands for the video, whose place on another machine nobody knows: SLEAP asks where it is."""


def write_slp(track: Keypoints2D, path: Path) -> None:
    """Write one dancer's joints on the picture, pixels, with their scores, at the frames of the video.

    Args:
        track: keypoints.
        path: of the ``.slp`` file.

    Raises:
        ValueError: the package sleap-io is not installed.
    """
    try:
        import sleap_io as sio
    except ImportError as error:
        raise ValueError("SLEAP's files are written by the package sleap-io: pip install 'dance3d[sleap]'") from error
    layout = SKELETONS[track.skeleton]
    bones = [(parent, child) for child, parent in enumerate(layout.parent_indices) if parent >= 0]
    skeleton = sio.Skeleton(nodes=list(layout.joints), edges=bones, name=layout.name)
    shape = (track.start + track.frames, track.size[1], track.size[0], 3)
    video = sio.Video(VIDEO, backend_metadata={"shape": shape, "fps": track.fps}, open_backend=False)
    who = sio.Track(track.name or f"person-{track.person}")
    frames = []
    for row in np.flatnonzero(np.isfinite(track.xy).any((1, 2))):
        points, score = track.xy[row].astype(float), track.score[row].astype(float)
        one = sio.PredictedInstance.from_numpy(points, skeleton, score, float(score.mean()), who)
        frames.append(sio.LabeledFrame(video=video, frame_idx=int(track.start + row), instances=[one]))
    labels = sio.Labels(frames, [video], [skeleton], [who])
    sio.save_slp(labels, str(path), verbose=False)
