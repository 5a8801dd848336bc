"""Which classes and functions a config or a command line may name: they are imported, and so run."""

from __future__ import annotations

import re

from jsonargparse import set_parsing_settings

PACKAGES = ("dance3d", "lightning", "torch")
PROGRAMS = (
    *("torch.distributed.elastic", "torch.distributed.launcher", "torch.distributed.run", "torch.hub"),
    *("torch.multiprocessing", "torch.package", "torch.serialization", "torch.utils.cpp_extension"),
)
"""What starts programs or reads pickles when it is called."""
_DENIED = re.compile(r"Importing '([^']*)' is not allowed")


def limit(trust: bool) -> None:
    """Let settings name objects of ``PACKAGES`` only, from here on in this process.

    Checked before anything is imported, and again where the object was defined.

    Args:
        trust: let them name others, too; those of Python that run commands stay refused.
    """
    set_parsing_settings(instantiate_subclass_spec_in_any=False, import_path_denylist=list(PROGRAMS))
    if not trust:
        set_parsing_settings(import_path_denylist=["*"], import_path_allowlist=list(PACKAGES))


def refusal(message: str) -> str:
    """What to say where an error of the parser was a name that ``limit`` refuses; empty where it was another."""
    found = _DENIED.search(message)
    if not found:
        return ""
    known = ", ".join(f"{package}." for package in PACKAGES)
    return f"{found[1]!r} is not imported: settings name classes of {known} only; --trust allows those that you trust"
