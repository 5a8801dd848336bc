"""Takes in CMU's own form: a motion (AMC) and, beside it, the skeleton that it moves (ASF)."""

from __future__ import annotations

import re
from pathlib import Path

from dance3d.io.amc import read_amc, skeleton_of
from dance3d.io.asf import read_asf, transforms
from dance3d.io.bvh import Bvh
from dance3d.io.motion_files.from_bvh import MOST_PLACES, joints_of, with_extremities
from dance3d.io.motion_files.names import match_map, match_names
from dance3d.io.motion_files.take import UNITS, ReadOptions, Take

RATE = 120.0
"""Frames per second of nearly all takes of CMU; the format does not say it."""
CMU_LENGTH = 0.45
"""CMU's unit of length: an inch is so many of the file's; other files' units are found by the body's height."""
_COUPLE = re.compile(r"6[01]_(\d\d)")


def read(path: Path, ask: ReadOptions) -> list[Take]:
    """The one take of an AMC file.

    Raises:
        ValueError: the file, or its skeleton, is missing or cannot be read, or its joints are not known.
    """
    skeleton = skeleton_of(path)
    asf = read_asf(skeleton)
    rate = ask.rate or RATE
    step = ask.step(rate)
    values = read_amc(path, asf, slice(ask.skip, None, step), ask.strict)
    if len(values) * len(asf.names) > MOST_PLACES:
        raise ValueError(f"{path} has {len(values)} frames of {len(asf.names)} joints; cut it into shorter takes")
    match = match_names(asf.names, skeleton) if ask.map is None else match_map(ask.map, asf.names, skeleton)
    at, tree = transforms(asf, values), Bvh(asf.names, asf.parents, asf.offsets, asf.channels, step / rate, values)
    name, note = path.name.split(".")[0], f"joints named as by {match.naming}"
    unit = UNITS["cmu"] if asf.length == CMU_LENGTH else None
    take = Take(name, joints_of(tree, match, *at), round(rate / step, 2), note, unit, match.up, group=couple(name))
    return [with_extremities(take, tree, match, at, ask)]


def couple(name: str) -> str:
    """The group of a take of CMU's salsa dancers, subjects 60 and 61: the same number is the same dance; else empty."""
    found = _COUPLE.fullmatch(name)
    return f"salsa_{found[1]}" if found else ""
