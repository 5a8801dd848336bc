"""A fingerprint of code: what a stage's result depends on besides its inputs and settings.

Comments, docstrings and layout do not count. Modules are found and read as text: nothing is imported.
"""

from __future__ import annotations

import ast
import hashlib
import re
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parent
NAMED = re.compile(r"dance3d(\.\w+)+:\w+")


@lru_cache
def fingerprint(*modules: str) -> str:
    """Sha256 over the code of dance3d modules and all that they import inside dance3d, late imports too.

    What a table names as ``"dance3d.package.module:attribute"`` counts as imported. Other files that lie in a module's
    own package (templates, tables of thresholds) count as they are. Packages on the way to a module do not: what they
    hold is for those who ask them.

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
            waiting += [found for name in _read(path)[1] if (found := _source(name)) is not None]
    folders = {path.parent for path in seen} - {ROOT}
    beside = {p for folder in folders for p in folder.iterdir() if p.is_file() and p.suffix != ".py"}
    digest = hashlib.sha256()
    for path in sorted(seen | beside):
        content = _read(path)[0] if path.suffix == ".py" else path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _source(module: str) -> Path | None:
    """File of a dance3d module, or none where the name is an attribute or another package's."""
    head, *rest = module.split(".")
    if head != "dance3d" or not rest:
        return None
    path = ROOT.joinpath(*rest)
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


@lru_cache
def _read(path: Path) -> tuple[bytes, frozenset[str]]:
    """A module's syntax tree without docstrings, as bytes; and all of dance3d that it imports, attributes too."""
    tree = ast.parse(path.read_text())
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and NAMED.fullmatch(node.value):
            found.add(node.value.partition(":")[0])
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree).encode(), frozenset(name for name in found if name.startswith("dance3d."))
