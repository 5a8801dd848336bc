"""Trust in the answers of a classifier: open-set figures, and a test of its evidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dance3d.contracts import NONE, Genre, Movements, Pose3D
from dance3d.io.weights import default
from dance3d.stages.genre.explain import deletion_test
from dance3d.stages.genre.features import make
from dance3d.stages.genre.predict import decision, load


def known(true: Sequence[str], found: Sequence[Genre]) -> dict[str, float]:
    """``known`` and ``known.<true>``: share of the answers that are not "none of these"."""
    kept = np.array([one.best != NONE for one in found])
    names = np.array(true)
    shares = {f"known.{name}": float(kept[names == name].mean()) for name in sorted(set(true))}
    return {name: round(share, 4) for name, share in {"known": float(kept.mean()), **shares}.items()}


def evidence(poses: Sequence[Pose3D], moves: Sequence[Movements], found: Sequence[Genre]) -> dict[str, float]:
    """Figures of ``evidence``, ``evidence.top3_lowers`` and more: see ``explain.deletion_test``.

    Args:
        poses: of the tracks.
        moves: movements of the tracks.
        found: answers of the shipped net for them.
    """
    net = load(default("genre"))
    cases = []
    for pose, movements, genre in zip(poses, moves, found, strict=True):
        features = make(pose, movements)
        if genre.segments:
            cases.append((decision(net, features, genre.classes.index(genre.likeliest)), genre.evidence))
    return {f"evidence.{name}": value for name, value in deletion_test(cases).items()} if cases else {}
