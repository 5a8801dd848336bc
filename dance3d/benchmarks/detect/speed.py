"""Speed of the detector's own arithmetic on this machine, beside simple forms of the same work.

Both sides of a pair run in turns in one process, and what counts is the median of their ratios: a busy machine slows
both.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np
import torch
from torch import Tensor

from dance3d.datasets.crop import MARGIN
from dance3d.geometry.projection import look_at
from dance3d.geometry.triangulation_torch import triangulate
from dance3d.masks import Lines, lines, skeleton_mask
from dance3d.masks.geodesic import distance_map
from dance3d.masks.raster import pixels
from dance3d.stages.detect.augment import DetectBatch, Invented, Scenes
from dance3d.stages.detect.module import DetectModule
from dance3d.synth.random_motion import random_motion
from dance3d.training import malloc


def direct_mask(xy: Tensor, size: int, chosen: Lines, merge: str = "max", width: Tensor | None = None) -> Tensor:
    """The reference of ``masks.skeleton_mask``: every line against every pixel, (B, L, S, S), derived by autograd.

    Args:
        xy: (B, J, 2) joints over -1 to 1.
        size: S, pixels.
        chosen: what to draw.
        merge: ``max`` or ``sum`` of the lines.
        width: (B,) factor of all widths.
    """
    one, other = (end[..., None, None, :] for end in chosen.ends(xy))
    line = xy.new_tensor(chosen.sigma)[:, None, None]
    sigma = line if width is None else line * width[..., None, None, None]
    across, down = torch.meshgrid(pixels(size, xy), pixels(size, xy), indexing="xy")
    pixel, way = torch.stack([across, down], -1), other - one
    share = ((pixel - one) * way).sum(-1) / way.square().sum(-1).clamp_min(1e-12)
    distance = (pixel - one - share.clamp(0, 1)[..., None] * way).square().sum(-1)
    drawn = torch.exp(-distance / sigma**2)
    return drawn.amax(-3) if merge == "max" else drawn.sum(-3)


def speed(seconds: float) -> dict[str, float]:
    """Milliseconds of the mask stage's parts, on one thread or as many as torch has, and images that train a second.

    Args:
        seconds: for all of it, roughly; every part is measured three times at least.

    Returns:
        ``speed.skeleton_mask.*`` at 256 px and ``speed.skeleton_mask_64.*`` at 64 px, forward and backward per
        picture: ``ms``, ``direct_ms``, their median ``ratio`` and ``gradient_difference``, relative. And
        ``speed.geodesic.ms`` per map of 256 px, ``speed.triangulation.ms`` forward and backward of 576 points;
        and those of ``training``.
    """
    figures: dict[str, float] = {}
    poses = _poses(32)
    for name, size, batch in (("skeleton_mask", 256, 4), ("skeleton_mask_64", 64, 32)):
        found = _drawing(poses[:: len(poses) // batch], size, seconds * 0.2)
        figures |= {f"speed.{name}.{key}": value for key, value in found.items()}
    masks = (skeleton_mask(poses, 256, lines()) > 0.4).numpy()
    each = seconds * 0.2 / len(masks)
    figures["speed.geodesic.ms"] = median(_clock(partial(distance_map, mask), each) for mask in masks)
    figures["speed.triangulation.ms"] = _clock(_triangulation(), seconds * 0.1)
    return figures | {f"speed.train.{key}": value for key, value in training(seconds * 0.3).items()}


def training(seconds: float, size: int = 128, width: int = 64, moments: int = 8) -> dict[str, float]:
    """Train in mixed bfloat16 and in float32 in turns, with all losses, on the GPU where there is one.

    Args:
        seconds: roughly; three steps of each at least.
        size: of the crops, pixels.
        width: channels of the detector.
        moments: of four views each, beside as many invented bodies as views: 64 crops a step by default.

    Returns:
        ``bf16_images`` and ``fp32_images`` a second, and the median ``ratio`` of the times of two steps in turn.
    """
    malloc.keep_freed_memory()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    batch = _batch(moments, size, device)
    images = batch.scenes.half.numel() + len(batch.invented.joints)
    steps = [_stepping(batch, size, width, mixed) for mixed in (True, False)]
    for step in steps:  # warms up
        step()
    pairs: list[list[float]] = []
    start = time.perf_counter()
    while len(pairs) < 3 or time.perf_counter() - start < seconds:
        pairs.append([_once(step) / 1e3 for step in steps])
    mixed, full = (median(pair[n] for pair in pairs) for n in range(2))
    ratio = median(pair[1] / pair[0] for pair in pairs)
    return {"bf16_images": images / mixed, "fp32_images": images / full, "ratio": ratio}


def _stepping(batch: DetectBatch, size: int, width: int, mixed: bool) -> Callable[[], object]:
    """One step of a fresh training, as often as it is called."""
    device = batch.scenes.half.device
    torch.manual_seed(0)
    module = DetectModule(size=size, width=width).to(device)
    module.share = 1.0  # every loss counts
    module.log = module.log_dict = lambda *_, **__: None  # type: ignore[method-assign, assignment]
    adam = torch.optim.AdamW([one for one in module.parameters() if one.requires_grad])

    def step() -> None:
        with torch.autocast(device.type, torch.bfloat16, mixed):
            loss = module.training_step(batch, 0)
        adam.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        adam.step()
        module.average.update_parameters(module.net)
        if device.type == "cuda":
            torch.cuda.synchronize()

    return step


def _batch(moments: int, size: int, device: torch.device) -> DetectBatch:
    """Bodies that stand still before four cameras, in pictures of noise."""
    views = 4
    bodies = _poses(moments * views)
    masks = (skeleton_mask(bodies, size, lines()) > 0.4).to(torch.uint8)
    images = torch.randint(0, 256, (*masks.shape, 3), dtype=torch.uint8)
    distance = torch.from_numpy(np.stack([distance_map(mask.numpy() > 0) for mask in masks])).float()
    cameras = _cameras(views).float().expand(moments, -1, -1, -1)
    known = torch.ones(moments, views)

    def seen(values: Tensor) -> Tensor:
        return values.reshape(moments, views, *values.shape[1:])

    truth = torch.full((moments, bodies.shape[1], 3), torch.nan)
    nothing = truth, torch.full((moments,), torch.inf)
    scenes = Scenes(seen(images), seen(masks), seen(distance), known * 0.35, cameras, known > 0, truth, *nothing)
    flat = Invented(images, masks, torch.cat([bodies, bodies[..., :1] * 0], -1).float())
    return DetectBatch(Scenes(*(part.to(device) for part in scenes)), Invented(*(part.to(device) for part in flat)))


def _cameras(views: int) -> Tensor:
    """(V, 3, 4) cameras around the origin."""
    turns = [2 * math.pi * view / views for view in range(views)]
    eyes = [np.array([4 * math.cos(turn), 1.0, 4 * math.sin(turn)]) for turn in turns]
    return torch.tensor(np.stack([look_at(eye, np.array([0.0, 1.0, 0.0])) for eye in eyes]))


def _poses(count: int) -> Tensor:
    """(N, 17, 2) randomly moving bodies seen from the front, each filling its crop."""
    xyz = np.concatenate([random_motion(2.0, seed).xyz for seed in range(4)])
    xy = torch.tensor(xyz[np.linspace(0, len(xyz) - 1, count).astype(int), :, :2]) * torch.tensor([1.0, -1.0])
    low, high = xy.amin(1, keepdim=True), xy.amax(1, keepdim=True)
    return (xy - (low + high) / 2) / ((high - low).amax(-1, keepdim=True) / 2 * MARGIN)


def _drawing(poses: Tensor, size: int, seconds: float) -> dict[str, float]:
    """Both ways to draw masks in turns."""
    pull = torch.randn(len(poses), size, size, generator=torch.Generator().manual_seed(0))
    xy = poses.clone().requires_grad_()

    def gradient(draw: Callable[[Tensor, int, Lines], Tensor]) -> Tensor:
        return torch.autograd.grad((draw(xy, size, lines()) * pull).sum(), xy)[0]

    ambiguous_bodies = (skeleton_mask, direct_mask)
    one, other = (gradient(way) for way in ambiguous_bodies)  # warms both up
    pairs: list[list[float]] = []
    start = time.perf_counter()
    while len(pairs) < 3 or time.perf_counter() - start < seconds:
        pairs.append([_once(partial(gradient, way)) / len(poses) for way in ambiguous_bodies])
    return {
        "ms": median(pair[0] for pair in pairs),
        "direct_ms": median(pair[1] for pair in pairs),
        "ratio": median(pair[1] / pair[0] for pair in pairs),
        "gradient_difference": float((one - other).norm() / other.norm()),
    }


def _triangulation() -> Callable[[], object]:
    """Forward and backward of 32 scenes, 18 joints, 4 cameras around them."""
    cameras = _cameras(4).expand(32, 4, 3, 4)
    points = torch.randn(32, 1, 18, 3, generator=torch.Generator().manual_seed(0)).double() * 0.4
    local = points @ cameras[..., :3].transpose(-1, -2) + cameras[..., None, :, 3]
    rays = (local[..., :2] / local[..., 2:]).float().requires_grad_()
    return lambda: torch.autograd.grad(triangulate(rays, cameras)[0].square().sum(), rays)


def _clock(work: Callable[[], object], seconds: float) -> float:
    """Median milliseconds of some work."""
    work()
    found: list[float] = []
    start = time.perf_counter()
    while len(found) < 3 or time.perf_counter() - start < seconds:
        found.append(_once(work))
    return median(found)


def _once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)
