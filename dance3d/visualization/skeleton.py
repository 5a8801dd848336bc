"""Pictures of poses: the skeleton on a frame, and a body in space from three sides; RGB, without a plot library."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import BODY24, H36M17, SKELETONS

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]

LEFT: Colour = (255, 159, 67)  # the dancer's left: orange; right: blue (told apart with every common colour blindness)
RIGHT: Colour = (84, 172, 255)
MIDDLE: Colour = (244, 241, 234)
OUTLINE: Colour = (16, 18, 22)
GREY: Colour = (150, 156, 166)
BACK: Colour = (24, 27, 33)
_SHIFT = 4  # cv2 takes coordinates in 1/16 pixels
_FOOT = (("ankle", "heel"), ("heel", "toe"), ("ankle", "toe"))
EXTREMITY_LINES = (
    *((f"{side}_{one}", f"{side}_{other}") for side in ("left", "right") for one, other in (*_FOOT, ("wrist", "hand"))),
    ("nose", "face"),
)
FONT = cv2.FONT_HERSHEY_SIMPLEX


def joint_colour(name: str) -> Colour:
    """Orange for the left, blue for the right, near white between."""
    return LEFT if name.startswith("left_") else RIGHT if name.startswith("right_") else MIDDLE


def draw_skeleton(
    image: Image,
    xy: NDArray[np.floating],
    measured: NDArray[np.bool_] | None = None,
    skeleton: str = "h36m17",
    *,
    colour: Colour | None = None,
    bones: Colour | None = None,
    thick: int | None = None,
) -> Image:
    """Draw one person onto a picture, in place.

    Args:
        image: (H, W, 3) uint8 RGB.
        xy: (J, 2) pixels; joints with NaN are left out, with their bones.
        measured: (J,) joints that are not (interpolated ones) are hollow, their bones thin.
        skeleton: its layout; one without bones shows joints only.
        colour: one colour for all, instead of one per side.
        bones: one colour for the bones, while the joints keep those of their sides.
        thick: pixels of a bone, if not those of ``bone_width`` for this picture.

    Returns:
        ``image``.
    """
    layout = SKELETONS[skeleton]
    seen = np.ones(len(xy), bool) if measured is None else measured
    here = np.isfinite(xy).all(-1) & (np.abs(np.nan_to_num(xy)) < 1e5).all(-1)
    fixed = np.round(np.where(here[:, None], xy, 0) * 2**_SHIFT).astype(int)
    points = [(int(x), int(y)) for x, y in fixed]
    thick = thick or bone_width(image.shape[:2])
    drawn = [(p, c) for p, c in (layout.bones if layout.parents else []) if here[p] and here[c]]
    for parent, child in drawn:
        if seen[parent] and seen[child]:
            cv2.line(image, points[parent], points[child], OUTLINE, thick + 2, cv2.LINE_AA, _SHIFT)
    for parent, child in drawn:
        sure = seen[parent] and seen[child]
        tint = bones or colour or joint_colour(layout.joints[child])
        cv2.line(image, points[parent], points[child], tint, thick if sure else 1, cv2.LINE_AA, _SHIFT)
    for joint in np.flatnonzero(here):
        tint, radius = colour or joint_colour(layout.joints[joint]), round((thick + 0.5) * 2**_SHIFT)
        if seen[joint]:
            cv2.circle(image, points[joint], radius + 2**_SHIFT, OUTLINE, -1, cv2.LINE_AA, _SHIFT)
            cv2.circle(image, points[joint], radius, tint, -1, cv2.LINE_AA, _SHIFT)
        else:
            cv2.circle(image, points[joint], radius, tint, 1, cv2.LINE_AA, _SHIFT)
    return image


def draw_extremities(
    image: Image,
    xy: NDArray[np.floating],
    extremities: NDArray[np.floating],
    *,
    bones: Colour | None = None,
    thick: int | None = None,
) -> Image:
    """Draw one person's feet, hands and face direction onto a picture, in place; what is NaN is left out.

    Args:
        image: (H, W, 3) uint8 RGB.
        xy: (17, 2) pixels: the joints on which they hang.
        extremities: (7, 2) pixels, in the order of ``skeleton.EXTREMITIES``.
        bones: as of ``draw_skeleton``.
        thick: likewise.

    Returns:
        ``image``.
    """
    points = np.concatenate([xy, extremities])
    here = np.isfinite(points).all(-1) & (np.abs(np.nan_to_num(points)) < 1e5).all(-1)
    fixed = np.round(np.where(here[:, None], points, 0) * 2**_SHIFT).astype(int).tolist()
    thick = thick or bone_width(image.shape[:2])
    lines = [(BODY24.index(one), BODY24.index(other)) for one, other in EXTREMITY_LINES]
    lines = [(one, other) for one, other in lines if here[one] and here[other]]
    for pen, outline in ((thick + 1, OUTLINE), (max(thick - 1, 1), None)):
        for one, other in lines:
            tint = outline or bones or joint_colour(BODY24.joints[other])
            cv2.line(image, fixed[one], fixed[other], tint, pen, cv2.LINE_AA, _SHIFT)
    return image


def bone_width(sides: Sequence[int]) -> int:
    """Pixels of a bone in a picture of these sides; what is drawn ends within twice as many of the joints."""
    return max(round(min(sides) / 200), 2)


def write_text(
    image: Image, text: str, at: tuple[int, int], height: float, colour: Colour, *, bold: bool = False
) -> int:
    """Write a line of text in place; letters the font lacks become "?".

    Args:
        image: (H, W, 3) uint8 RGB.
        text: one line.
        at: (x, y) of the left end of its base line, pixels.
        height: of a capital letter, pixels.
        colour: of the text.
        bold: with a thicker pen.

    Returns:
        Its width in pixels.
    """
    clean = " ".join(text.encode("ascii", "replace").decode().split())
    scale, pen = height / 21.0, max(round(height / 12), 1) + bold  # the font's capitals are 21 units high
    cv2.putText(image, clean, at, FONT, scale, colour, pen, cv2.LINE_AA)
    return text_width(clean, height, bold=bold)


def text_width(text: str, height: float, *, bold: bool = False) -> int:
    """Width of a line of text, pixels.

    Args:
        text: one line.
        height: of a capital letter, pixels.
        bold: whether letters are bold.
    """
    size, _ = cv2.getTextSize(text, FONT, height / 21.0, max(round(height / 12), 1) + bold)
    return int(size[0])


def pose_views(
    xyz: NDArray[np.floating],
    truth: NDArray[np.floating] | None = None,
    size: int = 320,
    title: str = "",
    reach: float | None = None,
) -> Image:
    """One body from the front, from its left in the picture's depth, and from above, side by side.

    Args:
        xyz: (17, 3) metres, camera frame (x right, y down, z forward), relative to the root or not; NaN are left out.
            (24, 3) with the extremities, as ``BODY24``.
        truth: likewise, drawn beneath in grey, or none.
        size: of each view, pixels.
        title: written above, or none.
        reach: metres from the middle of a view to its edge; none: as far as this body goes.

    Returns:
        (size, 3 * size, 3) uint8 RGB: the camera's view, the view along the camera's x axis, the view from above.
    """
    bodies: Sequence[NDArray[np.floating]] = [xyz] if truth is None else [truth, xyz]
    centred = [body - body[H36M17.index("pelvis")] for body in bodies]
    reach = reach or float(np.nanmax(np.abs(np.stack(centred)), initial=0.6)) * 1.12
    canvas = np.full((size, 3 * size, 3), BACK, np.uint8)
    views = (("front", np.eye(3)[:2]), ("side", np.eye(3)[[2, 1]]), ("top", np.eye(3)[[0, 2]] * [[1], [-1]]))
    for number, (name, axes) in enumerate(views):
        panel = canvas[:, number * size : (number + 1) * size]
        for offset in np.arange(-np.floor(reach * 2) / 2, reach, 0.5):  # a line every half metre
            at = round(size / 2 * (1 + offset / reach))
            cv2.line(panel, (at, 0), (at, size), (36, 40, 48), 1)
            cv2.line(panel, (0, at), (size, at), (36, 40, 48), 1)
        for body in centred:
            pixels = (body @ axes.T / reach + 1) * size / 2
            grey = truth is not None and body is centred[0]
            joints, ends = np.split(pixels, [len(H36M17.joints)])
            draw_skeleton(panel, joints, colour=GREY if grey else None)
            if len(ends):
                draw_extremities(panel, joints, ends, bones=GREY if grey else None)
        write_text(panel, name, (10, size - 12), max(size / 32, 8), GREY)
    if title:
        write_text(canvas, title, (10, 10 + size // 24), max(size / 26, 9), MIDDLE)
    return canvas
