"""``overlay.mp4``: the video with the skeletons on it, and a panel below with the words of every dancer."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Clip, Dancer
from dance3d.contracts.names import LONGEST_NAME
from dance3d.io.video.planes import BT601, Planes, planes_of
from dance3d.io.video.reader import VideoReader
from dance3d.io.video.writer import VideoWriter
from dance3d.movement_types import Word
from dance3d.timeseries.movement_events import SURE, word_events
from dance3d.visualization.canvas import Canvas
from dance3d.visualization.captions import Caption, captions
from dance3d.visualization.colours import colour
from dance3d.visualization.labels import label_dancers, labels_of, spelt
from dance3d.visualization.skeleton import (
    BACK,
    GREY,
    LEFT,
    MIDDLE,
    RIGHT,
    Colour,
    Image,
    bone_width,
    draw_extremities,
    draw_skeleton,
    text_width,
    write_text,
)

LONGEST = 1280  # pixels of the picture's longer side; larger videos are made smaller
CAPTIONS = 6  # lines per dancer
# Of libx264, since encoding is what takes the time here: as good as "superfast" in 0.6 of its time, in files that are
# 6 to 27% larger (measured on two clips). The preset alone, without deblocking and small blocks, is worse and larger.
ENCODER: dict[str, Any] = {"crf": 24, "preset": "ultrafast", "more": "deblock=0,0:8x8dct=1:partitions=i4x4,i8x8"}
SHOWN = 3  # dancers that the panel has room for
LINE: Colour = (52, 57, 66)

ROW = {1: 1 / 20, 2: 1 / 25, 3: 1 / 31}
"""Chosen: height of a row of the panel, shares of the picture's width, by how many dancers it shows: on a phone's
screen of 390 points the letters of one dancer are then 8 points high."""


@dataclass(frozen=True)
class _Layout:
    """Sizes in pixels: of the picture, its scale from the video, of a panel row; columns of captions; whom it shows."""

    width: int
    height: int
    scale: float
    row: int
    columns: int
    dancers: int
    more: bool

    @property
    def block(self) -> int:
        """Height of one dancer's part of the panel: a heading and the caption rows."""
        return self.row * (1 + CAPTIONS // self.columns) + self.row // 2

    @property
    def panel(self) -> int:
        """Height of the panel, even as the encoder wants the whole."""
        height = self.block * self.dancers + self.row * self.more if self.dancers else self.row * 2
        return height + (self.height + height) % 2


def write_overlay(video: Path | None, clip: Clip, dancers: Sequence[Dancer], path: Path) -> None:
    """Write one picture per decoded frame, with the frame's own time; sound comes later (``io.video.sound``).

    Args:
        video: to draw on; none gives a plain background.
        clip: frames and times.
        dancers: whom to draw; none gives the bare pictures and a line that says so.
        path: of the new file.

    Raises:
        ValueError: the video now has other frames than the clip.
    """
    layout = _arrange(clip, len(dancers))
    labels = labels_of(dancers, (layout.width, layout.height))
    shown = [captions(word_events(d.movements, SURE), d.movements.time, CAPTIONS) for d in dancers[:SHOWN]]
    size = (layout.width, layout.height + layout.panel)
    panel = _panel(dancers, layout)
    current: list[list[Caption]] = [[] for _ in shown]
    count = 0
    with ExitStack() as stack:
        colorspace, pictures = _pictures(video, layout, len(clip.time), stack)
        canvas = Canvas(size, colorspace)
        canvas.put(planes_of(panel, colorspace), layout.height)
        writer = stack.enter_context(VideoWriter(path, size, clip.fps, colorspace=colorspace, **ENCODER))
        encoder, encoded = stack.enter_context(ThreadPoolExecutor(1)), None
        for count, (time, planes) in enumerate(zip(clip.time.tolist(), pictures, strict=False), 1):
            canvas.put(planes)
            for dancer in dancers:
                _draw_dancer(canvas, dancer, count - 1, layout, len(dancers) > 1)
            label_dancers(canvas, dancers, labels, count - 1, (layout.width, layout.height), layout.scale)
            for number, each in enumerate(shown):
                lines = [c for c in each if c.start <= time < c.stop]
                if lines != current[number]:  # the panel is drawn again only where it changes
                    top, bottom = _draw_block(panel, dancers, number, lines, layout)
                    canvas.put(planes_of(panel[top:bottom], colorspace), layout.height + top)
                    current[number] = lines
            if encoded:
                encoded.result()
            # beside drawing the next one
            encoded = encoder.submit(writer.write_planes, canvas.stacked.copy(), time)
        if encoded:
            encoded.result()
        if count != len(clip.time) or next(pictures, None) is not None:
            raise ValueError(f"{video} no longer has the {len(clip.time)} frames that were read from it before")


def _arrange(clip: Clip, dancers: int) -> _Layout:
    scale = min(1.0, LONGEST / max(clip.size))
    width, height = (max(round(n * scale / 2) * 2, 2) for n in clip.size)
    row = int(np.clip(round(width * ROW[max(min(dancers, SHOWN), 1)]), 22, 56))
    columns = 3 if width >= row * 36 else 2 if width >= row * 20 else 1
    return _Layout(width, height, scale, row, columns, min(dancers, SHOWN), dancers > SHOWN)


def _pictures(video: Path | None, layout: _Layout, frames: int, stack: ExitStack) -> tuple[int, Iterator[Planes]]:
    """The colour space of the planes, and those of every picture."""
    size = (layout.width, layout.height)
    if video is None:
        plain = planes_of(np.full((layout.height, layout.width, 3), BACK, np.uint8), BT601)
        return BT601, iter([plain] * frames)
    shown = (frame.picture for frame in stack.enter_context(VideoReader(video)))
    colorspace = (first := next(shown)).colorspace
    planes = (picture.planes(size, colorspace) for picture in chain((first,), shown))
    return colorspace, stack.enter_context(closing(_ahead(planes)))


def _ahead(pictures: Iterator[Planes]) -> Generator[Planes, None, None]:
    """The same pictures, the next one decoded in a thread while this one is drawn and encoded."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, pictures, None)
        while (picture := waiting.result()) is not None:
            waiting = pool.submit(next, pictures, None)
            yield picture


def _draw_dancer(canvas: Canvas, dancer: Dancer, frame: int, layout: _Layout, several: bool) -> None:
    track = dancer.keypoints
    row = frame - track.start
    if not 0 <= row < track.frames:
        return
    xy, more = track.xy[row] * layout.scale, np.empty((0, 2))
    if track.extremities is not None:
        more = track.extremities[row] * layout.scale
    known = np.concatenate([xy, more])
    known = known[np.isfinite(known).all(-1)]
    if not len(known):
        return
    thick = bone_width((layout.height, layout.width))
    (left, top), (right, bottom) = known.min(0) - 2 * thick, known.max(0) + 2 * thick
    with canvas.opened((left, top, right, bottom), layout.height) as (image, at):
        bones = colour(dancer.person) if several else None
        if len(more):
            draw_extremities(image, xy - at, more - at, bones=bones, thick=thick)
        draw_skeleton(image, xy - at, track.measured[row], track.skeleton, bones=bones, thick=thick)


def _title(dancer: Dancer) -> str:
    return spelt(dancer.keypoints.name[:LONGEST_NAME]) or f"Dancer {dancer.person}"


def _panel(dancers: Sequence[Dancer], layout: _Layout) -> Image:
    """The panel without captions."""
    panel = np.full((layout.panel, layout.width, 3), BACK, np.uint8)
    letter = layout.row * 0.4
    if not dancers:
        write_text(panel, "Nobody was found in this video", (layout.row // 2, round(layout.row * 1.3)), letter, GREY)
    for number in range(layout.dancers):
        _draw_block(panel, dancers, number, [], layout)
    _others(panel, dancers[SHOWN:], layout, letter)
    return panel


def _draw_block(
    panel: Image, dancers: Sequence[Dancer], number: int, lines: Sequence[Caption], layout: _Layout
) -> tuple[int, int]:
    """One dancer's part of the panel.

    Args:
        panel: to draw on.
        dancers: all.
        number: of the one in ``dancers``.
        lines: what the dancer does.
        layout: of the overlay.

    Returns:
        The rows that may have changed, even ones.
    """
    dancer, letter, margin = dancers[number], layout.row * 0.4, layout.row // 2
    top, bottom = number * layout.block, (number + 1) * layout.block
    panel[top:bottom] = BACK
    if number:
        cv2.line(panel, (margin, top), (layout.width - margin, top), LINE, 1)
    base = top + round(layout.row * 1.0)
    tint = colour(dancer.person) if len(dancers) > 1 else MIDDLE
    x = margin + write_text(panel, _title(dancer), (margin, base), letter, tint, bold=True)
    _genre(panel, dancer, x + layout.row, base, letter)
    step = (layout.width - 2 * margin) // layout.columns
    for line in lines:
        column, row = line.slot % layout.columns, line.slot // layout.columns
        at = (margin + column * step, base + round(layout.row * (1.1 + row)))
        _caption(panel[:, : at[0] + step - margin // 2], dancer.movements.every_word[line.movement], at, letter)
    return top // 2 * 2, min(-(-bottom // 2) * 2, len(panel))


def _others(panel: Image, dancers: Sequence[Dancer], layout: _Layout, letter: float) -> None:
    """One line with the dancers that the panel has no room for, and their genres."""
    margin, base = layout.row // 2, len(panel) - layout.row // 2
    x = margin
    for dancer in dancers:
        text = f"{_title(dancer)}: {dancer.genre.answer.text}"
        if x + text_width(text, letter) > layout.width - margin - 3 * layout.row and dancer is not dancers[-1]:
            write_text(panel, "and more", (x, base), letter, GREY)
            return
        x += write_text(panel, text, (x, base), letter, colour(dancer.person)) + layout.row


def _genre(panel: Image, dancer: Dancer, x: int, base: int, letter: float) -> None:
    """What is said of the genre; only what is named has a probability."""
    answer = dancer.genre.answer
    text = f"{answer.text}  {answer.sure:.0%}" if answer.grade == "named" else f"Genre: {answer.text}"
    write_text(panel, text, (x, base), letter, GREY)


def _caption(panel: NDArray[np.uint8], word: Word, at: tuple[int, int], letter: float) -> None:
    """A dot in the side's colour and the word in white, cut to the column."""
    tint = {"left": LEFT, "right": RIGHT}.get(word.side, MIDDLE)
    radius = max(round(letter * 0.32), 2)
    cv2.circle(panel, (at[0] + radius, at[1] - round(letter / 2)), radius, tint, -1, cv2.LINE_AA)
    write_text(panel, word.title, (at[0] + 3 * radius + 4, at[1]), letter, MIDDLE)
