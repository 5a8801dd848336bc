"""Draws every word of the vocabulary, and writes the tables of words and types of docs/movements.md.

``python tools/draw_words.py`` makes ``docs/drawings/*.svg`` and the part of the page between its two marks anew. Bodies
are those of the synthetic dancer, moved by its keyframes; poses, views and sizes of the drawings are chosen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dance3d.geometry.vectors import unit
from dance3d.movement_types import VOCABULARY
from dance3d.skeleton import H36M17
from dance3d.synth.keyframes import Keyframes
from dance3d.synth.kinematics import BodyLengths, joints

DOCS = Path(__file__).parents[1] / "docs"
BEGIN, END = "<!-- made by tools/draw_words.py -->", "<!-- until here -->"
FPS, WIDTH, HEIGHT, SCALE = 30, 120, 130, 56.0  # frames per second; pixels; pixels of a metre
ABOVE = np.radians(18)  # from where one looks down
BODY = BodyLengths(1.7, 0.08, 0.41, 0.41, 0.10, 0.49, 0.18, 0.29, 0.26, 0.30)
LEFT, RIGHT, MIDDLE, ARROW = "#d9822b", "#2f80d0", "#7b8290", "#c2412d"  # seen on white and on black
Steps = Callable[[Keyframes], object]


def arm(s: Keyframes, side: str, pose: str, beats: float = 1.0) -> None:
    """Bring an arm to a pose of ``ARMS`` exactly."""
    s.arm(side, pose, beats, loose=0.0)


def to(s: Keyframes, side: str, upper: tuple[float, ...], fore: tuple[float, ...], beats: float = 1.0) -> None:
    """Bring an arm to directions of upper arm and forearm, each (out, up, forward)."""
    s.tracks[f"{side}_arm"].move(unit(np.array([upper, fore])), s.now, s.now + beats * s.beat)


def several(*steps: Steps) -> Steps:
    """One step after the other, a beat each."""

    def act(s: Keyframes) -> None:
        for one in steps:
            one(s)
            s.wait(1)

    return act


def turned(s: Keyframes, by: float, beats: float = 1.0) -> None:
    """The whole body turns to its left by radians."""
    s.heading += by
    s.tracks["heading"].move(np.array([s.heading]), s.now, s.now + beats)
    for foot in ("left", "right"):
        s._foot(foot, s._spot(foot, 0, 0), 0.0, 0.0, s.now, s.now + beats)


def hop(s: Keyframes) -> None:
    """The right foot leaves the floor and comes back, while the left one is lifted."""
    s._foot("right", s._spot("right", 0, 0), 0.0, 0.22, s.now, s.now + 1)
    s.bend(0.5, air=0.22)
    s.bend(0.5, 0.5, air=0.0)


@dataclass(frozen=True)
class Drawing:
    """How a word is drawn: two poses, and arrows along the way of joints between them.

    Attributes:
        moves: from the first pose on; a beat is a second.
        before: what comes to the first pose.
        joints: whose ways get arrows.
        view: degrees that one looks from the dancer's left of the front.
        beats: of the moves that are shown; the second pose is the last.
        ring: in place of ways, an arrow round the body: joint, radius in metres, degrees.
        both: whether arrows have two heads: to and fro.
        aside: pixels that arrows lie to the right of their joints.
    """

    moves: Steps = lambda s: None
    before: Steps = lambda s: None
    joints: tuple[str, ...] = ()
    view: float = 15.0
    beats: float = 1.0
    ring: tuple[str, float, float] | None = None
    both: bool = False
    aside: float = 0.0


DRAWINGS: dict[str, Drawing] = {
    "raise_*_arm": Drawing(lambda s: arm(s, "left", "vee"), joints=("left_wrist",)),
    "lower_*_arm": Drawing(lambda s: arm(s, "left", "low"), lambda s: arm(s, "left", "vee"), ("left_wrist",)),
    "hold_*_arm_up": Drawing(before=lambda s: arm(s, "left", "up")),
    "sweep_*_arm": Drawing(
        lambda s: to(s, "left", (-0.35, -0.1, 0.9), (-0.6, 0.0, 0.8)), lambda s: arm(s, "left", "side"), ("left_wrist",)
    ),
    "circle_*_arm": Drawing(
        several(*(lambda s, p=p: arm(s, "left", p) for p in ("front", "up", "back"))),
        joints=("left_wrist",), view=65, beats=3.0,
    ),
    "wave_*_arm": Drawing(
        lambda s: to(s, "left", (0.8, 0.1, 0.3), (0.95, 0.35, 0.1)),
        lambda s: to(s, "left", (0.8, 0.1, 0.3), (-0.5, 0.85, 0.1)),
        ("left_wrist",), both=True,
    ),
    "punch_*_arm": Drawing(lambda s: arm(s, "left", "punch"), lambda s: arm(s, "left", "chamber"), ("left_wrist",), 60),
    "clap": Drawing(
        lambda s: [to(s, side, (0.1, -0.5, 0.8), (-0.52, 0.2, 0.8)) for side in ("left", "right")],
        lambda s: [to(s, side, (0.5, -0.5, 0.6), (0.3, 0.2, 0.9)) for side in ("left", "right")],
        ("left_wrist", "right_wrist"), 20,
    ),
    "lift_*_leg": Drawing(lambda s: s.swing("left", 0.35, 0.0, 0.45), joints=("left_ankle",), view=60),
    "kick_*_leg": Drawing(
        lambda s: s.swing("left", 1.0, 0.0, 0.65), lambda s: s.swing("left", -0.3, 0.0, 0.08), ("left_ankle",), 65
    ),
    "step_*_foot": Drawing(
        lambda s: s.step("left", forward=0.6, carry=0.5, lift=0.12), joints=("left_ankle",), view=65
    ),
    "turn_*": Drawing(lambda s: turned(s, 1.4), ring=("pelvis", 0.42, 90.0)),
    "spin": Drawing(lambda s: turned(s, 1.0), lambda s: s.arms("round", loose=0.0), ring=("pelvis", 0.48, 330.0)),
    "jump": Drawing(
        lambda s: (s.bend(0.2, crouch=0.0), s.jump(0.3, 1.0), s.arms("vee", beats=0.5, loose=0.0)),
        lambda s: (s.bend(crouch=0.15), s.arms("back", loose=0.0)),
        ("left_ankle", "right_ankle"), 20, 0.5,
    ),
    "hop": Drawing(hop, lambda s: s.swing("left", -0.25, 0.0, 0.3), ("right_ankle",), 55, 0.5),
    "travel": Drawing(
        several(*(lambda s, f=f: s.step(f, forward=0.55, carry=1.0) for f in ("left", "right"))),
        joints=("pelvis",), view=75, beats=2.0,
    ),
    "squat": Drawing(
        lambda s: (s.bend(crouch=0.42, pitch=0.5), s.arms("front", loose=0.0)), joints=("pelvis",), view=50, aside=20
    ),
    "rise": Drawing(
        lambda s: s.bend(crouch=0.0, pitch=0.0), lambda s: s.bend(crouch=0.42, pitch=0.5), ("pelvis",), 50, aside=24
    ),
    "bow": Drawing(lambda s: s.bend(pitch=1.1), joints=("head",), view=75),
    "lean": Drawing(lambda s: s.bend(roll=-0.5), joints=("head",), view=0),
    "twist": Drawing(lambda s: s.bend(twist=0.9), lambda s: s.arms("hip", loose=0.0), ring=("thorax", 0.34, 100.0)),
    "sway": Drawing(lambda s: s.bend(hip_side=0.13), lambda s: s.bend(hip_side=-0.13), ("pelvis",), 0, both=True),
    "hip_circle": Drawing(
        lambda s: s.bend(hip_side=0.1), lambda s: (s.bend(hip_side=-0.1), s.arms("hip", loose=0.0)),
        ring=("pelvis", 0.26, 320.0),
    ),
    "bounce": Drawing(lambda s: s.bend(crouch=0.22), joints=("pelvis",), view=40, both=True, aside=24),
    "nod": Drawing(lambda s: s.bend(nod=0.9), lambda s: s.bend(nod=-0.4), ("nose",), 75, aside=-10),
    "freeze": Drawing(before=lambda s: (s.arms("vee", "diagonal_low", loose=0.0), s.bend(crouch=0.1))),
}  # fmt: skip


def poses(drawing: Drawing) -> np.ndarray:
    """(T, 17, 3) metres from the first to the second pose, as kinematics give them."""
    s = Keyframes(np.random.default_rng(0), 1.0, BODY.leg, BODY.hip)
    drawing.before(s)
    s.wait(2)
    first = round(s.now * FPS)
    drawing.moves(s)
    frames = joints(s, BODY, first / FPS + drawing.beats + 1, FPS)
    late = 6 if drawing.beats >= 1 else 0  # what is smoothed arrives later
    return frames[first : first + round(drawing.beats * FPS) + late + 1]


def svg(drawing: Drawing) -> str:
    """The drawing as SVG."""
    found = poses(drawing)
    x, y = _seen(found, drawing.view)
    ends = x[[0, -1]]
    centre = WIDTH / 2 - (ends.min() + ends.max()) / 2
    x = x + centre
    still = not drawing.joints and drawing.ring is None
    parts = [] if still else [_figure(x[0], y[0], 0.32)]
    parts.append(_figure(x[-1], y[-1], 1.0))
    for name in drawing.joints:
        at = H36M17.index(name)
        parts.append(_arrow(np.stack([x[:, at] + drawing.aside, y[:, at]], 1), drawing.both))
    if drawing.ring:
        name, radius, degrees = drawing.ring
        angle = np.radians(np.linspace(0, degrees, 40))
        circle = radius * np.stack([np.sin(angle), 0 * angle, np.cos(angle)], 1) + found[-1, H36M17.index(name)]
        u, v = _seen(circle, drawing.view)
        parts.append(_arrow(np.stack([u + centre, v], 1), drawing.both))
    if still:  # two bars, as on a player: it stays so
        parts += [f'<path d="M{at} 8v14" stroke="{ARROW}" stroke-width="4"/>' for at in (14, 22)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'{head} fill="none" stroke-linecap="round" stroke-linejoin="round">\n' + "\n".join(parts) + "\n</svg>\n"


def _seen(points: np.ndarray, view: float) -> tuple[np.ndarray, np.ndarray]:
    """Where points (..., 3) lie in the drawing, pixels; the dancer looks at us, or to our left where ``view`` is 90."""
    c, s = np.cos(np.radians(view)), np.sin(np.radians(view))
    near = s * points[..., 0] + c * points[..., 2]
    up = np.cos(ABOVE) * points[..., 1] - np.sin(ABOVE) * near
    return SCALE * (c * points[..., 0] - s * points[..., 2]), HEIGHT - 12 - SCALE * up


def _figure(x: np.ndarray, y: np.ndarray, strength: float) -> str:
    """A stick figure: left orange, right blue, as in the overlay; the right side first, as it lies behind."""
    lines: dict[str, list[str]] = {RIGHT: [], MIDDLE: [], LEFT: []}
    for one, other in H36M17.bones:
        names = f" {H36M17.joints[one]} {H36M17.joints[other]}"
        colour = LEFT if " left_" in names else RIGHT if " right_" in names else MIDDLE
        if not names.endswith((" nose", " head")):
            lines[colour].append(f"M{x[one]:.1f} {y[one]:.1f}L{x[other]:.1f} {y[other]:.1f}")
    paths = [f'<path d="{"".join(found)}" stroke="{colour}"/>' for colour, found in lines.items()]
    thorax, nose, head = (H36M17.index(name) for name in ("thorax", "nose", "head"))
    u, v = (0.3 * at[thorax] + 0.7 * at[head] for at in (x, y))
    paths.append(f'<circle cx="{u:.1f}" cy="{v:.1f}" r="6.5" stroke="{MIDDLE}"/>')
    paths.append(f'<path d="M{u:.1f} {v:.1f}L{x[nose]:.1f} {y[nose]:.1f}" stroke="{MIDDLE}" stroke-width="2"/>')
    return f'<g stroke-width="4" opacity="{strength:g}">' + "".join(paths) + "</g>"


def _arrow(way: np.ndarray, both: bool) -> str:
    """An arrow along a way (T, 2) of pixels; with a head at each end if ``both``."""
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in way[::2])
    line = f"M{line}L{way[-1][0]:.1f} {way[-1][1]:.1f}"
    heads = [_head(way), *([_head(way[::-1])] if both else [])]
    return f'<path d="{line}{"".join(heads)}" stroke="{ARROW}" stroke-width="2.5"/>'


def _head(way: np.ndarray) -> str:
    tip = way[-1]
    far = np.linalg.norm(way - tip, axis=1) > 5
    back = unit(way[np.flatnonzero(far)[-1]] - tip if far.any() else np.array([0.0, 1.0])) * min(
        8.0, 0.4 * np.linalg.norm(way - tip, axis=1).max()
    )
    turn = np.array([[0.82, -0.57], [0.57, 0.82]])
    one, other = tip + turn @ back, tip + turn.T @ back
    return f"M{one[0]:.1f} {one[1]:.1f}L{tip[0]:.1f} {tip[1]:.1f}L{other[0]:.1f} {other[1]:.1f}"


def file_of(word: str) -> str:
    """Name of a word's drawing."""
    return f"{word.replace('_*', '')}.svg"


def tables() -> str:
    """The words with what merges into them, and every type with its sentence, as two tables in Markdown."""
    types = {f"{part}.{label}": one for part, found in VOCABULARY["types"].items() for label, one in found.items()}
    lines = ["| word | | what one sees | types that merge into it |", "|---|---|---|---|"]
    for word, sentence in VOCABULARY["words"].items():
        names = " ".join(f"`{word.replace('*', side)}`" for side in (("left", "right") if "*" in word else ("",)))
        merged = ", ".join(f"`{name}`" for name, one in types.items() if one["type"].get("word") == word)
        picture = f"![{word.replace('_*', '').replace('_', ' ')}](drawings/{file_of(word)})"
        lines.append(f"| {names} | {picture} | {_said(sentence)} | {merged or 'none: a rule of its own'} |")
    lines += ["", "| type | what one sees | word |", "|---|---|---|"]
    for name, one in types.items():
        word = one["type"].get("word")
        lines.append(f"| `{name}` | {_said(one['sentence'])} | {f'`{word}`' if word else ''} |")
    return "\n".join(lines)


def _said(sentence: str) -> str:
    return sentence.replace("*", "left (right)")


def page(text: str) -> str:
    """The page with its tables made anew."""
    return re.sub(f"(?<={re.escape(BEGIN)}\n).*?(?={re.escape(END)})", lambda _: f"{tables()}\n", text, flags=re.S)


def main() -> None:
    """Write the drawings and the page."""
    (DOCS / "drawings").mkdir(exist_ok=True)
    for word, drawing in DRAWINGS.items():
        (DOCS / "drawings" / file_of(word)).write_text(svg(drawing), encoding="utf-8")
    movements = DOCS / "movements.md"
    movements.write_text(page(movements.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
