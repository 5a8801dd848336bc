"""How well a user's own classes are told apart, by layers that did not see the video asked about."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import KNOWN

_SURE = 1.96  # standard deviations: 95 of 100
_MIXED = 0.4  # chosen: share of a class's videos that take another's name, from which the two cannot be told apart


@dataclass(frozen=True)
class HeadScores:
    """Answers about V videos of G classes.

    Attributes:
        classes: names.
        names: of the videos.
        genre: (V,) true classes.
        prob: (V, G) by a layer that saw neither the video nor another of its group.
        known: (V,) that it is one of the classes, by the same.
        nearest: (V,) class of the video whose mean features are nearest: what no net is needed for.
        accepted: (V,) 1 where a video counts as one of the others when its class is left out; none for two classes.
    """

    classes: tuple[str, ...]
    names: tuple[str, ...]
    genre: NDArray[np.intp]
    prob: NDArray[np.float64]
    known: NDArray[np.float64]
    nearest: NDArray[np.intp]
    accepted: NDArray[np.intp] | None

    @property
    def confusion(self) -> NDArray[np.intp]:
        """(G, G) videos of each class (rows) by the class that they are named."""
        out = np.zeros((len(self.classes), len(self.classes)), int)
        np.add.at(out, (self.genre, self.prob.argmax(1)), 1)
        return out

    @property
    def recall(self) -> float:
        """Share of the videos of a class that are named so, mean over the classes."""
        return float(np.mean(np.diag(self.confusion) / self.confusion.sum(1)))

    @property
    def mixed_up(self) -> list[tuple[str, str, int, int]]:
        """Classes that cannot be told apart: true and given name, how many videos, and of how many."""
        count, total = self.confusion, self.confusion.sum(1)
        pairs = [
            (self.classes[a], self.classes[b], int(count[a, b]), int(total[a]))
            for a, b in np.argwhere(count >= _MIXED * total[:, None])
            if a != b
        ]
        return sorted(pairs, key=lambda pair: -pair[2] / pair[3])

    @property
    def lines(self) -> list[str]:
        """The scores in words."""
        videos, right = len(self.names), int(np.diag(self.confusion).sum())
        low, high = (round(share * videos) for share in _interval(right, videos))
        guessed = int(np.bincount(self.genre).max())
        near = int((self.nearest == self.genre).sum())
        out = [
            f"{videos} videos of {', '.join(self.classes)}, each asked of a layer that never saw it:",
            f"named rightly: {right} of {videos} (as few videos as these allow {low} to {high}); "
            f"one name for all would be right {guessed} times, the name of the nearest video {near} times",
        ]
        out += [f"cannot tell {a} from {b}: {count} of {of} are named so" for a, b, count, of in self.mixed_up]
        refused = int((self.known < KNOWN).sum())
        words = f"none of these: said of {refused} of these {videos}"
        if self.accepted is not None:
            words += f"; of a class that was left out, of {int((self.accepted == 0).sum())} of {videos}"
        return [*out, words]

    @property
    def plain(self) -> dict[str, Any]:
        """The scores as JSON has them."""
        found = self.prob.argmax(1)
        told = [
            {
                "video": name,
                "true": self.classes[self.genre[row]],
                "named": self.classes[found[row]],
                "prob": round(float(self.prob[row].max()), 3),
                "known": round(float(self.known[row]), 3),
            }
            for row, name in enumerate(self.names)
        ]
        return {
            "metric": "cross_validated/macro_recall",
            "mode": "max",
            "score": round(self.recall, 4),
            "chance": round(1 / len(self.classes), 4),
            "nearest": round(float(np.mean(self.nearest == self.genre)), 4),
            "classes": list(self.classes),
            "confusion": self.confusion.tolist(),
            "videos": told,
            "lines": self.lines,
        }


def _interval(right: int, of: int) -> tuple[float, float]:
    """95 % interval of a share. Source: Wilson, JASA 22 (1927)."""
    share, square = right / of, _SURE**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _SURE * sqrt(share * (1 - share) / of + square / (4 * of**2)) / (1 + square / of)
    return max(middle - half, 0.0), min(middle + half, 1.0)
