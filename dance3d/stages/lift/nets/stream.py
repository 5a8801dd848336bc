"""The nets frame by frame: a new frame goes in, and the pose of this frame, or of some frames earlier, comes out."""

from __future__ import annotations

from collections import deque

import torch
from torch import Tensor

from dance3d.skeleton import H36M17
from dance3d.stages.lift.model import JOINTS, SIZE_WINDOW, Lifter, joint_features, mean_square_size, to_virtual_camera
from dance3d.stages.lift.nets.temporal import Temporal


class Ring:
    """Ring buffer of the last ``length`` items, always in order and contiguous.

    Every item is written twice, ``length`` apart, so that the window is a view. Items before the first push are copies
    of the first item, or zero with ``empty``.
    """

    def __init__(self, length: int, empty: bool = False) -> None:
        self.length, self.empty, self.at = length, empty, -1
        self.buffer: Tensor | None = None

    def push(self, item: Tensor) -> Tensor:
        """(B, ...) to the window (B, length, ...), oldest first."""
        if self.buffer is None:
            self.buffer = item[:, None].repeat_interleave(2 * self.length, 1) * (0 if self.empty else 1)
        self.at = (self.at + 1) % self.length
        self.buffer[:, self.at] = item
        self.buffer[:, self.at + self.length] = item
        return self.buffer[:, self.at + 1 : self.at + 1 + self.length]


class Streaming:
    """A temporal net frame by frame, equal to its dense form on the sequence with repeated edges.

    Per frame every layer computes one new column. A symmetric net answers ``delay`` frames late, a causal one at once.

    Args:
        net: in evaluation mode.

    Raises:
        ValueError: the net is in training mode.
    """

    def __init__(self, net: Temporal) -> None:
        if net.training:
            raise ValueError("a net that streams must be in evaluation mode; call eval() first")
        self.net, self.delay, self.seen = net, net.context[1], 0
        self.rings = [Ring((taps - 1) * dilation + 1) for taps, dilation in zip(net.taps, net.dilations, strict=True)]
        self.features = Ring(net.receptive)
        self.last: Tensor | None = None

    @torch.inference_mode()
    def push(self, features: Tensor) -> Tensor | None:
        """(B, F) features of the next frame to (B, J, 3), the pose ``delay`` frames earlier; None before the first."""
        self.last = features
        window = self.features.push(features)
        x = features
        for number, (ring, dilation) in enumerate(zip(self.rings, self.net.dilations, strict=True)):
            x = self.net.layer(number, ring.push(x)[:, ::dilation], None)[:, 0]
        self.seen += 1
        return self.net.answer(x[:, None], window)[:, 0] if self.seen > self.delay else None

    def finish(self) -> list[Tensor]:
        """The last ``delay`` poses, as if the last frame were repeated."""
        made = [self.push(self.last) for _ in range(self.delay) if self.last is not None]
        return [pose for pose in made if pose is not None]


class Stream:
    """A lifter from keypoints to poses, frame by frame; equal to lifting the whole track at once (``predict``).

    A causal net answers at once. A symmetric one answers ``delay`` frames late: half its receptive field, and half of
    the window over which a person's size is averaged.

    Args:
        net: a ``Lifter`` in evaluation mode.
        mirror: lift the mirrored dancer too and take the mean, as ``predict`` does.

    Raises:
        ValueError: the net is in training mode, or no ``Lifter``.
    """

    def __init__(self, net: Temporal, mirror: bool = True) -> None:
        if not isinstance(net, Lifter):
            raise ValueError(f"a Stream lifts with a Lifter, not {type(net).__name__}; Streaming takes its features")
        self.core, self.mirror = Streaming(net), mirror
        self.device = next(net.parameters()).device
        self.ahead = 0 if net.causal else SIZE_WINDOW // 2
        self.delay = self.ahead + self.core.delay
        self.pushed = 0
        self.squares = Ring(SIZE_WINDOW, empty=True)
        self.turned: deque[tuple[Tensor, Tensor]] = deque()  # keypoints whose size is not known yet
        self.rotations: deque[Tensor] = deque()  # of frames whose pose is not out yet
        self.swap = torch.tensor(H36M17.swap, device=self.device)
        self.across = torch.tensor([-1.0, 1.0, 1.0], device=self.device)

    @torch.inference_mode()
    def push(self, rays: Tensor, present: Tensor) -> Tensor | None:
        """Process the next frame.

        Args:
            rays: (J, 2) tangents (x/z, y/z), camera frame, finite wherever ``present``; always finite for the pelvis.
            present: (J,) bool.

        Returns:
            (J, 3) metres around the pelvis, camera frame, of ``delay`` frames earlier; None before the first.

        Raises:
            ValueError: another shape, or a value that is not finite.
        """
        if rays.shape != (JOINTS, 2) or present.shape != (JOINTS,):
            raise ValueError(
                f"rays and present have shapes {tuple(rays.shape)} and {tuple(present.shape)}, "
                f"expected ({JOINTS}, 2) and ({JOINTS},)"
            )
        rays, present = rays.to(self.device, torch.float32), present.to(self.device, torch.bool)
        pelvis = H36M17.index("pelvis")
        if not (torch.isfinite(rays).all(-1) | ~present).all() or not torch.isfinite(rays[pelvis]).all():
            raise ValueError("rays must be finite for every present joint and for the pelvis; give its last place")
        both, there = rays[None], present[None]
        if self.mirror:
            both = torch.stack([rays, rays[self.swap] * self.across[:2]])
            there = torch.stack([present, present[self.swap]])
        flat, rotation = to_virtual_camera(both, there)
        self.turned.append((flat, there))
        self.rotations.append(rotation[0])
        return self._lift(torch.stack(mean_square_size(flat, there), -1))

    @torch.inference_mode()
    def finish(self) -> list[Tensor]:
        """The remaining poses, oldest first, as if the last frame were repeated."""
        nothing = torch.zeros(2 if self.mirror else 1, 2, device=self.device)
        made = [self._lift(nothing) for _ in range(self.ahead) if self.rotations]
        poses = [pose for pose in made if pose is not None]
        return poses + [self._back(pose) for pose in self.core.finish()]

    def _lift(self, square: Tensor) -> Tensor | None:
        """Pass the frame whose person's size is now known to the net."""
        mean = self.squares.push(square).mean(1)
        self.pushed += 1
        if self.pushed <= self.ahead:
            return None
        flat, there = self.turned.popleft()
        pose = self.core.push(joint_features(flat, there, *mean.unbind(-1)))
        return None if pose is None else self._back(pose)

    def _back(self, pose: Tensor) -> Tensor:
        """(1 or 2, J, 3) from the virtual camera to the real one, averaged over straight and mirrored input."""
        mean = (pose[0] + pose[1][self.swap] * self.across) / 2 if self.mirror else pose[0]
        return mean @ self.rotations.popleft()
