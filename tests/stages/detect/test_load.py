from functools import partial

import pytest
import torch
from small_detector import make_batch

from dance3d.io.weights import load as load_file
from dance3d.stages.detect.load import load
from dance3d.stages.detect.module import DetectModule

SMALL = partial(DetectModule, size=64, width=16, prior=4)


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    return make_batch(tmp_path_factory)


def test_what_is_exported_is_the_averaged_net_and_its_bones(tmp_path, batch):
    torch.manual_seed(0)
    module = SMALL()
    for one in module.averaged.parameters():
        torch.nn.init.normal_(one, std=0.05)
    module.bones.fill_(4.25)
    module.export(tmp_path / "w.safetensors")
    net = load(tmp_path / "w.safetensors")
    assert net.config == {"size": 64, "width": 16, "stacks": 1, "depth": 16, "bones": 4.25}
    pictures = torch.rand(2, 4, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(net(pictures).xyz, module.averaged(pictures).xyz, atol=5e-3, rtol=0)
    again = SMALL(start=str(tmp_path / "w.safetensors"))
    with torch.no_grad():
        torch.testing.assert_close(net(pictures).xyz, again.averaged(pictures).xyz, atol=1e-5, rtol=0)
    assert load_file(tmp_path / "w.safetensors", "detect")[1]["bones"] == 4.25
    with pytest.raises(ValueError, match="is a detector of"):
        DetectModule(size=64, width=32, start=str(tmp_path / "w.safetensors"))
