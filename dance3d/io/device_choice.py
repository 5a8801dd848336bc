"""Where nets run in inference: as the environment variable ``DANCE3D_DEVICE`` says, else by the machine."""

from __future__ import annotations

import os
import re

VARIABLE = "DANCE3D_DEVICE"
CHOICES = "auto, cpu, cuda or cuda:N"


def device_choice() -> str:
    """``auto`` (a CUDA device where there is one, else the CPU), ``cpu``, ``cuda``, or ``cuda:N``.

    Raises:
        ValueError: the variable says something else.
    """
    said = os.environ.get(VARIABLE, "").strip() or "auto"
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", said):
        raise ValueError(f"{VARIABLE} is {said!r}; choose from {CHOICES}")
    return said
