"""Made-up dancers: smooth motion and every artefact of it, for tests of what is done with artefacts."""

import numpy as np

from dance3d.contracts import Camera, Clip, Dancer, Evidence, Genre, Keypoints2D, Movements, Pose3D
from dance3d.geometry.projection import project
from dance3d.movement_types import NAMES
from dance3d.skeleton import H36M17


def body(time, phase=0.0):
    """(T, 17, 3) metres, camera frame, relative to the pelvis: a groove with waving arms, facing the camera."""
    beat = 2 * np.pi * time * 0.9 + phase
    xyz = np.zeros((len(time), 17, 3))

    def put(joint, parent, x, y, z, length):
        way = np.stack(np.broadcast_arrays(x, y, z, beat)[:3], -1).astype(float)
        way /= np.linalg.norm(way, axis=-1, keepdims=True)
        xyz[:, H36M17.index(joint)] = xyz[:, H36M17.index(parent)] + length * way

    sway, dip = 0.18 * np.sin(beat), 0.25 * (1 - np.cos(2 * beat))
    for side, x in (("left", 1), ("right", -1)):
        put(f"{side}_hip", "pelvis", x, 0.25 * np.sin(beat) * x, 0, 0.13)
        put(f"{side}_knee", f"{side}_hip", 0.12 * x + sway, 1, -0.3 - dip, 0.44)
        put(f"{side}_ankle", f"{side}_knee", 0.05 * x + sway, 1, 0.3 + dip, 0.43)
    put("spine", "pelvis", -sway, -1, 0.02, 0.24)
    put("thorax", "spine", sway * 1.5, -1, -0.05, 0.25)
    put("nose", "thorax", 0.1 * np.sin(beat), -0.9, -0.35, 0.2)
    put("head", "nose", 0, -0.9, 0.35, 0.14)
    for side, x in (("left", 1), ("right", -1)):
        lift = np.sin(beat / 2 + x)
        put(f"{side}_shoulder", "thorax", x, 0.1 - 0.1 * lift, 0, 0.16)
        put(f"{side}_elbow", f"{side}_shoulder", 0.6 * x, -0.9 * lift + 0.2, -0.2, 0.28)
        put(f"{side}_wrist", f"{side}_elbow", 0.3 * x + 0.3 * np.sin(beat), -1.2 * lift - 0.1, -0.5, 0.25)
    return xyz


def fake_dancer(time, size=(640, 360), person=1, missing=(), classes=("salsa", "modern", "everyday"), seed=0):
    """A dancer of a clip with these times; ``missing`` frames are NaN."""
    rng = np.random.default_rng(seed + person)
    frames, camera = len(time), Camera.from_field_of_view(50, size)
    xyz = body(time, person * 1.3)
    drift = 0.35 * np.sin(time * 0.7 + person)
    root = np.stack([0.9 * (person - 1.5) + drift, 0.1 + 0 * time, 3.6 + 0.3 * np.cos(time * 0.5)], -1)
    xy = project(xyz + root[:, None], camera.focal, np.array(camera.centre)) + rng.normal(size=(frames, 17, 2))
    measured = rng.random((frames, 17)) > 0.04
    prob = np.zeros((frames, len(NAMES)), np.float32)
    for column in rng.choice(len(NAMES), 60, replace=False):
        centre, width = rng.uniform(0, time[-1] + 1), rng.uniform(0.2, 1.2)
        prob[:, column] = np.exp(-(((time - centre) / width) ** 2)) * rng.uniform(0.5, 1)
    missing = list(missing)
    xy[missing], xyz[missing], root[missing], prob[missing], measured[missing] = np.nan, np.nan, np.nan, np.nan, False
    shares = rng.dirichlet(np.ones(len(classes)))[::-1]
    strong = np.argsort(-np.nan_to_num(prob).max(0))[:4]
    evidence = tuple(
        Evidence(NAMES[c], float(time[-1] * k / 6), float(time[-1] * (k + 1) / 6), 0.3 / (k + 1))
        for k, c in enumerate(strong)
    )
    score = np.where(measured, 0.9, 0.3)
    return Dancer(
        Keypoints2D(xy=xy, score=score, measured=measured, time=time, size=size, person=person),
        Pose3D(
            xyz=xyz, measured=measured.mean(1) > 0.5, error=np.where(np.isnan(xyz[:, 0, 0]), np.nan, 2 + drift * 2),
            time=time, root=root, camera=camera, person=person,
        ),
        Movements(prob=prob, time=time, person=person),
        Genre(prob=shares, classes=tuple(classes), evidence=evidence, person=person),
    )  # fmt: skip


def fake_clip(seconds=4.0, fps=25.0, size=(640, 360)):
    """A clip of even frames."""
    return Clip(time=np.arange(max(round(seconds * fps), 1)) / fps, size=size)
