"""Flaws of a file that cost only the part that they hit."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


def tell(flaw: str, done: str, strict: bool) -> None:
    """Say what is wrong with a part of a file and what is done about it, or refuse the file.

    Args:
        flaw: the file, and what is wrong where.
        done: what becomes of that part.
        strict: whether the file is refused.

    Raises:
        ValueError: ``strict``.
    """
    if strict:
        raise ValueError(flaw)
    log.warning("%s; %s", flaw, done)
