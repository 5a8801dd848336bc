"""What the command line of a stage needs beside LightningCLI: default folders, the method, the program's name."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from lightning.fabric.utilities.exceptions import MisconfigurationException

from dance3d.io.yaml_files import read_yaml

log = logging.getLogger(__name__)


class Folders(Protocol):
    """The folders that a stage learns from, where the user names none."""

    names: tuple[str, ...]
    """Those settings of the DataModule that ``make`` gives."""

    def make(self, tiny: bool) -> Mapping[str, Any]:
        """Make the folders if need be, small ones for ``tiny``."""


def method_of(args: list[str]) -> str:
    """The method named on the command line, else by the last YAML file that does: the parser is made of its classes.

    Raises:
        argparse.ArgumentError: an option without its value.
        ValueError: a YAML file that cannot be read or holds no settings.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--method")
    parser.add_argument("-c", "--config", action="append", default=[], type=Path)
    given, _ = parser.parse_known_args(args)
    named = ""
    for path in given.config:
        settings = read_yaml(path)
        if not isinstance(settings, dict):
            raise ValueError(f"{path} holds {type(settings).__name__}, expected settings by name")
        if "train" in settings:
            raise ValueError(f"{path} is a recipe of whole stages: dance3d train --recipe {path}")
        named = settings.get("method", named)
    return str(named if given.method is None else given.method)


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


@contextmanager
def building(what: str) -> Iterator[None]:
    """Turn settings that build no net, or no optimizer, into one line.

    Raises:
        ValueError: in place of whatever was raised inside.
    """
    try:
        yield
    except (RuntimeError, TypeError, LookupError, ArithmeticError, AssertionError, MemoryError) as error:
        log.debug("", exc_info=True)
        raise ValueError(f"these settings build no {what}: {error}") from error


@contextmanager
def on_machine(accelerator: str) -> Iterator[None]:
    """Say in one line that a machine has not what a trainer is asked to run on.

    Raises:
        ValueError: in place of Lightning's error.
    """
    try:
        yield
    except MisconfigurationException as error:
        if not any(word in str(error).lower() for word in ("accelerator", "backend", "device")):
            raise  # of another setting
        raise ValueError(
            f"trainer.accelerator {accelerator!r} does not work here: {error}; auto takes what there is"
        ) from error
