"""Sums in float64, and no float64 anywhere on a device that has none."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from dance3d import metrics
from dance3d.geometry import precision
from dance3d.geometry.triangulation_torch import triangulate
from dance3d.metrics.keypoints2d import OKSAP, MeanOKS, PCKTorso


class NoFloat64(TorchDispatchMode):
    """A device without float64: whatever makes a tensor of it there fails, as on Apple's GPUs."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for one in tree_leaves(out):
            if isinstance(one, torch.Tensor) and one.dtype == torch.float64 and one.ndim:
                raise TypeError(f"Cannot convert a MPS Tensor to float64 dtype ({func})")
        return out


@pytest.fixture
def apple(monkeypatch):
    monkeypatch.setattr(precision, "WITHOUT_FLOAT64", {"cpu"})
    with NoFloat64():
        yield


def poses(seed, dims=3):
    return torch.randn(2, 6, 17, dims, generator=torch.Generator().manual_seed(seed))


BY_POSES = [
    *(metrics.MPJPE, metrics.PMPJPE, metrics.NMPJPE, metrics.MPJVE, metrics.AccelerationError, metrics.PCK),
    *(metrics.AUC, metrics.LeftRightFlips, metrics.DepthFlips, metrics.AmbiguityRatio, metrics.FlipAllowedMPJPE),
    *(metrics.PairsSwappedMPJPE, metrics.ErrorBy),
]
OTHERS = {
    metrics.WMPJPE: lambda: (poses(0)[:, :, 0], poses(1)[:, :, 0]),
    metrics.MSE2D: lambda: (poses(0, 2), poses(1, 2)),
    metrics.MaskIoU: lambda: (poses(0)[..., 0] > 0, poses(1)[..., 0] > 0),
    metrics.FootSkate: lambda: (poses(0),),
    metrics.TopCalibration: lambda: (poses(0)[0, :, 0], torch.tensor([0, 1, 2, 0, 1, 2])),
    PCKTorso: lambda: (poses(0, 2)[0], poses(1, 2)[0]),
    MeanOKS: lambda: (poses(0, 2)[0], poses(1, 2)[0], torch.ones(6)),
    OKSAP: lambda: (poses(0, 2)[0], torch.rand(6), poses(1, 2)[0], torch.ones(6)),
}
CASES = [*((make, lambda: (poses(0), poses(1))) for make in BY_POSES), *OTHERS.items()]


@pytest.mark.parametrize(("make", "given"), CASES, ids=lambda one: getattr(one, "__name__", ""))
def test_no_metric_needs_float64_where_there_is_none(make, given, apple):
    metric = make().to("cpu")  # a move, in which the states lose what the device lacks
    assert all(
        state.dtype != torch.float64 for state in metric.metric_state.values() if isinstance(state, torch.Tensor)
    )
    metric.update(*given())
    metric.compute()
    metric.reset()
    assert all(
        state.dtype != torch.float64 for state in metric.metric_state.values() if isinstance(state, torch.Tensor)
    )


def test_triangulation_needs_no_float64_where_there_is_none(apple):
    camera = torch.eye(3, 4).expand(2, 3, 4).clone()
    camera[1, 0, 3] = -1.0
    point, known = triangulate(torch.tensor([[[0.0, 0.0]], [[-0.25, 0.0]]]), camera)
    assert known.all()
    torch.testing.assert_close(point, torch.tensor([[0.0, 0.0, 4.0]]), atol=1e-4, rtol=0)


def test_states_are_of_float64_and_stay_so_in_half_precision():
    metric = metrics.MPJPE()
    metric.half()
    metric.to(torch.bfloat16)
    assert metric.total.dtype == metric.count.dtype == torch.float64
