"""Real footage as moments of people, whatever it is laid out as, and folders of crops made of it.

Masks that come with a set are taken as they are. Where the person is found in the pictures, or the masks are files
that nobody vouches for, several people may be in one mask: then one of them is followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from dance3d.contracts.arrays import Image, Mask
from dance3d.contracts.footage import Moment
from dance3d.datasets.coco import annotation_file, coco_moments
from dance3d.datasets.crop_folder import CropWriter
from dance3d.datasets.human36m import human36m_moments, is_human36m
from dance3d.datasets.image_folder import image_moments, is_image_folder
from dance3d.datasets.mpi_inf_3dhp import is_mpi3dhp, mpi3dhp_moments
from dance3d.datasets.video_clips import multiview_moments, video_moments
from dance3d.io.images import VIDEOS, Masker, files
from dance3d.segmentation import foreground
from dance3d.segmentation.instances import one_of
from dance3d.segmentation.multiview_refinement import improved
from dance3d.segmentation.visual_hull import Hull, agreeing

FULL = 0.95
"""Share of a picture beyond which a mask tells nothing of a person."""
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Kind:
    """A way in which footage is laid out.

    Attributes:
        layout: what it looks like, in words.
        fits: whether a path is laid out so.
        load: path, masker or none for the masks that come with it, every so many frames and split, to moments.
        masked: masks come with it.
        vouched: its masks are of one person each.
    """

    layout: str
    fits: Callable[[Path], bool]
    load: Callable[[Path, Masker | None, int, str | None], Iterator[Moment]]
    masked: bool = True
    vouched: bool = True


def _coco(source: Path, masker: Masker | None, every: int, split: str | None) -> Iterator[Moment]:
    if masker is not None:
        raise ValueError(f"{source}: the outlines of a COCO set tell who is who; no foreground is looked for")
    return coco_moments(source, every, split)


def _found(load: Callable[[Path, Masker, int, str | None], Iterator[Moment]]) -> Callable[..., Iterator[Moment]]:
    def with_masker(source: Path, masker: Masker | None, every: int, split: str | None) -> Iterator[Moment]:
        if masker is None:
            raise ValueError(f"{source} has no masks: a way to find the foreground is needed")
        return load(source, masker, every, split)

    return with_masker


KINDS: dict[str, Kind] = {
    "human36m": Kind("a folder with S1/Videos/*.mp4 and metadata.xml", is_human36m, human36m_moments),
    "mpi3dhp": Kind("a folder with S1/Seq1/imageSequence/*.avi", is_mpi3dhp, mpi3dhp_moments),
    "multiview": Kind(
        "a folder with calibration/*.qca.txt and videos",
        lambda path: bool(list(path.glob("calibration/*.qca.txt"))),
        _found(multiview_moments),
        masked=False,
    ),
    "coco": Kind("a JSON of outlined people, or its folder", lambda path: annotation_file(path) is not None, _coco),
    "images": Kind(
        "a folder with rgb and mask, images with *_mask.png, or images", is_image_folder, image_moments, vouched=False
    ),
    "video": Kind(
        "a video, or a folder of videos",
        lambda path: bool(files(path, VIDEOS)) if path.is_dir() else path.suffix.lower() in VIDEOS,
        _found(video_moments),
        masked=False,
    ),
}  # in the order in which they are tried


@dataclass
class FootageCounts:
    """What became of the views of some footage."""

    moments: int = 0
    views: int = 0
    empty: int = 0
    full: int = 0
    shared: int = 0
    unseen: int = 0
    apart: int = 0

    def lines(self) -> list[str]:
        """What a user should know, one fact a line."""
        said = [f"{self.moments} moments, {self.views} views"]
        said += [f"left out: {self.empty} views with an empty mask"] * (self.empty > 0)
        said += [f"left out: {self.full} views with a mask of more than {FULL:.0%} of the picture"] * (self.full > 0)
        said += [f"left out: {self.apart} views whose mask is not where the others see the person"] * (self.apart > 0)
        said += [f"left out: {self.unseen} moments that no view is left of"] * (self.unseen > 0)
        said += [f"several people in the mask of {self.shared} views: one of them followed"] * (self.shared > 0)
        return said


def recognise(source: Path) -> str:
    """The kind of some footage by its layout.

    Raises:
        ValueError: no such path, or of no kind.
    """
    if not source.exists():
        raise ValueError(f"{source}: no such file or folder")
    for name, kind in KINDS.items():
        if kind.fits(source):
            return name
    raise ValueError(f"{source} is of no known kind; expected {_kinds()}")


def _kinds() -> str:
    return "; ".join(f"{name}: {kind.layout}" for name, kind in KINDS.items())


def moments(
    source: Path,
    kind: str = "auto",
    foreground: str = "auto",
    every: int = 1,
    split: str | None = None,
    tally: FootageCounts | None = None,
    standing: bool = False,
) -> Iterator[Moment]:
    """People in some footage, moment by moment, in bounded memory; masks as they come or are found, one person in each.

    Args:
        source: file or folder.
        kind: a name of ``KINDS``, or ``auto`` to go by the layout.
        foreground: a method of ``dance3d.segmentation``; ``auto`` takes the masks that come with the footage, if any.
        every: takes every so many-th frame.
        split: ``train``, ``val`` or ``test`` for all; if none is given, the set's own rule, and ``train`` without one.
        tally: counts what was left out, and why.
        standing: three cameras or more stand still and see one person: masks are made better by ``standing.improved``,
            with a clip's pictures in memory.

    Raises:
        ValueError: a kind, split or number that is none, footage of no kind, or what its loader refuses.
    """
    if kind not in ("auto", *KINDS):
        raise ValueError(f"kind {kind!r} is not known; choose from auto, {', '.join(KINDS)}")
    if every < 1:
        raise ValueError(f"every {every}-th frame cannot be taken; expected 1 or more")
    if split not in (None, *SPLITS):
        raise ValueError(f"split {split!r} is not known; choose from {', '.join(SPLITS)}")
    found = KINDS[recognise(source) if kind == "auto" else kind]
    masker = None if found.masked and foreground == "auto" else _masker(foreground)
    loaded = found.load(source, masker, every, split)
    if standing:
        clips = groupby(loaded, lambda moment: moment.name)
        return single((moment for _, clip in clips for moment in improved(clip)), tally or FootageCounts(), True)
    return single(loaded, tally or FootageCounts(), found.vouched and masker is None)


def _masker(method: str) -> Masker:
    def masks(pictures: Iterable[Image]) -> Iterator[Mask]:
        return foreground(method).masks(pictures)  # a new one for every clip: some learn what the background is

    return masks


def single(found: Iterable[Moment], tally: FootageCounts, vouched: bool = False) -> Iterator[Moment]:
    """Moments whose masks are of one person, and of something: other views are left out and counted.

    In a mask of several pieces of comparable size, the piece that overlaps most with the person of the same view one
    moment before is followed, and the largest at first or where none does. Where three cameras or more look on, only
    what all masks but one agree on is believed.

    Args:
        found: moments, in order of time.
        tally: counts.
        vouched: the masks are of one person each, whatever their pieces.
    """
    before: dict[tuple[str, int], Mask] = {}
    hull: tuple[str, Hull] | None = None
    for moment in found:
        kept: list[int] = []
        masks = list(moment.masks)
        if not vouched and len(masks) > 2:
            if hull is None or hull[0] != moment.name:
                hull = moment.name, Hull(moment.lenses, [(mask.shape[0], mask.shape[1]) for mask in masks])
            outlines = hull[1].silhouettes(masks)
            masks = [agreeing(mask, outline) for mask, outline in zip(masks, outlines, strict=True)]
        for view, mask in enumerate(masks):
            if not mask.any():
                tally.empty += not moment.masks[view].any()
                tally.apart += bool(moment.masks[view].any())
                continue
            if mask.mean() > FULL:
                tally.full += 1
                continue
            if not vouched:
                masks[view], others = one_of(mask, before.get((moment.name, view)))
                before = {key: old for key, old in before.items() if key[0] == moment.name}
                before[moment.name, view] = masks[view]
                tally.shared += others
            kept.append(view)
        if not kept:
            tally.unseen += 1
            continue
        tally.moments, tally.views = tally.moments + 1, tally.views + len(kept)
        yield moment.seen_by(kept, masks)


def write_crops(
    source: Path,
    folder: Path,
    kind: str = "auto",
    foreground: str = "auto",
    size: int = 64,
    every: int = 1,
    split: str | None = None,
    standing: bool = False,
) -> FootageCounts:
    """Write the people of some footage, as ``moments`` finds them, as a folder of crops of ``size`` pixels.

    Raises:
        ValueError: as ``moments`` does, a size out of range, or nobody to cut out.
    """
    if not 16 <= size <= 1024:
        raise ValueError(f"crops of {size} pixels cannot be made; expected 16 to 1024")
    tally = FootageCounts()
    found = moments(source, kind, foreground, every, split, tally, standing)
    with CropWriter(folder, size) as writer:
        for moment in found:
            writer.add(moment)
        if not tally.moments:
            raise ValueError(f"{source}: nobody to cut out ({'; '.join(tally.lines()[1:]) or 'no picture'})")
    return tally
