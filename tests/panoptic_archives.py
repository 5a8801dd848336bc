"""Archives of 3D bodies as CMU Panoptic publishes them, made up."""

import io
import json
import tarfile

import numpy as np

from dance3d.io.motion_files.from_panoptic import JOINTS

NAME = "hdPose3d_stage1_coco19.tar"


def frame(number, people):
    """Bytes of a frame: joints (19, 3) in metres, y up, by the people's numbers; NaN is missing."""
    bodies = []
    for person, points in people.items():
        there = np.isfinite(points).all(-1, keepdims=True)
        places = np.where(there, points * [100, -100, -100], 0)
        values = np.concatenate([places, np.where(there, 0.5, -1)], 1)
        bodies.append({"id": person, "joints19": values.ravel().tolist()})
    stored = {"version": 0.7, "univTime": 33.4 * number, "fpsType": "hd_29_97", "bodies": bodies}
    return json.dumps(stored).encode()


def archive(path, frames):
    """A tar of bytes by name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as file:
        for name, data in frames.items():
            info = tarfile.TarInfo(f"hdPose3d_stage1_coco19/{name}")
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return path


def standing(x=0.0):
    """(19, 3) metres of somebody who looks along z, the left side at larger x."""
    heights = {"neck": 1.45, "nose": 1.6, "pelvis": 0.95, "shoulder": 1.4, "elbow": 1.1, "wrist": 0.85}
    heights |= {"hip": 0.9, "knee": 0.5, "ankle": 0.08, "eye": 1.65, "ear": 1.62}
    out = np.zeros((len(JOINTS), 3))
    for row, joint in enumerate(JOINTS):
        side = {"left": 0.15, "right": -0.15}.get(joint.split("_")[0], 0.0)
        out[row] = [x + side, heights[joint.split("_")[-1]], 0.1 if joint == "nose" else 0.0]
    return out


def write_standing(path, frames=8):
    """An archive of one person who stands."""
    return archive(path, {f"body3DScene_{number:08d}.json": frame(number, {0: standing()}) for number in range(frames)})
