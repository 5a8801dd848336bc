"""The computed labels against the classes in file names: raising and waving a hand, turning, walking, running.

A clip gets one class, or none, from the movements that the rules find in it, never from its name. Where a class is a
matter of degree that no label holds (how far an arm came up, how far a body turned in all), the signal behind those
labels is read. docs/movements-own.md explains every number and says how far the nearest clip is from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.signal import detrend

from dance3d.contracts import MotionClip
from dance3d.datasets.mocap import load_motion, motion_files
from dance3d.geometry.vectors import unit
from dance3d.movement_types import NAMES
from dance3d.stages.motion.rules import computed_labels
from dance3d.stages.motion.rules.signals import SIDES, Array, Flags, Signals
from dance3d.timeseries.segments import segments

CLASSES = (
    *(f"{act}_{side}" for act in ("raise", "wave") for side in ("left", "right", "both")),
    *(f"turn_{side}" for side in SIDES),
    *("walk", "run"),
)


class Cuts(NamedTuple):
    """From which numbers on a clip belongs to a class.

    Attributes:
        turn: degrees that a clip turns in all: the least that ``body.turn_left`` names.
        travel: share of a clip in which the body travels.
        lifted: height of a lifted hand over the shoulder, arm lengths: an arm that hangs has -1, one stretched up 1.
        changes: changes of direction of a waving hand: twice there and back; a raised one goes up and comes down, once.
    """

    turn: float = 45.0
    travel: float = 0.5
    lifted: float = -0.5
    changes: float = 4


TUNED = ("active", "elderly")
"""Styles of Bandai's clips on which cuts may be chosen, half of the clips of each class; the others are held out."""
_TRAVELS = tuple(f"body.travel_{way}" for way in ("forward", "back", "left", "right"))
_RAISES = ("arm.raise_forward", "arm.raise_side", "arm.raise_back")
_OPPOSED: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("arm.cross_body",), ("arm.open_out",)),
    (_RAISES, ("arm.lower",)),
    (("forearm.flex",), ("forearm.extend",)),
    (("forearm.rotate_in",), ("forearm.rotate_out",)),
)


class Facts(NamedTuple):
    """What a clip's class follows from.

    Attributes:
        turned: degrees to the left from its beginning to its end.
        travelled: share of frames with ``body.travel_*``.
        bounce: -1..1, whether the pelvis is high (1, as when running) or low (-1, walking) while the feet are apart.
        lifted: by side, the highest that the hand comes over the shoulder, arm lengths.
        changes: by side, how often the arm changes direction while the hand is up.
    """

    turned: float
    travelled: float
    bounce: float
    lifted: dict[str, float]
    changes: dict[str, int]


def bench(folder: Path) -> dict[str, float]:
    """Score the computed labels of a folder of motion against the names of its files.

    Args:
        folder: as ``datasets.mocap.load_motion`` reads it.

    Returns:
        ``names.<class>.precision``, ``.recall``, ``.f1`` and ``.clips`` of every class that a name says,
        ``names.macro_f1``, their mean, and ``names.other.clips``, whose names say none of them: they count as mistakes
        wherever they get a class. Empty if no name says any. ``names.held_out.…``: the same of those clips whose names
        have none of the styles ``TUNED``, with cuts that were chosen on the clips that do (``chosen``); left out
        where there are no such clips.

    Raises:
        ValueError: as ``load_motion``.
    """
    if not any(class_by_name(path.name) for path in motion_files(folder)):
        return {}
    seen = [(clip.name, class_by_name(clip.name), facts(clip)) for clip in load_motion(folder)]
    out = score((true, class_by_facts(found)) for _, true, found in seen)
    tuned = [(true, found) for name, true, found in seen if set(re.split(r"[^a-z]+", name.lower())) & set(TUNED)]
    held_out = [one[1:] for one in seen if one[1:] not in tuned]
    if not tuned or not held_out:
        return out
    cuts = chosen([(true, found) for true, found in tuned if found is not None and true])
    named = score((true, class_by_facts(found, cuts)) for true, found in held_out)
    return out | {key.replace("names.", "names.held_out.", 1): value for key, value in named.items()}


def chosen(clips: Sequence[tuple[str, Facts]]) -> Cuts:
    """Cuts in the middle between the nearest clips of neighbouring classes, as the fewest mistakes have it.

    Args:
        clips: class and facts of each.
    """
    turns = [(true.startswith("turn"), abs(found.turned)) for true, found in clips]
    travels = [(true in ("walk", "run"), found.travelled) for true, found in clips if not true.startswith("turn")]
    arms = [(true, side, found) for true, found in clips if true[:4] in ("rais", "wave") for side in SIDES]
    lifted = [(true.endswith((side, "both")), found.lifted[side]) for true, side, found in arms]
    changes = [
        (true.startswith("wave"), float(found.changes[side]))
        for true, side, found in arms
        if true.endswith((side, "both"))
    ]
    return Cuts(*(_middle(one, own) for one, own in zip((turns, travels, lifted, changes), Cuts(), strict=True)))


def _middle(values: Sequence[tuple[bool, float]], own: float) -> float:
    """The cut with the fewest mistakes, values of the class above it; of several the one with most room around it."""
    if len({of for of, _ in values}) < 2:
        return own
    numbers = sorted({value for _, value in values})
    cuts = [(a + b) / 2 for a, b in pairwise(numbers)]
    room = [b - a for a, b in pairwise(numbers)]
    wrong = [sum(of != (value >= cut) for of, value in values) for cut in cuts]
    return min(zip(wrong, [-one for one in room], cuts, strict=True))[2] if cuts else own


def score(pairs: Iterable[tuple[str, str]]) -> dict[str, float]:
    """Figures of (true, found) classes, empty where there is none; see ``bench``."""
    told = list(pairs)
    out: dict[str, float] = {}
    for name in (name for name in CLASSES if any(true == name for true, _ in told)):
        hit = sum(true == found == name for true, found in told)
        clips, claimed = (sum(pair[i] == name for pair in told) for i in (0, 1))
        out |= {
            f"names.{name}.precision": round(hit / max(claimed, 1), 4),
            f"names.{name}.recall": round(hit / clips, 4),
            f"names.{name}.f1": round(2 * hit / (clips + claimed), 4),
            f"names.{name}.clips": clips,
        }
    scores = [value for key, value in out.items() if key.endswith(".f1")]
    other = sum(not true for true, _ in told)
    return out | {"names.macro_f1": round(float(np.mean(scores)), 4) if scores else 0.0, "names.other.clips": other}


def class_by_name(name: str) -> str:
    """The class that a file's name says, such as ``raise_left`` of ``dataset-2_raise-up-left-hand_active_008``."""
    words = set(re.split(r"[^a-z]+", name.lower()))
    turns, acts = words & {"turn"}, words & {"raise", "wave"}
    if turns or acts:
        where = words & {"left", "right", "both"}
        found = f"{(turns or acts).pop()}_{where.pop()}" if len(where) == 1 and len(turns or acts) == 1 else ""
        return found if found in CLASSES else ""
    return next((name for name in ("walk", "run") if name in words), "")


def facts(clip: MotionClip) -> Facts | None:
    """What the class of a clip follows from; none if it is too short to move in (under 0.13 s)."""
    xyz = clip.xyz.astype(float)
    time = np.arange(len(xyz)) / clip.fps
    stretches, _ = computed_labels.sample(xyz - xyz[:, :1], time, np.array([0.0, 1.0, 0.0]), xyz[:, 0])
    if not stretches:
        return None
    s = stretches[0].signals
    on = dict(zip(NAMES, computed_labels.table(s).T, strict=True))
    ups = {side: (s.at(f"{side}_wrist") - s.at(f"{side}_shoulder"))[:, 1] / s.arm[side] for side in SIDES}
    return Facts(
        _turned(s),
        float(_any(on, _TRAVELS).mean()),
        _bounce(s),
        {side: float(up.max()) for side, up in ups.items()},
        {side: _changes(on, side[0], ups[side]) for side in SIDES},
    )


def class_by_facts(found: Facts | None, cuts: Cuts = Cuts()) -> str:  # noqa: B008
    """The class that facts add up to; empty if none."""
    if found is None:
        return ""
    if abs(found.turned) >= cuts.turn:
        return "turn_left" if found.turned > 0 else "turn_right"
    if found.travelled >= cuts.travel:
        return "run" if found.bounce > 0 else "walk"
    up = [side for side in SIDES if found.lifted[side] >= cuts.lifted]
    waving = [side for side in up if found.changes[side] >= cuts.changes]
    hands = waving or up
    return f"{'wave' if waving else 'raise'}_{'both' if len(hands) == 2 else hands[0]}" if hands else ""


def _any(on: Mapping[str, Flags], names: Iterable[str]) -> Flags:
    out: Flags = np.any([on[name] for name in names], axis=0)
    return out


def _turned(s: Signals) -> float:
    """Degrees to the left between the first and the last half second; both are medians, for bodies sway as they walk.

    ``body.turn_*`` name an unbroken turn, but in many a walker's way around a corner the hips swing back at each step.
    """
    facing = s.yaw(unit(s.bone("left_hip", "right_hip")) + unit(s.bone("left_shoulder", "right_shoulder")))
    half = min(15, (len(facing) + 1) // 2)
    return float(np.median(facing[-half:]) - np.median(facing[:half]))


def _bounce(s: Signals) -> float:
    """Correlation of the pelvis' height and the distance between the ankles.

    In walking the pelvis is lowest with both feet down, in running on one leg, and highest in flight, at any speed.

    Source: Cavagna, Thys & Zamboni 1976, The sources of external work in level walking and running, J Physiol 262.
    """
    height = s.at("pelvis")[:, 1]
    apart = np.linalg.norm((s.at("left_ankle") - s.at("right_ankle")) * [1.0, 0.0, 1.0], axis=-1)
    if np.ptp(height) < 1e-6 or np.ptp(apart) < 1e-6:
        return 0.0
    return float(np.corrcoef(detrend(height), detrend(apart))[0, 1])  # a floor may be captured as a slope


def _changes(on: Mapping[str, Flags], side: str, up: Array) -> int:
    """How often an arm goes the other way, of the way in which it does so most, while its hand is up.

    The hand is up from the first to the last time that it is above the middle between hanging and its highest.
    """
    high = np.flatnonzero(up > (up.max() - 1) / 2)
    lifted = slice(high[0], high[-1] + 1) if len(high) else slice(0)
    most = 0
    for there, back in _OPPOSED:
        ways = [_any(on, [f"{side}_{name}" for name in names])[lifted] for names in (there, back)]
        starts = sorted((start, way) for way, flags in enumerate(ways) for start in segments(flags)[:, 0].tolist())
        most = max(most, sum(a[1] != b[1] for a, b in pairwise(starts)))
    return most
