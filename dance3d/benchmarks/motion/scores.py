"""Figures of the shipped recognisers: movements read from estimated poses, against labels from the true ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dance3d.benchmarks.motion import against_file_names, on_beat, rhythm
from dance3d.benchmarks.motion.rendered_films import bench_jumps, read_films
from dance3d.benchmarks.motion.words import bench_words
from dance3d.contracts import Movements, Pose3D
from dance3d.datasets.mocap import bench_takes
from dance3d.metrics.events import Events, match_events, total_events
from dance3d.metrics.movement_counts import MovementCounts, f1_gain, mean_over_parts
from dance3d.metrics.movements import MovementF1
from dance3d.stages.motion.rules.computed_labels import movements
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, Filmed, film

NOISE_PX = 5.0  # pixels of noise on the keypoints
SHARES = (0.05, 0.1, 0.25, 0.5)
"""Of the pose's error, with which the rules are tried: what they need."""
Predict = Callable[..., list[Any]]
Figures = dict[str, float]


def bench(data: Path | None, predict: Predict) -> Iterator[Figures]:
    """Film takes with the protocol's cameras, lift them, and read movements.

    Args:
        data: folder of motion, of which every take is scored, and whose file names are held against the rules' labels
            where they say what happens (``named``); none for the takes held out for testing in the real data
            (``DANCE3D_DATA``, else beside the checkout).
        predict: runs a stage by name on inputs with settings, with its default weights.

    Yields:
        Figures as ``Scored.figures`` has them: of the recognisers on poses lifted from keypoints with 5 px of noise;
        behind ``rules.`` of the rules on those poses, ``exact.`` and ``exact.rules.`` of both on poses from keypoints
        without noise, ``true.`` of the recognisers on true poses. ``gain.…``: by how much recognisers beat the rules.
        ``share_<s>.…``: rules on poses with that share of the error. ``words.…``: words on the poses with 5 px of
        noise, ``words.detector.…``: on those of rendered films that the detector read; see ``bench_words``.
        ``names.…``, ``jumps.…``, ``rhythm.…``, ``on_beat.…``: see there.

    Raises:
        ValueError: no such folder, or nothing in it to score.
    """
    if data is not None and (found := against_file_names.bench(data)):
        yield found
    takes = bench_takes(data)
    filmed = film(takes, NOISE_PX)
    labels = [movements(one.truth) for one in filmed]
    poses = _lifted(filmed, predict)
    read = Scored.of(filmed, predict("motion", {"lift": poses}), labels)
    rules = Scored.of(filmed, [movements(pose) for pose in poses], labels)
    yield bench_words(poses, [one.truth for one in filmed], predict, "words.")
    if films := read_films(takes, predict):  # none where the detector finds nobody
        seen = predict("lift", {"keypoints": [one.keypoints for one in films]})
        yield bench_words(seen, [one.truth for one in films], predict, "words.detector.")
    yield read.figures() | rules.figures("rules.") | read.gain(rules, "gain.")
    exact = _lifted(film(takes, 0.0), predict)
    for prefix, some in (("exact.", predict("motion", {"lift": exact})), ("exact.rules.", map(movements, exact))):
        yield Scored.of(filmed, list(some), labels).figures(prefix)
    yield Scored.of(filmed, predict("motion", {"lift": [one.truth for one in filmed]}), labels).figures("true.")
    for share in SHARES:
        nearer = [_nearer(pose, one.truth, share) for pose, one in zip(poses, filmed, strict=True)]
        scored = Scored.of(filmed, [movements(pose) for pose in nearer], labels)
        yield {f"share_{share:g}.{name}": scored.figures()[name] for name in ("macro_f1", "micro_f1")}
    if data is None:
        yield bench_jumps(predict)
        yield rhythm.bench(predict)
        yield on_beat.bench(predict)


def _lifted(filmed: Sequence[Filmed], predict: Predict) -> list[Pose3D]:
    seen = {"keypoints": [one.keypoints for one in filmed]}
    return predict("lift", seen, {"field_of_view": PROTOCOL_CAMERA.field_of_view})


def _nearer(pose: Pose3D, true: Pose3D, share: float) -> Pose3D:
    """A pose with a share of its error."""
    if pose.root is None or true.root is None or pose.up is None or true.up is None:
        raise ValueError("the lifter gave a pose without root or gravity")
    up = true.up + share * (pose.up - true.up)
    return Pose3D(
        true.xyz + share * (pose.xyz - true.xyz),
        pose.measured,
        pose.error,
        pose.time,
        root=true.root + share * (pose.root - true.root),
        up=up / np.linalg.norm(up),
    )


@dataclass(frozen=True, eq=False)
class Scored:
    """Movements found on takes that several cameras filmed; cameras of a take, and partners, count as one draw.

    Attributes:
        frames: found and true frames, by group of takes.
        events: the same as events.
        score: probabilities of all of them.
    """

    frames: list[MovementCounts]
    events: list[Events]
    score: MovementF1

    @classmethod
    def of(cls, filmed: Sequence[Filmed], found: Sequence[Movements], labels: Sequence[Movements]) -> Scored:
        """Score movements against labels, row by row; where the dancer is missing, no movement counts as found.

        Args:
            filmed: takes seen by cameras.
            found: movements of each.
            labels: true movements of each.
        """
        groups: dict[str, tuple[list[MovementCounts], list[Events]]] = {}
        score = MovementF1()
        for one, seen, true in zip(filmed, found, labels, strict=True):
            tallies, events = groups.setdefault(one.group, ([], []))
            happens = true.made
            made = seen.made[:, : happens.shape[1]]
            tallies.append(MovementCounts.of_frames(made, happens))
            events.append(match_events(made, happens, true.time))
            prob = torch.from_numpy(np.nan_to_num(seen.prob)).clamp(1e-6, 1 - 1e-6)
            score.update(prob.logit(), torch.from_numpy(happens))
        tallied = [sum(tallies[1:], tallies[0]) for tallies, _ in groups.values()]
        return cls(tallied, [total_events(events) for _, events in groups.values()], score)

    def figures(self, prefix: str = "") -> Figures:
        """``macro_f1``, ``micro_f1``, ``precision``, ``recall``, the same by part, ``onset.…`` and ``overlap.…``.

        Also of the probabilities: ``map``, and ``ece_pooled``, ``ece_by_part`` and ``brier``, their calibration
        (``metrics.calibration.calibration_errors``).
        """
        total = sum(self.frames[1:], self.frames[0])
        average = float(mean_over_parts(self.score.average_precision().numpy(), self.score.names))
        out = total.figures() | total_events(self.events).figures() | {"map": average}
        out |= self.score.calibration_errors() | {"brier": self.score.reliability().brier}
        return {f"{prefix}{name}": round(float(value), 4) for name, value in out.items()}

    def gain(self, other: Scored, prefix: str) -> Figures:
        """By how much macro-F1 is above another's, with its 95% interval over groups of takes; none of one group."""
        if len(self.frames) < 2:
            return {}
        first, second = ([one.onsets for one in scored.events] for scored in (other, self))
        gains = {"frames": f1_gain(other.frames, self.frames), "onsets": f1_gain(first, second)}
        named_gains = {f"{prefix}{name}.{key}": v for name, gain in gains.items() for key, v in gain._asdict().items()}
        return {name: round(float(value), 4) for name, value in named_gains.items()}
