"""Clips without masks as moments: plain video of one camera, and synchronised videos of calibrated cameras."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dance3d.contracts.camera import Lens
from dance3d.contracts.footage import Moment
from dance3d.datasets.calibrated_multiview import read_views
from dance3d.io.images import VIDEOS, Masker, VideoPictures, assumed_lens, files, with_masks


def video_moments(source: Path, masker: Masker, every: int = 1, split: str | None = None) -> Iterator[Moment]:
    """A video, or every video of a folder: one view with an assumed camera.

    Args:
        source: the video or the folder.
        masker: finds the person in the pictures of a clip.
        every: uses every n-th frame.
        split: ``train`` if none is given.

    Raises:
        ValueError: a folder without videos, or a video that cannot be read.
    """
    videos = files(source, VIDEOS) if source.is_dir() else [source]
    if not videos:
        raise ValueError(f"{source} holds no video ({', '.join(VIDEOS)})")
    for video in videos:
        for number, (picture, mask) in enumerate(with_masks(VideoPictures(video, every), masker)):
            name = video.stem
            yield Moment(name, name, split or "train", number * every, (picture,), (mask,), (assumed_lens(picture),))


def multiview_moments(folder: Path, masker: Masker, every: int = 1, split: str | None = None) -> Iterator[Moment]:
    """A folder as of ``calibrated_multiview.read_views``: every frame that all cameras filmed.

    Args:
        folder: with ``calibration`` and ``videos``.
        masker: finds the person; called once per camera.
        every: uses every n-th frame.
        split: ``train`` if none is given.

    Raises:
        ValueError: no such folder, or a video that cannot be read.
    """
    views = read_views(folder)
    lenses = tuple(Lens(view.matrix, view.extrinsics, view.distortion) for view in views)
    streams = [with_masks(VideoPictures(view.video, every), masker) for view in views]
    for number, seen in enumerate(zip(*streams, strict=False)):  # streams may differ in length by a frame
        pictures, masks = zip(*seen, strict=True)
        yield Moment(folder.name, folder.name, split or "train", number * every, pictures, masks, lenses)
