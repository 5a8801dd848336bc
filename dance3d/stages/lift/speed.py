"""How fast the lifter trains, lifts and streams here and now, beside straightforward forms of the same work.

Both sides of a pair run in turns in one process, and what counts is the median of their ratios: a busy machine slows
both. Sizes are those of VideoPose3D, 1024 channels, unless a name says ``default``.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from statistics import median

import torch
from torch import Tensor, nn
from torch.nn import functional

from dance3d.stages.lift.model import FEATURES, JOINTS, Lifter
from dance3d.stages.lift.stream import Stream

WIDTH = 1024
Work = Callable[[], object]


class Reference(nn.Module):
    """VideoPose3D's structure in the plain way: ``Conv1d`` over (B, C, T), dilated or strided, fp32.

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
    """Measure, for about so many seconds.

    Returns:
        For ``train27`` and ``train243`` ``speed.<name>.targets_per_s`` of whole chunks in bf16 at 1024 channels, of the
        ``reference`` (one window per target, fp32), their ``ratio``, and ``default.targets_per_s`` at the channels that
        ``dance3d train lift`` uses; for ``dense243`` ``frames_per_s`` in bf16, ``reference`` (dilated convolutions,
        fp32), ``ratio``, ``fp32.ratio`` and ``difference``, the mean change in millimetres that bf16 makes for a net
        with drawn weights; ``speed.stream.ms_per_frame`` (243 frames, 384 channels, mirrored too);
        ``speed.matmul_share``, what training reaches of the machine's own bf16 matrix products; ``speed.peak_mib``.
    """
    on = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    clock = _Clock(on)
    out: dict[str, float] = {}
    shares = {"train27": 0.2, "train243": 0.45}
    torch.manual_seed(0)
    for name, taps, batch, chunk, windows in (
        ("train27", (3,) * 3, 16, 128, 128),
        ("train243", (3,) * 5, 4, 512, 64),
    ):
        ours, plain = Lifter(WIDTH, taps).to(on), Reference(WIDTH, taps).to(on)
        step = _step(ours, torch.randn(batch, chunk + ours.receptive - 1, FEATURES, device=on), True)
        other = _step(_Windows(plain), torch.randn(windows, ours.receptive, 2 * JOINTS, device=on), False)
        pairs = clock.pairs(step, other, seconds * shares[name])
        out |= _rates(f"{name}.targets_per_s", name, pairs, batch * chunk, windows)
        if name == "train243":
            rate = 3 * _products(ours, batch, chunk) * out[f"{name}.targets_per_s"] / (batch * chunk)
            out["matmul_share"] = rate / _matmul_rate(clock, on)
        small = Lifter(taps=taps).to(on)
        default = _step(small, torch.randn(96, 16 + ours.receptive - 1, FEATURES, device=on), True)
        out[f"{name}.default.targets_per_s"] = 96 * 16 / clock.best(default, 3)
    out |= _dense(clock, on, seconds * 0.2)
    out["stream.ms_per_frame"] = _stream(on)
    out["peak_mib"] = (
        torch.cuda.max_memory_allocated(on) / 2**20
        if on.type == "cuda"
        else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    )
    return {f"speed.{name}": value for name, value in out.items()}


class _Clock:
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

    def pairs(self, one: Work, other: Work, seconds: float) -> list[tuple[float, float]]:
        """Seconds of each in turns, after one call each that warms up; at least three pairs."""
        self.once(one), self.once(other)
        made: list[tuple[float, float]] = []
        end = time.perf_counter() + seconds
        while len(made) < 3 or time.perf_counter() < end:
            made.append((self.once(one), self.once(other)))
        return made


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


def _matmul_rate(clock: _Clock, device: torch.device, size: int = 2048) -> float:
    """Operations per second of a square bf16 matrix product."""
    one = torch.randn(size, size, device=device, dtype=torch.bfloat16)
    return 2 * size**3 / clock.best(lambda: one @ one, 5)


@torch.no_grad()
def _dense(clock: _Clock, device: torch.device, seconds: float) -> dict[str, float]:
    ours, plain = Lifter(WIDTH, (3,) * 5).to(device).eval(), Reference(WIDTH, (3,) * 5).to(device).eval()
    for block in ours.blocks:
        nn.init.normal_(block.mix.weight, std=0.02)  # type: ignore[union-attr,arg-type]
    answers = 2048
    seen = torch.randn(1, answers + ours.receptive - 1, FEATURES, device=device)
    other = seen[..., : 2 * JOINTS]

    def half() -> Tensor:
        with torch.autocast(device.type, torch.bfloat16):
            out: Tensor = ours(seen)
        return out

    pairs = clock.pairs(half, lambda: plain.dense(other), seconds * 0.6)
    whole = clock.pairs(lambda: ours(seen), lambda: plain.dense(other), seconds * 0.4)
    return {
        **_rates("dense243.frames_per_s", "dense243", pairs, answers, answers),
        "dense243.fp32.ratio": median(other / one for one, other in whole),
        "dense243.difference": 1000 * float((half() - ours(seen)).square().sum(-1).sqrt().mean()),
    }


def _stream(device: torch.device, frames: int = 60) -> float:
    """Median milliseconds of a frame, the mirrored dancer lifted too."""
    stream = Stream(Lifter(384, (3,) * 5, causal=True).to(device).eval())
    rays, present = 0.1 * torch.randn(frames, JOINTS, 2), torch.ones(frames, JOINTS, dtype=torch.bool)
    times = []
    for one, there in zip(rays, present, strict=True):
        began = time.perf_counter()
        pose = stream.push(one, there)
        assert pose is not None
        pose.cpu()  # waits for the device
        times.append(time.perf_counter() - began)
    return 1000 * median(times[10:])
