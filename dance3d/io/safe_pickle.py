"""Read pickles as data: arrays, numbers, texts, lists and dictionaries are rebuilt; nothing is imported or called.

Python's own unpickler calls what a file names, and numpy's ``__setstate__`` trusts a dtype from a file, which can
corrupt memory. So the opcodes, which ``pickletools`` parses, are executed here on a stack of plain values. The only
names that are accepted are those in ``safe_pickle_globals``, each of which stands for a function there.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dance3d.io.safe_pickle_globals import Blank, Name, Unreadable, enter, ordered

MOST_STEPS = 3_000_000  # opcodes, which take some seconds; chosen
_MOST_USES = 4  # of every byte: a text is encoded, then it fills an array; chosen


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
    """Executes the opcodes of one pickle."""

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
        if isinstance(value, Blank) and not value.code:
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
        """Limit how often the bytes of one stored text or list are used."""
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
        self.stack.append(ordered(zip(values[::2], values[1::2], strict=True)))

    def _setitem(self, _: Any) -> None:
        key, value = self._last(2)
        enter(self._target(dict), key, value)

    def _setitems(self, _: Any) -> None:
        values = self._values()
        for key, value in zip(values[::2], values[1::2], strict=True):
            enter(self._target(dict), key, value)

    def _target(self, kind: type) -> Any:
        if type(self.stack[-1]) is not kind:
            raise Unreadable(f"puts items into a {type(self.stack[-1]).__name__}")
        return self.stack[-1]

    def _global(self, words: Any) -> None:
        self.stack.append(Name(words))

    def _stack_global(self, _: Any) -> None:
        module, name = self._last(2)
        if not (isinstance(name, str) and isinstance(module, str)):
            raise Unreadable("is a damaged pickle")
        self.stack.append(Name(f"{module} {name}"))

    def _reduce(self, _: Any) -> None:
        name, arguments = self._last(2)
        if not isinstance(name, Name) or not isinstance(arguments, tuple):
            raise Unreadable(f"calls a {type(name).__name__}")
        self._spend(arguments)
        self.stack.append(name.make(arguments))

    def _build(self, _: Any) -> None:
        state, blank = self._value(), self.stack[-1]
        if not isinstance(blank, Blank) or not isinstance(state, tuple):
            raise Unreadable(f"changes a {type(blank).__name__}")
        self._spend(state)
        blank.build(state)
