import numpy as np
import pytest
import torch
from semi_batches import make_dance

from dance3d.io.weights import default
from dance3d.stages.lift.load import load
from dance3d.stages.lift.semi_supervised.views import UnlabelledWindows
from dance3d.stages.lift.semi_supervised.without_truth import PARTS, without_truth
from dance3d.synth.virtual_cameras import film


@pytest.fixture(scope="module")
def seen():
    filmed = film(make_dance()[:2], 2.0, cameras="random", count=1)
    return UnlabelledWindows([one.keypoints for one in filmed], [one.truth.camera for one in filmed], 26)


def total(net, windows):
    with torch.no_grad():
        parts = [without_truth(net, *(part[None] for part in windows[row])) for row in range(2)]
    assert all(set(one) == set(PARTS) and all(torch.isfinite(value) for value in one.values()) for one in parts)
    return {name: float(np.mean([one[name] for one in parts])) for name in PARTS}


def test_a_worse_net_has_a_worse_score_without_a_truth(seen):
    scores = []
    for strength in (0.0, 0.05, 0.2):
        net = load(default("lift"))
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for weight in net.parameters():
                if weight.dim() > 1:
                    weight += strength * weight.std() * torch.randn(weight.shape, generator=generator)
        scores.append(total(net, seen))
    for name in PARTS:
        assert scores[0][name] < scores[1][name] < scores[2][name], name
