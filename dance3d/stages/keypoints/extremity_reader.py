"""Toes, heels and knuckles of people whose joints a detector has read, by BlazePose; and the face by nose and ears.

BlazePose may read another person, or invent a foot that is hidden. So only the vector from its ankle to its toe is
taken, and only where its ankle lies at the detector's; likewise of hands. Constants without a source were chosen on
rendered training takes, and by eye on clips.

Sources: Bazarevsky et al., BlazePose, 2020 (arXiv 2006.10204); the net is ``pose_landmark_full`` of Google's MediaPipe
(Apache-2.0), its region is placed as in MediaPipe's graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from dance3d.geometry.extremities import EXTREMITY_RECIPES, LEAST_SCORE, PARENTS, SWAP, extremities_of, sure_extremities
from dance3d.io.fetch import located
from dance3d.io.onnx_net import OnnxNet, cores
from dance3d.io.video.pictures import Picture
from dance3d.skeleton import BLAZEPOSE33, EXTREMITIES, H36M17, to_h36m17
from dance3d.stages.keypoints.clean import beyond, longest_bone
from dance3d.stages.keypoints.detectors import requirements
from dance3d.stages.keypoints.detectors.regions import SIDE, Float, Region
from dance3d.stages.keypoints.qualities import QUALITIES

AT_ONCE = 4  # regions, so that a crowd needs little memory
LANDMARKS = 39  # of the net: the 33 of the body, and six to place regions by
LEAST_PRESENCE = 0.5  # of somebody in the region
LEAST_VISIBILITY = 0.5  # of a landmark
AGREED = (
    0.15  # body sizes between the detector's ankle or wrist and BlazePose's: further off, feet were wrong more often
)
EXCHANGED = 0.2  # body sizes by which the ankles together fit better with left and right exchanged
LONGEST = 0.6  # body sizes from an ankle or a wrist
TRUNKS = 1.5  # least reach of a body from its hips, in trunks
_FEET_AND_HANDS = EXTREMITIES[:-1]
_POINTS = [EXTREMITIES.index(name) for name in _FEET_AND_HANDS]
_LIMBS = ("ankle", "wrist")


class ExtremityReader:
    """Finds the extremities of the bodies in a picture; looks at each picture by itself.

    The net is read in so many pictures per second as the quality says, where the detector's layout has no feet.

    Args:
        fps: pictures per second.
        quality: a name of ``QUALITIES``.
    """

    def __init__(self, fps: float, quality: str = "balanced") -> None:
        self._share = min(QUALITIES[quality].extremities / fps, 1.0)

    @cached_property
    def _net(self) -> OnnxNet:
        return OnnxNet(located(requirements.EXTREMITIES), layout="NHWC", threads=max(cores() // 2, 1))

    def due(self, frame: int) -> bool:
        """Whether the net is read in a picture: at an even rate, the first one always."""
        count, before = (int(number * self._share + 1e-6) for number in (frame, frame - 1))
        return frame == 0 or count > before

    def __call__(self, frame: int, bodies: Sequence[Float], layout: str, picture: Picture) -> Float:
        """Extremities of bodies.

        Args:
            frame: number of the picture.
            bodies: (J, 3) each: x and y in pixels of the picture, score 0..1.
            layout: of the joints, a name of ``skeleton.RECIPES``.
            picture: in which they were found.

        Returns:
            (N, 7, 2) pixels, in the order of ``skeleton.EXTREMITIES``; NaN where not seen.
        """
        found = np.full((len(bodies), len(EXTREMITIES), 2), np.nan)
        if not bodies:
            return found
        points = np.stack(bodies)
        least = LEAST_VISIBILITY if layout == BLAZEPOSE33.name else LEAST_SCORE
        own = sure_extremities(points[..., :2], np.nan_to_num(points[..., 2]), layout, least)
        if own is not None:
            found = own.astype(np.float64)
        if not EXTREMITY_RECIPES.get(layout, {}).keys() & set(_FEET_AND_HANDS) and self.due(frame):
            found[:, _POINTS] = self._read(points, layout, picture)
        found[beyond(found, picture.shape[1::-1])] = np.nan
        return found

    def _read(self, points: Float, layout: str, picture: Picture) -> Float:
        """(N, 6, 2) feet and hands by the net; NaN where they are not trusted."""
        joints = to_h36m17(points[..., :2], np.nan_to_num(points[..., 2]), layout)
        xy, score = (array.astype(np.float64) for array in joints)
        found = np.full((len(xy), len(_POINTS), 2), np.nan)
        hung = score[:, H36M17.indices(*dict.fromkeys(PARENTS[:-1]))].max(1) >= LEAST_SCORE
        rows = np.flatnonzero(hung & np.isfinite(xy[:, H36M17.indices("pelvis", "thorax")]).all((1, 2)))
        regions = [region_of(xy[row], score[row]) for row in rows]
        for start in range(0, len(regions), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            crops = np.stack([picture.crop(region.matrix(), (SIDE, SIDE)) for region in regions[some]])
            marks, presence, *_ = self._net(crops.astype(np.float32) / 255)
            marks = marks.reshape(-1, LANDMARKS, 5)[:, : len(BLAZEPOSE33.joints)].astype(np.float64)
            for row, region, landmarks, present in zip(rows[some], regions[some], marks, presence.ravel(), strict=True):
                if present >= LEAST_PRESENCE:
                    matrix = region.matrix()
                    places = landmarks[:, :2] @ matrix[:, :2].T + matrix[:, 2]
                    found[row] = trusted(xy[row], score[row], places, 1 / (1 + np.exp(-landmarks[:, 3])))
        return found


def region_of(xy: Float, score: Float) -> Region:
    """The region in which BlazePose reads a body: around its hips, turned so that its trunk stands upright.

    Args:
        xy: (17, 2) pixels.
        score: (17,) 0..1; joints that are not sure do not make it larger.
    """
    hips, up = xy[H36M17.index("pelvis")], xy[H36M17.index("thorax")] - xy[H36M17.index("pelvis")]
    trunk = max(float(np.linalg.norm(up)), 1.0)
    reach = np.linalg.norm(xy[score >= LEAST_SCORE] - hips, axis=1).max(initial=TRUNKS * trunk)
    return Region.around(hips, hips + up * (reach / trunk))


def trusted(xy: Float, score: Float, places: Float, visible: Float) -> Float:
    """Feet and hands of a body as BlazePose saw them, moved to the detector's ankles and wrists.

    Args:
        xy: (17, 2) pixels: the body.
        score: (17,) 0..1.
        places: (33, 2) pixels: BlazePose's landmarks.
        visible: (33,) 0..1.

    Returns:
        (6, 2) pixels; NaN where BlazePose's ankle or wrist is elsewhere, or the point is not visible to it.
    """
    size = max(float(longest_bone(xy[None])[0]), 1.0)
    found = extremities_of(places, visible, BLAZEPOSE33.name)
    assert found is not None
    marks, seen = (array.astype(np.float64) for array in found)
    offsets, apart = np.full((len(_POINTS), 2), np.nan), np.full(len(_POINTS), np.inf)
    for limb in _LIMBS:
        ends = [f"left_{limb}", f"right_{limb}"]
        own, other = xy[H36M17.indices(*ends)], places[BLAZEPOSE33.indices(*ends)]
        far = np.linalg.norm(own[:, None] - other, axis=-1) / size
        crossed = far[0, 1] + far[1, 0] + EXCHANGED < far[0, 0] + far[1, 1]  # it took the left one for the right one
        for side, end in enumerate(ends):
            theirs = 1 - side if crossed else side
            for point in (number for number in _POINTS if PARENTS[number] == end):
                mark = SWAP[point] if crossed else point
                if seen[mark] >= LEAST_VISIBILITY and score[H36M17.index(end)] >= LEAST_SCORE:
                    offsets[point], apart[point] = marks[mark] - other[theirs], far[side, theirs]
    good = (apart < AGREED) & (np.linalg.norm(offsets, axis=1) < LONGEST * size)
    return np.where(good[:, None], xy[H36M17.indices(*PARENTS[:-1])] + offsets, np.nan)
