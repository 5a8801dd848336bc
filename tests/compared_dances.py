"""Dancers to compare, whose differences are known."""

from dataclasses import replace

import dance_pairs as make
import numpy as np

from dance3d.comparison import export
from dance3d.comparison.load import Dance
from dance3d.contracts import Movements
from dance3d.io import artefacts
from dance3d.movement_types import MOVEMENTS, NAMES


def make_xyz():
    return make.dance()


def movements(xyz, happen, start=0.0):
    """Movements that happen from and to given seconds, and no others."""
    time = np.arange(len(xyz)) / make.FPS + start
    prob = np.full((len(xyz), len(MOVEMENTS)), 0.05, np.float32)
    for name, (low, high) in happen.items():
        prob[(time >= low) & (time < high), NAMES.index(name)] = 0.9
    return Movements(prob, time)


def dancer(xyz, happen=None, start=0.0, name="x"):
    """A dancer whose movements are given, so that no net has to be read."""
    return Dance(name, make.posed(xyz, start), movements(xyz, happen or {}, start))


def parts(found):
    return {row["part"]: row for row in export.summary(found)["parts"]}


def results(folder, *bodies, happen=None):
    """The folder of a run, as far as a comparison reads it."""
    for number, xyz in enumerate(bodies, 1):
        (folder / f"person-{number}").mkdir(parents=True)
        one = dancer(xyz, happen)
        artefacts.save(replace(one.pose, person=number), folder / f"person-{number}" / "pose3d.npz")
        artefacts.save(replace(one.movements, person=number), folder / f"person-{number}" / "movements.npz")
    (folder / "overlay.mp4").write_bytes(b"not really a video")
    return folder
