"""The 154 movement types over 16 body parts: this project's own list (docs/movements.md), as HDVR's is not public.

Each line below is a label, its kind and how well 17 joints show it. Kinds: R rotation or angle change, T translation,
P periodic, C circular, W wave, V ballistic, H hold, E contact event. Shown: A well, B weakly, C hardly.
"""

from __future__ import annotations

from dataclasses import dataclass


def part_title(part: str) -> str:
    """A body part's name as a person reads it, such as ``left arm``."""
    side = {"l_": "left ", "r_": "right "}.get(part[:2], "")
    return side + part[2:] if side else part


@dataclass(frozen=True)
class Movement:
    """One movement type: ``part.label``."""

    part: str
    label: str
    kind: str
    shown: str

    @property
    def name(self) -> str:
        """The full name, such as ``l_arm.raise_side``."""
        return f"{self.part}.{self.label}"

    @property
    def title(self) -> str:
        """The name as a person reads it, such as ``left arm: raise side``."""
        return titled(self.name)


def titled(name: str) -> str:
    """A movement's full name as a person reads it, also of one that a user added."""
    part, _, label = name.partition(".")
    return f"{part_title(part)}: {label.replace('_', ' ')}"


_TYPES = {
    "head": """
        nod_down R B
        nod_up R B
        tilt_left R B
        tilt_right R B
        turn_left R C
        turn_right R C
        slide_forward T B
        slide_back T B
        slide_left T B
        slide_right T B
        circle C B
        bob P B
    """,
    "shoulder": """
        raise T A
        drop T A
        push_forward T A
        pull_back T A
        roll C B
        shake P B
    """,
    "arm": """
        raise_forward R A
        raise_side R A
        raise_back R A
        lower R A
        cross_body R A
        open_out R A
        hold_high H A
        hold_level H A
        circle C A
        wave W B
        thrust V A
        swing P A
    """,
    "forearm": """
        flex R A
        extend R A
        rotate_in R B
        rotate_out R B
        circle C A
        pump P A
        hit V A
    """,
    "torso": """
        bend_forward R A
        bend_back R A
        bend_left R A
        bend_right R A
        twist_left R A
        twist_right R A
        chest_forward T A
        chest_back T A
        chest_left T A
        chest_right T A
        straighten R A
        circle C A
        wave W B
        pulse P B
    """,
    "hips": """
        shift_left T A
        shift_right T A
        push_forward T A
        push_back T A
        hike_left R A
        hike_right R A
        twist_left R A
        twist_right R A
        circle_left C A
        circle_right C A
        figure_eight C B
        shimmy P B
        sway P A
        pump P A
    """,
    "leg": """
        raise_forward R A
        raise_back R A
        raise_side R A
        lower R A
        cross_front T A
        cross_behind T A
        turn_out R B
        turn_in R B
        kick V A
        circle C B
        hold_lifted H A
    """,
    "knee": """
        bend R A
        straighten R A
        pulse P A
        flick_back V A
        lock V A
        hold_deep H A
    """,
    "foot": """
        lift_off E A
        place E A
        step_forward E A
        step_back E A
        step_side E A
        slide T A
        tap E B
    """,
    "body": """
        travel_forward T A
        travel_back T A
        travel_left T A
        travel_right T A
        turn_left R A
        turn_right R A
        spin C A
        jump E A
        hop E A
        land E A
        rise T A
        sink T A
        hold_low H A
        weight_left T A
        weight_right T A
        freeze H A
    """,
}
_PAIRED = ("shoulder", "arm", "forearm", "leg", "knee", "foot")
# Parts that have a left and a right come as one block per side, left first.
PARTS: tuple[str, ...] = tuple(
    part for base in _TYPES for part in ((f"l_{base}", f"r_{base}") if base in _PAIRED else (base,))
)
MOVEMENTS: tuple[Movement, ...] = tuple(
    Movement(part, *line.split())
    for part in PARTS
    for line in _TYPES[part[2:] if part[1] == "_" else part].strip().splitlines()
)
NAMES: tuple[str, ...] = tuple(m.name for m in MOVEMENTS)


def mirrored(movement: Movement) -> str:
    """Name of the movement that a mirror shows."""
    flip = {"l_": "r_", "r_": "l_"}
    part = flip.get(movement.part[:2], movement.part[:2]) + movement.part[2:]
    label = movement.label
    if part == movement.part:  # in paired parts the side is the part's; in the others it is the label's
        for one, other in (("left", "right"), ("right", "left")):
            if label.endswith(one):
                label = label.removesuffix(one) + other
                break
    return f"{part}.{label}"


MIRROR: tuple[int, ...] = tuple(NAMES.index(mirrored(m)) for m in MOVEMENTS)
"""``prob[:, MIRROR]`` are the labels of the mirrored dancer."""
