"""What takes that did not train say of a net: its calibration, its thresholds, and which of its answers to trust."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dance3d.metrics import MovementF1
from dance3d.movement_types import NAMES, WORD_NAMES
from dance3d.stages.motion.data import MotionData
from dance3d.stages.motion.model import CLEAR_HINT, MotionNet
from dance3d.stages.motion.windows import GRADES, TrackSample
from dance3d.stages.stored_nets import store_net

WORDS = tuple(f"word.{name}" for name in WORD_NAMES)
PRECISE, PRICE = 0.9, 0.95
"""Chosen: a word's threshold is one of this precision where that keeps this share of the best F1, else that of the
best."""
TRUSTED = 0.7
"""Chosen: precision from which a type is right often enough to be shown."""
_LIMITS = (-4.0, 6.0)  # chosen: logits between which the thresholds of words lie


class Judged(nn.Module):
    """Logits of a net, and hints of the rules for the same poses, against labels: of the types and of the words."""

    def __init__(self) -> None:
        super().__init__()
        self.types, self.words = MovementF1(tuned=True), MovementF1(tuned=True, names=WORDS)
        self.type_rules, self.word_rules = MovementF1(), MovementF1(names=WORDS)

    def update(self, net: MotionNet, logits: Tensor, hints: Tensor, labels: Tensor) -> None:
        """Add frames.

        Args:
            net: that gave the logits.
            logits: (N, M).
            hints: (N, M).
            labels: (N, M), NaN where unknown.
        """
        ruled = torch.where(hints > CLEAR_HINT, 1.0, -1.0)
        for score, rules, columns in self._sides(net):
            score.update(logits[:, columns], labels[:, columns])
            rules.update(ruled[:, columns], labels[:, columns])

    def add(self, other: Judged) -> None:
        """Add the frames of another."""
        for one, more in zip(self.metrics(), other.metrics(), strict=True):
            one.counts = one.counts + more.counts

    def metrics(self) -> list[MovementF1]:
        """All four."""
        return [self.types, self.words, self.type_rules, self.word_rules]

    def reset(self) -> None:
        """Forget all frames."""
        for one in self.metrics():
            one.reset()

    @contextmanager
    def of_all_processes(self) -> Iterator[None]:
        """Within it, the scores are of the counts of all processes, and so equal in them."""
        with ExitStack() as stack:
            for one in self.metrics():
                stack.enter_context(one.sync_context())
            yield

    def calibrate(self, net: MotionNet, share: float = 1.0) -> None:
        """Give a net its calibration and thresholds.

        Args:
            net: that gave the logits, or one like those that did.
            share: of the way from one half to the threshold of the best F1, for types: few takes overfit it.
        """
        slope, shift, least, ruled, trusted = (torch.zeros_like(net.slope) for _ in range(5))
        slope += 1
        for score, rules, columns in self._sides(net):
            slope[columns], shift[columns] = score.platt()
            best = share * score.thresholds() if score is self.types else score.thresholds(*_LIMITS)
            at = best if score is self.types else precise_thresholds(score, best)
            better = score.tally(best).f1 > rules.tally().f1 if net.config["hints"] else np.ones(len(at), bool)
            right = np.where(better, score.tally(at).precision, rules.tally().precision)
            least[columns] = at
            ruled[columns] = torch.from_numpy(~better).to(ruled)
            trusted[columns] = torch.from_numpy(right >= TRUSTED).to(trusted)
        net.calibrate(slope, shift, least, ruled, trusted)

    def _sides(self, net: MotionNet) -> list[tuple[MovementF1, MovementF1, slice]]:
        """Score of the net, score of the rules, and columns: of the types, and of the words if the net has them."""
        words = [(self.words, self.word_rules, slice(len(net.names), net.width))] if net.words else []
        return [(self.types, self.type_rules, slice(0, len(NAMES))), *words]


def precise_thresholds(score: MovementF1, best: Tensor) -> Tensor:
    """(C,) logits of the best F1 of the precise ones, where these keep most of the F1 of ``best`` (C,); else it."""
    precise = score.thresholds(*_LIMITS, PRECISE)
    kept = score.tally(precise).f1 >= PRICE * score.tally(best).f1
    return torch.where(torch.from_numpy(kept).to(best.device), precise, best)


def calibrate_by_folds(weights: Path, folds: Sequence[Path], data: Mapping[str, Any], out: Path) -> None:
    """Write a net with the calibration and thresholds of cross-fitting.

    The nets of the folds are like it and each answers for the takes of its fold, which it never saw: so every take
    counts, and no answer flatters.

    Args:
        weights: of the net.
        folds: weights of the nets of the folds, in order.
        data: arguments of ``MotionData``.
        out: the file to write.
    """
    from dance3d.stages.motion.predict import load

    judged = Judged()
    for fold, path in enumerate(folds):
        judged.add(judge(load(path), MotionData(**data, fold=fold).read("test")["test"]))
    net = load(weights)
    judged.calibrate(net)
    store_net(out, "motion", net, net.config)


def judge(net: MotionNet, tracks: Iterable[TrackSample]) -> Judged:
    """A net's answers on whole tracks, and their labels."""
    from dance3d.stages.motion.predict import in_chunks

    judged = Judged()
    for track in tracks:
        hints, labels = track.hints.float() / GRADES, track.labels.float()
        logits = in_chunks(net, track.joints, hints[:, : net.width])
        judged.update(net, logits, hints, torch.where(labels < 0, torch.nan, labels))
    return judged
