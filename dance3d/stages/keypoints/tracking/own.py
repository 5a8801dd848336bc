"""The tracker."""

from __future__ import annotations

import numpy as np

from dance3d.sightings import Identities, Sightings


def track(sightings: Sightings, people: int | None = None) -> Identities:
    """The first body of every frame is dancer 1."""
    first = np.append(True, np.diff(sightings.frame) > 0)[: len(sightings)]
    return Identities(first.astype(np.int64))
