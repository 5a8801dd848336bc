"""Settings of stages: frozen dataclasses that know every setting's type, default, unit and range, and check it.

The class of a stage, ``stages/<stage>/settings.py``, is the one place where its settings stand. Their meanings are the
``Attributes`` of its docstring. ``configs/pipeline.yaml``, ``docs/settings.md`` and the help are made from the classes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from inspect import getdoc
from types import NoneType
from typing import Any, ClassVar, Self, get_args, get_type_hints

from dance3d.stages.conversions import CONVERT, WORDS

Choices = Sequence[str] | Callable[[], Iterable[str]]


@dataclass(frozen=True)
class Rule:
    """What a setting may be.

    Attributes:
        unit: of its numbers.
        least: smallest number.
        most: largest number.
        above: number that it must be above.
        choices: words that it may be, or a function that gives them: a table of implementations is then imported only
            when it is asked for.
        only: other settings and their values with which alone it counts.
        unless: other settings and values with which it does not.
    """

    unit: str = ""
    least: float | None = None
    most: float | None = None
    above: float | None = None
    choices: Choices = ()
    only: Mapping[str, Any] = field(default_factory=dict)
    unless: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that it may be; empty where anything goes."""
        return tuple(self.choices() if callable(self.choices) else self.choices)

    @property
    def range(self) -> str:
        """``0.5 to 2.5``, ``at least 64``, or nothing."""
        if self.least is not None and self.most is not None:
            return f"{self.least:g} to {self.most:g}"
        if self.above is not None:
            return f"above {self.above:g}"
        return "" if self.least is None else f"at least {self.least:g}"

    def holds(self, number: float) -> bool:
        """Whether a number is in the range."""
        return (
            (self.least is None or number >= self.least)
            and (self.most is None or number <= self.most)
            and (self.above is None or number > self.above)
        )


def setting(default: Any, **rule: Any) -> Any:
    """A field of a ``Settings`` class.

    Args:
        default: its value where nobody says otherwise.
        rule: what it may be, as ``Rule`` has it.
    """
    return field(default=default, metadata={"rule": Rule(**rule)})


@dataclass(frozen=True)
class Setting:
    """All there is to know of one setting.

    Attributes:
        stage: whose it is.
        name: its own.
        kinds: types that it may have, in the order in which they are tried.
        optional: whether it may be none.
        default: its value where nobody says otherwise.
        rule: what it may be.
        meaning: what it does, in a phrase.
    """

    stage: str
    name: str
    kinds: tuple[Any, ...]
    optional: bool
    default: Any
    rule: Rule
    meaning: str

    def told(self, quote: str = "", late: bool = True) -> str:
        """Its meaning, unit, range and choices, in a phrase.

        Args:
            quote: put around each choice.
            late: also choices that are imported only when they are asked for.
        """
        parts = [self.meaning.rstrip(".")]
        unit = f"in {self.rule.unit}" if self.rule.unit else ""
        if unit or self.rule.range:
            parts.append(", ".join(part for part in (unit, self.rule.range) if part))
        if late or not callable(self.rule.choices):
            words = self.rule.words
            if not all(f"``{word}``" in self.meaning for word in words):
                parts.append(f"one of {', '.join(f'{quote}{word}{quote}' for word in words)}")
        return "; ".join(parts)

    @property
    def expected(self) -> str:
        """What it may be, in words."""
        unit = f" {self.rule.unit}" if self.rule.unit else ""
        bounds = f" {self.rule.range}" if self.rule.range else ""
        kinds = " or ".join(WORDS.get(kind, "a mapping") for kind in self.kinds)
        return f"{kinds}{bounds}{unit}{' or null' if self.optional else ''}"

    def checked(self, value: Any) -> Any:
        """A value in the type of the setting.

        Raises:
            ValueError: another type, out of range or not among the choices.
        """
        if value is None and self.optional:
            return None
        made = self._converted(value)
        if isinstance(made, str):
            words = self.rule.words
            if words and made not in words:
                raise ValueError(f"{self.stage}.{self.name} {made!r} is not known; choose from {', '.join(words)}")
        for number in made if isinstance(made, tuple) else (made,):
            if isinstance(number, int | float) and not self.rule.holds(number):
                unit = f" {self.rule.unit}" if self.rule.unit else ""
                raise ValueError(f"{self.stage}.{self.name} is {number}{unit}, expected {self.rule.range}")
        return made

    def _converted(self, value: Any) -> Any:
        for kind in self.kinds:
            if is_dataclass(kind):
                try:
                    return kind.read(value)  # type: ignore[union-attr]  # its message begins with the setting's name
                except ValueError as error:
                    raise ValueError(f"{self.stage}.{error}") from error
            made = CONVERT[kind](value)
            if made is not None:
                return made
        raise ValueError(f"{self.stage}.{self.name} is {value!r}, expected {self.expected}")


@dataclass(frozen=True)
class Settings:
    """Settings of one stage; values are converted and checked as it is made."""

    stage: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Convert and check what differs from the defaults.

        Raises:
            ValueError: a value that a setting cannot have.
        """
        for one in described(type(self)):
            value = getattr(self, one.name)
            if value is not one.default:
                object.__setattr__(self, one.name, one.checked(value))

    @classmethod
    def read(cls, given: Mapping[str, Any] | Self | None = None) -> Self:
        """The defaults with changes laid over them.

        Raises:
            ValueError: a setting that does not exist, or a value that it cannot have.
        """
        if isinstance(given, cls):
            return given
        if not isinstance(given, Mapping | None):
            raise ValueError(f"settings of {cls.stage} are {given!r}, expected a mapping of names to values")
        for name in given or {}:
            if name not in cls.names():
                known = ", ".join(cls.names()) or "none"
                raise ValueError(f"stage {cls.stage} has no setting {name!r}; its settings are: {known}")
        return cls(**(given or {}))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Of its settings, in order."""
        return tuple(one.name for one in fields(cls))

    def ignored(self, name: str) -> str:
        """When a setting counts, where it does not beside the others; empty where it does."""
        rule = next(one.rule for one in described(type(self)) if one.name == name)
        for wanted, table in ((True, rule.only), (False, rule.unless)):
            for other, value in table.items():
                if (getattr(self, other) == value) != wanted:
                    shown = f"{self.stage}.{other}" + ("" if value is None else f"={value}")
                    return f"{'with' if wanted == (value is not None) else 'without'} {shown}"
        return ""

    def plain(self) -> dict[str, Any]:
        """By name, as JSON and YAML hold them."""
        found: dict[str, Any] = _plain(self)
        return found


def described(kind: type[Settings]) -> tuple[Setting, ...]:
    """Every setting of a class, in order."""
    hints, meanings = get_type_hints(kind), _meanings(kind)
    found = []
    for one in fields(kind):
        kinds = get_args(hints[one.name]) if NoneType in get_args(hints[one.name]) else (hints[one.name],)
        named = tuple(part for part in kinds if part is not NoneType)
        rule = one.metadata.get("rule", Rule())
        meaning = meanings.get(one.name, "")
        found.append(Setting(kind.stage, one.name, named, NoneType in kinds, one.default, rule, meaning))
    return tuple(found)


def purpose(kind: type[Settings]) -> str:
    """What a class's settings are about: the first line of its docstring."""
    return (getdoc(kind) or "").partition("\n")[0]


def _meanings(kind: type) -> dict[str, str]:
    """Of every attribute, what the docstring says of it under ``Attributes``."""
    _, _, text = (getdoc(kind) or "").partition("Attributes:\n")
    parts = re.split(r"^ {4}(\w+): ", text, flags=re.MULTILINE)[1:]
    return {name: " ".join(said.split()) for name, said in zip(parts[::2], parts[1::2], strict=True)}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return list(value) if isinstance(value, tuple) else value
