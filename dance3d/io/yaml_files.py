"""Reading YAML: data only, bounded, and an error that names the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

LARGEST = 10_000_000
"""Bytes of the largest file that is read; chosen, far more than any list of settings or takes."""
_COPIES = 100_000  # chosen: values that the anchors of a short text may stand for
_FAULTS = (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
"""What PyYAML raises of letters, dates and tags that are none."""


def read_yaml(path: Path, texts: bool = False) -> Any:
    """What a YAML or JSON file holds; ``None`` if it is empty.

    Args:
        path: of the file.
        texts: leave every scalar as it is written: else YAML reads the name ``05_01`` as the number 321.

    Raises:
        ValueError: it cannot be read, or is no YAML.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise ValueError(f"larger than {LARGEST} bytes")
        text = data.decode("utf-8")
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as YAML: {error}") from error
    return parse_yaml(text, str(path), texts)


def parse_yaml(text: str, name: str, texts: bool = False) -> Any:
    """What a YAML text holds.

    Args:
        text: to parse.
        name: of the text, for errors.
        texts: as in ``read_yaml``.

    Raises:
        ValueError: no YAML, or one whose anchors stand for more values than the text has letters.
    """
    try:
        loader = (yaml.BaseLoader if texts else yaml.SafeLoader)(text)
        node = loader.get_single_node()
        if node is None:
            return None
        if _values(node, {}) > max(len(text), _COPIES):
            raise ValueError("its anchors stand for too many values")
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise ValueError(f"{name} cannot be read as YAML: {_placed(error)}") from error
    except _FAULTS as error:
        raise ValueError(f"{name} cannot be read as YAML: {error}") from error


def _placed(error: yaml.MarkedYAMLError) -> str:
    """Where it is and what it is, on one line; PyYAML draws the place on several."""
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return where + " ".join(part for part in (error.problem, error.context) if part)


def _values(node: yaml.Node, counts: dict[int, int]) -> int:
    """How many values a node stands for once every anchor is written out.

    Raises:
        ValueError: it holds itself.
    """
    if id(node) not in counts:
        counts[id(node)] = 0  # stands for itself until all that it holds is counted
        inside = [one for pair in node.value for one in pair] if isinstance(node, yaml.MappingNode) else node.value
        count = 1 if isinstance(node, yaml.ScalarNode) else 1 + sum(_values(one, counts) for one in inside)
        counts[id(node)] = count
    if not counts[id(node)]:
        raise ValueError("an anchor holds itself")
    return counts[id(node)]
