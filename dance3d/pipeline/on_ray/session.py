"""A session with Ray, on this machine or a cluster; it reports nothing to anybody outside."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dance3d.io.quiet_mediapipe import hidden_log_lines

LOCAL = "local"
"""The address that stands for a Ray of this machine, which begins and ends with the session."""
_STORE = 80 * 2**20  # bytes of memory for what is passed on, which is little; Ray takes no less than 75 MiB
_PATIENCE = 10.0  # seconds that the head of a cluster may take to answer; chosen

_CHATTER = re.compile(rb"\[.* Set ray log level from environment variable")
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # tells nobody that it is used
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # else every start warns of Ray Data's own actors
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",  # pages on stdout for each lost worker, which its user tells of in a line
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # the default to come
}
"""What Ray reads from the environment, unless the user says otherwise."""


@contextmanager
def session(address: str, cpus: int | None = None) -> Iterator[Any]:
    """Connect to Ray, and end the session with all that it started, however the work ends.

    Args:
        address: ``LOCAL``, ``auto`` for the cluster that this machine belongs to, or ``HOST:PORT`` of its head.
        cpus: that a Ray of this machine may count on; as many as there are if not given.

    Yields:
        The module ``ray``.

    Raises:
        ValueError: Ray is not installed, or nobody answers there.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    if ":" in address:
        _knock(address)
        if _has_token():
            os.environ.setdefault("RAY_AUTH_MODE", "token")  # as Ray itself does for ``auto``
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ValueError(missing(error)) from error
    shown = logging.getLogger("ray.data")
    for handler in shown.handlers[:]:
        if isinstance(handler, logging.StreamHandler):
            shown.removeHandler(handler)  # what it logs goes to its file alone
    logging.getLogger("ray").setLevel(logging.ERROR)
    local = address == LOCAL
    own: dict[str, Any] = {"num_cpus": cpus, "object_store_memory": _STORE, "include_dashboard": False} if local else {}
    terminated = signal.getsignal(signal.SIGTERM)
    try:
        with hidden_log_lines(_CHATTER):
            ray.init(address, configure_logging=False, log_to_driver=False, **own)  # else it formats our log lines, too
    except (RuntimeError, OSError, ValueError) as error:
        raise ValueError(f"--ray {address}: {' '.join(str(error).split())[:300]}") from error
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, terminated)  # Ray has put its own in the place
    try:
        yield ray
    finally:
        ray.shutdown()


def _has_token() -> bool:
    """Whether there is a token, by which a cluster knows its users; Ray makes one in the home folder."""
    named = os.environ.get("RAY_AUTH_TOKEN") or os.environ.get("RAY_AUTH_TOKEN_PATH")
    return bool(named) or (Path.home() / ".ray" / "auth_token").is_file()


def _knock(address: str) -> None:
    """Refuse an address where nobody answers: Ray itself would ask again for an hour."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), _PATIENCE).close()
    except OSError as error:
        raise ValueError(f"--ray {address}: nobody answers there ({error})") from error


def missing(error: ImportError) -> str:
    """What to do where Ray cannot be imported."""
    version = ".".join(map(str, sys.version_info[:2]))
    return (
        f"--ray needs Ray, which is not here ({error}): pip install 'dance3d[ray]'; "
        f"Ray 2.60 has wheels for Python 3.10 to 3.14, this is {version}"
    )
