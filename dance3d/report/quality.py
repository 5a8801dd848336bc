"""How far a result can be trusted, in words for dancers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dance3d.contracts import Clip, Dancer, Keypoints2D, Pose3D
from dance3d.geometry.still_camera import known
from dance3d.report.plausibility import FLOATING, SUNK, plausibility
from dance3d.skeleton import SKELETONS

Level = Literal["good", "fair", "poor", "note"]
MOST_CUTS = 6  # that a note lists, chosen
_WORST_FIRST = ("poor", "fair", "good")


@dataclass(frozen=True)
class Note:
    """One line: how good, a short title, and what it means."""

    level: Level
    title: str
    text: str


def _level(value: float, good: float, fair: float) -> Level:
    """Good and fair are lower limits."""
    return "good" if value >= good else "fair" if value >= fair else "poor"


def clip_notes(clip: Clip) -> list[Note]:
    """What decoding the video found."""
    frames = len(clip.time)
    missing = max((clip.expected or frames) - frames, 0)
    read = f"{frames:,} frames were read" + (
        f", {missing:,} fewer than the file promises." if missing else ", all there."
    )
    notes = [Note(_level(1 - missing / max(frames + missing, 1), 0.999, 0.9), "Video", read)]
    if clip.expected is None:
        notes[0] = Note("note", "Video", f"{frames:,} frames were read; the file does not say how many it should have.")
    if clip.gaps:
        where = ", ".join(f"{start:.1f} to {stop:.1f} s" for start, stop in clip.gaps[:6])
        more = f" and {len(clip.gaps) - 6} more" if len(clip.gaps) > 6 else ""
        notes.append(Note("poor", "Gaps", f"Pictures are missing at {where}{more}; movement jumps there."))
    if len(clip.shots) > 1:
        cuts = [f"{clip.time[row]:.1f}" for row in clip.shots[1:]]
        where = ", ".join(cuts[:MOST_CUTS]) + (
            f" s and {len(cuts) - MOST_CUTS} more" if len(cuts) > MOST_CUTS else " s"
        )
        text = (
            f"{len(clip.shots)} shots, with cuts at {where}; each is read by itself, and who is who is told by colours."
        )
        notes.append(Note("note", "Shots", text))
    if clip.errors:
        notes.append(Note("fair", "Damage", f"{clip.errors} damaged parts of the file were passed over."))
    if clip.rotation:
        notes.append(Note("note", "Turned", f"The stored pictures were turned by {clip.rotation}° to stand upright."))
    return notes


def dancer_notes(dancer: Dancer, frames: int) -> list[Note]:
    """How well one dancer was seen and lifted into space.

    Args:
        dancer: all artefacts.
        frames: of the clip.
    """
    track, pose = dancer.keypoints, dancer.pose
    present = np.isfinite(track.xy).all(-1)
    seen = float(track.measured.any(1).sum() / frames)
    share = float(track.measured[present].mean()) if present.any() else 0.0
    nothing = ~np.any(track.measured, axis=1)
    filled = int((np.any(present, axis=1) & nothing).sum())
    notes = [
        Note(
            _level(seen, 0.95, 0.7),
            "In sight",
            f"Seen in {seen:.0%} of the frames"
            + (f"; {filled:,} were filled in from their neighbours." if filled else "."),
        ),
        Note(_level(share, 0.9, 0.7), "Joints", f"{share:.0%} of the joints were seen, the rest {_rest(track)}."),
    ]
    weak = _weakest(dancer)
    if weak:
        notes.append(Note("note", "Least certain", f"{weak}: often hidden, so read their movements with care."))
    error = pose.error[np.isfinite(pose.error)]
    if len(error):
        relative = float(np.median(error)) / max(_height(dancer), 1.0)
        text = f"The 3D body meets the picture within {np.median(error):.1f} pixels ({relative:.1%} of body height)."
        notes.append(Note(_level(-relative, -0.03, -0.06), "Fit", text))
    notes += _certainty(pose) + _motion_notes(pose)
    metric = pose.scale == "metric"
    size = (
        "Sizes are true metres."
        if metric
        else "Sizes are those of an average body: directions and angles hold, metres do not."
    )
    notes.append(Note("good" if metric else "note", "Scale", size))
    if pose.camera is None or pose.camera.assumed:
        notes.append(Note("note", "Camera", "The lens is assumed, so distances from the camera are approximate."))
    unknown = float((~known(pose.still, pose.frames)).mean())
    if unknown:
        text = f"How the camera moves is not known in {unknown:.0%} of the frames: there, nobody can know about steps, "
        notes.append(Note("fair", "Through the room", text + "travel, jumps, hops, rising and sinking: none is named."))
    if pose.up is None:
        notes.append(
            Note("note", "Level", "Which way is up is taken from the picture; a tilted camera tilts the floor.")
        )
    elif pose.up_doubt:
        text = f"The floor was found from how the dancer stands; it should be level to within {pose.up_doubt:.0f}°."
        notes.append(Note(_level(-pose.up_doubt, -6, -12), "Level", text))
    return notes


def _rest(track: Keypoints2D) -> str:
    """What became of the joints that were not seen, in words."""
    guessed = np.isfinite(track.xy).all(-1) & ~track.measured
    outside = guessed & ((track.xy < 0) | (track.xy > np.array(track.size))).any(-1)
    share = float(outside.sum() / max(np.isfinite(track.xy).all(-1).sum(), 1))
    return f"interpolated or guessed; {share:.0%} lay outside of the picture" if share >= 0.01 else "interpolated"


def _certainty(pose: Pose3D) -> list[Note]:
    """How far the joints may be off in space, by their error bars."""
    if pose.doubt is None or not np.isfinite(pose.doubt).any():
        return []
    middle = 100 * np.nanmedian(pose.doubt, axis=0)
    least = SKELETONS[pose.skeleton].joints[int(np.nanargmax(middle))].replace("_", " ")
    half = float(np.median(middle))
    text = (
        f"Two of three joints are within {half:.0f} cm of the truth, but for the body's size; the least certain is the "
        f"{least}, within {np.nanmax(middle):.0f} cm."
    )
    return [Note(_level(-half, -12, -20), "Certainty", text)]


def _motion_notes(pose: Pose3D) -> list[Note]:
    """Whether the motion in space is one that a person can make."""
    if not np.isfinite(pose.xyz).any():
        return [Note("poor", "Body", "No 3D body could be made from this track.")]
    found = plausibility(pose)
    if not np.isfinite(found.speed):
        return []
    pace = f"up to {found.speed:.1f} m/s, with accelerations up to {found.acceleration:.0f} m/s²"
    level = min(_level(-found.speed, -6, -9), _level(-found.acceleration, -25, -50), key=_WORST_FIRST.index)
    text = f"The body travels {pace}."
    if level != "good":
        text = (
            f"The body travels {pace} (at {found.fastest:.1f} s), more than people do: the camera may have moved or "
            "zoomed, or another's body was taken for this one."
        )
    notes = [Note(level, "Motion", text)]
    floating, sunk = _level(-found.floating, -0.02, -0.1), _level(-found.sunk, -0.02, -0.1)
    level = min(floating, sunk, key=_WORST_FIRST.index)
    text = "Something of the body rests on the floor, or is about to."
    if level != "good":
        text = (
            f"In {found.floating:.0%} of the frames nothing is within {100 * FLOATING:.0f} cm of the floor for longer "
            f"than a jump lasts; in {found.sunk:.0%} a part of the body is more than {100 * SUNK:.0f} cm below it. The "
            "floor may not be level, or the path towards the camera is wrong."
        )
    return [*notes, Note(level, "Floor", text)]


def _weakest(dancer: Dancer) -> str:
    """The joints measured in less than 60 % of the frames that show the dancer, in words."""
    track = dancer.keypoints
    here = track.measured.any(1)
    if not here.any():
        return ""
    share = track.measured[here].mean(0)
    names = [n.replace("_", " ") for n, s in zip(SKELETONS[track.skeleton].joints, share, strict=True) if s < 0.6]
    return ", ".join(names[:5]).capitalize() + (" and others" if len(names) > 5 else "")


def _height(dancer: Dancer) -> float:
    """Typical height of the dancer in the picture, pixels."""
    y = dancer.keypoints.xy[..., 1]
    known = np.isfinite(y).any(1)
    return float(np.median(np.nanmax(y[known], 1) - np.nanmin(y[known], 1))) if known.any() else 0.0
