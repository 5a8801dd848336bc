"""The thresholds of the movement rules, from the vocabulary: put together once and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from math import inf

from dance3d.movement_types import VOCABULARY

Values = Mapping[str, float]


def sideless(name: str) -> str:
    """A movement's name without its side, as both sides share thresholds: ``arm.lower``, ``torso.bend``."""
    return name.removeprefix("l_").removeprefix("r_").removesuffix("_left").removesuffix("_right")


@dataclass(frozen=True, eq=False)
class Thresholds:
    """All thresholds of all rules.

    Attributes:
        kinds: defaults by kind of movement (R, T, P, C, W, V, H, E), by key.
        values: by sideless name, by key, with the defaults of the name's kind.

    Raises:
        ValueError: ``values`` have other names or keys than the vocabulary, or one is not a number above 0.
    """

    kinds: Mapping[str, Values]
    values: Mapping[str, Values]

    def __post_init__(self) -> None:
        known = _by_name()
        _same("names", self.values, known)
        for name, values in self.values.items():
            _same(name, values, known[name])
            for key, value in values.items():
                if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < inf:
                    raise ValueError(f"thresholds: {name}: {key} is {value!r}, expected a number above 0")

    def changed(self, own: Mapping[str, Values]) -> Thresholds:
        """A copy with some thresholds changed: by sideless name, by key.

        Raises:
            ValueError: an unknown name or key, or a value that is not a number above 0.
        """
        values = dict(self.values)
        for name, numbers in own.items():
            if not isinstance(numbers, Mapping):
                raise ValueError(f"thresholds: {name} is {numbers!r}, expected keys and their numbers")
            values[name] = {**values.get(name, {}), **numbers}
        return replace(self, values=values)

    def of(self, part: str) -> dict[str, Values]:
        """The values of one part's movements by sideless label; the part has no side either."""
        return {name.removeprefix(f"{part}."): of for name, of in self.values.items() if name.startswith(f"{part}.")}

    def default(self, kind: str) -> Values:
        """Defaults of a kind of movement (R, T, P, C, W, V, H, E)."""
        return self.kinds[kind]


@lru_cache(maxsize=1)
def shipped() -> Thresholds:
    """The project's own thresholds."""
    return Thresholds(VOCABULARY["kinds"], _by_name())


def _by_name() -> dict[str, Values]:
    """All thresholds of the vocabulary by sideless name: of the signals, and of every type with its kind's defaults."""
    kinds = {**VOCABULARY["kinds"], "none": {}}
    found: dict[str, Values] = {**VOCABULARY["signals"]}
    for part, types in VOCABULARY["types"].items():
        for label, one in types.items():
            defaults = kinds[one["type"].get("defaults", one["type"]["kind"])]
            found[f"{part}.{label.removesuffix('_*')}"] = {**defaults, **one.get("thresholds", {})}
    return found


def _same(place: str, given: Mapping[str, object], known: Mapping[str, object]) -> None:
    if unknown := [name for name in given if name not in known]:
        near = get_close_matches(str(unknown[0]), known, 3, 0.5)
        raise ValueError(f"thresholds: {place}: {unknown[0]!r} is not known; choose from {', '.join(near or known)}")
    if missing := [name for name in known if name not in given]:
        raise ValueError(f"thresholds: {place}: {missing[0]!r} is missing")
