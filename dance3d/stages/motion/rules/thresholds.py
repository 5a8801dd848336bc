"""The numbers of the movement rules, from ``thresholds.yaml``: read once and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from dance3d.movement_types import NAMES

Values = Mapping[str, float]
Groups = Mapping[str, Mapping[str, Values]]
DEFAULTS = "defaults"


def sideless(name: str) -> str:
    """A movement's name without its side, so that a mirror never finds other numbers: ``arm.lower``, ``torso.bend``."""
    return name.removeprefix("l_").removeprefix("r_").removesuffix("_left").removesuffix("_right")


@dataclass(frozen=True, eq=False)
class Thresholds:
    """All numbers of all rules.

    Attributes:
        groups: by group, by ``defaults`` or sideless name, by key: as the file has them.
        values: by sideless name, by key, with the defaults of the name's group.
    """

    groups: Groups
    values: Mapping[str, Values]

    def of(self, part: str) -> dict[str, Values]:
        """The values of one part's movements by sideless label; the part has no side either."""
        return {name.removeprefix(f"{part}."): of for name, of in self.values.items() if name.startswith(f"{part}.")}

    def default(self, kind: str) -> Values:
        """What movements of a kind (R, T, P, C, W, V, H, E) have unless they say otherwise."""
        return self.groups[kind].get(DEFAULTS, {})


@lru_cache(maxsize=1)
def shipped() -> Thresholds:
    """The project's own.

    Raises:
        ValueError: the file lacks a movement, or has one twice or one that is not in the vocabulary.
    """
    import yaml

    groups = yaml.safe_load((resources.files(__package__) / "thresholds.yaml").read_text(encoding="utf-8"))
    found = sorted(name for group, table in groups.items() if group != "signals" for name in table if name != DEFAULTS)
    if found != (expected := sorted({sideless(name) for name in NAMES})):
        odd = sorted(set(found) ^ set(expected)) or [name for name in expected if found.count(name) > 1]
        raise ValueError(f"thresholds.yaml and the vocabulary disagree about {', '.join(odd)}")
    return _thresholds(groups)


def _thresholds(groups: Groups) -> Thresholds:
    values = {
        name: {**table.get(DEFAULTS, {}), **own}
        for table in groups.values()
        for name, own in table.items()
        if name != DEFAULTS
    }
    return Thresholds(groups, values)
