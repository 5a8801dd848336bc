"""Training data of the extremities: takes filmed by random cameras, lifted, and cut into windows of limbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader

from dance3d.contracts import MotionClip
from dance3d.datasets.device_batches import Resident, SeededBatches, generator_on
from dance3d.datasets.loaders import FixedBatches, scored_loader
from dance3d.io import weights
from dance3d.skeleton import EXTREMITIES, H36M17
from dance3d.stages.lift.data import LiftData
from dance3d.stages.lift.even_rate import FPS
from dance3d.stages.lift.extremities.features import JOINTS, LIMBS, MIRRORED_HEAD, POINTS, features, targets
from dance3d.stages.lift.load import Net, load
from dance3d.stages.lift.predict import lift
from dance3d.stages.lift.settings import LiftSettings
from dance3d.synth.virtual_cameras import Filmed, film

Floats = NDArray[np.float64]
NOISE_PX, MISSING = 6.0, 0.05
"""Chosen, as of the lifter's unlabelled keypoints: noise up to so many pixels of a body of 500, and the share lost."""
BIAS, SLOW, WHITE = 0.15, 0.12, 0.04
"""Standard deviations of a point's error beside that noise, lengths of the limb: of a window, changing with time, and
from frame to frame. About those of BlazePose on films of training takes (``benchmarks.lift.extremities``)."""
SCALE = (-0.05, 0.15)
"""Mean and standard deviation of the logarithm by which a window's keypoints lie farther out, chosen: shoes differ, and
BlazePose puts a rendered toe a quarter nearer to the ankle than a real one."""
SLOW_FRAMES = 16
"""Chosen: frames in which the changing error goes from one value to another."""
UNSEEN = 0.15
"""Chosen: share of windows without a point's keypoint."""
_TURN_SECONDS = 0.4  # in which a turned limb goes from one pose to another; chosen


class LimbBatch(NamedTuple):
    """Windows of limbs of one kind.

    Attributes:
        features: (B, T, F), see ``features``.
        targets: (B, T, P, 3) unit vectors; zeros where not known.
        known: (B, T, P).
    """

    features: Tensor
    targets: Tensor
    known: Tensor


Windows = dict[str, LimbBatch]
"""Of every kind of limb."""


class ExtremityData(LiftData):
    """Windows of lifted takes with their true extremities; only takes that have some train.

    Args:
        films: random cameras for each take as it is, and as many for the take with its limbs turned further.
        turns: degrees, standard deviation of these further turns.
        lifter: weights of the lifter that places the joints; those that ship if empty.
        context: see ``LiftData``; windows have no frames around them.
        chunk: frames of a window.
        kwargs: of ``LiftData``; its noise does not count, as films are made once.
    """

    def __init__(
        self,
        films: int = 2,
        turns: float = 20.0,
        lifter: str = "",
        context: int = 0,
        chunk: int = 64,
        **kwargs: Any,
    ) -> None:
        super().__init__(context=context, chunk=chunk, **kwargs)
        if films < 1:
            raise ValueError(f"data.films is {films}, expected at least 1")

    def prepare_training(self) -> None:
        """Film and lift the takes of training.

        Raises:
            ValueError: none of them has extremities.
        """
        arguments = self.hparams
        path = Path(arguments["lifter"]) if arguments["lifter"] else weights.default("lift")
        self.lifter: Net = load(path)
        rng = np.random.default_rng(0)
        known = [clip for clip in self.train_clips if clip.extremities is not None]
        if not known:
            raise ValueError(f"no take of data.source {arguments['source']!r} that trains has toes, hands or a face")
        turned = [with_turned_limbs(clip, arguments["turns"], rng) for clip in known]
        self.windows = self._lifted(known + turned, arguments["films"])
        if not all(self.windows.values()):
            raise ValueError(
                f"no take of data.source {arguments['source']!r} that trains is as long as a window, "
                f"data.chunk {arguments['chunk']} frames at {FPS:g} frames/s"
            )

    def _lifted(self, clips: Sequence[MotionClip], films: int) -> dict[str, list[LimbBatch]]:
        """The sequences of every limb in every film, by kind, without batch dimension."""
        made: dict[str, list[LimbBatch]] = {kind: [] for kind in POINTS}
        for one in film(clips, NOISE_PX, 0, "random", films, MISSING):
            for kind, sequence in lifted_limbs(one, self.lifter):
                if len(sequence.features) >= self.hparams["chunk"]:
                    made[kind].append(sequence)
        return made

    def train_dataloader(self) -> DataLoader[Any]:
        """Random windows, with errors of the extremities' keypoints beside those of the films."""
        arguments = self.hparams
        windows = _RandomWindows(self.windows, arguments["batch"], arguments["chunk"])
        return self.seeded_loader(windows, arguments["steps"], arguments["workers"])

    def val_dataloader(self) -> DataLoader[Any]:
        """Windows of the validation takes, filmed by random cameras with the noise of training."""
        return self._in_order(self.val_clips)

    def test_dataloader(self) -> DataLoader[Any]:
        """Windows of the test takes, or of the validation takes where the source has no test takes."""
        return self._in_order(self.test_clips or self.val_clips)

    def _in_order(self, clips: Sequence[MotionClip]) -> DataLoader[Any]:
        held = self._lifted([clip for clip in clips if clip.extremities is not None], 1)
        chunk = self.hparams["chunk"]
        cut = {
            kind: [
                LimbBatch(*(part[start : start + chunk] for part in one))
                for one in sequences
                for start in range(0, len(one.features) - chunk + 1, chunk)
            ]
            for kind, sequences in held.items()
        }
        rows = np.arange(min(map(len, cut.values())))
        batches = FixedBatches(partial(_windows_at, cut), rows, self.hparams["batch"])
        return scored_loader(batches)


class _JoinedLimbs(NamedTuple):
    """Sequences of a kind end to end: parts of ``LimbBatch`` (N, ...); first row and length (C,) of every sequence."""

    features: Tensor
    targets: Tensor
    known: Tensor
    first: Tensor
    lengths: Tensor


def _joined(sequences: Sequence[LimbBatch]) -> _JoinedLimbs:
    lengths = torch.tensor([len(one.features) for one in sequences])
    parts = (torch.cat(parts) for parts in zip(*sequences, strict=True))
    return _JoinedLimbs(*parts, lengths.cumsum(0) - lengths, lengths)  # type: ignore[call-arg]


class _RandomWindows(SeededBatches[Windows]):
    """Random windows of every kind of limb, with errors; they are drawn evenly by frames.

    Args:
        sequences: by kind.
        batch: windows of each kind.
        frames: of a window.
    """

    def __init__(self, sequences: Mapping[str, Sequence[LimbBatch]], batch: int, frames: int) -> None:
        self.joined = {kind: (_joined(some), Resident[_JoinedLimbs]()) for kind, some in sequences.items()}
        self.batch, self.frames = batch, frames

    def on(self, seed: int, device: torch.device) -> Windows:
        """The batch of a seed, on a device."""
        generator = generator_on(device, seed)
        return {
            kind: with_errors(self._draw(resident(joined, device), generator), generator)
            for kind, (joined, resident) in self.joined.items()
        }

    def _draw(self, one: _JoinedLimbs, generator: torch.Generator | None) -> LimbBatch:
        """(B, T, ...) windows."""
        device = one.lengths.device
        which = torch.multinomial(one.lengths.double(), self.batch, replacement=True, generator=generator)
        room = (one.lengths[which] - self.frames + 1).double()
        share = torch.rand(self.batch, generator=generator, dtype=torch.float64, device=device)
        rows = (one.first[which] + (share * room).long())[:, None] + torch.arange(self.frames, device=device)
        return LimbBatch(*(part[rows] for part in one[:3]))


def _windows_at(cut: Mapping[str, Sequence[LimbBatch]], at: NDArray[np.intp]) -> Windows:
    return {kind: _stacked([windows[i] for i in at]) for kind, windows in cut.items()}


def _stacked(windows: Sequence[LimbBatch]) -> LimbBatch:
    return LimbBatch(*(torch.stack(parts) for parts in zip(*windows, strict=True)))


def lifted_limbs(one: Filmed, lifter: Net) -> list[tuple[str, LimbBatch]]:
    """Kind and sequence of every limb of a film, lifted as the pipeline does; the head also mirrored.

    Args:
        one: of a take with extremities.
        lifter: the net.
    """
    truth, keypoints = one.truth, one.keypoints
    assert truth.camera is not None and truth.extremities is not None and keypoints.extremities is not None
    pose = lift(
        lifter,
        replace(keypoints, extremities=None),
        LiftSettings(field_of_view=truth.camera.field_of_view, floor=False),
    )
    assert pose.root is not None and pose.camera is not None
    there = np.asarray(np.isfinite(pose.xyz).all((1, 2)) & np.isfinite(pose.root).all(1))
    xyz, root = (np.nan_to_num(part.astype(np.float64)) for part in (pose.xyz, pose.root))
    if not there.any():
        return []
    xyz[~there] = xyz[there][0]  # any body: these frames do not count
    made = []
    for limb in (*LIMBS, MIRRORED_HEAD):
        seen = features(xyz, root, keypoints.extremities.astype(np.float64), pose.camera, limb)
        wanted = targets(xyz, truth.xyz.astype(np.float64), truth.extremities.astype(np.float64), limb)
        known = np.isfinite(wanted).all(-1) & there[:, None]
        parts = (seen.astype(np.float32), np.nan_to_num(wanted).astype(np.float32), known)
        made.append((limb.kind, LimbBatch(*map(torch.from_numpy, parts))))
    return made


def with_errors(batch: LimbBatch, generator: torch.Generator | None) -> LimbBatch:
    """Windows whose keypoints are off by more: by errors of three speeds; or not seen at all."""
    seen, points = batch.features.clone(), batch.targets.shape[2]
    normal = partial(torch.randn, generator=generator, device=seen.device)
    first = 3 * JOINTS + 6
    there = seen[..., -points:]
    shape = (len(seen), 1, points)
    keep = (torch.rand(shape, generator=generator, device=seen.device) > UNSEEN).float()
    there *= keep
    off = seen[..., first : first + 3 * points].view(*seen.shape[:2], points, 3)
    off *= torch.exp(SCALE[0] + SCALE[1] * normal(shape))[..., None]
    off += BIAS * normal((*shape, 3)) + WHITE * normal(off.shape)
    frames = off.shape[1]
    knots = normal((len(off), 3 * points, frames // SLOW_FRAMES + 2))
    slow = functional.interpolate(knots, size=frames, mode="linear", align_corners=True)
    off += SLOW * slow.transpose(1, 2).reshape(off.shape)
    off *= there[..., None]
    return batch._replace(features=seen)


def with_turned_limbs(clip: MotionClip, degrees: float, rng: np.random.Generator) -> MotionClip:
    """The take with feet, hands and head turned further about their joints, smoothly and at random.

    Args:
        clip: with extremities.
        degrees: standard deviation of each turn.
        rng: of the turns.
    """
    assert clip.extremities is not None
    out = clip.extremities.copy()
    for limb in LIMBS:
        joint = clip.xyz[:, H36M17.index(limb.joint)]
        width = max(_TURN_SECONDS * clip.fps, 1.0)
        around = int(4 * width)  # so that the ends turn no more than the middle
        noise = gaussian_filter1d(rng.normal(size=(len(joint) + 2 * around, 3)), width, axis=0)
        slow = noise[around : around + len(joint)] * np.sqrt(2 * np.sqrt(np.pi) * width)
        turn = Rotation.from_rotvec(np.deg2rad(degrees) * slow).as_matrix()
        for point in limb.points:
            at = EXTREMITIES.index(point)
            out[:, at] = joint + np.einsum("tij,tj->ti", turn, out[:, at] - joint)
    return replace(clip, extremities=out.astype(np.float32))
