"""The 154 movement types over 16 body parts, and the words into which they merge: ``vocabulary.yaml`` lists both.

The list is the project's own (docs/movements.md), as HDVR's is not public. Kinds: R rotation or angle change,
T translation, P periodic, C circular, W wave, V ballistic, H hold, E contact event. How well 17 joints show it: A well,
B weakly, C hardly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SIDES = ("left", "right")


def _read() -> dict[str, Any]:
    """The vocabulary as its file has it; by the C reader where there is one, which is eight times as fast."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = Path(__file__).with_name("vocabulary.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, loader)
    return found


VOCABULARY: Mapping[str, Any] = _read()


def part_title(part: str) -> str:
    """A body part's name as a person reads it, such as ``left arm``."""
    side = {"l_": "left ", "r_": "right "}.get(part[:2], "")
    return side + part[2:] if side else part


@dataclass(frozen=True)
class Movement:
    """One movement type: ``part.label``.

    Attributes:
        part, label: as in its name.
        kind, shown: letters, as this module explains them.
        word: name of the word into which it merges; empty if none.
        sentence: what one sees; empty if nobody said.
    """

    part: str
    label: str
    kind: str
    shown: str
    word: str = ""
    sentence: str = ""

    @property
    def name(self) -> str:
        """The full name, such as ``l_arm.raise_side``."""
        return f"{self.part}.{self.label}"

    @property
    def title(self) -> str:
        """The name as a person reads it, such as ``left arm: raise side``."""
        return titled(self.name)


@dataclass(frozen=True)
class Word:
    """What a dancer says of a movement, such as ``raise_left_arm``.

    Attributes:
        name: without a part; of a type that a user added, its own.
        title: the name as a person reads it.
        sentence: what one sees.
        types: names of the movement types that merge into it; a clap has none, only a rule.
    """

    name: str
    title: str
    sentence: str
    types: tuple[str, ...]

    @property
    def side(self) -> str:
        """``left`` or ``right`` where one limb of the dancer does it, else empty; a turn has a direction, no side."""
        part = {"l_": "left", "r_": "right"}.get(self.name[:2], "")
        return part or next((side for side in SIDES if side in self.name.split("_")[1:-1]), "")


def titled(name: str) -> str:
    """A movement's full name as a person reads it, also of one that a user added."""
    part, _, label = name.partition(".")
    return f"{part_title(part)}: {label.replace('_', ' ')}"


def own_word(name: str) -> Word:
    """The word of a movement type that a user added: it merges with no other."""
    return Word(name, titled(name), "", (name,))


def _sided(name: str) -> tuple[str, ...]:
    """The sides that a name with ``*`` stands for; one without stands for itself alone."""
    return SIDES if "*" in name else ("",)


_TYPES: Mapping[str, Mapping[str, Mapping[str, Any]]] = VOCABULARY["types"]
_PAIRED = ("shoulder", "arm", "forearm", "leg", "knee", "foot")
# Parts that have a left and a right come as one block per side, left first.
PARTS: tuple[str, ...] = tuple(
    part for base in _TYPES for part in ((f"l_{base}", f"r_{base}") if base in _PAIRED else (base,))
)


def _movements(part: str) -> list[Movement]:
    """All types of a part; a word's side is the label's, or else the part's."""
    of_part = {"l_": "left", "r_": "right"}.get(part[:2], "")
    return [
        Movement(
            part,
            label.replace("*", side),
            one["type"]["kind"],
            one["type"]["shown"],
            one["type"].get("word", "").replace("*", side or of_part),
            one["sentence"].replace("*", side or of_part),
        )
        for label, one in _TYPES[part[2:] if of_part else part].items()
        for side in _sided(label)
    ]


MOVEMENTS: tuple[Movement, ...] = tuple(one for part in PARTS for one in _movements(part))
NAMES: tuple[str, ...] = tuple(m.name for m in MOVEMENTS)


def _word(name: str, sentence: str) -> Word:
    return Word(name, name.replace("_", " "), sentence, tuple(one.name for one in MOVEMENTS if one.word == name))


WORDS: tuple[Word, ...] = tuple(
    _word(name.replace("*", side), sentence.replace("*", side))
    for name, sentence in VOCABULARY["words"].items()
    for side in _sided(name)
)
"""In the order in which they are shown."""
WORD_NAMES: tuple[str, ...] = tuple(word.name for word in WORDS)


def mirrored(movement: Movement) -> str:
    """Name of the movement that a mirror shows."""
    flip = {"l_": "r_", "r_": "l_"}
    part = flip.get(movement.part[:2], movement.part[:2]) + movement.part[2:]
    label = movement.label
    if part == movement.part:  # in paired parts the side is the part's; in the others it is the label's
        for one, other in (SIDES, SIDES[::-1]):
            if label.endswith(one):
                label = label.removesuffix(one) + other
                break
    return f"{part}.{label}"


def _other_side(word: str) -> str:
    flip = dict(zip(SIDES, SIDES[::-1], strict=True))
    return "_".join(flip.get(part, part) for part in word.split("_"))


MIRROR: tuple[int, ...] = tuple(NAMES.index(mirrored(m)) for m in MOVEMENTS)
"""``prob[:, MIRROR]`` are the labels of the mirrored dancer."""
WORD_MIRROR: tuple[int, ...] = tuple(WORD_NAMES.index(_other_side(name)) for name in WORD_NAMES)
"""``words[:, WORD_MIRROR]`` are the words of the mirrored dancer."""
