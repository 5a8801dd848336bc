"""Cuts and dissolves against the truth, in films that are joined in memory from pieces of clips.

A join is made of decoded pictures of real clips and of rendered ones: shots with a moving, panning or zooming picture,
with flashes, strobe light, and a body that passes close to the lens; and between them cuts, dissolves and fades through
black. What is found is found from the same small pictures as in the stage. The constants of the stage were chosen on
joins of other seeds, of the four-camera clip, other rendered scenes and photographs that were moved over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.io.video.pictures import ArrayPicture
from dance3d.io.video.reader import Limits, VideoReader
from dance3d.stages.keypoints.shots import find_shots
from dance3d.stages.keypoints.small_pictures import small_picture
from dance3d.synth.crowd import gathering, pictures

Pictures = NDArray[np.uint8]
SEED, JOINS = 1, 60
SIZE = (256, 144)  # (width, height) of the pictures that are joined
FPS = 30.0
MOST_FRAMES = 150  # of a clip that is used
RENDERED = 3  # scenes
SECONDS = (1.0, 3.0)  # of a shot
DISSOLVE = (0.3, 1.2)  # seconds, at most a third of either shot
TOLERANCE = 0.1  # seconds, besides half a dissolve's length
SHOTS = (1, 2, 2, 3, 3, 4, 5)  # in a join, each as likely
JOINED = ("cut", "cut", "cut", "dissolve", "dissolve", "fade")
MOVES = ("still", "still", "pan", "fast pan", "zoom", "shaken")
EVENTS = ("", "", "flash", "strobe", "passing")


@dataclass(frozen=True)
class Join:
    """A film of several shots.

    Attributes:
        small: its small pictures.
        cuts: (first, last) frame of each transition; the same twice for a hard cut's first new frame.
        kinds: of each transition.
    """

    small: Pictures
    cuts: tuple[tuple[int, int], ...]
    kinds: tuple[str, ...]


def shots(folder: Path) -> Iterator[dict[str, float]]:
    """Figures of shots.

    Args:
        folder: of clips.

    Yields:
        ``shots.precision`` and ``shots.recall`` of all transitions, ``shots.recall.cut``, ``.dissolve`` and ``.fade``,
        and how many there are: ``shots.clips`` and ``shots.true``.
    """
    paths = sorted(path for path in (*folder.glob("*.mp4"), *folder.glob("aist/cd2.mp4")))
    sources = {path.stem: decoded(path) for path in paths} | rendered(range(RENDERED))
    yield {f"shots.{name}": value for name, value in score(joins(sources, SEED, JOINS)).items()}


def decoded(path: Path) -> Pictures:
    """The middle of a clip's pictures, as wide and high as ``SIZE``."""
    found = []
    with VideoReader(path, Limits()) as reader:
        for frame in reader:
            found.append(_fitted(frame.picture.rgb()))
            if len(found) == MOST_FRAMES:
                break
    return np.stack(found)


def rendered(seeds: Sequence[int]) -> dict[str, Pictures]:
    """Films of invented dancers, by name."""
    moves = (("stay", "through"), ("stay",), ("stay", "stay", "leave"))
    cameras = ("fixed", "pan", "handheld")
    return {
        f"rendered {seed}": np.stack(
            [p for p, _ in pictures(gathering(moves[seed % 3], 2.0, seed, SIZE, cameras[seed % 3]))]
        )
        for seed in seeds
    }


def joins(sources: Mapping[str, Pictures], seed: int, count: int) -> Iterator[Join]:
    """Films joined from sources, the same each time.

    Args:
        sources: (T, H, W, 3) pictures of each scene.
        seed: of all choices.
        count: how many.
    """
    for number in range(count):
        yield _join(sources, np.random.default_rng([seed, number]))


def score(made: Iterator[Join]) -> dict[str, float]:
    """How many transitions are found, and how many of those found are some."""
    hits: dict[str, list[bool]] = {}
    clips = false = 0
    for join in made:
        clips += 1
        found = list(find_shots(join.small, np.arange(len(join.small)) / FPS))[1:]
        for (first, last), kind in zip(join.cuts, join.kinds, strict=True):
            room = TOLERANCE * FPS
            near = [frame for frame in found if first - room <= frame <= last + room]
            hits.setdefault(kind, []).append(bool(near))
            if near:
                found.remove(near[0])
        false += len(found)
    every = [hit for kind in hits.values() for hit in kind]
    recalls = {f"recall.{kind}": float(np.mean(found)) for kind, found in sorted(hits.items())}
    precision = sum(every) / max(sum(every) + false, 1)
    return {"precision": precision, "recall": float(np.mean(every)), **recalls, "clips": clips, "true": len(every)}


def _fitted(image: Pictures) -> Pictures:
    """The middle of a picture, as wide and high as ``SIZE``."""
    height, width, _ = image.shape
    wide, high = min(width, height * SIZE[0] // SIZE[1]), min(height, width * SIZE[1] // SIZE[0])
    left, top = (width - wide) // 2, (height - high) // 2
    return np.asarray(cv2.resize(image[top : top + high, left : left + wide], SIZE, interpolation=cv2.INTER_AREA))


def _join(sources: Mapping[str, Pictures], rng: np.random.Generator) -> Join:
    names = sorted(sources)
    film, cuts, kinds, before, own = np.empty((0, *SIZE[::-1], 3), np.float32), [], [], "", 0
    for number in range(int(rng.choice(SHOTS))):
        before = str(rng.choice([name for name in names if name != before]))
        shot = _shot(sources[before], rng)
        if number:
            kind = str(rng.choice(JOINED))
            frames = 0 if kind == "cut" else min(round(rng.uniform(*DISSOLVE) * FPS), len(shot) // 3, own // 3)
            film, first, last = _joined(film, shot, kind, frames)
            cuts.append((first, last))
            kinds.append(kind)
        else:
            film = shot
        own = len(shot)
    small = np.stack([small_picture(ArrayPicture(np.clip(p, 0, 255).astype(np.uint8))) for p in film])
    return Join(small, tuple(cuts), tuple(kinds))


def _joined(
    film: NDArray[np.float32], shot: NDArray[np.float32], kind: str, frames: int
) -> tuple[NDArray[np.float32], int, int]:
    """Two films as one, and the frames of the transition.

    Args:
        film: the first.
        shot: the second.
        kind: of the transition, one of ``JOINED``.
        frames: that show both.
    """
    if not frames:
        return np.concatenate([film, shot]), len(film), len(film)
    share = ((np.arange(frames, dtype=np.float32) + 1) / (frames + 1))[:, None, None, None]
    if kind == "dissolve":
        old, new = 1 - share, share
    else:
        old, new = np.maximum(1 - 2 * share, 0), np.maximum(2 * share - 1, 0)
    mixed = old * film[-frames:] + new * shot[:frames]
    return np.concatenate([film[:-frames], mixed, shot[frames:]]), len(film) - frames, len(film)


def _shot(source: Pictures, rng: np.random.Generator) -> NDArray[np.float32]:
    """A stretch of a scene, forth and back where it is short, seen by a camera that moves, with something happening."""
    frames = round(rng.uniform(*SECONDS) * FPS)
    order = np.concatenate([np.arange(len(source)), np.arange(len(source))[-2:0:-1]])
    rows = order[(int(rng.integers(len(order))) + np.arange(frames)) % len(order)]
    shot = np.stack([_seen(source[row], *place) for row, place in zip(rows, _places(frames, rng), strict=True)])
    _happening(shot, str(rng.choice(EVENTS)), rng)
    return shot


def _places(frames: int, rng: np.random.Generator) -> Iterator[tuple[float, float, float]]:
    """Left and top as shares of the room there is, and the share of the picture that is seen, frame by frame."""
    move = str(rng.choice(MOVES))
    time = np.arange(frames) / FPS
    share, left, top = np.full(frames, 0.6), np.full(frames, 0.5), np.full(frames, 0.5)
    if move == "still":
        share[:] = rng.uniform(0.7, 1)
    elif move == "zoom":
        share = 0.4 + 0.6 * np.abs((rng.uniform(0, 2) + rng.uniform(0.3, 1) * time) % 2 - 1)
    elif move == "shaken":
        left, top = rng.normal(0.5, 0.03, (2, frames))
    else:
        speed = rng.uniform(1, 4) if move == "fast pan" else rng.uniform(0.2, 1)  # of the room, per second
        left = np.abs((rng.uniform(0, 2) + speed * time) % 2 - 1)
    yield from zip(np.clip(left, 0, 1).tolist(), np.clip(top, 0, 1).tolist(), share.tolist(), strict=True)


def _seen(image: Pictures, left: float, top: float, share: float) -> NDArray[np.float32]:
    """A part of a picture in full size.

    Args:
        image: the picture.
        left: 0..1, of the room that there is.
        top: likewise.
        share: of the picture's sides.
    """
    width, height = SIZE
    matrix = np.array([[share, 0, left * (1 - share) * width], [0, share, top * (1 - share) * height]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, matrix, SIZE, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _happening(shot: NDArray[np.float32], event: str, rng: np.random.Generator) -> None:
    """What is no cut: flashes, strobe light, or a dark body that passes close to the lens; changes the shot.

    Args:
        shot: the pictures.
        event: one of ``EVENTS``.
        rng: of its time and strength.
    """
    frames = len(shot)
    if event == "flash":
        for at in rng.integers(1, frames - 1, 2):
            strength = rng.uniform(0.3, 1)
            for frame in range(at, min(at + int(rng.integers(1, 5)), frames)):
                shot[frame] += strength * (255 - shot[frame])
    elif event == "strobe":
        period = int(rng.integers(2, 7))
        shot[np.arange(frames) % period >= max(period // 2, 1)] *= rng.uniform(0.1, 0.5)
    elif event == "passing":
        grey, wide = rng.uniform(10, 90), rng.uniform(0.3, 0.7) * SIZE[0]
        took, start = rng.uniform(0.3, 0.9) * FPS, int(rng.integers(0, frames))
        across = np.arange(SIZE[0])
        for frame in range(start, min(start + round(took), frames)):
            middle = (frame - start) / took * (SIZE[0] + wide) - wide / 2
            covered = np.clip((wide / 2 - np.abs(across - middle)) / 10, 0, 1)[:, None]
            shot[frame] = shot[frame] * (1 - covered) + covered * grey
