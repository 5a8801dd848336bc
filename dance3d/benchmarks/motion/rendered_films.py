"""Takes rendered as films, of which the default detector reads the keypoints: what a user's video is like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from operator import add
from pathlib import Path
from typing import Any

import numpy as np

from dance3d.benchmarks.motion.words import true_words, words_of_film
from dance3d.contracts import Keypoints2D, MotionClip, Pose3D
from dance3d.io import artefacts
from dance3d.metrics.graded_words import event_counts, word_figures
from dance3d.movement_types import WORD_NAMES
from dance3d.pipeline.cache import default_cache
from dance3d.pipeline.cache_entry import key_of
from dance3d.pipeline.cache_key import components
from dance3d.stages.motion.rules.computed_labels import movements
from dance3d.synth.crowd import couple, film
from dance3d.synth.jumps import jumping

Predict = Callable[..., list[Any]]
SECONDS = 5.0
"""Of every take, at most."""
JUMP_SECONDS = 10.0
"""Of every invented dancer who jumps."""
SEED = 900
"""Of the first film: of the side from which it is seen, of clothes, room and light."""
JUMPERS = range(4)
"""Seeds of the invented dancers who jump."""
_JUMPS = [WORD_NAMES.index(name) for name in ("jump", "hop")]
_CODE = ("dance3d.synth.crowd", "dance3d.stages.keypoints.predict")


@dataclass(frozen=True, eq=False)
class ReadFilm:
    """A film that a detector read.

    Attributes:
        name, group: of the take.
        keypoints: of the dancer.
        truth: pose over all frames of the film, world axes.
    """

    name: str
    group: str
    keypoints: Keypoints2D
    truth: Pose3D


def read_films(clips: Sequence[MotionClip], predict: Predict, seconds: float = SECONDS) -> list[ReadFilm]:
    """Render takes and detect the dancer; films in which nobody is found are left out.

    What was read once is kept in the cache of the pipeline.

    Args:
        clips: takes of true motion.
        predict: runs a stage by name on inputs with settings.
        seconds: of every take, at most.
    """
    out = []
    for number, clip in enumerate(clips):
        part = clip.part(0, round(seconds * clip.fps))
        seen = _keypoints(part, SEED + number, predict)
        if seen is not None:
            out.append(ReadFilm(clip.name, clip.group, seen, true_pose(part)))
    return out


def bench_jumps(predict: Predict) -> dict[str, float]:
    """Jumps and hops of invented dancers, in films that the detector reads, as events.

    Args:
        predict: runs a stage by name on inputs with settings.

    Returns:
        ``jumps.jump.f1``, ``.precision``, ``.recall`` and ``.true``, likewise ``jumps.hop``, and ``jumps.both`` where
        either name will do; the same of the rules behind ``jumps.rules.``.
    """
    films = read_films([jumping(JUMP_SECONDS, seed)[0] for seed in JUMPERS], predict, JUMP_SECONDS)
    poses = predict("lift", {"keypoints": [one.keypoints for one in films]})
    out: dict[str, float] = {}
    for prefix, found in (("", predict("motion", {"lift": poses})), ("rules.", [movements(one) for one in poses])):
        for name, columns in (("jump", _JUMPS[:1]), ("hop", _JUMPS[1:]), ("both", _JUMPS)):
            counts = [
                event_counts(
                    np.asarray(words_of_film(seen, one.truth.frames)[:, columns].any(1, keepdims=True)),
                    true_words(one.truth)[:, columns].max(1, keepdims=True),
                    one.truth.time,
                    (name,),
                )
                for seen, one in zip(found, films, strict=True)
            ]
            figures = word_figures(reduce(add, counts))
            scores = {"f1": figures["micro_f1"], "precision": figures["precision"], "recall": figures["recall"]}
            scores["true"] = float(sum(one.true.sum() for one in counts))
            out |= {f"jumps.{prefix}{name}.{key}": value for key, value in scores.items()}
    return out


def true_pose(clip: MotionClip) -> Pose3D:
    """The pose of a take in the axes of its world."""
    xyz = clip.xyz
    time = np.arange(len(xyz)) / clip.fps
    up = np.array([0, 1, 0], np.float32)
    return Pose3D(
        xyz - xyz[:, :1], np.ones(len(xyz), bool), np.zeros(len(xyz), np.float32), time, root=xyz[:, 0], up=up
    )


def _keypoints(clip: MotionClip, seed: int, predict: Predict) -> Keypoints2D | None:
    taken = {"take": sha256(np.ascontiguousarray(clip.xyz).tobytes()).hexdigest()}
    made_of = components("rendered_film", _CODE, taken, {"seed": seed, "fps": clip.fps})
    cache = default_cache()
    entry = cache.find("rendered_film", key_of(made_of))
    if entry is None:
        entry = cache.publish("rendered_film", made_of, lambda folder: _read(clip, seed, predict, folder))
    path = entry.folder / "keypoints.npz"
    return artefacts.load(path, Keypoints2D) if path.exists() else None


def _read(clip: MotionClip, seed: int, predict: Predict, folder: Path) -> None:
    video, _ = film(couple([clip], seed), folder)
    tracks = [one for one in predict("keypoints", {"video": video}, {"people": 1}) if isinstance(one, Keypoints2D)]
    for path in list(folder.iterdir()):
        path.unlink()
    if tracks:
        artefacts.save(tracks[0], folder / "keypoints.npz")
    else:
        (folder / "nobody.txt").write_text("the detector found nobody\n")
