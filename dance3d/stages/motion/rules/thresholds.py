"""The thresholds of the movement rules, from ``thresholds.yaml``: read once and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from math import inf

from dance3d.movement_types import NAMES

Values = Mapping[str, float]
Groups = Mapping[str, Mapping[str, Values]]
DEFAULTS = "defaults"


def sideless(name: str) -> str:
    """A movement's name without its side, as both sides share thresholds: ``arm.lower``, ``torso.bend``."""
    return name.removeprefix("l_").removeprefix("r_").removesuffix("_left").removesuffix("_right")


@dataclass(frozen=True, eq=False)
class Thresholds:
    """All thresholds of all rules.

    Attributes:
        groups: by group, by ``defaults`` or sideless name, by key: as in the file.
        values: by sideless name, by key, with the defaults of the name's group.

    Raises:
        ValueError: ``values`` have other names or keys than ``groups``, or one is not a number above 0.
    """

    groups: Groups
    values: Mapping[str, Values]

    def __post_init__(self) -> None:
        known = _by_name(self.groups)
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
        return self.groups[kind].get(DEFAULTS, {})


@lru_cache(maxsize=1)
def shipped() -> Thresholds:
    """The project's own thresholds.

    Raises:
        ValueError: the file lacks a movement, or has one twice or an unknown one.
    """
    import yaml

    groups = yaml.safe_load((resources.files(__package__) / "thresholds.yaml").read_text(encoding="utf-8"))
    found = sorted(name for group, table in groups.items() if group != "signals" for name in table if name != DEFAULTS)
    if found != (expected := sorted({sideless(name) for name in NAMES})):
        odd = sorted(set(found) ^ set(expected)) or [name for name in expected if found.count(name) > 1]
        raise ValueError(f"thresholds.yaml and the vocabulary disagree about {', '.join(odd)}")
    return Thresholds(groups, _by_name(groups))


def _by_name(groups: Groups) -> dict[str, Values]:
    return {
        name: {**table.get(DEFAULTS, {}), **own}
        for table in groups.values()
        for name, own in table.items()
        if name != DEFAULTS
    }


def _same(place: str, given: Mapping[str, object], known: Mapping[str, object]) -> None:
    if unknown := [name for name in given if name not in known]:
        near = get_close_matches(str(unknown[0]), known, 3, 0.5)
        raise ValueError(f"thresholds: {place}: {unknown[0]!r} is not known; choose from {', '.join(near or known)}")
    if missing := [name for name in known if name not in given]:
        raise ValueError(f"thresholds: {place}: {missing[0]!r} is missing")
