"""Speed of the lifter in training, lifting and streaming on this machine, beside simple forms of the same work.

Both sides of a pair run in turns in one process, and what counts is the median of their ratios: a busy machine slows
both. Sizes are those of VideoPose3D, 1024 channels, unless a name says ``default``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import count
from statistics import median

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from dance3d.io import weights
from dance3d.io.operating_system import peak_memory
from dance3d.stages.lift.augment import Augment
from dance3d.stages.lift.data import Chunks, join_takes
from dance3d.stages.lift.load import load
from dance3d.stages.lift.model import FEATURES, JOINTS, Lifter, encode
from dance3d.stages.lift.nets.stream import Stream
from dance3d.stages.lift.nets.videopose3d import VideoPose3D
from dance3d.synth.choreography import choreograph
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, film

WIDTH = 1024  # channels, as in VideoPose3D
TRAINED = 512  # channels, of the lifter that ships
ANSWERS = 4096
"""Frames of a sequence for inference."""
SQUARE = 2048
"""Rows and columns of the matrix products that stand for the machine's own rate."""
Work = Callable[[], object]


class Reference(nn.Module):
    """VideoPose3D's structure without optimisation: ``Conv1d`` over (B, C, T), dilated or strided, fp32.

    What ``videopose3d.VideoPose3D`` must equal, and what speed is measured against.
    """

    def __init__(
        self, width: int, taps: Sequence[int], causal: bool = False, inputs: int = 2 * JOINTS, outputs: int = JOINTS
    ) -> None:
        super().__init__()
        self.taps, self.causal = tuple(taps), causal
        self.dropout = nn.Dropout(0.25)
        self.expand_conv = nn.Conv1d(inputs, width, taps[0], bias=False)
        self.expand_bn = nn.BatchNorm1d(width)
        kinds = [kind for t in taps[1:] for kind in (t, 1)]
        self.layers_conv = nn.ModuleList(nn.Conv1d(width, width, kind, bias=False) for kind in kinds)
        self.layers_bn = nn.ModuleList(nn.BatchNorm1d(width) for _ in kinds)
        self.shrink = nn.Conv1d(width, 3 * outputs, 1)

    def dense(self, x: Tensor) -> Tensor:
        """(B, T, F) to (B, T - receptive + 1, outputs, 3) by dilated convolutions."""
        return self._through(x, strided=False)

    def strided(self, x: Tensor) -> Tensor:
        """(B, receptive, F) to (B, 1, outputs, 3) by convolutions whose stride is their width."""
        return self._through(x, strided=True)

    def _through(self, x: Tensor, strided: bool) -> Tensor:
        relu, first = functional.relu, self.expand_conv.weight
        x = functional.conv1d(x.transpose(1, 2), first, stride=self.taps[0] if strided else 1)
        x, apart = self.dropout(relu(self.expand_bn(x))), self.taps[0]
        for number, taps in enumerate(self.taps[1:]):
            wide, flat = self.layers_conv[2 * number].weight, self.layers_conv[2 * number + 1].weight
            assert isinstance(wide, Tensor) and isinstance(flat, Tensor)
            at = taps - 1 if self.causal else taps // 2
            if strided:
                y, kept = functional.conv1d(x, wide, stride=taps), x[:, :, at::taps]
            else:
                y = functional.conv1d(x, wide, dilation=apart)
                kept = x[:, :, at * apart : at * apart + y.shape[2]]
            y = self.dropout(relu(self.layers_bn[2 * number](y)))
            y = self.dropout(relu(self.layers_bn[2 * number + 1](functional.conv1d(y, flat))))
            x, apart = kept + y, apart * taps
        out: Tensor = self.shrink(x).transpose(1, 2).unflatten(-1, (-1, 3))
        return out


def speed(seconds: float = 60.0, device: str | None = None) -> dict[str, float]:
    """Measure, for about so many seconds on a machine of two cores without other work.

    Returns:
        For ``train27`` and ``train243`` ``speed.<name>.targets_per_s`` of whole chunks in bf16, of the ``reference``
        (one window per target, fp32) and their ``ratio``; ``speed.train27.default.targets_per_s`` at the size that
        ``dance3d train lift`` uses. For ``dense243`` ``frames_per_s`` in bf16, ``reference`` (dilated convolutions,
        fp32), ``ratio``, ``same_weights.ratio`` for VideoPose3D's structure on both sides, ``fp32.ratio`` for the
        lifter in fp32, and ``difference_mm``, the mean distance between joints that the shipped weights give in bf16
        and in fp32. ``speed.stream.ms_per_frame``, and ``cpu_ms_per_frame`` beside it: 243
        frames, 384 channels, mirrored dancer too, one core. ``speed.matmul_share``: what training on 243 frames reaches
        of the machine's own bf16 matrix products. ``speed.peak_mib`` of the process. And what
        ``batch_speed`` gives.
    """
    on = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    clock = _DeviceClock(on)
    out: dict[str, float] = {}
    for name, taps, batch, chunk, windows, share in (
        ("train27", (3,) * 3, 16, 128, 128, 0.2),
        ("train243", (3,) * 5, 4, 512, 64, 0.5),
    ):
        ours, plain = Lifter(WIDTH, taps).to(on), _Windows(Reference(WIDTH, taps)).to(on)
        step = _step(ours, _features(batch, chunk + ours.receptive - 1, on), half=True)
        other = _step(plain, _features(windows, ours.receptive, on)[..., : 2 * JOINTS].contiguous(), half=False)
        pairs = clock.pairs(step, other, seconds * share)
        out |= _rates(f"{name}.targets_per_s", name, pairs, batch * chunk, windows)
    out["matmul_share"] = _share(clock, step, 3 * _products(ours, batch, chunk), on)
    small = _step(Lifter().to(on), _features(96, 16 + 26, on), half=True)
    out["train27.default.targets_per_s"] = 96 * 16 / clock.best(small, 3)
    out |= _dense(clock, on, seconds * 0.2)
    out |= _stream(on) | batch_speed(on, seconds * 0.1)
    peak = torch.cuda.max_memory_allocated(on) / 2**20 if on.type == "cuda" else peak_memory()
    out["peak_mib"] = float("nan") if peak is None else peak
    return {f"speed.{name}": value for name, value in out.items()}


def batch_speed(device: torch.device, seconds: float = 10.0) -> dict[str, float]:
    """Measure how fast training batches are made on a device, in turns with training steps on them.

    Args:
        device: where they are made.
        seconds: to measure for.

    Returns:
        ``batches27.targets_per_s`` and ``batches243.targets_per_s``, of chunks of 16 targets as ``dance3d train lift``
        has them, in the context of these receptive fields; ``batches243.long.targets_per_s``, of chunks of 512 targets;
        each with ``.share``, what making a batch takes of a step of that training's net with it, in bf16.
    """
    clock, takes = _DeviceClock(device), join_takes([choreograph("salsa", 60.0, 0)])
    seeds = count()
    out: dict[str, float] = {}
    for name, taps, batch, chunk in (("27", 3, 96, 16), ("243", 5, 96, 16), ("243.long", 5, 4, 512)):
        net = Lifter(TRAINED, (3,) * taps).to(device)
        chunks = Chunks(takes, Augment(), batch, chunk + net.receptive - 1, 1)
        step = _step(net, _features(batch, chunk + net.receptive - 1, device), half=True)
        pairs = clock.pairs(lambda chunks=chunks: chunks.on(next(seeds), device), step, seconds / 3)  # type: ignore[misc]
        out[f"batches{name}.targets_per_s"] = batch * chunk / median(one for one, _ in pairs)
        out[f"batches{name}.share"] = median(one / (one + other) for one, other in pairs)
    return out


def _features(batch: int, frames: int, device: torch.device) -> Tensor:
    """(B, T, F) of joints that move slowly in front of the camera."""
    steps = torch.randn(batch, frames, JOINTS, 2, generator=torch.Generator().manual_seed(0))
    rays = 0.05 * steps + 0.1 * steps[:, :1]
    return encode(rays, torch.ones(rays.shape[:3], dtype=torch.bool)).features.to(device)


class _DeviceClock:
    """Wall time of work, waiting for the device."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def once(self, work: Work) -> float:
        """Seconds of one call."""
        began = time.perf_counter()
        work()
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return time.perf_counter() - began

    def best(self, work: Work, times: int) -> float:
        """Seconds of the fastest of some calls, after one that warms up."""
        return min([self.once(work) for _ in range(times + 1)][1:])

    def pairs(self, one: Work, other: Work, seconds: float, least: int = 2) -> list[tuple[float, float]]:
        """Seconds of both, in turns, after one call of each that does not count.

        Args:
            one: work to time.
            other: work to compare it with.
            seconds: to repeat both for.
            least: pairs to measure at least.
        """
        end = time.perf_counter() + seconds
        made = [(self.once(one), self.once(other))]
        while len(made) <= least or time.perf_counter() + sum(made[-1]) < end:
            made.append((self.once(one), self.once(other)))
        return made[1:]


def _rates(name: str, prefix: str, pairs: list[tuple[float, float]], answers: int, others: int) -> dict[str, float]:
    """Answers per second of both, and the median of the pairs' ratios."""
    return {
        name: answers / median(one for one, _ in pairs),
        f"{prefix}.reference": others / median(other for _, other in pairs),
        f"{prefix}.ratio": median((answers / one) / (others / other) for one, other in pairs),
    }


class _Windows(nn.Module):
    """The reference's strided form as a module of its own."""

    def __init__(self, net: Reference) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        """One answer per window."""
        return self.net.strided(x)


def _step(net: nn.Module, features: Tensor, half: bool) -> Work:
    """A training step: forward, mean joint distance, backward, Adam with amsgrad (fused where bf16 is used)."""
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4, amsgrad=True, fused=half)
    with torch.no_grad():
        true = torch.randn_like(net(features))

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(features.device.type, torch.bfloat16, enabled=half):
            predicted = net(features)
        (predicted.float() - true).square().sum(-1).clamp_min(1e-12).sqrt().mean().backward()
        optimizer.step()

    return step


def _products(net: Lifter, batch: int, chunk: int) -> float:
    """Floating-point operations of the matrix products of a dense forward pass."""
    width, frames = int(net.config["width"]), chunk + net.receptive - 1
    total = 0.0
    for number, (taps, dilation) in enumerate(zip(net.taps, net.dilations, strict=True)):
        frames -= (taps - 1) * dilation
        total += frames * width * (taps * width + width if number else taps * FEATURES)
    return 2.0 * batch * (total + frames * width * net.leave.out_features)


def _share(clock: _DeviceClock, step: Work, operations: float, device: torch.device) -> float:
    """What work of so many operations reaches of the rate of square bf16 matrix products, in turns."""
    one, times = torch.randn(SQUARE, SQUARE, device=device, dtype=torch.bfloat16), 8

    def products() -> None:
        for _ in range(times):
            one @ one

    pairs = clock.pairs(step, products, 0.0, least=3)
    return median(operations / mine * alone / (times * 2 * SQUARE**3) for mine, alone in pairs)


@torch.no_grad()
def _dense(clock: _DeviceClock, device: torch.device, seconds: float) -> dict[str, float]:
    """Inference on long sequences, and what bf16 changes of the shipped lifter's poses."""
    ours, plain = Lifter(WIDTH, (3,) * 5).to(device).eval(), Reference(WIDTH, (3,) * 5).to(device).eval()
    seen = _features(1, ANSWERS + ours.receptive - 1, device)
    other = seen[..., : 2 * JOINTS].contiguous()
    same = VideoPose3D.from_state(plain.state_dict()).to(device)
    pairs, alike, whole = (
        clock.pairs(work, lambda: plain.dense(other), seconds * share)
        for work, share in (
            (lambda: _half(ours, seen), 0.5),
            (lambda: _half(same, other), 0.25),
            (lambda: ours(seen), 0.25),
        )
    )
    shipped = load(weights.default("lift")).to(device)
    dancer = film([choreograph("salsa", 10.0, 0)])[0].keypoints
    rays = torch.from_numpy((dancer.xy - np.array(PROTOCOL_CAMERA.centre)) / PROTOCOL_CAMERA.focal).float()[None]
    read = shipped.read(rays, torch.ones(rays.shape[:3], dtype=torch.bool), PROTOCOL_CAMERA).features.to(device)
    off = (_half(shipped, read) - shipped(read)).square().sum(-1).sqrt()
    return {
        **_rates("dense243.frames_per_s", "dense243", pairs, ANSWERS, ANSWERS),
        "dense243.same_weights.ratio": median(slow / fast for fast, slow in alike),
        "dense243.fp32.ratio": median(slow / fast for fast, slow in whole),
        "dense243.difference_mm": 1000 * float(off.mean()),
    }


def _half(net: nn.Module, features: Tensor) -> Tensor:
    with torch.autocast(features.device.type, torch.bfloat16):
        out: Tensor = net(features)
    return out.float()


def _stream(device: torch.device, frames: int = 80) -> dict[str, float]:
    """Median milliseconds of a frame on the clock and of one core's work, the mirrored dancer lifted too."""
    stream = Stream(Lifter(384, (3,) * 5, causal=True).to(device).eval())
    rays, present = 0.1 * torch.randn(frames, JOINTS, 2), torch.ones(frames, JOINTS, dtype=torch.bool)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    times = []
    for one, there in zip(rays, present, strict=True):
        began = time.perf_counter(), time.process_time()
        pose = stream.push(one, there)
        assert pose is not None
        pose.cpu()  # waits for the device
        times.append((time.perf_counter() - began[0], time.process_time() - began[1]))
    torch.set_num_threads(threads)
    wall, work = (1000 * median(column) for column in zip(*times[20:], strict=True))
    return {"stream.ms_per_frame": wall, "stream.cpu_ms_per_frame": work}
