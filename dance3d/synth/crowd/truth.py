"""The truth of a crowd in the picture: joints, occlusions, and encounters of dancers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing

from dance3d.contracts import Keypoints2D
from dance3d.geometry.boxes import of_joints, overlap
from dance3d.skeleton import H36M17
from dance3d.synth.crop_renderer import scene_bodies, solids_in_camera
from dance3d.synth.crowd.world import Crowd
from dance3d.synth.raycast import Tracer
from dance3d.timeseries.segments import segments

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
OVERLAP = 0.2
"""IoU of two dancers' boxes from which they meet."""
CONTACT = 0.15  # metres between any two joints; chosen
_PAUSE = 0.2  # seconds: meetings no further apart are one; chosen
_FINE = 160  # pixels of the longer side that outlines are measured at


@dataclass(frozen=True)
class Encounter:
    """Two dancers' boxes overlap for a while.

    Attributes:
        first, second: numbers of the dancers, from 1.
        start, stop: rows: from the first frame of overlap to the first after it.
        exchanged: afterwards the one is on the other's other side: a crossing.
        contact: they touch.
    """

    first: int
    second: int
    start: int
    stop: int
    exchanged: bool
    contact: bool


@dataclass(frozen=True, eq=False)
class Truth:
    """P dancers over T frames.

    Attributes:
        xy: (P, T, 17, 2) pixels, also of hidden joints and of those outside the picture; NaN behind the camera.
        covered: (P, T, 17) another dancer stands before the joint.
        seen: (P, T) share of the outline within the picture that nobody else covers; 0 where nothing is in the picture.
        time: (T,) seconds.
        size: (width, height) of the picture.
        encounters: in order of time.
    """

    xy: Array
    covered: Flags
    seen: Array
    time: Array
    size: tuple[int, int]
    encounters: tuple[Encounter, ...]

    def inside(self) -> Flags:
        """(P, T, 17) joints within the picture."""
        return np.asarray(((self.xy >= 0) & (self.xy < np.array(self.size))).all(-1))

    def there(self) -> Flags:
        """(P, T) dancers of whom at least half the joints are within the picture."""
        return np.asarray(self.inside().mean(-1) >= 0.5)

    def keypoints(self) -> list[Keypoints2D]:
        """One track per dancer: every joint in the picture, score 1 where it is not covered."""
        made = []
        for person, (xy, covered, inside) in enumerate(zip(self.xy, self.covered, self.inside(), strict=True), 1):
            shown = np.where(inside[..., None], xy, np.nan).astype(np.float32)
            score = (inside & ~covered).astype(np.float32)
            made.append(Keypoints2D(shown, score, inside, self.time, self.size, person=person))
        return made


def truth(crowd: Crowd) -> Truth:
    """Everything known of a crowd; outlines are measured in a small picture."""
    xy, depth = crowd.seen()
    seen, covered = np.zeros(xy.shape[:2]), np.zeros(xy.shape[:3], bool)
    scale = min(_FINE / max(crowd.camera.size), 1.0)
    small = crowd.smaller(scale)
    width, height = small.camera.size
    everybody = scene_bodies(list(crowd.bodies), crowd.outfits) if len(crowd.people) else None
    for t, E in enumerate(crowd.E if everybody is not None else ()):
        assert everybody is not None
        hits = Tracer(solids_in_camera(everybody, t, E)).trace(small.camera, everybody.person)
        deep = np.full(len(xy) * height * width, np.inf, np.float32)
        deep[hits.pixel] = hits.depth
        layers = deep.reshape(len(xy), height * width)
        whole = np.isfinite(layers)
        front = whole & (layers == layers.min(0))
        seen[:, t] = front.sum(1) / np.maximum(whole.sum(1), 1)
        at = np.nan_to_num(xy[:, t] * scale, nan=-1)
        inside: Flags = np.asarray(((at >= 0) & (at < [width, height])).all(-1))
        pixel = np.where(inside, at[..., 1].astype(int) * width + at[..., 0].astype(int), 0)
        for person in range(len(xy)):
            others = np.delete(layers, person, 0).min(0, initial=np.inf)
            covered[person, t] = inside[person] & (others[pixel[person]] < depth[person, t])
    return Truth(xy, covered, seen, crowd.time, crowd.camera.size, _encounters(crowd, xy))


def _encounters(crowd: Crowd, xy: Array) -> tuple[Encounter, ...]:
    box, middle = of_joints(xy), xy[:, :, H36M17.index("pelvis"), 0]
    pause = max(round(_PAUSE * crowd.fps), 1)
    found = []
    for one, other in combinations(range(len(xy)), 2):
        near = overlap(box[one], box[other]) > OVERLAP
        near = binary_closing(np.pad(near, pause, mode="edge"), np.ones(pause + 1))[pause : pause + len(near)]
        for start, stop in segments(near):
            side = np.sign(middle[one] - middle[other])
            exchanged = side[max(start - 1, 0)] != side[min(stop, len(side) - 1)]
            bodies = crowd.people[[one, other], start:stop]
            apart = np.linalg.norm(bodies[0][:, :, None] - bodies[1][:, None], axis=-1).min()
            found.append(Encounter(one + 1, other + 1, int(start), int(stop), bool(exchanged), bool(apart < CONTACT)))
    return tuple(sorted(found, key=lambda e: (e.start, e.first, e.second)))
