"""Settings of stages: frozen dataclasses that know the type, default, unit and range of every setting and check them.

The class of a stage, ``stages/<stage>/settings.py``, is the only place where its settings are defined. The
``Attributes`` of its docstring describe them. ``configs/pipeline.yaml``, ``docs/settings.md`` and the help are
generated from the classes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from inspect import getdoc
from types import NoneType
from typing import Any, ClassVar, Self, get_args, get_type_hints

from dance3d.stages.setting_conversions import CONVERT, WORDS

Choices = Sequence[str] | Callable[[], Iterable[str]]


@dataclass(frozen=True)
class Rule:
    """Which values a setting may have.

    Attributes:
        unit: of its numbers.
        least: smallest number.
        most: largest number.
        above: number that it must exceed.
        choices: allowed words, or a function that returns them, so that a table of implementations is only imported
            when it is needed.
        only: other settings with the values that this setting requires to have an effect.
        unless: other settings with the values that switch this setting off.
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
        """The allowed words; empty where any text is allowed."""
        return tuple(self.choices() if callable(self.choices) else self.choices)

    @property
    def range(self) -> str:
        """The range of its numbers in words, such as ``0.5 to 2.5`` or ``at least 64``; empty without a range."""
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
        default: its default value.
        rule: fields of its ``Rule``.
    """
    return field(default=default, metadata={"rule": Rule(**rule)})


@dataclass(frozen=True)
class Setting:
    """The definition of one setting.

    Attributes:
        stage: it belongs to.
        name: of the setting.
        kinds: its possible types, in the order in which conversion tries them.
        optional: whether it may be None.
        default: its default value.
        rule: which values are allowed.
        meaning: its description, one phrase.
    """

    stage: str
    name: str
    kinds: tuple[Any, ...]
    optional: bool
    default: Any
    rule: Rule
    meaning: str

    def description(self, quote: str = "", late: bool = True) -> str:
        """Its meaning, unit, range and choices, in one phrase.

        Args:
            quote: put around each choice.
            late: include choices whose listing imports their implementations.
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
        """The allowed values, in words."""
        unit = f" {self.rule.unit}" if self.rule.unit else ""
        bounds = f" {self.rule.range}" if self.rule.range else ""
        kinds = " or ".join(WORDS.get(kind, "a mapping") for kind in self.kinds)
        return f"{kinds}{bounds}{unit}{' or null' if self.optional else ''}"

    def checked(self, value: Any) -> Any:
        """A value, converted to the type of the setting.

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
    """Settings of one stage; values are converted and checked when an instance is made."""

    stage: ClassVar[str] = ""

    def check_files(self) -> None:
        """Hold that the files that the settings name can be read, before anything runs.

        Raises:
            ValueError: one cannot.
        """

    def __post_init__(self) -> None:
        """Convert and check every value that differs from its default.

        Raises:
            ValueError: a value that a setting cannot have.
        """
        for one in described(type(self)):
            value = getattr(self, one.name)
            if value is not one.default:
                object.__setattr__(self, one.name, one.checked(value))

    @classmethod
    def read(cls, given: Mapping[str, Any] | Self | None = None) -> Self:
        """The default settings with changes applied.

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
        """Names of its settings, in order."""
        return tuple(one.name for one in fields(cls))

    def ignored(self, name: str) -> str:
        """Why a setting has no effect beside the other settings; empty where it has one."""
        rule = next(one.rule for one in described(type(self)) if one.name == name)
        for wanted, table in ((True, rule.only), (False, rule.unless)):
            for other, value in table.items():
                if (getattr(self, other) == value) != wanted:
                    shown = f"{self.stage}.{other}" + ("" if value is None else f"={value}")
                    return f"{'with' if wanted == (value is not None) else 'without'} {shown}"
        return ""

    def plain(self) -> dict[str, Any]:
        """Values by name, as JSON and YAML store them."""
        found: dict[str, Any] = _plain(self)
        return found


def described(kind: type[Settings]) -> tuple[Setting, ...]:
    """The definition of every setting of a class, in order."""
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
    """What the settings of a class are about: the first line of its docstring."""
    return (getdoc(kind) or "").partition("\n")[0]


def _meanings(kind: type) -> dict[str, str]:
    """Description of every attribute, from ``Attributes`` in the docstring."""
    _, _, text = (getdoc(kind) or "").partition("Attributes:\n")
    parts = re.split(r"^ {4}(\w+): ", text, flags=re.MULTILINE)[1:]
    return {name: " ".join(said.split()) for name, said in zip(parts[::2], parts[1::2], strict=True)}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return list(value) if isinstance(value, tuple) else value
