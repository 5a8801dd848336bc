"""Nets that recognise movements from the paths of joints: one for all parts, or sixteen, one per part (HDVR 2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from dance3d.movement_types import NAMES
from dance3d.skeleton import H36M17, PARTS
from dance3d.stages.motion.part_features import PartFrames, width

ENCODERS = ("tcn", "lstm")
DILATIONS = (1, 2, 4, 8, 16, 1)
KERNEL = 5
REACH = 1 + sum(dilation * (KERNEL // 2) for dilation in DILATIONS)
"""Frames to either side that the convolutions see; the 1 is for velocities."""
_RARE = -2.5  # chosen: initial logit, as movements are rare; with a hint it starts at 2.5
_CLEAR = 0.05  # chosen: logits from a threshold, so that half precision keeps the side
CLEAR_HINT = 0.75
"""Hints above it say that a movement is clearly made: those of nets from before grades are 0 or 1."""
State = dict[str, tuple[Tensor, Tensor]]


class GatedBlock(nn.Module):
    """Gated convolution over time with a residual connection."""

    def __init__(self, channels: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.over = nn.Conv1d(channels, 2 * channels, KERNEL, padding=dilation * (KERNEL // 2), dilation=dilation)
        self.out = nn.Linear(channels, channels)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) to (B, T, C)."""
        gated = nn.functional.glu(self.over(self.norm(x).transpose(1, 2)), 1).transpose(1, 2)
        out: Tensor = x + self.out(self.drop(gated))
        return out


class Convolutions(nn.Module):
    """One net for all parts: it reads the whole body, ``REACH`` frames to either side."""

    def __init__(self, features: int, movements: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.embed = nn.Linear(features, hidden)
        self.blocks = nn.Sequential(*(GatedBlock(hidden, dilation, dropout) for dilation in DILATIONS))
        self.norm = nn.LayerNorm(hidden)
        self.head = nn.Linear(hidden, movements)
        nn.init.constant_(self.head.bias, _RARE)

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, F) to (B, T, M) logits."""
        out: Tensor = self.head(self.norm(self.blocks(self.embed(features))))
        return out


class PartRecogniser(nn.Module):
    """The net of one part: features, embedding, LSTM, one logit per movement and frame."""

    def __init__(self, features: int, movements: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(features, hidden), nn.GELU())
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, movements)
        nn.init.constant_(self.head.bias, _RARE)

    def forward(
        self, features: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """(B, T, F) to (B, T, M) logits, and the state after the last frame."""
        out, state = self.lstm(self.drop(self.embed(features)), state)
        return self.head(self.drop(out)), state


class MotionNet(nn.Module):
    """Movements of bodies, frame by frame.

    Args:
        encoder: ``tcn``: convolutions over the whole body, which read past and future; ``lstm``: HDVR's form, an LSTM
            per part that reads past frames only and can run while a video arrives.
        hidden: channels.
        hints: also read the results of the rules for the same, estimated pose, which the net learns to correct.
        dims: 3 for bodies in space, 2 for bodies in the image.
        dropout: share of channels dropped in training.
        own: names of a user's movement types, after the 154.
        words: names of the words that convolutions also recognise, after the types.
        graded: hints are grades, 0, one half and 1, and joints have error bars; false for nets from before these.

    Raises:
        ValueError: an unknown encoder, or hints and dims that do not fit together.
    """

    def __init__(
        self,
        encoder: str = "tcn",
        hidden: int = 160,
        hints: bool = True,
        dims: int = 3,
        dropout: float = 0.2,
        own: Sequence[str] = (),
        words: Sequence[str] = (),
        graded: bool = False,
    ) -> None:
        super().__init__()
        if encoder not in ENCODERS:
            raise ValueError(f"encoder {encoder!r} is not known; choose from {', '.join(ENCODERS)}")
        if words and encoder != "tcn":
            raise ValueError(f"words are for the encoder tcn, not for {encoder}, whose nets see one part each")
        if dims not in (2, 3) or (hints and dims == 2):
            raise ValueError(f"dims is {dims} with hints {hints}; choose 3, or 2 without hints: rules read space")
        self.names = (*NAMES, *own)
        self.words = tuple(words)
        self.width = len(self.names) + len(words)
        self.config: dict[str, Any] = {"encoder": encoder, "hidden": hidden, "hints": hints}
        self.config |= {"dims": dims, "dropout": dropout, "own": list(own), "words": list(words), "graded": graded}
        self.doubts = 1 + (graded and dims == 3)
        more = self.width * hints
        self.columns = {part: [i for i, n in enumerate(self.names) if n.partition(".")[0] == part] for part in PARTS}
        self.parts, self.body = nn.ModuleDict(), nn.Module()
        if encoder == "tcn":
            self.body = Convolutions(width("", dims, self.doubts) + more, self.width, hidden, dropout)
        else:
            for part, columns in self.columns.items():
                features = width(part, dims, self.doubts) + len(columns) * hints
                self.parts[part] = PartRecogniser(features, len(columns), hidden, dropout)
        self.trust = nn.Parameter(torch.full((self.width,), -2 * _RARE if hints else 0.0), requires_grad=hints)
        # From the validation takes: calibration of probabilities, thresholds, the movements for which the rules alone
        # are better than the net, and those that are right often enough to be shown.
        self.register_buffer("slope", torch.ones(self.width))
        self.register_buffer("shift", torch.zeros(self.width))
        self.register_buffer("least", torch.zeros(self.width))
        self.register_buffer("ruled", torch.zeros(self.width))
        if graded:
            self.register_buffer("trusted", torch.ones(self.width))
            self.trusted: Tensor
        self.ruled: Tensor
        self.slope: Tensor
        self.shift: Tensor
        self.least: Tensor

    def forward(
        self, joints: Tensor, hints: Tensor, state: State | None = None, keep: slice = slice(None)
    ) -> tuple[Tensor, State]:
        """Movements of bodies.

        Args:
            joints: (B, T, 17, D + 1) as in ``PartFrames``; (B, T, 17, D + 2) where graded.
            hints: (B, T, M) 0 to 1, results of the rules for the same bodies; read by nets with hints only.
            state: after the frames before, for LSTMs.
            keep: frames to read; the others only serve velocities. For LSTMs.

        Returns:
            (B, T, M) logits in the order of ``names``, then of ``words``, and the state after the last frame, empty for
            convolutions.

        Raises:
            ValueError: the arrays have other shapes.
        """
        dims, movements = self.config["dims"], self.width
        if joints.ndim != 4 or joints.shape[2:] != (len(H36M17.joints), dims + self.doubts):
            raise ValueError(f"joints have shape {tuple(joints.shape)}, expected (B, T, 17, {dims + self.doubts})")
        if self.config["hints"] and hints.shape != (*joints.shape[:2], movements):
            raise ValueError(f"hints have shape {tuple(hints.shape)}, expected (B, T, {movements})")
        seen = PartFrames(joints, dims)
        after: State = {}
        if self.config["encoder"] == "tcn":
            out = self.body(self._with(seen.whole(), hints))[:, keep]
        else:
            out = joints.new_zeros(*joints[:, keep].shape[:2], movements)
            for part, net in self.parts.items():
                columns = self.columns[part]
                features = self._with(seen.part(part), hints[..., columns])
                found, after[part] = net(features[:, keep], None if state is None else state[part])
                out[..., columns] = found.to(out.dtype)  # half precision where nets compute in that
        return out + self.trust * hints[:, keep] if self.config["hints"] else out, after

    def _with(self, features: Tensor, hints: Tensor) -> Tensor:
        return torch.cat([features, hints], -1) if self.config["hints"] else features

    def calibrate(
        self, slope: Tensor, shift: Tensor, least: Tensor, ruled: Tensor, trusted: Tensor | None = None
    ) -> None:
        """Store the calibration of the validation takes.

        Args:
            slope: (M,) of each logit: the sigmoid of ``slope * logit + shift`` is a calibrated probability.
            shift: (M,) added to it.
            least: (M,) logit from which a movement counts.
            ruled: (M,) whether the rules decide if it counts, and the net only its probability.
            trusted: (M,) whether it is right often enough to be shown.
        """
        for name, values in (("slope", slope), ("shift", shift), ("least", least), ("ruled", ruled)):
            getattr(self, name).copy_(values)
        if trusted is not None and self.config["graded"]:
            self.trusted.copy_(trusted)

    def apply_rules(self, logits: Tensor, hints: Tensor) -> Tensor:
        """Logits (..., M); where rules decide, they are moved to the side of ``least`` that the hints (..., M) give."""
        if not self.config["hints"]:
            return logits
        by_rule = torch.where(
            hints > CLEAR_HINT, logits.clamp_min(self.least + _CLEAR), logits.clamp_max(self.least - _CLEAR)
        )
        return torch.where(self.ruled > 0.5, by_rule, logits)

    def probability(self, logits: Tensor) -> Tensor:
        """(..., M) calibrated probabilities of logits."""
        return torch.sigmoid(logits.double() * self.slope + self.shift).float()
