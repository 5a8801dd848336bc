"""Pickles read as data: arrays, numbers, texts, lists and dictionaries are rebuilt, nothing is imported or called.

Python's own unpickler calls what a file names, and numpy's ``__setstate__`` takes a hostile dtype's word for what a
pointer is. So the opcodes, which ``pickletools`` takes apart, are followed here on a stack of plain values; a name is
only ever one of the few in ``_NAMES``, each standing for a function of this file.
"""

from __future__ import annotations

import math
import pickletools
import re
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

MOST_STEPS = 3_000_000  # opcodes: some seconds
_MOST_USES = 4  # of every byte: a text is encoded, then it fills an array
_MOST_AXES = 8
_CODE = re.compile(r"[<>|=]?([biuf][1248]|f16|[SU]\d{1,5}|O8?|\?)")
_PLAIN = (str, bytes, int, float)  # what may be a key: a nested tuple's hash could exhaust the stack


class Unreadable(ValueError):
    """A pickle that is not only data, or is damaged."""


def unpickled(data: bytes, path: Path | str) -> Any:
    """Rebuild what a pickle holds.

    Args:
        data: a pickle of any protocol, of Python 2 (texts are read as latin-1) or 3.
        path: for the error.

    Returns:
        Numbers, texts, bytes, none, lists, tuples, dictionaries, and numpy arrays of numbers, texts or objects, the
        objects being of these same kinds.

    Raises:
        Unreadable: it names anything else, is damaged, or takes more than ``MOST_STEPS`` steps.
    """
    try:
        return _Machine().run(data)
    except Unreadable as error:
        raise Unreadable(f"{path}: {error}") from error
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, MemoryError) as error:
        raise Unreadable(f"{path}: is not a pickle, or is damaged ({type(error).__name__})") from error


# ---- what names stand for -----------------------------------------------------------------------------------------


class _Blank:
    """An array or a dtype between its making and the state that says what it is."""

    def __init__(self, code: str = "") -> None:
        self.code = code  # of a dtype
        self.made: Any = None


def _dtype(code: Any, *_: Any) -> _Blank:
    code = code.decode("latin-1") if isinstance(code, bytes) else code
    if not isinstance(code, str) or _CODE.fullmatch(code) is None:
        raise Unreadable("holds an array of something else than numbers, texts or objects")
    blank = _Blank(code)
    blank.made = np.dtype(code)
    return blank


def _blank_array(*_: Any) -> _Blank:
    return _Blank()


def _filled(shape: Any, dtype: Any, fortran: Any, content: Any) -> NDArray[Any]:
    """The array that a state describes."""
    axes: tuple[int, ...] = shape if isinstance(shape, tuple) else (shape,)
    kind = dtype.made if isinstance(dtype, _Blank) else None
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


def _ordered(pairs: Any = ()) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in pairs:
        _enter(found, key, value)
    return found


def _never(*_: Any) -> Any:
    raise Unreadable("makes an array in an unknown way")


_NAMES: dict[str, Callable[..., Any]] = {
    "numpy ndarray": _never,  # only ever an argument of _reconstruct
    "numpy dtype": _dtype,
    "_codecs encode": _encoded,
    "builtins bytes": lambda: b"",
    "__builtin__ bytes": lambda: b"",
    "collections OrderedDict": _ordered,
    **{f"numpy.{core}.multiarray _reconstruct": _blank_array for core in ("core", "_core")},
    **{f"numpy.{core}.multiarray scalar": _scalar for core in ("core", "_core")},
    **{f"numpy.{core}.numeric _frombuffer": (
        lambda content, dtype, shape, order: _filled(shape, dtype, order == "F", content)
    ) for core in ("core", "_core")},
}  # fmt: skip


class _Name:
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
        return _NAMES[self._words](*arguments)


def _enter(target: dict[Any, Any], key: Hashable, value: Any) -> None:
    if key is not None and not isinstance(key, _PLAIN):
        raise Unreadable(f"has a {type(key).__name__} as a key")
    target[key] = value


# ---- the machine --------------------------------------------------------------------------------------------------

_VALUES = frozenset(
    """
    INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE
    SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8
    """.split()
)
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False,
    "EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple,
}  # fmt: skip
_MARK = object()


class _Machine:
    """Follows one pickle."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.left = 0

    def run(self, data: bytes) -> Any:
        self.left = _MOST_USES * len(data)
        for step, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            name = opcode.name
            if step >= MOST_STEPS:
                raise Unreadable(f"takes more than {MOST_STEPS} steps to read; save arrays, not lists of numbers")
            if name in _VALUES:
                self.stack.append(argument)
            elif name in _CONSTANTS:
                self.stack.append(_CONSTANTS[name]())
            elif name == "STOP":
                return self._value()
            elif (method := getattr(self, f"_{name.lower()}", None)) is not None:
                method(argument)
            elif name not in ("PROTO", "FRAME"):
                raise Unreadable(f"is a pickle with {name}, which plain data does not need")
        raise Unreadable("ends before its pickle does")

    def _value(self) -> Any:
        """The top of the stack, as a value."""
        value = self.stack.pop()
        if value is _MARK:
            raise Unreadable("is a damaged pickle")
        if isinstance(value, _Blank) and not value.code:
            if value.made is None:
                raise Unreadable("holds an array that holds itself, or never gets a shape")
            return value.made
        return value

    def _last(self, count: int) -> tuple[Any, ...]:
        return tuple([self._value() for _ in range(count)][::-1])

    def _values(self) -> list[Any]:
        """All above the last mark."""
        found = []
        while self.stack[-1] is not _MARK:
            found.append(self._value())
        self.stack.pop()
        return found[::-1]

    def _spend(self, arguments: tuple[Any, ...]) -> None:
        """Hold down what one remembered text or list can be made into, over and over."""
        self.left -= sum(len(a) for a in arguments if isinstance(a, str | bytes | bytearray | list | tuple))
        if self.left < 0:
            raise Unreadable("is a pickle that uses the same bytes again and again")

    def _mark(self, _: Any) -> None:
        self.stack.append(_MARK)

    def _memoize(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def _binput(self, key: Any) -> None:
        self.memo[int(key)] = self.stack[-1]

    _put = _long_binput = _binput

    def _binget(self, key: Any) -> None:
        self.stack.append(self.memo[int(key)])

    _get = _long_binget = _binget

    def _tuple(self, _: Any) -> None:
        self.stack.append(tuple(self._values()))

    def _tuple1(self, _: Any) -> None:
        self.stack.append(self._last(1))

    def _tuple2(self, _: Any) -> None:
        self.stack.append(self._last(2))

    def _tuple3(self, _: Any) -> None:
        self.stack.append(self._last(3))

    def _list(self, _: Any) -> None:
        self.stack.append(self._values())

    def _append(self, _: Any) -> None:
        value = self._value()
        self._target(list).append(value)

    def _appends(self, _: Any) -> None:
        values = self._values()
        self._target(list).extend(values)

    def _dict(self, _: Any) -> None:
        values = self._values()
        self.stack.append(_ordered(zip(values[::2], values[1::2], strict=True)))

    def _setitem(self, _: Any) -> None:
        key, value = self._last(2)
        _enter(self._target(dict), key, value)

    def _setitems(self, _: Any) -> None:
        values = self._values()
        for key, value in zip(values[::2], values[1::2], strict=True):
            _enter(self._target(dict), key, value)

    def _target(self, kind: type) -> Any:
        if type(self.stack[-1]) is not kind:
            raise Unreadable(f"puts items into a {type(self.stack[-1]).__name__}")
        return self.stack[-1]

    def _global(self, words: Any) -> None:
        self.stack.append(_Name(words))

    def _stack_global(self, _: Any) -> None:
        module, name = self._last(2)
        if not (isinstance(name, str) and isinstance(module, str)):
            raise Unreadable("is a damaged pickle")
        self.stack.append(_Name(f"{module} {name}"))

    def _reduce(self, _: Any) -> None:
        name, arguments = self._last(2)
        if not isinstance(name, _Name) or not isinstance(arguments, tuple):
            raise Unreadable(f"calls a {type(name).__name__}")
        self._spend(arguments)
        self.stack.append(name.make(arguments))

    def _build(self, _: Any) -> None:
        state, blank = self._value(), self.stack[-1]
        if not isinstance(blank, _Blank) or not isinstance(state, tuple):
            raise Unreadable(f"changes a {type(blank).__name__}")
        self._spend(state)
        if blank.code:
            _, order, *rest = state
            if order not in ("<", ">", "|", "=") or any(item is not None for item in rest[:3]):
                raise Unreadable("holds an array with fields")
            blank.made = np.dtype(blank.code).newbyteorder(order)
        elif blank.made is None:
            _, shape, dtype, fortran, content = state
            blank.made = _filled(shape, dtype, fortran, content)
        else:
            raise Unreadable("changes an array that is made")
