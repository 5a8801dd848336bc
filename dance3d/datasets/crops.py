"""People cut out of calibrated pictures: every crop a camera of its own, and folders of them that stream from disk.

A crop looks straight at its person: the picture is turned, undistorted and scaled so that the middle of the person's
box lies on the optical axis of a pinhole without distortion. So what follows needs no lens and no box any more.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.datasets.crop_joints import into_crop

INDEX, IMAGE, MASK, CAMERA, TRUTH = "index.json", "image.bin", "mask.bin", "camera.bin", "truth.bin"
JOINTS = "joints.bin"  # only in folders whose pictures somebody labelled with keypoints
MARGIN = 1.2
"""Side of a crop by the longer side of the mask's box."""
_NUMBERS, _JOINTS = 1 + 12, 17  # of a crop's camera: focal length and extrinsics; of a body
Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Lens:
    """A camera as calibration gives it.

    Attributes:
        matrix: (3, 3) intrinsics, pixels.
        extrinsics: (3, 4) world to camera, metres; without a translation where only one view is known.
        distortion: k1, k2, p1, p2, k3 and so on, in OpenCV's order; none if empty.
    """

    matrix: NDArray[np.float64]
    extrinsics: NDArray[np.float64]
    distortion: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Moment:
    """One person at one instant, seen by V cameras.

    Attributes:
        name: of the take or clip.
        group: moments of one group stay on the same side of any split.
        split: ``train``, ``val`` or ``test``.
        frame: number in the clip.
        pictures: V pictures (H, W, 3), RGB.
        masks: V masks (H, W) of the person; one may be all false where the person is not seen.
        lenses: V cameras.
        truth: (17, 3) metres, world; only for scores. None where it is not known.
        joints: V times (17, 3) as in ``Crop``, in pixels of the picture; none without labels.
    """

    name: str
    group: str
    split: str
    frame: int
    pictures: tuple[Image, ...]
    masks: tuple[Mask, ...]
    lenses: tuple[Lens, ...]
    truth: NDArray[np.float64] | None = None
    joints: tuple[NDArray[np.float64], ...] | None = None

    def seen_by(self, views: Sequence[int], masks: Sequence[Mask]) -> Self:
        """The moment with some of its views only, and other masks (of all V views)."""
        return replace(
            self,
            pictures=tuple(self.pictures[view] for view in views),
            masks=tuple(masks[view] for view in views),
            lenses=tuple(self.lenses[view] for view in views),
            joints=None if self.joints is None else tuple(self.joints[view] for view in views),
        )


@dataclass(frozen=True, eq=False)
class Crop:
    """A square picture of one person and the pinhole that sees it, whose principal point is the middle.

    Attributes:
        image: (S, S, 3) RGB, background included.
        mask: (S, S) true on the person.
        focal: pixels of the crop.
        extrinsics: (3, 4) world to the crop's camera, metres.
        turn: (3, 3) from the picture's camera to the crop's.
        joints: (17, 3) x and y in pixels of the crop, 2 seen or 1 hidden; NaN where not known. None without labels.
    """

    image: Image
    mask: Mask
    focal: float
    extrinsics: NDArray[np.float64]
    turn: NDArray[np.float64]
    joints: NDArray[np.float64] | None = None


def cut(picture: Image, mask: Mask, lens: Lens, size: int, margin: float = MARGIN) -> Crop:
    """Cut the person of a mask out of a picture.

    Args:
        picture: (H, W, 3) RGB.
        mask: (H, W) true on the person.
        lens: camera of the picture.
        size: of the crop, pixels.
        margin: side of the crop by the longer side of the mask's box.

    Raises:
        ValueError: an empty mask, or one of another size than the picture.
    """
    if mask.shape != picture.shape[:2]:
        raise ValueError(f"the mask has shape {mask.shape}, the picture {picture.shape[:2]}")
    if not mask.any():
        raise ValueError("the mask is empty: nobody to cut out")
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    low, high = np.array([columns[0], rows[0]], float), np.array([columns[-1] + 1, rows[-1] + 1], float)
    middle, side = (low + high) / 2, margin * float((high - low).max())
    turn, focal = towards(middle, side, lens, size)
    inner = np.array([[focal, 0, size / 2], [0, focal, size / 2], [0, 0, 1]])
    shift = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])  # OpenCV counts from pixel centres
    across, down = cv2.initUndistortRectifyMap(
        shift @ lens.matrix, lens.distortion if lens.distortion.size else None, turn, shift @ inner, (size, size), 5
    )
    maps = np.stack([across, down]).astype(np.float32)
    near, maps = _averaged(picture, mask, maps, side / size)
    seen = cv2.remap(near, maps[0], maps[1], cv2.INTER_LINEAR)
    image, there = seen[..., :3], seen[..., 3] >= 128
    return Crop(np.asarray(image, np.uint8), there, focal, turn @ lens.extrinsics, turn)


def _averaged(picture: Image, mask: Mask, maps: NDArray[np.float32], wide: float) -> tuple[Image, NDArray[np.float32]]:
    """The part of a picture that maps look at, smooth over ``wide`` pixels and with fewer of them; and maps into it.

    Pixels of a crop are wider than those of the picture: they average before every so many-th is taken, in two steps,
    as a wide blur of every pixel of a large picture would take most of the time. The mask is the fourth channel.
    """
    step, (high, long) = max(1, int(wide / 1.5)), mask.shape
    low = [int(np.clip(axis.min() - 3 * wide, 0, size - 1)) for axis, size in zip(maps, (long, high), strict=True)]
    top = [int(np.clip(axis.max() + 3 * wide + 2, 1, size)) for axis, size in zip(maps, (long, high), strict=True)]
    part = slice(low[1], max(top[1], low[1] + 1)), slice(low[0], max(top[0], low[0] + 1))
    near = np.dstack([picture[part], mask[part].astype(np.uint8) * 255])
    rows, columns = -near.shape[0] % step, -near.shape[1] % step
    if step > 1:
        near = cv2.copyMakeBorder(near, 0, rows, 0, columns, cv2.BORDER_REPLICATE)
        near = cv2.resize(near, (near.shape[1] // step, near.shape[0] // step), interpolation=cv2.INTER_AREA)
    if wide > 1.5:  # what the first step left of a blur with a standard deviation of 0.4 of a crop's pixel
        near = cv2.GaussianBlur(near, (0, 0), float(np.sqrt((0.4 * wide / step) ** 2 - (1 - step**-2) / 12)))
    inside = (maps - np.reshape(low, (2, 1, 1)) + 0.5) / step - 0.5
    return np.asarray(near, np.uint8), inside.astype(np.float32)


def towards(middle: NDArray[np.float64], side: float, lens: Lens, size: int) -> tuple[NDArray[np.float64], float]:
    """How a crop looks at its person.

    Args:
        middle: (2,) of the person's box, pixels of the picture.
        side: of the crop, pixels of the picture.
        lens: camera of the picture.
        size: of the crop, its own pixels.

    Returns:
        Rotation (3, 3) that brings the middle onto the optical axis, and the focal length that makes it ``side`` wide.
    """
    around = middle + np.array([[0, 0], [-0.5, 0], [0.5, 0], [0, -0.5], [0, 0.5]]) * side
    rays = cv2.undistortPoints(around[:, None], lens.matrix, lens.distortion if lens.distortion.size else None).reshape(
        -1, 2
    )
    forward = np.append(rays[0], 1) / np.hypot(1, np.hypot(*rays[0]))
    right = np.cross([0.0, 1.0, 0.0], forward)
    right /= np.linalg.norm(right)
    turn = np.stack([right, np.cross(forward, right), forward])
    seen = np.column_stack([rays, np.ones(len(rays))]) @ turn.T
    tangent = seen[:, :2] / seen[:, 2:]
    width = (np.linalg.norm(tangent[2] - tangent[1]) + np.linalg.norm(tangent[4] - tangent[3])) / 2
    return turn, float(size / width)


class CropWriter:
    """Writes a folder of crops, moment by moment, in bounded memory; the index comes last, so that a torn one is none.

    Args:
        folder: made if need be.
        size: of the crops, pixels.
    """

    def __init__(self, folder: Path, size: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.size = folder, size
        self.lines: list[dict[str, Any]] = []
        self.count, self.labelled = 0, False
        (folder / INDEX).unlink(missing_ok=True)
        self.files = {name: (folder / name).open("wb") for name in (IMAGE, MASK, CAMERA, TRUTH, JOINTS)}

    def add(self, moment: Moment, margin: float = MARGIN) -> int:
        """Cut a moment out of its pictures and write it.

        Returns:
            Crops written: views with an empty mask are left out, and a moment without any is not written.
        """
        crops = []
        for view, mask in enumerate(moment.masks):
            if mask.any():
                lens = moment.lenses[view]
                crop = cut(moment.pictures[view], mask, lens, self.size, margin)
                known = None if moment.joints is None else into_crop(moment.joints[view], lens, crop)
                crops.append(replace(crop, joints=known))
        self.write(crops, moment.name, moment.group, moment.split, moment.frame, moment.truth)
        return len(crops)

    def write(
        self,
        crops: Sequence[Crop],
        name: str,
        group: str,
        split: str,
        frame: int,
        truth: NDArray[np.floating] | None = None,
    ) -> None:
        """Write the crops of one moment; fields as in ``Moment``."""
        for crop in crops:
            if crop.image.shape != (self.size, self.size, 3) or crop.mask.shape != (self.size, self.size):
                raise ValueError(f"crop has shapes {crop.image.shape} and {crop.mask.shape}, expected {self.size} px")
            self.files[IMAGE].write(np.ascontiguousarray(crop.image, np.uint8).tobytes())
            self.files[MASK].write(np.ascontiguousarray(crop.mask, np.uint8).tobytes())
            camera = np.append(crop.focal, np.asarray(crop.extrinsics, np.float64).ravel())
            self.files[CAMERA].write(camera.astype("<f8").tobytes())
            joints = np.broadcast_to(np.nan if crop.joints is None else crop.joints, (_JOINTS, 3))
            self.files[JOINTS].write(joints.astype("<f4").tobytes())
            self.labelled |= crop.joints is not None
        if not crops:
            return
        known = np.broadcast_to(np.nan if truth is None else truth, (_JOINTS, 3))
        self.files[TRUTH].write(known.astype("<f8").tobytes())
        line = {"name": name, "group": group, "split": split, "frame": frame}
        self.lines.append(line | {"first": self.count, "views": len(crops)})
        self.count += len(crops)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self.files.values():
            file.close()
        if not self.labelled:
            (self.folder / JOINTS).unlink()
        if kind is None:
            index = {"size": self.size, "crops": self.count, "moments": self.lines}
            (self.folder / INDEX).write_text(json.dumps(index))


class Crops:
    """A folder of crops, mapped into memory: nothing is read before it is asked for.

    Attributes:
        size: of the crops, pixels.
        image: (N, S, S, 3) uint8, RGB, background included.
        mask: (N, S, S) uint8, 1 on the person.
        focal: (N,) pixels; the principal point is the middle of the crop.
        extrinsics: (N, 3, 4) world to camera, metres.
        truth: (M, 17, 3) metres, world; NaN where not known.
        joints: (N, 17, 3) as in ``Crop``; none in a folder without labels.
        moments: M lines: name, group, split, frame, first crop and number of views.

    Raises:
        ValueError: no folder of crops, or one whose files are not as long as its index says.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / INDEX).is_file():
            raise ValueError(f"{folder} is no folder of crops: it has no {INDEX}")
        index = json.loads((folder / INDEX).read_text())
        self.folder, self.size, count = folder, int(index["size"]), int(index["crops"])
        self.moments: list[dict[str, Any]] = index["moments"]
        square = (self.size, self.size)
        self.image = self._map(IMAGE, np.dtype(np.uint8), (count, *square, 3))
        self.mask = self._map(MASK, np.dtype(np.uint8), (count, *square))
        camera = self._map(CAMERA, np.dtype("<f8"), (count, _NUMBERS))
        self.focal, self.extrinsics = camera[:, 0], camera[:, 1:].reshape(-1, 3, 4)
        self.truth = self._map(TRUTH, np.dtype("<f8"), (len(self.moments), _JOINTS, 3))
        flat = (count, _JOINTS, 3)
        self.joints = self._map(JOINTS, np.dtype("<f4"), flat) if (folder / JOINTS).is_file() else None

    def __reduce__(self) -> tuple[type[Crops], tuple[Path]]:
        return Crops, (self.folder,)  # another process maps the files for itself

    def _map(self, name: str, kind: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
        path = self.folder / name
        expected = int(np.prod(shape)) * kind.itemsize
        found = path.stat().st_size if path.is_file() else 0
        if found != expected:
            raise ValueError(f"{path} has {found} bytes, its index promises {expected}")
        return np.memmap(path, kind, "r", shape=shape) if expected else np.zeros(shape, kind)

    def __len__(self) -> int:
        return len(self.moments)
