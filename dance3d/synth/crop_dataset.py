"""Folders of crops of recorded or random motion: people of all builds, filmed by calibrated cameras around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import MotionClip
from dance3d.datasets.crop import Crop
from dance3d.datasets.crop_folder import CropWriter
from dance3d.datasets.splits import SPLITS, assign_splits
from dance3d.geometry.projection import chain, look_at
from dance3d.skeleton import H36M17
from dance3d.synth.appearance import random_backdrop, random_light, random_outfit
from dance3d.synth.crop_renderer import CropScene, SceneBodies, add_occluder, render_crop, scene_bodies
from dance3d.synth.random_motion import random_motion

Array = NDArray[np.float64]
PER_RIG = 12
"""Moments that share cameras, clothes and light; chosen."""
FLAWS = 0.3
"""Share of masks with the faults of a real segmenter; chosen."""
_SECONDS = 8.0  # of an invented take; chosen
_BONES = 0.14  # standard deviation of an invented body's bones, log of their length; chosen
_SPARE = 40  # further frames of the take, from which the floor of the body is found


@dataclass(frozen=True, eq=False)
class _Order:
    """Moments of one person under one rig, as a worker gets them.

    Attributes:
        people: (P, T, 17, 3) metres, world: the drawn frames, then some spare ones.
        who: number of the person.
        frames: numbers of the drawn frames in the take.
        seed: of everything random.
    """

    people: NDArray[np.float32]
    who: int
    frames: list[int]
    name: str
    group: str
    split: str
    seed: tuple[int, ...]
    views: int
    size: int
    occlusion: float


def scenes(clips: Sequence[MotionClip]) -> list[list[MotionClip]]:
    """Takes by scene: both partners of a couple, ``salsa_03`` and ``salsa_18``, dance in one world; others alone."""
    found: dict[str, list[MotionClip]] = {}
    for clip in sorted(clips, key=lambda c: c.name):
        couple = clip.name.startswith("salsa_")
        found.setdefault(clip.group if couple else clip.name, []).append(clip)
    return list(found.values())


def write_multiview_crops(
    folder: Path,
    takes: Sequence[Sequence[MotionClip]],
    size: int = 64,
    moments: int | Mapping[str, int] = 10000,
    views: int = 4,
    seed: int = 0,
    splits: Mapping[str, str] | None = None,
    occlusion: float = 0.15,
    workers: int = 1,
) -> None:
    """Film takes and write the crops, as ``datasets.crop_folder.Crops`` reads them.

    Args:
        folder: made if need be.
        takes: scenes, each of one dancer or of several in their common world, who hide each other.
        size: of the crops, pixels.
        moments: drawn evenly over scenes and time, in all or of each split.
        views: cameras that stand around; one that sees too little of a person gives no crop.
        seed: of cameras, clothes, light and times. Every split has cameras of its own.
        splits: of the takes by name; as ``datasets.splits.assign_splits`` deals them if not given.
        occlusion: share of moments where something stands before one or two cameras.
        workers: processes.

    Raises:
        ValueError: no take, a size under 16 px, no view, or a split that does not exist.
    """
    if size < 16 or views < 1:
        raise ValueError(f"cannot film {views} views of {size} px; expected 1 view or more, 16 px or more")
    if not takes:
        raise ValueError("no take to film")
    split = splits if splits is not None else assign_splits([clip for scene in takes for clip in scene])
    if wrong := {*split.values(), *(moments if isinstance(moments, Mapping) else ())} - {*SPLITS}:
        raise ValueError(f"split {sorted(wrong)[0]!r} is not known; choose from {', '.join(SPLITS)}")
    orders = list(_orders(takes, moments, split, views, size, seed, occlusion))
    with CropWriter(folder, size) as writer:
        for order, taken in zip(orders, _taken(orders, workers), strict=True):
            for frame, crops, truth in zip(order.frames, taken, order.people[order.who], strict=False):
                writer.write(crops, order.name, order.group, order.split, frame, truth)


def write_invented(folder: Path, size: int = 64, moments: int = 30000, seed: int = 0, workers: int = 1) -> None:
    """Write single crops of random bodies and motion, with their joints: one moment, one view; a tenth validates.

    Args:
        folder: made if need be.
        size: of the crops, pixels.
        moments: how many crops.
        seed: of everything random.
        workers: processes.
    """
    clips = max(10, moments // 40)
    rng = np.random.default_rng([seed, 41])
    takes = [_other_body(random_motion(_SECONDS, 10 * (seed * clips + n)), rng) for n in range(clips)]
    split = {take.name: "val" if n % 10 == 9 else "train" for n, take in enumerate(takes)}
    write_multiview_crops(folder, [[take] for take in takes], size, moments, 1, seed, split, 0.2, workers)


def _other_body(clip: MotionClip, rng: np.random.Generator) -> MotionClip:
    """The same motion with bones longer or shorter, both sides alike; the lowest foot stays as high as it was."""
    stems = [joint.removeprefix("left_").removeprefix("right_") for joint in H36M17.joints]
    factor = {stem: np.exp(rng.normal(0, _BONES)) for stem in dict.fromkeys(stems)}
    ankles = H36M17.indices("left_ankle", "right_ankle")
    parents = [max(parent, 0) for parent in H36M17.parent_indices]
    bones = (clip.xyz - clip.xyz[:, parents]) * np.array([factor[stem] for stem in stems])[:, None]
    xyz = chain(bones) + clip.xyz[:, H36M17.index("pelvis"), None]
    xyz[..., 1] += (clip.xyz[:, ankles, 1].min(1) - xyz[:, ankles, 1].min(1))[:, None]
    return replace(clip, xyz=xyz.astype(np.float32), extremities=None)


def _orders(
    takes: Sequence[Sequence[MotionClip]],
    moments: int | Mapping[str, int],
    split: Mapping[str, str],
    views: int,
    size: int,
    seed: int,
    occlusion: float,
) -> Iterator[_Order]:
    """What to film, in the order of the folder."""
    roles = [(scene, who) for scene in takes for who in range(len(scene))]
    parts = [(roles, moments)] if isinstance(moments, int) else [
        ([(scene, who) for scene, who in roles if split[scene[who].name] == name], n) for name, n in moments.items()
    ]  # fmt: skip
    for some, count in parts:
        lengths = [min(len(clip.xyz) for clip in scene) for scene, _ in some]
        starts = np.append(0, np.cumsum(lengths))
        share = np.random.default_rng([seed, 31]).random(count)
        drawn = ((np.arange(count) + share) / max(count, 1) * starts[-1]).astype(int)
        role = np.searchsorted(starts, drawn, "right") - 1
        for number in np.unique(role):
            (scene, who), frames = some[number], drawn[role == number] - starts[number]
            spare = np.linspace(0, lengths[number] - 1, _SPARE).astype(int)
            clip = scene[who]
            key = (seed, SPLITS.index(split[clip.name]), takes.index(scene), who)
            for first in range(0, len(frames), PER_RIG):
                some_frames = frames[first : first + PER_RIG]
                people = np.stack([one.xyz[np.append(some_frames, spare)] for one in scene])
                yield _Order(
                    people, who, some_frames.tolist(), clip.name, clip.group, split[clip.name],
                    (*key, first), views, size, occlusion,
                )  # fmt: skip


def _taken(orders: Sequence[_Order], workers: int) -> Iterable[list[list[Crop]]]:
    if workers <= 1:
        yield from map(_film, orders)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield from pool.map(_film, orders, chunksize=4)


def _film(order: _Order) -> list[list[Crop]]:
    """The crops of every moment of an order."""
    rng = np.random.default_rng(order.seed)
    drawn = order.people[:, : len(order.frames)].astype(float)
    cameras = camera_ring(drawn, order.views, rng)
    everybody = scene_bodies(list(order.people), [random_outfit(rng) for _ in order.people])
    blur, noise = rng.choice([0.0, 0.004, 0.01]) * rng.random(), rng.uniform(0, 0.03)
    scene = CropScene(random_light(rng), random_backdrop(rng), blur, noise, FLAWS)
    return [_moment(everybody, t, order, drawn[order.who, t], cameras, scene, rng) for t in range(len(order.frames))]


def _moment(
    everybody: SceneBodies,
    t: int,
    order: _Order,
    xyz: Array,
    cameras: Array,
    scene: CropScene,
    rng: np.random.Generator,
) -> list[Crop]:
    """The crops of one moment; in some moments a thing stands before one or two cameras."""
    hidden = rng.choice(len(cameras), min(len(cameras), int(rng.integers(1, 3))), replace=False)
    blocked = set(hidden.tolist()) if rng.random() < order.occlusion else set()
    crops = []
    for number, camera in enumerate(cameras):
        crop = None
        if number in blocked:
            eye = -camera[:, :3].T @ camera[:, 3]
            behind = add_occluder(everybody, t, xyz[rng.integers(len(xyz))], eye, rng)
            crop = render_crop(behind, 0, order.who, camera, scene, order.size, rng)
        if crop is None:
            crop = render_crop(everybody, t, order.who, camera, scene, order.size, rng)
        crops.append(crop)
    return [crop for crop in crops if crop is not None]


def camera_ring(people: NDArray[np.floating], views: int, rng: np.random.Generator) -> Array:
    """Nearly level cameras around people.

    They stand 0.8 to 2.2 m high and 3 to 6 m from the middle of where the people are, further where these move far. The
    distances are chosen.

    Args:
        people: (P, T, 17, 3) metres, world.
        views: number of cameras, V.
        rng: of their places.

    Returns:
        (V, 3, 4) world to camera, metres.
    """
    root = people[:, :, H36M17.index("pelvis")].reshape(-1, 3)
    centre = (root.max(0) + root.min(0)) / 2
    reach = float(np.linalg.norm((root - centre)[:, [0, 2]], axis=1).max())
    step, turn = (360 / views if views > 2 else 90), rng.uniform(0, 360)
    out = []
    for number in range(views):
        angle = np.deg2rad(turn + number * step + rng.uniform(-0.3, 0.3) * step)
        distance = max(rng.uniform(3, 6), 2.2 + reach)
        way, up = np.array([np.cos(angle), 0, np.sin(angle)]), np.array([0, 1, 0])
        floor = centre - centre * up
        eye = floor + distance * way + rng.uniform(0.8, 2.2) * up
        aim = floor + rng.uniform(0.7, 1.1) * up + rng.normal(0, 0.1, 3)
        roll = np.deg2rad(rng.normal(0, 1.5))
        tilt = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
        out.append(tilt @ look_at(eye, aim))
    return np.stack(out)
