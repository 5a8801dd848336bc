"""What the command line of a stage needs beside LightningCLI: default folders, the method, the program's name."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import yaml


class Folders(Protocol):
    """The folders that a stage learns from, where the user names none."""

    names: tuple[str, ...]
    """Those settings of the DataModule that ``make`` gives."""

    def make(self, tiny: bool) -> Mapping[str, Any]:
        """Make the folders if need be, small ones for ``tiny``."""


def method_of(args: list[str]) -> str:
    """The method named on the command line, else by the last YAML file that does: the parser is made of its classes."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--method")
    parser.add_argument("-c", "--config", action="append", default=[], type=Path)
    given, _ = parser.parse_known_args(args)
    if given.method is not None:
        return str(given.method)
    named = ""
    for path in given.config:
        try:
            settings = yaml.safe_load(path.read_text())
        except (OSError, yaml.YAMLError):
            continue  # the parser says what is wrong with it
        named = settings.get("method", named) if isinstance(settings, dict) else named
    return str(named)


def as_list(given: Any) -> list[Any]:
    """A setting that may be one thing, several, a switch or nothing, as a list of things."""
    if given is None or isinstance(given, bool):
        return []
    return list(given) if isinstance(given, (list, tuple)) else [given]


@contextmanager
def program_name_only() -> Iterator[None]:
    """Hide the command line from LightningCLI, which warns where it sees one beside ``args``."""
    kept, sys.argv = sys.argv, sys.argv[:1]
    try:
        yield
    finally:
        sys.argv = kept  # processes that Lightning starts for several devices repeat it
