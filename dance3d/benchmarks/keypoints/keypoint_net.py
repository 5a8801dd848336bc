"""Accuracy of the keypoint net, beside MoveNet's reader on the same pictures."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from dance3d.datasets.coco import coco_images, coco_joints
from dance3d.datasets.crop_folder import Crops, keypoints
from dance3d.datasets.mocap import bench_takes
from dance3d.geometry import boxes
from dance3d.io.fetch import located
from dance3d.io.paths import data_root
from dance3d.io.weights import default
from dance3d.metrics.keypoints2d import LIMBS, OKSAP, MeanOKS, PCKTorso
from dance3d.skeleton import COCO17, H36M17, to_h36m17
from dance3d.stages.keypoints.detectors import Detector, resolve
from dance3d.stages.keypoints.detectors.movenet_nets import PoseReader
from dance3d.stages.keypoints.detectors.regions import Region
from dance3d.stages.keypoints.detectors.tracked_body import region_of
from dance3d.stages.keypoints.inference import PADDING, STAGE, cut, infer, load, to_picture
from dance3d.stages.keypoints.model import KeypointNet
from dance3d.synth.crop_dataset import scenes, write_multiview_crops

SIZE, FILMED, VIEWS = 256, 150, 2
"""Pixels of the held-out crops, moments, and views of each."""
COCO = Path("masks") / "coco"
"""The four pictures of COCO, below the data root."""
Image = NDArray[np.uint8]
Float = NDArray[np.float64]
Answer = tuple[Float, Float]
"""Joints (17, 2) in pixels and their scores (17,)."""


@dataclass(frozen=True, eq=False)
class LabelledPicture:
    """A picture and its labelled people.

    Attributes:
        image: (H, W, 3) RGB.
        boxes: (M, 4) left, top, right, bottom in pixels.
        joints: (M, 17, 2) pixels; NaN where not labelled.
        area: (M,) pixels.
    """

    image: Image
    boxes: Float
    joints: Float
    area: Float


def bench(data: Path | None, predict: object = None) -> dict[str, float]:
    """The figures of the shipped weights, as ``dance3d train --ship`` keeps them; of ``figures``."""
    return figures(default(STAGE), data)


def figures(weights: Path | None, data: Path | None = None) -> dict[str, float]:
    """Score the keypoint net and MoveNet on the same people.

    Joints that mean the same in every layout count: shoulders, elbows, wrists, hips, knees and ankles.

    Args:
        weights: of our net; none scores MoveNet alone.
        data: folder of motion capture to film in place of the takes held out for testing.

    Returns:
        ``model.SET.WHO.FIGURE``: SET is ``held_out`` (rendered people, each in a crop), ``coco_boxes`` (those of COCO
        pictures, in their labelled boxes) or ``coco`` (the same pictures, people found first); WHO ``ours`` or
        ``movenet``; FIGURE ``pck`` (PCK@0.2), ``oks`` (both of given boxes only) or ``ap`` (OKS-AP).

    Raises:
        ValueError: no motion capture, or weights that cannot be read.
    """
    net = None if weights is None else load(weights)
    with tempfile.TemporaryDirectory() as folder:
        sets = {"held_out": held_out(Path(folder), data)}
    whole = sorted((data_root() / COCO).glob("*.json")) if data is None else []
    pictures = coco(whole[0]) if whole else []
    if pictures:
        sets["coco_boxes"] = pictures
    readers = ({} if net is None else {"ours": _ours(net)}) | {"movenet": _movenet()}
    found: dict[str, float] = {}
    for name, some in sets.items():
        for who, reader in readers.items():
            found |= {f"model.{name}.{who}.{key}": value for key, value in _in_boxes(some, reader).items()}
    backends = ({} if weights is None else {"ours": ("own", weights)}) | {"movenet": ("movenet", None)}
    for who, (backend, model) in backends.items() if pictures else ():
        precision = OKSAP(LIMBS)
        for picture in pictures:
            with resolve(backend)(model, None) as detector:
                _count(precision, picture, _seen(detector, picture.image))
        found[f"model.coco.{who}.ap"] = float(precision.compute())
    return {name: round(value, 4) for name, value in found.items()}


def held_out(folder: Path, data: Path | None = None) -> list[LabelledPicture]:
    """People who never train, dancing takes that never train, filmed by cameras that never train; always the same."""
    takes = bench_takes(data)
    write_multiview_crops(
        folder, scenes(takes), SIZE, FILMED, VIEWS, seed=7, splits={take.name: "test" for take in takes}
    )
    crops = Crops(folder)
    xy, _ = keypoints(crops, np.arange(len(crops.image)))
    out = []
    for image, mask, joints in zip(crops.image, crops.mask, xy, strict=True):
        box = np.array([boxes.of_mask(mask)], float)
        out.append(LabelledPicture(np.array(image), box, joints[None].astype(float), np.array([float(mask.sum())])))
    return out


def coco(path: Path) -> list[LabelledPicture]:
    """The pictures of a COCO set with those people who have a label."""
    out = []
    for _, _, image, outlines in coco_images(path):
        people = [(one, joints) for one in outlines if (joints := coco_joints(one)) is not None]
        if people:
            boxes = np.array([one["bbox"] for one, _ in people], float)
            boxes[:, 2:] += boxes[:, :2]
            area = np.array([one["area"] for one, _ in people], float)
            out.append(LabelledPicture(image, boxes, np.stack([joints[:, :2] for _, joints in people]), area))
    return out


def _in_boxes(pictures: Sequence[LabelledPicture], reader: Callable[[Image, Float], Answer]) -> dict[str, float]:
    """Figures of one reader that is told where people are; each of them counts as a picture of their own."""
    pck, oks, precision = PCKTorso(), MeanOKS(), OKSAP(LIMBS)
    for picture in pictures:
        for person, box in enumerate(picture.boxes):
            xy, score = reader(picture.image, box)
            one = LabelledPicture(picture.image, box[None], picture.joints[[person]], picture.area[[person]])
            predicted, true = torch.from_numpy(xy)[None], _limbs(one.joints)
            pck.update(predicted, true)
            oks.update(predicted, true, torch.from_numpy(one.area))
            _count(precision, one, [(xy, score)])
    return {"pck": float(pck.compute()), "oks": float(oks.compute()), "ap": float(precision.compute())}


def _count(precision: OKSAP, picture: LabelledPicture, answers: Sequence[Answer]) -> None:
    """Add one picture; an answer is as sure as its limbs on average."""
    joints = len(H36M17.joints)
    xy = np.array([xy for xy, _ in answers], float).reshape(-1, joints, 2)
    score = np.array([score[list(LIMBS)].mean() for _, score in answers], float)
    given = (xy, score, picture.joints, picture.area)
    precision.update(*(torch.from_numpy(np.ascontiguousarray(array)) for array in given))


def _limbs(joints: Float) -> torch.Tensor:
    """(M, 17, 2) with all but the limbs' joints not labelled."""
    only = np.full_like(joints, np.nan)
    only[:, list(LIMBS)] = joints[:, list(LIMBS)]
    return torch.from_numpy(only)


def _ours(net: KeypointNet) -> Callable[[Image, Float], Answer]:
    def reader(image: Image, box: Float) -> Answer:
        picture, matrix = cut(image, box, int(net.config["size"]))
        found = infer(net, picture[None], mirrored=True)
        return to_picture(found.xy[0], matrix), found.score[0]

    return reader


def _movenet() -> Callable[[Image, Float], Answer]:
    """Thunder reads the box, and once more the region that the first reading gives, as it does in a video."""
    read = PoseReader(located("movenet-thunder"))

    def reader(image: Image, box: Float) -> Answer:
        left, top, right, bottom = box.tolist()
        side = PADDING * max(right - left, bottom - top)
        points = read(image, Region((left + right) / 2, (top + bottom) / 2, side, 0.0))
        return _inner(read(image, region_of(points)), COCO17.name)

    return reader


def _seen(detector: Detector, image: Image) -> list[Answer]:
    return [_inner(body, detector.layout) for body in detector(image)]


def _inner(points: Float, layout: str) -> Answer:
    xy, score = to_h36m17(points[:, :2], points[:, 2], layout)
    return xy.astype(float), score.astype(float)
