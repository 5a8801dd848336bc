"""Reading a user's own movement types from YAML, with a clear message for every error in the file."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

import yaml

from dance3d.io.yaml_files import read_yaml
from dance3d.movement_types import NAMES, PARTS, Movement
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules.custom import DEGREES, FASTEST, KINDS, SIGNALS, TURNS, Condition, OwnType

DOES = tuple(dict.fromkeys(word for words in KINDS.values() for word in words))
HELD = 0.4
"""Default seconds for which a signal stays above or below a level: as in the project's own holds."""
_KINDS = {"above": "H", "below": "H", "repeats": "P", "stops": "V"}


def read_types(path: Path | str) -> tuple[OwnType, ...]:
    """A user's movement types, in the order of the file; a mirrored type follows the type that asks for it.

    Args:
        path: YAML as docs/movements-own.md describes it.

    Raises:
        ValueError: it cannot be read, or a type in it cannot be used; the message names the place, the reason and the
            choices.
    """
    found = read_yaml(Path(path))
    if again := _twice(yaml.compose(Path(path).read_text(encoding="utf-8"), yaml.SafeLoader)):
        raise ValueError(f"{path}: {again} is there twice")
    if not isinstance(found, dict) or not found:
        raise ValueError(f"{path} holds no movement types, expected part.label: with what it is under it")
    types: list[OwnType] = []
    for name, value in found.items():
        types += _type(str(name), value, f"{path}: {name}")
    names = [own.name for own in types]
    if double := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{path}: {double[0]} is there twice; both_sides makes the other side by itself")
    return tuple(types)


def _twice(node: yaml.Node | None) -> str:
    """A key that occurs twice in one mapping, where YAML would silently drop the first; empty if there is none."""
    inside: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        keys = [str(key.value) for key, _ in node.value]
        if again := [key for key in keys if keys.count(key) > 1]:
            return again[0]
        inside = [value for _, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        inside = node.value
    return next(filter(None, map(_twice, inside)), "")


def _type(name: str, value: object, place: str) -> list[OwnType]:
    """A type, and its mirrored type if it asks for one."""
    part, dot, label = name.partition(".")
    if not dot or part not in PARTS:
        raise ValueError(f"{place}: a name is part.label with a part of {', '.join(PARTS)}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", label):
        raise ValueError(f"{place}: the label {label!r} may have small letters, digits and _ only")
    if name in NAMES:
        raise ValueError(f"{place} is one of the {len(NAMES)} built-in types; give yours another label")
    given = _mapping(value, place)
    both = given.pop("both_sides", False)
    if not isinstance(both, bool):
        raise ValueError(f"{place}: both_sides is {both!r}, expected true or false")
    own = _one(Movement(part, label, "", "own"), given, place)
    twin = own.mirrored
    if both and twin.name == own.name:
        raise ValueError(
            f"{place}: both_sides needs a side: a part with l_ or r_, or a label that ends in left or right"
        )
    if both and twin.name in NAMES:
        raise ValueError(f"{place}: its twin {twin.name} is one of the built-in types; give yours another label")
    return [own, twin] if both else [own]


def _one(movement: Movement, given: dict[str, Any], place: str) -> OwnType:
    if "rule" in given:
        _known(given, ("rule",), place)
        if given["rule"] != "labels":
            raise ValueError(f"{place}: rule is {given['rule']!r}; the only one to be named is labels")
        return OwnType(movement)
    if "all" not in given:
        when, seconds = [_condition(given, place)], 0.0
    else:
        _known(given, ("all", "seconds"), place)
        if not isinstance(given["all"], list) or not given["all"]:
            raise ValueError(f"{place}: all is {given['all']!r}, expected a list of conditions")
        numbered = enumerate(given["all"], 1)
        when = [_condition(_mapping(one, f"{place}: condition {n}"), f"{place}: condition {n}") for n, one in numbered]
        seconds = _number(given.get("seconds", 0), f"{place}: seconds")
    return OwnType(replace(movement, kind=_kind(when)), tuple(when), seconds)


def _kind(when: list[Condition]) -> str:
    """The letter in docs/movements.md of the first condition that is not only a hold."""
    first = next((one for one in when if one.does not in ("above", "below")), when[0])
    return _KINDS.get(first.does, "R" if first.signal in DEGREES else "T")


def _condition(given: Mapping[str, Any], place: str) -> Condition:
    signal = _only(given, SIGNALS, "signal", place)
    does = _only(given, DOES, "what it does", place)
    if does not in KINDS[signal]:
        raise ValueError(f"{place}: {signal} cannot be asked for {does}; choose from {', '.join(KINDS[signal])}")
    extra = {"above": ("seconds",), "below": ("seconds",)}.get(does, ())
    _known(given, (signal, does, *extra), place)
    of, value, there = _of(signal, given[signal], place), given[does], f"{place}: {does}"
    if does == "repeats":
        return _repeats(signal, of, value, there)
    level = does in ("above", "below")
    amount = _number(value, there, least=-float("inf") if level else 0.0)
    if not level and amount == 0:
        raise ValueError(f"{there} is 0, expected more")
    if signal == "angle" and amount > 180:
        raise ValueError(f"{there} is {value}, expected degrees up to 180")
    return Condition(
        signal, of, does, amount, _number(given.get("seconds", HELD), f"{place}: seconds") if level else 0.0
    )


def _repeats(signal: str, of: tuple[str, ...], value: object, place: str) -> Condition:
    given = _mapping(value, place)
    _known(given, ("hertz", "amplitude"), place)
    if missing := [key for key in ("hertz", "amplitude") if key not in given]:
        raise ValueError(f"{place} lacks {missing[0]}, expected {{hertz: [lowest, highest], amplitude: so much}}")
    hertz = given["hertz"]
    if not isinstance(hertz, list) or len(hertz) != 2:
        raise ValueError(f"{place}: hertz is {hertz!r}, expected [lowest, highest]")
    low, high = (_number(one, f"{place}: hertz") for one in hertz)
    if not 0.1 <= low < high <= FASTEST:
        raise ValueError(f"{place}: hertz is [{low:g}, {high:g}], expected two of 0.1 to {FASTEST:g}, the lower first")
    amplitude = _number(given["amplitude"], f"{place}: amplitude")
    if amplitude == 0:
        raise ValueError(f"{place}: amplitude is 0, expected more")
    return Condition(signal, of, "repeats", amplitude, hertz=(low, high))


def _of(signal: str, value: object, place: str) -> tuple[str, ...]:
    """The joints of a signal, or the name of what turns."""
    names = tuple(value) if isinstance(value, list) else (value,)
    if signal == "turn":
        if value not in TURNS:
            raise ValueError(f"{place}: turn is {value!r}; choose from {', '.join(TURNS)}")
        return (str(value),)
    for name in names:
        if name not in H36M17.joints:
            raise ValueError(f"{place}: joint {name!r} is not known; choose from {', '.join(H36M17.joints)}")
    if len(names) not in SIGNALS[signal]:
        expected = " or ".join(map(str, SIGNALS[signal]))
        raise ValueError(f"{place}: {signal} is made of {expected} joints, not of {len(names)}")
    if len(set(names)) < len(names):
        raise ValueError(f"{place}: {signal} has one joint twice: {', '.join(names)}")
    return tuple(str(name) for name in names)


def _mapping(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise ValueError(f"{place} is {value!r}, expected keys and values")
    return {str(key): one for key, one in value.items()}


def _known(given: Mapping[str, Any], keys: tuple[str, ...], place: str) -> None:
    if unknown := [key for key in given if key not in keys]:
        raise ValueError(f"{place}: key {unknown[0]!r} is not known here; choose from {', '.join(keys)}")


def _only(given: Mapping[str, Any], choices: Collection[str], what: str, place: str) -> str:
    """The only key of a mapping that is among the choices."""
    found = [key for key in given if key in choices]
    if len(found) != 1:
        present = ", ".join(found) or "none"
        raise ValueError(f"{place}: expected one {what} of {', '.join(choices)}; it has {present}")
    return found[0]


def _number(value: object, place: str, least: float = 0.0) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < least:
        expected = "a number" if least < 0 else "a number of 0 or more"
        raise ValueError(f"{place} is {value!r}, expected {expected}")
    return float(value)
