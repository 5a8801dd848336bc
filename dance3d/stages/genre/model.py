"""The genre net: an LSTM over movements and poses, its last state classified."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class GenreNet(nn.Module):
    """Classify sequences of features.

    Args:
        classes: names, in the order of the output.
        inputs: features per step.
        hidden: size of the LSTM's state.
        dropout: share of features and of the last state dropped in training.

    Source: Hu & Ahuja, ICCV 2021 (HDVR), section 2.4: softmax(W h_T + b) over the concatenation of all body parts'
    movements and the pose.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, classes: tuple[str, ...], inputs: int, hidden: int = 64, dropout: float = 0.3) -> None:
        super().__init__()
        if len(classes) < 2 or len(set(classes)) != len(classes):
            raise ValueError(f"genre classes are {', '.join(classes) or 'none'}; expected two or more, each once")
        self.classes = tuple(classes)
        self.inputs, self.hidden, self.dropout = inputs, hidden, dropout
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))
        self.embed = nn.Linear(inputs, hidden)
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True)
        self.out = nn.Linear(hidden, len(classes))
        self.drop = nn.Dropout(dropout)

    @property
    def config(self) -> dict[str, Any]:
        """What rebuilds this net."""
        return {"classes": list(self.classes), "inputs": self.inputs, "hidden": self.hidden, "dropout": self.dropout}

    def standardise(self, mean: Tensor, deviation: Tensor) -> None:
        """Take the training features' mean and standard deviation, (D,) each, as what is neutral and usual."""
        self.mean.copy_(mean)
        self.scale.copy_(1 / deviation.clamp_min(0.05))  # features that hardly ever change must not shout

    def forward(self, features: Tensor, present: Tensor) -> Tensor:
        """Logits of sequences.

        Args:
            features: (B, T, D).
            present: (B, T) 1 where there is a person, 0 where ``features`` mean nothing; shares in between weigh.

        Returns:
            (B, G).

        Raises:
            ValueError: ``features`` has another width than the net.
        """
        if features.shape[-1] != self.inputs:
            raise ValueError(f"features have shape {tuple(features.shape)}, expected (B, T, {self.inputs})")
        x = (features - self.mean) * self.scale * present[..., None]
        x = torch.relu(self.embed(self.drop(x.clamp(-5, 5))))  # (B, T, H)
        _, (last, _) = self.lstm(x)
        logits: Tensor = self.out(self.drop(last[-1]))
        return logits
