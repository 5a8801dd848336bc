"""A fingerprint of code: what a stage's result depends on besides its inputs and settings.

Comments, docstrings and layout do not count. Modules are found and read as text: nothing is imported.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"dance3d(\.\w+)+:\w+")
TABLE = "dance3d.registry"
"""The table of stages names the code of all of them. It is not followed: a key names the modules of its own row."""
BESIDE_TRAINING = frozenset(
    {
        *(
            "validation_pictures",
            "validation_charts",
            "validation_films",
            "predict_step",
            "predict_dataloader",
            "takes_by_split",
            "predicted_takes",
        ),  # of modules and their data
        *("add_display_arguments", "display_callbacks", "display_loggers", "display_weights"),  # of training.stage_cli
        "save_config",  # of training.saved_config
        *("calibrate_by_folds", "judge"),  # of motion; the key of calibrated weights has them
    }
)
"""Functions that show a training or use what it gave. No training depends on them, so no key of one has their code.

What they alone need they import inside themselves.
"""


@lru_cache
def fingerprint(*modules: str, training: bool = False) -> str:
    """Sha256 over the code that modules of dance3d run, and over the files that this code reads: see ``files_of``.

    Args:
        modules: full names.
        training: of the weights that they train, so without the functions ``BESIDE_TRAINING``.

    Raises:
        ValueError: a module is not one of dance3d's.
    """
    digest = hashlib.sha256()
    for path in files_of(*modules, training=training):
        content = _code(path, training).tree if path.suffix == ".py" else path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def files_of(*modules: str, training: bool = False) -> list[Path]:
    """The files of modules and of all that they import inside dance3d, late imports too, in order.

    A name that a package only passes on leads to the module that defines it, and not to the package's other modules.
    What a table names as ``"dance3d.package.module:attribute"`` counts as imported. Files that are no code (templates,
    tables of thresholds) count where they lie beside one of the modules.

    Args:
        modules: full names.
        training: as in ``fingerprint``.

    Raises:
        ValueError: a module is not one of dance3d's.
    """
    seen: set[Path] = set()
    waiting = []
    for name in modules:
        if (path := _source(name)) is None:
            raise ValueError(f"module {name!r} is not part of dance3d")
        waiting.append(path)
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += [p for one in _code(path, training).imports if (p := _defining(*one)) is not None]
    folders = {path.parent for path in seen} - {ROOT}
    beside = {p for folder in folders for p in folder.iterdir() if p.is_file() and p.suffix != ".py"}
    return sorted(seen | beside)


def _source(module: str) -> Path | None:
    """File of a dance3d module, or none where there is none of that name."""
    head, *rest = module.split(".")
    if head != "dance3d" or not rest:
        return None
    path = ROOT.joinpath(*rest)
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _defining(module: str, name: str) -> Path | None:
    """File that ``from module import name`` leads to; none where it is not dance3d's, or is the table of stages.

    Args:
        module: full name.
        name: of an attribute or a submodule; empty for the module itself.
    """
    path = _source(module)
    if name and (path is None or path.name == "__init__.py"):
        passed_on = {} if path is None else _code(path).passed_on
        if passed_on.get(name, (module, name)) != (module, name):  # else it is its own submodule
            return _defining(*passed_on[name])
        if (inner := _source(f"{module}.{name}")) is not None:
            module, path = f"{module}.{name}", inner
    return None if module == TABLE else path


@dataclass
class _Code:
    """What one file says.

    Attributes:
        tree: its syntax tree as bytes, without docstrings.
        imports: of dance3d, as (module, name), the name empty where it is the module itself.
        passed_on: likewise, what it imports at its top level, by the name under which others may import it.
    """

    tree: bytes
    imports: set[tuple[str, str]] = field(default_factory=set)
    passed_on: dict[str, tuple[str, str]] = field(default_factory=dict)


_NAMING = (ast.Import, ast.ImportFrom, ast.Constant)
_BLOCKS = (ast.mod, ast.stmt, ast.ExceptHandler, ast.match_case)
_FOR_CHECKERS = {ast.dump(ast.parse(test, mode="eval").body) for test in ("TYPE_CHECKING", "typing.TYPE_CHECKING")}


def _code(path: Path, training: bool = False) -> _Code:
    return _read(path.read_text(encoding="utf-8"), training)


@cache
def _read(text: str, training: bool) -> _Code:
    tree = ast.parse(text)
    imports: set[tuple[str, str]] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:  # not ast.walk, which would still visit what is taken out here
        node = waiting.pop()
        if isinstance(node, _NAMING):
            imports |= {(module, name) for module, name, _ in _imported(node)}
        if isinstance(node, _BLOCKS):
            for block in ("body", "orelse", "finalbody"):
                if isinstance(statements := getattr(node, block, None), list):
                    setattr(node, block, [one for one in statements if not _left_out(one, training)])
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0] if node.body else None
                if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                    node.body = node.body[1:] or [ast.Pass()]
        waiting += ast.iter_child_nodes(node)
    code = _Code(ast.dump(tree).encode(), imports)
    for node in tree.body:
        code.passed_on |= {known_as: (module, name) for module, name, known_as in _imported(node) if known_as}
    return code


def _left_out(node: ast.stmt, training: bool) -> bool:
    """Whether a statement is for type checkers alone, or beside training."""
    if isinstance(node, ast.If):
        return not node.orelse and ast.dump(node.test) in _FOR_CHECKERS
    return training and isinstance(node, ast.FunctionDef) and node.name in BESIDE_TRAINING


def _imported(node: ast.AST) -> Iterator[tuple[str, str, str]]:
    """What a node imports of dance3d: module, name in it, and the name that it gets here, if any."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, "", "") for alias in node.names if alias.name.startswith("dance3d."))
    elif isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("dance3d."):
        yield from ((str(node.module), alias.name, alias.asname or alias.name) for alias in node.names)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and NAMED.fullmatch(node.value):
        module, _, name = node.value.partition(":")
        yield module, name, ""
