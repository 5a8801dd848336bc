"""Which takes train, validate and test.

A data set says it in a ``splits.yaml`` beside its files. Takes held out of the shipped weights, but for genre's,
are known by their content (``cmu.yaml``). Of all others, one group in seven is for validation.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

from dance3d.contracts import MotionClip
from dance3d.io.amc import skeleton_of
from dance3d.io.asf import read_asf
from dance3d.io.gzip_files import unpacked
from dance3d.io.motion_files.from_asf_amc import CMU_LENGTH
from dance3d.io.yaml_files import read_yaml

log = logging.getLogger(__name__)

SPLITS = ("train", "val", "test")
INDEX = "splits.yaml"
"""Beside or above the files of a data set: names or globs of its takes by split."""
ABOVE = 2
"""Chosen: folders above the source in which its index may lie."""
VAL_EVERY = 7
"""Chosen: one group of so many is for validation."""
_KNOWN = Path(__file__).parent / "cmu.yaml"


class Index(NamedTuple):
    """The content of a ``splits.yaml``.

    Attributes:
        path: the file.
        names: (split, name or glob) of its entries.
    """

    path: Path
    names: tuple[tuple[str, str], ...]

    def split(self, take: str) -> str:
        """The split of a take; empty if the file does not name it.

        Raises:
            ValueError: the file puts it in two splits.
        """
        found = sorted({split for split, name in self.names if fnmatchcase(take, name)})
        if len(found) > 1:
            raise ValueError(f"{self.path} puts the take {take!r} in {' and in '.join(found)}; name it once")
        return found[0] if found else ""


def index_of(path: Path, source: Path) -> Path | None:
    """The ``splits.yaml`` that a file of motion belongs to: the nearest one beside or above it.

    Args:
        path: of the file.
        source: from which it is read: the search ends ``ABOVE`` folders above it, as what lies higher is not the user's
            word on this data.

    Raises:
        ValueError: a ``splits.yml``, which would be passed over.
    """
    top = _absolute(source if source.is_dir() else source.parent)
    last = [top, *top.parents][: ABOVE + 1][-1]
    for folder in _absolute(path).parents:
        if not folder.is_relative_to(last):
            break
        if (folder / INDEX).is_file():
            return folder / INDEX
        if (other := folder / "splits.yml").is_file():
            raise ValueError(f"{other} is not read under this name; call it {INDEX}")
    return None


def read_index(path: Path) -> Index:
    """Read a ``splits.yaml``.

    Raises:
        ValueError: it cannot be read, or has other content than names of takes by split.
    """
    found = _texts(path)
    if unknown := sorted(set(found) - set(SPLITS)):
        raise ValueError(f"{path}: {', '.join(unknown)} are not known; choose from {', '.join(SPLITS)}")
    names = []
    for split, value in found.items():
        some = [value] if isinstance(value, str) else value
        if not isinstance(some, list) or not all(isinstance(name, str) for name in some):
            raise ValueError(f"{path}: {split} is {value!r}, expected names or globs of takes")
        names += [(split, name) for name in some if name]
    return Index(path, tuple(names))


def with_splits(
    folder: Path, read: Sequence[tuple[Path, MotionClip]], left_out: Sequence[Path] = ()
) -> list[MotionClip]:
    """Takes with the split of their data set; empty where it names none.

    Args:
        folder: from which they were read.
        read: every take with its file.
        left_out: files that could not be read, whose takes an index may name.

    Raises:
        ValueError: an index cannot be read or names a missing take, or a group is in two splits.
    """
    indices = {at: read_index(at) for path, _ in read if (at := index_of(path, folder))}
    out = []
    for path, clip in read:
        at = index_of(path, folder)
        named, known = indices[at].split(clip.name) if at else "", known_split(path)
        if named and known and named != known:
            log.warning("%s puts %s in %s; the shipped weights keep it for %s", at, clip.name, named, known)
        out.append(replace(clip, split=named or known or clip.split))
    for at, index in indices.items():
        if at.is_relative_to(_absolute(folder)):  # an index above the folder also names other takes
            names = [(path, clip.name) for path, clip in read] + [(path, path.name.split(".")[0]) for path in left_out]
            _check_names(index, [name for path, name in names if _absolute(path).is_relative_to(at.parent)])
    return _group_splits(out, folder)


def known_split(path: Path) -> str:
    """The split of a motion file by its content, as used for the shipped weights, or empty.

    An AMC file is also known by the skeleton that it moves and, where no bytes of CMU's take are known, by its name.

    Raises:
        ValueError: the file, or its skeleton, is missing or cannot be read.
    """
    form = path.name.lower().removesuffix(".gz")[-4:]
    if form not in (".bvh", ".amc"):
        return ""
    signs = [_digest(path)]
    if form == ".amc":
        skeleton = skeleton_of(path)
        signs.append(_digest(skeleton))
        if path.name.split(".")[0] in _known() and read_asf(skeleton).length == CMU_LENGTH:
            signs.append(path.name.split(".")[0])
    return next((_known()[sign] for sign in signs if sign in _known()), "")


def _digest(path: Path) -> str:
    return hashlib.sha256(unpacked(path).replace(b"\r\n", b"\n")).hexdigest()


def assign_splits(takes: Sequence[MotionClip]) -> dict[str, str]:
    """Split of each take by name: that of its data set; of the rest every seventh group of a genre is for validation.

    If that leaves none, the last group is, unless it is the only one. If the data set names takes for validation, the
    rest is for training.
    """
    split = {take.name: take.split or "train" for take in takes}
    if "val" in split.values():
        return split
    free = [take for take in takes if not take.split]
    groups = {genre: sorted({t.group for t in free if t.genre == genre}) for genre in {t.genre for t in free}}
    val = {group for names in groups.values() for group in names[VAL_EVERY // 2 :: VAL_EVERY]} or last_group(takes)
    return split | {take.name: "val" for take in free if take.group in val}


def last_group(takes: Sequence[MotionClip]) -> set[str]:
    """The last group without a named take, if others are left for training."""
    groups = {take.group for take in takes if take.split != "test"}
    free = [take.group for take in takes if not take.split]
    return {free[-1]} if free and len(groups) > 1 else set()


def require_train_and_val(split: Mapping[str, str], source: object) -> Mapping[str, str]:
    """Check that a split has takes for training and for validation.

    Raises:
        ValueError: it has none of one of them.
    """
    names = [[name for name, side in split.items() if side == one] for one in SPLITS]
    for name, does, some in zip(SPLITS, ("train", "validate"), names, strict=False):
        if not some:
            raise ValueError(
                f"{source} has no take to {does} on: {counts_in_words(names)}; "
                f"add takes of another group, or name some under {name} in {INDEX}"
            )
    return split


def counts_in_words(names: Sequence[Collection[object]]) -> str:
    """Counts in words of the takes for training, validation and test, in this order."""
    train, val, test = (len(some) for some in names)
    return f"{train} train, {val} validate, {test} test"


def _group_splits(clips: Sequence[MotionClip], folder: Path) -> list[MotionClip]:
    """Takes with the split of their group, if it has one."""
    named: dict[str, MotionClip] = {}
    for clip in clips:
        other = named.setdefault(clip.group, clip) if clip.split else clip
        if other.split != clip.split:
            raise ValueError(
                f"{folder}: {other.name!r} is put in {other.split}, {clip.name!r} in {clip.split}, "
                f"and both are of the group {clip.group!r}, which no split may part"
            )
    return [replace(clip, split=named[clip.group].split if clip.group in named else "") for clip in clips]


def _check_names(index: Index, takes: Sequence[str]) -> None:
    for split, name in index.names:
        if not any(fnmatchcase(take, name) for take in takes):
            known = ", ".join(sorted(takes)[:20])
            raise ValueError(f"{index.path}: {split} names {name!r}, and no take is called so; there are {known}")


def _absolute(path: Path) -> Path:
    """The path without ``..``; links are not resolved."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def _texts(path: Path) -> dict[str, object]:
    found = read_yaml(path, texts=True)
    if not isinstance(found, dict):
        raise ValueError(f"{path} holds {type(found).__name__}, expected train, val or test with names of takes")
    return {str(key): value for key, value in found.items()}


@cache
def _known() -> dict[str, str]:
    """Split by digest, or by name."""
    found = read_yaml(_KNOWN, texts=True)
    takes = [(split, name, sign) for split, signs in found.items() for name, sign in signs.items()]
    return {name if sign == "by name" else sign: split for split, name, sign in takes}
