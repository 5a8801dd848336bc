"""Nets that stay loaded in a process, from video to video, by what their files hold."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from dance3d.io.file_hash import hash_file

Net = TypeVar("Net")
MOST = 8
"""Chosen: a run of all stages has six or seven nets."""


class KeptNets(Generic[Net]):
    """The nets that were used last. Whoever gets one shares it: it must not be changed.

    Before a fork they are let go: a forked process lacks the threads of those that have some.
    """

    def __init__(self) -> None:
        self._nets: OrderedDict[Hashable, Net] = OrderedDict()
        self._one = Lock()
        if hasattr(os, "register_at_fork"):  # elsewhere nothing forks
            os.register_at_fork(before=self._nets.clear)

    def get(self, path: Path, how: Hashable, load: Callable[[], Net]) -> Net:
        """The net of a file, loaded unless there is one of the same bytes.

        Args:
            path: of the file.
            how: what the net depends on beside the file.
            load: makes it.

        Raises:
            OSError: the file cannot be read.
        """
        with self._one:
            key = (hash_file(path), how)
            net = self._nets.get(key) or load()
            self._nets[key] = net
            self._nets.move_to_end(key)
            if len(self._nets) > MOST:
                self._nets.popitem(last=False)
            return net
