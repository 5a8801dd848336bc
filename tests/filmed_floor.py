"""Dances before a tilted camera, whose floor and up are known."""

import numpy as np

from dance3d.geometry.projection import look_at
from dance3d.skeleton import H36M17
from dance3d.stages.lift.postprocess.gravity import KnownFrames
from dance3d.synth.choreography import choreograph


def seen(world, pitch=10.0, roll=0.0, away=4.0, height=1.0):
    """A world motion (T, 17, 3) before a camera that looks down by ``pitch`` and is rolled, degrees; and its up."""
    p, r = np.deg2rad([pitch, roll])
    middle = np.array([0.0, height, 0.0])
    eye = middle + away * np.array([0.3, np.sin(p), np.sqrt(0.91 - np.sin(p) ** 2)])
    turn = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    camera = turn @ look_at(eye, middle)
    joints = world @ camera[:, :3].T + camera[:, 3]
    root = joints[:, H36M17.index("pelvis")]
    return KnownFrames(joints - root[:, None], root, np.arange(len(world)) / 30), camera[:, 1]


def dance(genre="salsa", seconds=6.0, seed=1):
    return choreograph(genre, seconds, seed).xyz.astype(np.float64)


def apart(a, b):
    return float(np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))))
