"""The names that a pickle may use, each standing for a function here: arrays, dtypes, numbers, ordered dictionaries."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

_MOST_AXES = 8  # more than any array of poses has; chosen
_CODE = re.compile(r"[<>|=]?([biuf][1248]|f16|[SU]\d{1,5}|O8?|\?)")
_PLAIN = (str, bytes, int, float)  # what may be a key: a nested tuple's hash could exhaust the stack
_MOST_PARTS = 8  # of a tuple that is a key; chosen


class Unreadable(ValueError):
    """A pickle that is not only data, or is damaged."""


class Blank:
    """An array or a dtype between its making and the state that says what it is."""

    def __init__(self, code: str = "") -> None:
        self.code = code  # of a dtype
        self.made: Any = None

    def build(self, state: tuple[Any, ...]) -> None:
        """Take the state that a pickle gives.

        Raises:
            Unreadable: it is none of an array or dtype of plain values, or there was one already.
        """
        if self.code:
            _, order, *rest = state
            if order not in ("<", ">", "|", "=") or any(item is not None for item in rest[:3]):
                raise Unreadable("holds an array with fields")
            self.made = np.dtype(self.code).newbyteorder(order)
        elif self.made is None:
            _, shape, dtype, fortran, content = state
            self.made = _filled(shape, dtype, fortran, content)
        else:
            raise Unreadable("changes an array that is made")


def _dtype(code: Any, *_: Any) -> Blank:
    code = code.decode("latin-1") if isinstance(code, bytes) else code
    if not isinstance(code, str) or _CODE.fullmatch(code) is None:
        raise Unreadable("holds an array of something else than numbers, texts or objects")
    blank = Blank(code)
    blank.made = np.dtype(code)
    return blank


def _blank_array(*_: Any) -> Blank:
    return Blank()


def _filled(shape: Any, dtype: Any, fortran: Any, content: Any) -> NDArray[Any]:
    """The array that a state describes."""
    axes: tuple[int, ...] = shape if isinstance(shape, tuple) else (shape,)
    kind = dtype.made if isinstance(dtype, Blank) else None
    if not isinstance(kind, np.dtype) or len(axes) > _MOST_AXES:
        raise Unreadable("holds an array without a type, or of too many axes")
    if not all(type(n) is int and 0 <= n < 2**40 for n in axes):
        raise Unreadable("holds an array of an impossible shape")
    count = math.prod(axes)
    order: Literal["F", "C"] = "F" if fortran is True else "C"
    if kind.hasobject:
        if not isinstance(content, list) or len(content) != count:
            raise Unreadable(f"holds an array of shape {axes} without its {count} objects")
        objects = np.empty(count, object)
        for i, item in enumerate(content):
            objects[i] = item
        return objects.reshape(axes, order=order)
    content = content.encode("latin-1") if isinstance(content, str) else content
    if not isinstance(content, bytes | bytearray) or len(content) != count * kind.itemsize:
        raise Unreadable(f"holds an array of shape {axes} without its {count * kind.itemsize} bytes")
    return np.frombuffer(bytes(content), kind).reshape(axes, order=order) if count else np.zeros(axes, kind)


def _scalar(dtype: Any, content: Any = b"") -> Any:
    return _filled((), dtype, False, content)[()]


def _encoded(text: str, encoding: str = "latin1") -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise Unreadable("encodes a text in an unknown way")
    return text.encode("latin-1")


def ordered(pairs: Any = ()) -> dict[Any, Any]:
    """A dictionary of pairs."""
    found: dict[Any, Any] = {}
    for key, value in pairs:
        enter(found, key, value)
    return found


def _never(*_: Any) -> Any:
    raise Unreadable("makes an array in an unknown way")


_NAMES: dict[str, Callable[..., Any]] = {
    "numpy ndarray": _never,  # only ever an argument of _reconstruct
    "numpy dtype": _dtype,
    "_codecs encode": _encoded,
    "builtins bytes": lambda: b"",
    "__builtin__ bytes": lambda: b"",
    "collections OrderedDict": ordered,
    **{f"numpy.{core}.multiarray _reconstruct": _blank_array for core in ("core", "_core")},
    **{f"numpy.{core}.multiarray scalar": _scalar for core in ("core", "_core")},
    **{f"numpy.{core}.numeric _frombuffer": (
        lambda content, dtype, shape, order: _filled(shape, dtype, order == "F", content)
    ) for core in ("core", "_core")},
}  # fmt: skip


class Name:
    """One of ``_NAMES`` on the stack: not callable, without attributes to change."""

    __slots__ = ("_words",)

    def __init__(self, words: str) -> None:
        if words not in _NAMES:
            raise Unreadable(
                f"is a pickle that asks for {words[:80].replace(' ', '.')!r}, which could run code; only arrays, "
                "numbers, texts, lists and dictionaries are read"
            )
        self._words = words

    def make(self, arguments: tuple[Any, ...]) -> Any:
        """What it stands for, of these arguments."""
        return _NAMES[self._words](*arguments)


def enter(target: dict[Any, Any], key: Hashable, value: Any) -> None:
    """Put an item into a dictionary.

    Args:
        target: the dictionary.
        key: of the item.
        value: of the item.

    Raises:
        Unreadable: the key is no text, bytes, number or none, and no short tuple of these.
    """
    parts = key if isinstance(key, tuple) and 0 < len(key) <= _MOST_PARTS else (key,)
    if not all(part is None or isinstance(part, _PLAIN) for part in parts):
        raise Unreadable(f"has a {type(key).__name__} as a key")
    target[key] = value
