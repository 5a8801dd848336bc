"""The genre net: an LSTM over movements and poses, and a classifier of its states."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from dance3d.contracts import KNOWN
from dance3d.stages.genre.laban_features import names
from dance3d.stages.genre.nearness import distances

Blocks = tuple[tuple[int, int], ...]


class GenreNet(nn.Module):
    """Classify sequences of features.

    Args:
        classes: names, in the order of the output.
        inputs: features per step.
        blocks: (start, stop) columns of the features that are read; all where none are given.
        hidden: size of the LSTM's state.
        dropout: share of features and of the last state dropped in training.
        pooled: read both ways in time, and classify mean and deviation over time of features and states; false is
            HDVR's form, which classifies the last state.
        embedded: a layer of its own before the LSTM; false is HDVR's form, whose LSTM reads the features themselves.
        graded: has a threshold from which a class is named; nets of older files have none.
        kept: training windows whose statistics are kept, to tell how near a window is (``nearness``).

    Source: Hu & Ahuja, ICCV 2021 (HDVR), section 2.4: softmax(W h_T + b) over the concatenation of all body parts'
    movements and the pose. Mean and deviation over time as in Snyder et al., ICASSP 2018 (x-vectors), section 2.1.
    """

    mean: Tensor
    scale: Tensor
    temperature: Tensor
    opening: Tensor
    named: Tensor
    near: Tensor
    near_genre: Tensor
    near_scale: Tensor
    near_opening: Tensor

    def __init__(
        self,
        classes: tuple[str, ...],
        inputs: int,
        blocks: Blocks = (),
        hidden: int = 64,
        dropout: float = 0.3,
        pooled: bool = True,
        embedded: bool = True,
        graded: bool = False,
        kept: int = 0,
    ) -> None:
        super().__init__()
        if len(classes) < 2 or len(set(classes)) != len(classes):
            raise ValueError(f"genre classes are {', '.join(classes) or 'none'}; expected two or more, each once")
        self.classes = tuple(classes)
        self.blocks: Blocks = tuple((int(a), int(b)) for a, b in blocks) or ((0, inputs),)
        self.inputs, self.hidden, self.dropout = inputs, hidden, dropout
        self.pooled, self.embedded, self.graded, self.kept = pooled, embedded, graded, kept
        read = sum(stop - start for start, stop in self.blocks)
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))
        self.register_buffer("temperature", torch.ones(()))
        self.register_buffer("opening", torch.tensor([0.0, 0.0, 5.0]))  # before the fit every window is known
        if graded:
            self.register_buffer("named", torch.zeros(()))
        if kept:
            width = len(names())
            self.register_buffer("near", torch.zeros(kept, width))
            self.register_buffer("near_genre", torch.zeros(kept))
            self.register_buffer("near_scale", torch.ones(width))
            self.register_buffer("near_opening", torch.tensor([0.0, 0.0, 5.0]))
        self.embed = nn.Linear(read, hidden) if embedded else None
        self.lstm = nn.LSTM(hidden if embedded else read, hidden, batch_first=True, bidirectional=pooled)
        if pooled:
            self.level = nn.Linear(2 * read, hidden)
            self.norm = nn.LayerNorm(4 * hidden)
        self.size = 5 * hidden if pooled else hidden
        self.out = nn.Linear(self.size, len(classes))
        self.drop = nn.Dropout(dropout)

    @property
    def config(self) -> dict[str, Any]:
        """What rebuilds this net."""
        return {
            "classes": list(self.classes),
            "inputs": self.inputs,
            "blocks": [list(block) for block in self.blocks],
            "hidden": self.hidden,
            "dropout": self.dropout,
            "pooled": self.pooled,
            "embedded": self.embedded,
            "graded": self.graded,
            "kept": len(self.near) if self.kept else 0,
        }

    @property
    def least(self) -> tuple[float, float]:
        """Thresholds of the answer, as ``Genre.least`` has them."""
        return KNOWN, float(self.named) if self.graded else 0.0

    def standardise(self, mean: Tensor, deviation: Tensor) -> None:
        """Store the training features' mean and standard deviation, (D,) each."""
        self.mean.copy_(mean)
        self.scale.copy_(1 / deviation.clamp_min(0.05))  # 0.05, chosen: limits features that hardly change

    def forward(self, features: Tensor, present: Tensor) -> Tensor:
        """Logits of sequences.

        Args:
            features: (B, T, D).
            present: (B, T) 1 where there is a person, 0 where ``features`` have no meaning; shares in between are
                weights.

        Returns:
            (B, G).

        Raises:
            ValueError: ``features`` has another width than the net.
        """
        logits: Tensor = self.out(self.drop(self.state(features, present)))
        return logits

    def answer(self, features: Tensor, present: Tensor, statistics: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Calibrated probabilities (B, G), and (B,) that it is any of the classes.

        Args:
            features: as in ``forward``.
            present: as in ``forward``.
            statistics: (B, F) of the windows (``nearness``); without them, or kept ones, logits alone tell what is
                known.
        """
        logits = self(features, present).double()  # float32's 1.0 would hide small changes
        if self.kept and statistics is not None:
            far = distances(statistics, logits.argmax(1), self.near, self.near_genre, self.near_scale)
            scores, opening = near_scores(logits, far), self.near_opening.double()
        else:
            scores, opening = open_set_scores(logits), self.opening.double()
        known = scores @ opening[:-1] + opening[-1]
        return (logits / self.temperature).softmax(-1), known.sigmoid()

    def state(self, features: Tensor, present: Tensor) -> Tensor:
        """(B, S) input of the classifier; arguments as in ``forward``."""
        if features.shape[-1] != self.inputs:
            raise ValueError(f"features have shape {tuple(features.shape)}, expected (B, T, {self.inputs})")
        usual = (features - self.mean) * self.scale
        x = torch.cat([usual[..., start:stop] for start, stop in self.blocks], -1) * present[..., None]
        x = self.drop(x.clamp(-5, 5))
        states, (last, _) = self.lstm(x if self.embed is None else torch.relu(self.embed(x)))
        if not self.pooled:
            return torch.as_tensor(last[-1])
        level = torch.relu(self.level(over_time(x, present)))
        return torch.cat([level, self.norm(over_time(states, present))], -1)


def open_set_scores(logits: Tensor) -> Tensor:
    """(B, 2) scores of logits (B, G) for the open set: log-odds of the most probable class, and the energy.

    Source: Hendrycks & Gimpel, ICLR 2017, section 3; Liu et al., Energy-based Out-of-distribution Detection, NeurIPS
    2020, equation 4.
    """
    top = logits.max(-1)
    rest = logits.scatter(-1, top.indices[..., None], -torch.inf).logsumexp(-1)
    return torch.stack([(top.values - rest).clamp(-9, 9), logits.logsumexp(-1)], -1)


def near_scores(logits: Tensor, far: Tensor) -> Tensor:
    """(B, 2) scores for the open set: log-odds of the most probable class, and nearness (``nearness.distances``)."""
    return torch.stack([open_set_scores(logits)[:, 0].clamp_min(-3), -far.to(logits)], -1)


def over_time(x: Tensor, present: Tensor) -> Tensor:
    """(B, 2 D) mean and standard deviation of (B, T, D) over the steps, weighted by presence."""
    weight = (present / present.sum(1, keepdim=True).clamp_min(1e-6))[..., None]
    mean = (x * weight).sum(1)
    spread = ((x - mean[:, None]).square() * weight).sum(1)
    return torch.cat([mean, (spread + 1e-4).sqrt()], -1)
