"""Folders of crops: people cut out of calibrated pictures, each crop with its own camera, mapped from disk.

A crop is rotated, undistorted and scaled so that the middle of the person's box lies on the optical axis of a pinhole
camera without distortion. So its users need neither the lens nor the box.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.footage import Moment
from dance3d.datasets.crop import MARGIN, Crop, cut, into_crop
from dance3d.io.json_files import read_json

INDEX, IMAGE, MASK, CAMERA, TRUTH = "index.json", "image.bin", "mask.bin", "camera.bin", "truth.bin"
JOINTS = "joints.bin"  # only in folders with labelled keypoints
_ALWAYS = (IMAGE, MASK, CAMERA, TRUTH)
_NUMBERS, _JOINTS = 1 + 12, 17  # numbers of a crop's camera (focal length and extrinsics); joints of a body


class CropWriter:
    """Writes a folder of crops, moment by moment, in bounded memory; the index is written last.

    Args:
        folder: created if needed; crops that it holds are replaced.
        size: of the crops, pixels.

    Raises:
        ValueError: the folder holds a file of one of the names that is not of crops.
    """

    def __init__(self, folder: Path, size: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        there = [name for name in (INDEX, *_ALWAYS, JOINTS) if (folder / name).exists()]
        if there and not all((folder / name).is_file() for name in _ALWAYS):
            raise ValueError(f"{folder / there[0]} is not of a folder of crops; choose another folder for them")
        self.folder, self.size = folder, size
        self.lines: list[dict[str, Any]] = []
        self.count, self.labelled = 0, False
        (folder / INDEX).unlink(missing_ok=True)
        self.files = {name: (folder / name).open("wb") for name in (*_ALWAYS, JOINTS)}

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
        """Write the crops of one moment.

        Args:
            crops: of all its views.
            name: of the clip.
            group: clips of one group are never split.
            split: ``train``, ``val`` or ``test``.
            frame: number in the clip.
            truth: (17, 3) joints, metres, world; none if not known.
        """
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
    """A folder of crops, mapped into memory.

    Attributes:
        size: of the crops, pixels.
        image: (N, S, S, 3) uint8, RGB, background included.
        mask: (N, S, S) uint8, 1 on the person.
        focal: (N,) pixels; the principal point is the centre of the crop.
        extrinsics: (N, 3, 4) world to camera, metres.
        truth: (M, 17, 3) metres, world; NaN where not known.
        joints: (N, 17, 3) as in ``Crop``; none without labels.
        moments: M lines: name, group, split, frame, first crop and number of views.

    Raises:
        ValueError: no folder of crops, or one whose files are not as long as its index says.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / INDEX).is_file():
            raise ValueError(f"{folder} is no folder of crops: it has no {INDEX}")
        index = read_json(folder / INDEX)
        try:
            self.folder, self.size, count = folder, int(index["size"]), int(index["crops"])
            self.moments: list[dict[str, Any]] = [dict(line) for line in index["moments"]]
            for line in self.moments:
                if not 0 <= line["first"] <= line["first"] + line["views"] <= count:
                    raise ValueError(f"moment {line['name']} has crops beyond the {count}")
        except (KeyError, TypeError, OverflowError, ValueError) as error:
            raise ValueError(f"{folder / INDEX} is no index of crops: {type(error).__name__} {error}") from error
        square = (self.size, self.size)
        self.image = self._map(IMAGE, np.dtype(np.uint8), (count, *square, 3))
        self.mask = self._map(MASK, np.dtype(np.uint8), (count, *square))
        camera = self._map(CAMERA, np.dtype("<f8"), (count, _NUMBERS))
        self.focal, self.extrinsics = camera[:, 0], camera[:, 1:].reshape(-1, 3, 4)
        self.truth = self._map(TRUTH, np.dtype("<f8"), (len(self.moments), _JOINTS, 3))
        flat = (count, _JOINTS, 3)
        self.joints = self._map(JOINTS, np.dtype("<f4"), flat) if (folder / JOINTS).is_file() else None

    def __reduce__(self) -> tuple[type[Crops], tuple[Path]]:
        return Crops, (self.folder,)  # another process maps the files itself

    def _map(self, name: str, kind: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
        path = self.folder / name
        expected = int(np.prod(shape)) * kind.itemsize
        found = path.stat().st_size if path.is_file() else 0
        if found != expected:
            raise ValueError(f"{path} has {found} bytes, its index promises {expected}")
        return np.memmap(path, kind, "r", shape=shape) if expected else np.zeros(shape, kind)

    def __len__(self) -> int:
        return len(self.moments)


NEAR = 0.1
"""Chosen, metres: joints nearer to the camera's plane have no position in the picture."""


# chosen, of the crop's side: a joint with a pixel of the person's mask within this radius is visible
_MASK_RADIUS = 0.03


Rows = Sequence[int] | NDArray[np.integer[Any]]


def moments_of(crops: Crops) -> NDArray[np.int64]:
    """(N,) number of the moment of every crop."""
    return np.repeat(np.arange(len(crops)), [line["views"] for line in crops.moments])


def keypoints(
    crops: Crops, rows: Rows, moments: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Joints of some crops.

    Args:
        crops: a folder.
        rows: numbers of crops.
        moments: ``moments_of`` the folder, computed if not given.

    Returns:
        (N, 17, 2) pixels of the crop, NaN where not known, and (N, 17) 1 where the joint is visible, 0 where something
        occludes it. Without labels, a joint is visible if the person's mask is near, so a body never occludes its own
        joints.
    """
    rows = np.asarray(rows)
    if crops.joints is not None:
        labelled = np.asarray(crops.joints[rows])
        return labelled[..., :2], np.asarray(labelled[..., 2] > 1, np.float32)
    E, truth = crops.extrinsics[rows], crops.truth[(moments_of(crops) if moments is None else moments)[rows]]
    local = np.einsum("nij,nkj->nki", E[..., :3], truth) + E[:, None, :, 3]
    depth = np.where(local[..., 2:] > NEAR, local[..., 2:], np.nan)
    xy = crops.focal[rows, None, None] * local[..., :2] / depth + crops.size / 2
    return xy.astype(np.float32), _visible(xy, np.asarray(crops.mask[rows]))


def _visible(xy: NDArray[np.float64], mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, 17) whether a mask (N, S, S) is near joints (N, 17, 2)."""
    size = mask.shape[-1]
    reach = max(1, round(_MASK_RADIUS * size))
    step = np.arange(-reach, reach + 1)
    near = np.stack(np.meshgrid(step, step), -1).reshape(-1, 2)
    near = near[np.hypot(*near.T) <= reach]
    at = np.nan_to_num(np.floor(xy), nan=-2 * size).astype(int)[:, :, None] + near
    inside = ((at >= 0) & (at < size)).all(-1)
    x, y = np.moveaxis(at.clip(0, size - 1), -1, 0)
    return np.asarray((inside & (mask[np.arange(len(mask))[:, None, None], y, x] > 0)).any(-1), np.float32)
