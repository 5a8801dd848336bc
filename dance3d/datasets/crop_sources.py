"""Real footage in any of several layouts as moments of people, and folders of crops made from it.

Masks of a data set are used as they are. Masks from a segmentation method or from unknown files may have several
people: then one of them is tracked.
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
from dance3d.masks.segmentation import foreground
from dance3d.masks.segmentation.instances import one_person
from dance3d.masks.segmentation.multiview_refinement import refine_masks
from dance3d.masks.segmentation.visual_hull import Hull, parts_in_hull

MOST_SHARE = 0.95
"""Chosen: a mask that covers more of the picture is no person."""
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class SourceKind:
    """A layout of footage.

    Attributes:
        layout: in words, for messages.
        fits: whether a path has this layout.
        load: moments, from path, masker (none: use its masks), every n-th frame, and split.
        masked: it has masks.
        one_person_masks: its masks are of one person each.
    """

    layout: str
    fits: Callable[[Path], bool]
    load: Callable[[Path, Masker | None, int, str | None], Iterator[Moment]]
    masked: bool = True
    one_person_masks: bool = True


def _coco(source: Path, masker: Masker | None, every: int, split: str | None) -> Iterator[Moment]:
    if masker is not None:
        raise ValueError(f"{source}: the outlines of a COCO set tell who is who; no foreground is looked for")
    return coco_moments(source, every, split)


def _needs_masker(load: Callable[[Path, Masker, int, str | None], Iterator[Moment]]) -> Callable[..., Iterator[Moment]]:
    def _load(source: Path, masker: Masker | None, every: int, split: str | None) -> Iterator[Moment]:
        if masker is None:
            raise ValueError(f"{source} has no masks: a way to find the foreground is needed")
        return load(source, masker, every, split)

    return _load


KINDS: dict[str, SourceKind] = {
    "human36m": SourceKind("a folder with S1/Videos/*.mp4 and metadata.xml", is_human36m, human36m_moments),
    "mpi3dhp": SourceKind("a folder with S1/Seq1/imageSequence/*.avi", is_mpi3dhp, mpi3dhp_moments),
    "multiview": SourceKind(
        "a folder with calibration/*.qca.txt and videos",
        lambda path: bool(list(path.glob("calibration/*.qca.txt"))),
        _needs_masker(multiview_moments),
        masked=False,
    ),
    "coco": SourceKind(
        "a JSON of outlined people, or its folder", lambda path: annotation_file(path) is not None, _coco
    ),
    "images": SourceKind(
        "a folder with rgb and mask, images with *_mask.png, or images",
        is_image_folder,
        image_moments,
        one_person_masks=False,
    ),
    "video": SourceKind(
        "a video, or a folder of videos",
        lambda path: bool(files(path, VIDEOS)) if path.is_dir() else path.suffix.lower() in VIDEOS,
        _needs_masker(video_moments),
        masked=False,
    ),
}  # in the order in which they are tried


@dataclass
class FootageCounts:
    """Counts of the views and moments of some footage, used and left out."""

    moments: int = 0
    views: int = 0
    empty: int = 0
    full: int = 0
    shared: int = 0
    unseen: int = 0
    apart: int = 0

    def lines(self) -> list[str]:
        """The counts in words, one per line."""
        lines = [f"{self.moments} moments, {self.views} views"]
        lines += [f"left out: {self.empty} views with an empty mask"] * (self.empty > 0)
        lines += [f"left out: {self.full} views with a mask of more than {MOST_SHARE:.0%} of the picture"] * (
            self.full > 0
        )
        lines += [f"left out: {self.apart} views whose mask is not where the others see the person"] * (self.apart > 0)
        lines += [f"left out: {self.unseen} moments that no view is left of"] * (self.unseen > 0)
        lines += [f"several people in the mask of {self.shared} views: one of them followed"] * (self.shared > 0)
        return lines


def recognise(source: Path) -> str:
    """Find the kind of some footage by its layout.

    Raises:
        ValueError: no such path, or no known layout.
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
    counts: FootageCounts | None = None,
    standing: bool = False,
) -> Iterator[Moment]:
    """Read the people of some footage, moment by moment, in bounded memory, with one person per mask.

    Args:
        source: file or folder.
        kind: a name of ``KINDS``, or ``auto`` for the layout.
        foreground: a method of ``dance3d.masks.segmentation``; ``auto`` uses the footage's own masks, if any.
        every: uses every n-th frame.
        split: ``train``, ``val`` or ``test`` for all; if none is given, the set's own rule, and ``train`` without one.
        counts: counts what is used and left out.
        standing: for three or more fixed cameras and one person: refine masks with ``multiview_refinement``, with a
            clip's pictures in memory.

    Raises:
        ValueError: an unknown kind, layout or split, a number below 1, or errors of the loader.
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
        return one_person_each(
            (moment for _, clip in clips for moment in refine_masks(clip)), counts or FootageCounts(), True
        )
    return one_person_each(loaded, counts or FootageCounts(), found.one_person_masks and masker is None)


def _masker(method: str) -> Masker:
    def masks(pictures: Iterable[Image]) -> Iterator[Mask]:
        return foreground(method).masks(pictures)  # a new one for every clip: some learn the background

    return masks


def one_person_each(found: Iterable[Moment], counts: FootageCounts, one_person_masks: bool = False) -> Iterator[Moment]:
    """Moments with one person per mask; views without a usable mask are left out and counted.

    Of several bodies of similar size, the one that overlaps most with the person of the same view one moment before is
    kept, else the largest. With three or more cameras, masks are first reduced to the parts in the visual hull.

    Args:
        found: moments, in order of time.
        counts: counts what is used and left out.
        one_person_masks: every mask is of one person, whatever its parts.
    """
    before: dict[tuple[str, int], Mask] = {}
    hull: tuple[str, Hull] | None = None
    for moment in found:
        kept: list[int] = []
        masks = list(moment.masks)
        if not one_person_masks and len(masks) > 2:
            if hull is None or hull[0] != moment.name:
                hull = moment.name, Hull(moment.lenses, [(mask.shape[0], mask.shape[1]) for mask in masks])
            outlines = hull[1].silhouettes(masks)
            masks = [parts_in_hull(mask, outline) for mask, outline in zip(masks, outlines, strict=True)]
        for view, mask in enumerate(masks):
            if not mask.any():
                counts.empty += not moment.masks[view].any()
                counts.apart += bool(moment.masks[view].any())
                continue
            if mask.mean() > MOST_SHARE:
                counts.full += 1
                continue
            if not one_person_masks:
                masks[view], others = one_person(mask, before.get((moment.name, view)))
                before = {key: old for key, old in before.items() if key[0] == moment.name}
                before[moment.name, view] = masks[view]
                counts.shared += others
            kept.append(view)
        if not kept:
            counts.unseen += 1
            continue
        counts.moments, counts.views = counts.moments + 1, counts.views + len(kept)
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
    """Write the people of some footage as a folder of crops.

    Args:
        source: file or folder.
        folder: to write.
        kind: as of ``moments``.
        foreground: as of ``moments``.
        size: of the crops, pixels.
        every: uses every n-th frame.
        split: as of ``moments``.
        standing: as of ``moments``.

    Returns:
        Counts of what was used and left out.

    Raises:
        ValueError: as of ``moments``, a size out of range, or nobody to cut out.
    """
    if not 16 <= size <= 1024:
        raise ValueError(f"crops of {size} pixels cannot be made; expected 16 to 1024")
    counts = FootageCounts()
    found = moments(source, kind, foreground, every, split, counts, standing)
    with CropWriter(folder, size) as writer:
        for moment in found:
            writer.add(moment)
        if not counts.moments:
            raise ValueError(f"{source}: nobody to cut out ({'; '.join(counts.lines()[1:]) or 'no picture'})")
    return counts
