"""``overlay.mp4``: the video with the skeletons on it, and a panel below with the movements of every dancer."""

from __future__ import annotations

import unicodedata
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import NONE, Clip, Dancer, Keypoints2D
from dance3d.contracts.names import LONGEST_NAME
from dance3d.io.video import VideoReader
from dance3d.io.video_writer import VideoWriter
from dance3d.movement_types import titled
from dance3d.skeleton import SKELETONS
from dance3d.timeseries.movement_events import movement_events
from dance3d.visualization.captions import Caption, captions
from dance3d.visualization.colours import colour
from dance3d.visualization.skeleton import (
    BACK,
    GREY,
    LEFT,
    MIDDLE,
    OUTLINE,
    RIGHT,
    Colour,
    Image,
    draw_skeleton,
    text_width,
    write_text,
)

LONGEST = 1280  # pixels of the picture's longer side; larger videos are made smaller
CAPTIONS = 6  # lines per dancer
PRESET = "superfast"  # of libx264: encoding is what takes the time here
SHOWN = 3  # dancers that the panel has room for
LINE: Colour = (52, 57, 66)
_Box = tuple[int, int, int, int]


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
    """Write one picture per decoded frame, with the frame's own time; sound comes later (``io.sound``).

    Args:
        video: to draw on; none gives a plain background.
        clip: frames and times.
        dancers: whom to draw; none gives the bare pictures and a line that says so.
        path: of the new file.

    Raises:
        ValueError: the video now has other frames than the clip.
    """
    layout = _arrange(clip, len(dancers))
    labels = _labels(dancers, layout)
    shown = [captions(movement_events(d.movements), d.movements.time, CAPTIONS) for d in dancers[:SHOWN]]
    size = (layout.width, layout.height + layout.panel)
    canvas = np.empty((size[1], size[0], 3), np.uint8)
    current: object = None
    count = 0
    with ExitStack() as stack:
        pictures = _pictures(video, layout, len(clip.time), stack)
        writer = stack.enter_context(VideoWriter(path, size, clip.fps, preset=PRESET))
        for count, (time, image) in enumerate(zip(clip.time.tolist(), pictures, strict=False), 1):
            canvas[: layout.height] = _resized(image, layout)
            for dancer in dancers:
                _draw_dancer(canvas[: layout.height], dancer, count - 1, layout.scale, len(dancers) > 1)
            _label_dancers(canvas[: layout.height], dancers, labels, count - 1, layout.scale)
            active = [[c for c in each if c.start <= time < c.stop] for each in shown]
            if active != current:  # the panel is drawn again only where it changes
                _draw_panel(canvas[layout.height :], dancers, active, layout)
                current = active
            writer.write(canvas, time)
        if count != len(clip.time) or next(pictures, None) is not None:
            raise ValueError(f"{video} no longer has the {len(clip.time)} frames that were read from it before")


def _arrange(clip: Clip, dancers: int) -> _Layout:
    scale = min(1.0, LONGEST / max(clip.size))
    width, height = (max(round(n * scale / 2) * 2, 2) for n in clip.size)
    row = int(np.clip(round(min(width, height) / 26), 22, 34))
    columns = 3 if width >= row * 36 else 2 if width >= row * 20 else 1
    return _Layout(width, height, scale, row, columns, min(dancers, SHOWN), dancers > SHOWN)


def _pictures(video: Path | None, layout: _Layout, frames: int, stack: ExitStack) -> Iterator[Image]:
    if video is None:
        plain = np.full((layout.height, layout.width, 3), BACK, np.uint8)
        return iter([plain] * frames)
    reader = stack.enter_context(VideoReader(video))
    return stack.enter_context(closing(_ahead(frame.image for frame in reader)))


def _ahead(pictures: Iterator[Image]) -> Generator[Image, None, None]:
    """The same pictures, the next one decoded in a thread while this one is drawn and encoded."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, pictures, None)
        while (picture := waiting.result()) is not None:
            waiting = pool.submit(next, pictures, None)
            yield picture


def _resized(image: Image, layout: _Layout) -> Image:
    if image.shape[:2] == (layout.height, layout.width):
        return image
    smaller = cv2.resize(image, (layout.width, layout.height), interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, np.uint8)


def _draw_dancer(image: Image, dancer: Dancer, frame: int, scale: float, several: bool) -> None:
    track = dancer.keypoints
    row = frame - track.start
    if not 0 <= row < track.frames:
        return
    xy = track.xy[row] * scale
    own = colour(dancer.person)
    draw_skeleton(image, xy, track.measured[row], track.skeleton, bones=own if several else None)


def _labels(dancers: Sequence[Dancer], layout: _Layout) -> list[str]:
    """Name or number of every dancer, no wider than a sixth of the picture."""
    letter, labels = _letter(layout.height, layout.width), []
    for dancer in dancers:
        text = _spelt(dancer.keypoints.name[:LONGEST_NAME]) or str(dancer.person)
        while text_width(text, letter, bold=True) > layout.width / 6 and len(text) > 4:
            text = text[:-3].rstrip() + ".."
        labels.append(text)
    return labels


def _letter(*sides: int) -> float:
    """Pixels of a letter of the labels."""
    return max(min(sides) / 60, 9)


def _label_dancers(image: Image, dancers: Sequence[Dancer], labels: Sequence[str], frame: int, scale: float) -> None:
    """The label of every dancer above the head, on top of all skeletons and beside each other."""
    several, size = len(dancers) > 1, np.array(image.shape[1::-1])
    taken: list[_Box] = []
    letter = _letter(*image.shape[:2])
    for dancer, text in zip(dancers, labels, strict=True):
        track = dancer.keypoints
        row = frame - track.start
        if not (several or track.name) or not 0 <= row < track.frames:
            continue
        xy = track.xy[row] * scale
        if ((xy >= 0) & (xy < size)).all(-1).any():
            at = _head(track, row) * scale
            box = _free(image, at, text_width(text, letter, bold=True), letter, taken)
            taken.append(box)
            cv2.rectangle(image, box[:2], box[2:], colour(dancer.person) if several else MIDDLE, -1)
            cv2.rectangle(image, box[:2], box[2:], OUTLINE, 1)
            pad = round(letter * 0.6)
            write_text(image, text, (box[0] + pad, box[3] - pad), letter, OUTLINE, bold=True)


def _head(track: Keypoints2D, row: int) -> NDArray[np.float32]:
    """(2,) pixels: the head, or the highest joint where it is not known."""
    xy, joints = track.xy[row], SKELETONS[track.skeleton].joints
    head = xy[joints.index("head")] if "head" in joints else np.full(2, np.nan, np.float32)
    known = xy[np.isfinite(xy).all(-1)]
    return known[known[:, 1].argmin()] if len(known) and not np.isfinite(head).all() else head


def _free(image: Image, at: NDArray[np.floating], width: int, letter: float, taken: list[_Box]) -> _Box:
    """Left, top, right, bottom of a label above a head: inside the picture, off other labels."""
    pad, (tall, wide) = round(letter * 0.6), image.shape[:2]
    high = round(letter) + 2 * pad
    left = int(np.clip(at[0] - width / 2 - pad, 0, max(wide - width - 2 * pad - 1, 0)))
    top = int(np.clip(at[1] - high - letter, 0, tall - high - 1))
    right = left + width + 2 * pad

    def fits(y: int) -> bool:
        clear = all(b[2] < left or right < b[0] or b[3] < y or y + high < b[1] for b in taken)
        return 0 <= y < tall - high and clear

    places = [top, *(b[1] - high - 1 for b in taken), *(b[3] + 1 for b in taken)]
    best = next((y for y in sorted(places, key=lambda y: abs(y - top)) if fits(y)), top)
    return left, best, right, best + high


def _spelt(name: str) -> str:
    """A name in the letters that can be drawn, without their accents; empty where there are none for it."""
    folded = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return plain if plain.isascii() else ""


def _title(dancer: Dancer) -> str:
    return _spelt(dancer.keypoints.name[:LONGEST_NAME]) or f"Dancer {dancer.person}"


def _draw_panel(panel: Image, dancers: Sequence[Dancer], active: list[list[Caption]], layout: _Layout) -> None:
    panel[:] = BACK
    letter = layout.row * 0.4
    margin = layout.row // 2
    if not dancers:
        write_text(panel, "Nobody was found in this video", (margin, round(layout.row * 1.3)), letter, GREY)
        return
    for number, (dancer, lines) in enumerate(zip(dancers, active, strict=False)):
        top = number * layout.block
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
            name = dancer.movements.names[line.movement]
            _caption(panel[:, : at[0] + step - margin // 2], name, at, letter)
    _others(panel, dancers[SHOWN:], layout, letter)


def _others(panel: Image, dancers: Sequence[Dancer], layout: _Layout, letter: float) -> None:
    """One line with the dancers that the panel has no room for, and their genres."""
    margin, base = layout.row // 2, len(panel) - layout.row // 2
    x = margin
    for dancer in dancers:
        text = f"{_title(dancer)}: {dancer.genre.best}"
        if x + text_width(text, letter) > layout.width - margin - 3 * layout.row and dancer is not dancers[-1]:
            write_text(panel, "and more", (x, base), letter, GREY)
            return
        x += write_text(panel, text, (x, base), letter, colour(dancer.person)) + layout.row


def _genre(panel: Image, dancer: Dancer, x: int, base: int, letter: float) -> None:
    """The likeliest genre with its probability; an unsure one is marked, and none of the classes is "like" one."""
    genre, prob = dancer.genre, dancer.genre.sure
    word = "" if prob >= 0.6 else "perhaps "
    text = f"{NONE}, most like {genre.likeliest}" if genre.best == NONE else f"{word}{genre.best}  {prob:.0%}"
    write_text(panel, text, (x, base), letter, GREY)


def _caption(panel: NDArray[np.uint8], movement: str, at: tuple[int, int], letter: float) -> None:
    """A dot in the side's colour, the body part in grey and what it does in white, cut to the column."""
    part, _, what = titled(movement).partition(": ")
    tint = LEFT if part.startswith("left ") else RIGHT if part.startswith("right ") else MIDDLE
    radius = max(round(letter * 0.32), 2)
    cv2.circle(panel, (at[0] + radius, at[1] - round(letter / 2)), radius, tint, -1, cv2.LINE_AA)
    x = at[0] + 3 * radius + 4
    x += write_text(panel, part, (x, at[1]), letter * 0.9, GREY) + round(letter * 0.7)
    write_text(panel, what, (x, at[1]), letter * 0.9, MIDDLE)
