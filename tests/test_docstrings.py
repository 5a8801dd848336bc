"""Docstrings of functions with many parameters: ``Args`` describes each of them, and nothing else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "dance3d"
MANY = 3  # parameters from which on ``Args`` is asked for; self and cls do not count


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Names of a function's parameters, *args and **kwargs included."""
    found = function.args
    every = [*found.posonlyargs, *found.args, found.vararg, *found.kwonlyargs, found.kwarg]
    return [one.arg for one in every if one is not None and one.arg not in ("self", "cls")]


def described(docstring: str) -> list[str]:
    """Names under ``Args``."""
    _, _, rest = docstring.partition("Args:\n")
    return re.findall(r"^    \*{0,2}(\w+): \S", rest.partition("\n\n")[0], re.MULTILINE)


def public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions of a module, and methods of its public classes; not what is defined inside a function."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public(node.body)


def undescribed(text: str) -> list[str]:
    """``name (line)`` of every public function whose ``Args`` are not its parameters."""
    return [
        f"{one.name} (line {one.lineno})"
        for one in public(ast.parse(text).body)
        if len(parameters(one)) >= MANY and sorted(described(ast.get_docstring(one) or "")) != sorted(parameters(one))
    ]


@pytest.mark.parametrize(
    ("docstring", "fails"),
    [
        ("Add.\n\n    Args:\n        a: one.\n        b: two.\n        c: three\n            metres.\n    ", False),
        ("Add.\n\n    Args:\n        a: one.\n        b: two.\n    ", True),
        ("Add.\n\n    Args:\n        a: one.\n        b: two.\n        c: three.\n        d: four.\n    ", True),
        ("Add.", True),
    ],
    ids=["all", "one lacks", "one too many", "none"],
)
def test_a_parameter_without_description_is_found(docstring, fails):
    assert bool(undescribed(f'def add(a, b, c):\n    """{docstring}"""\n')) == fails


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_parameter_of_a_function_with_many_is_described(file):
    assert undescribed(file.read_text()) == []
