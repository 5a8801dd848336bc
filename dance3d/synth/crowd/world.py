"""Scenes of several dancers with clothes and a camera: real couples, and invented dancers side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from dance3d.contracts import Camera, MotionClip
from dance3d.geometry.camera_settings import ASSUMED_FIELD_OF_VIEW
from dance3d.geometry.projection import look_at, project
from dance3d.skeleton import EXTREMITIES, H36M17
from dance3d.synth.appearance import Outfit, random_outfit
from dance3d.synth.choreography import GENRES, choreograph
from dance3d.synth.clip import place_camera

Array = NDArray[np.float64]
SIZE = (640, 360)  # (width, height), pixels
CAMERAS = ("fixed", "pan", "handheld")
MOVES = ("stay", "through", "come", "leave")
"""What a dancer of a gathering does: dance on a place, cross the picture, come in, go out."""
# Chosen sizes of scenes.
_NECK = 0.2  # metres from thorax to the top of the head, at least
_ROOM = 1.1  # metres between the places of a gathering
_ROWS = (0.0, -1.3)  # metres from the camera's side, every other place
_PATHS = (0.9, -0.6, -2.1)  # metres, where those go who move


@dataclass(frozen=True, eq=False)
class Crowd:
    """P dancers over T frames in one world, and the camera that films them.

    Attributes:
        name: of the scene.
        people: (P, T, 17, 3) metres, y up, floor at y = 0.
        outfits: of every dancer.
        camera: its lens and picture.
        E: (T, 3, 4) world to camera, metres; the camera may turn but stands on one spot.
        fps: frames per second.
        seed: of room and light.
        extremities: (P, T, 7, 3) as ``people``, NaN where unknown, or none: feet, hands and heads are turned by rules.
    """

    name: str
    people: Array
    outfits: tuple[Outfit, ...]
    camera: Camera
    E: Array
    fps: float
    seed: int
    extremities: Array | None = None

    @property
    def bodies(self) -> Array:
        """(P, T, 17 or 24, 3) the people, with their extremities where they are known."""
        return self.people if self.extremities is None else np.concatenate([self.people, self.extremities], 2)

    @property
    def time(self) -> Array:
        """(T,) seconds."""
        return np.arange(len(self.E)) / self.fps

    def seen(self) -> tuple[Array, Array]:
        """Joints in the picture (P, T, 17, 2), pixels, and their depths (P, T, 17), metres; NaN behind the camera."""
        xyz = np.einsum("tij,ptkj->ptki", self.E[:, :, :3], self.people) + self.E[:, None, :, 3]
        xyz = np.where(xyz[..., 2:] > 0.05, xyz, np.nan)
        return np.asarray(project(xyz, self.camera.focal, np.array(self.camera.centre))), xyz[..., 2]

    def smaller(self, scale: float) -> Crowd:
        """The same scene in a smaller picture."""
        camera, size = self.camera, np.maximum(np.rint(np.array(self.camera.size) * scale), 1).astype(int)
        centre = (camera.centre[0] * scale, camera.centre[1] * scale)
        return replace(self, camera=Camera(camera.focal * scale, centre, (int(size[0]), int(size[1])), assumed=False))


def couple(
    clips: Sequence[MotionClip],
    seed: int = 0,
    seconds: float | None = None,
    size: tuple[int, int] = SIZE,
    camera: str = "fixed",
    alike: bool = False,
    turned: bool = False,
) -> Crowd:
    """Real partners in their common world, as ``synth.crop_dataset.scenes`` pairs them, seen from a random side.

    Args:
        clips: the partners' takes.
        seed: of camera, clothes, room and light.
        seconds: the stretch of this length with most overlap's beginnings is taken; the whole take if not given.
        size: (width, height) of the picture.
        camera: one of ``CAMERAS``; ``pan`` follows the dancers, ``handheld`` follows and shakes.
        alike: all wear the same colours, as companies do.
        turned: feet, hands and heads are turned as in the takes, not by rules.

    Raises:
        ValueError: no take, takes of different rates, or no such camera.
    """
    if not clips or len({clip.fps for clip in clips}) > 1:
        raise ValueError(f"{len(clips)} takes; a scene needs takes of one frame rate")
    rng, fps = np.random.default_rng([seed, 53]), clips[0].fps
    people = _necks(np.stack([clip.xyz[: min(len(c.xyz) for c in clips)] for clip in clips]).astype(float))
    turn = rng.uniform(0, 2 * np.pi)
    way = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    people, ends = people @ way, _ends(clips, people.shape[1]) @ way
    lens = _lens(size)
    if seconds is not None and round(seconds * fps) < people.shape[1]:
        start = _busiest(_standing(people, lens, _aim(people, lens, seed)), round(seconds * fps))
        people, ends = (array[:, start : start + round(seconds * fps)] for array in (people, ends))
    middle = people.mean((0, 1, 2)) * [1, 0, 1]
    people, ends = people - middle, ends - middle
    E = _filmed(_aim(people, lens, seed), people, camera, fps, rng)
    outfits = _outfits(len(people), alike, rng)
    return Crowd(clips[0].group, people, outfits, lens, E, fps, seed, ends if turned else None)


def gathering(
    moves: Sequence[str],
    seconds: float = 6.0,
    seed: int = 0,
    size: tuple[int, int] = SIZE,
    camera: str = "fixed",
    alike: bool = False,
) -> Crowd:
    """Invented dancers side by side in two rows; some cross the picture before, between or behind them, come or leave.

    Args:
        moves: of every dancer, of ``MOVES``; nobody if empty.
        seconds: length.
        seed: of dances, paths, camera, clothes, room and light.
        size: (width, height) of the picture.
        camera: as in ``couple``.
        alike: as in ``couple``.

    Raises:
        ValueError: no such move or camera.
    """
    if wrong := set(moves) - set(MOVES):
        raise ValueError(f"move {sorted(wrong)[0]!r} is not known; choose from {', '.join(MOVES)}")
    rng, fps = np.random.default_rng([seed, 59]), 30.0
    frames, lens = max(round(seconds * fps), 1), _lens(size)
    staying = max(sum(move != "through" for move in moves), 1)
    half = (staying * _ROOM + 1.4) / 2  # metres that the picture shows to either side
    distance = max(half * lens.focal / (size[0] / 2), 2.5 * lens.focal / size[1]) + max(_PATHS)
    E = look_at(np.array([0.0, 1.45, distance]), np.array([0.0, 0.95, 0.0]))
    places, last = iter(rng.permutation(staying)), 0
    people = np.zeros((len(moves), frames, len(H36M17.joints), 3))
    for number, move in enumerate(moves):
        take = choreograph(GENRES[number % len(GENRES)], seconds + 0.1, 1000 * seed + number).xyz[:frames].astype(float)
        middle = np.median(take[:, H36M17.index("pelvis")], 0) * [1, 0, 1]
        place = None if move == "through" else int(next(places))
        spot = np.array([0.0, 0, 0]) if place is None else np.array(
            [(place - (staying - 1) / 2) * _ROOM, 0, _ROWS[place % 2]]
        )  # fmt: skip
        lane = _PATHS[number % len(_PATHS)] if move == "through" else spot[2]
        outside = (distance - lane) * size[0] / 2 / lens.focal + 1.0  # a metre beyond what the picture shows there
        side = 1 if rng.random() < 0.5 else -1
        if move == "through":  # from left and right in turns: two on one way would hide each other all along
            side = last = -last if last else side
        way = _path(move, spot, np.array([side * outside, 0.0, lane]), frames)
        people[number] = take - middle + way[:, None]
    return Crowd(
        f"gathering_{len(moves)}", people, _outfits(len(moves), alike, rng), lens,
        _filmed(E, people, camera, fps, rng), fps, seed,
    )  # fmt: skip


def _ends(clips: Sequence[MotionClip], frames: int) -> Array:
    """(P, T, 7, 3) extremities of takes, NaN where they have none."""
    none = np.full((frames, len(EXTREMITIES), 3), np.nan)
    return np.stack([none if c.extremities is None else c.extremities[:frames].astype(float) for c in clips])


def _necks(people: Array) -> Array:
    """Takes that lost the head's markers have it in the trunk; it goes where heads are on the other rows."""
    thorax, head, nose, spine, left, right = (
        people[:, :, H36M17.index(joint)]
        for joint in ("thorax", "head", "nose", "spine", "left_shoulder", "right_shoulder")
    )
    up, aside = thorax - spine, left - right
    axes = np.stack([aside, up, np.cross(aside, up)], -2)
    axes = axes / np.linalg.norm(axes, axis=-1, keepdims=True)
    lost = np.linalg.norm(head - thorax, axis=-1) < _NECK
    if lost.any() and not lost.all():
        for joint, place in (("head", head), ("nose", nose)):
            usual = np.median(np.einsum("ptij,ptj->pti", axes, place - thorax)[~lost], 0)
            people[lost, H36M17.index(joint)] = thorax[lost] + np.einsum("i,nij->nj", usual, axes[lost])
    return people


def _path(move: str, spot: Array, away: Array, frames: int) -> Array:
    """(T, 3) metres of where a dancer's place is: ``spot`` in the picture, ``away`` beside it."""
    share = np.linspace(0, 1, frames)[:, None]
    if move == "through":
        return np.asarray(away + share * (away * [-2, 0, 0]))
    if move == "come":
        return np.asarray(away + np.clip((share - 0.1) / 0.5, 0, 1) * (spot - away))
    if move == "leave":
        return np.asarray(spot + np.clip((share - 0.4) / 0.5, 0, 1) * (away - spot))
    return np.broadcast_to(spot, (frames, 3))


def _lens(size: tuple[int, int]) -> Camera:
    camera = Camera.from_field_of_view(ASSUMED_FIELD_OF_VIEW, size)
    return replace(camera, assumed=False)


def _outfits(count: int, alike: bool, rng: np.random.Generator) -> tuple[Outfit, ...]:
    made = [random_outfit(rng) for _ in range(count)]
    if alike:  # the first one's colours on everybody's build
        one = made[0]
        same = {name: getattr(one.look, name) for name in ("shirt", "trousers", "shoes", "skirt", "coat", "shorts")}
        made = [replace(one, look=replace(other.look, **same)) for other in made]
    return tuple(made)


def _aim(people: Array, camera: Camera, seed: int) -> Array:
    return place_camera(MotionClip(people.reshape(-1, *people.shape[2:]), 30.0, "all", "all"), camera, seed)  # type: ignore[arg-type]


def _standing(people: Array, camera: Camera, E: Array) -> Array:
    """(P, T, 17, 2) pixels before one standing camera."""
    return np.asarray(project(people @ E[:, :3].T + E[:, 3], camera.focal, np.array(camera.centre)))


def _busiest(xy: Array, frames: int) -> int:
    """First row of the stretch in which dancers change sides most often; of equals the one where they are nearest."""
    middle = xy[:, :, H36M17.index("pelvis"), 0]
    one, other = np.triu_indices(len(xy), 1)
    apart = middle[one] - middle[other]
    changes = np.pad((np.diff(np.sign(apart), axis=1) != 0).sum(0), (1, 0)).astype(float)
    near = np.exp(-np.abs(apart) / max(float(np.abs(apart).mean()), 1e-6)).mean(0) / apart.shape[1]
    worth = np.append(0, np.cumsum(changes + near))
    return int(np.argmax(worth[frames:] - worth[:-frames]))


def _filmed(E: Array, people: Array, camera: str, fps: float, rng: np.random.Generator) -> Array:
    """(T, 3, 4) of a camera that stands where ``E`` does."""
    if camera not in CAMERAS:
        raise ValueError(f"camera {camera!r} is not known; choose from {', '.join(CAMERAS)}")
    frames = people.shape[1]
    still = np.broadcast_to(E, (frames, 3, 4))
    if camera == "fixed" or not len(people):
        return still
    eye = -E[:, :3].T @ E[:, 3]
    ahead = E[2, :3] * ((people[:, :, H36M17.index("pelvis")] - eye) @ E[2, :3]).mean()
    middle = people[:, :, H36M17.index("pelvis")].mean(0)
    follow = gaussian_filter1d(middle - middle.mean(0), 0.7 * fps, axis=0, mode="nearest") * [1, 0, 1]
    shake = np.zeros((frames, 3))
    if camera == "handheld":  # about half a degree, over about a third of a second
        slow = gaussian_filter1d(rng.normal(size=(frames, 3)), fps / 3, axis=0, mode="nearest")
        shake = 0.008 * float(np.linalg.norm(ahead)) * slow / max(float(slow.std()), 1e-6)
    return np.stack([look_at(eye, eye + ahead + step) for step in 0.8 * follow + shake])
