from types import SimpleNamespace

import numpy as np
import pytest
import torch
from crop_sets import shots

from dance3d.benchmarks.detect import finetune_on_clip
from dance3d.benchmarks.detect.finetune_on_clip import adapt, bench_clip
from dance3d.benchmarks.multiview_clip import MultiviewClip
from dance3d.datasets.crop_folder import Crops
from dance3d.io import weights
from dance3d.stages.detect.evaluator import ScenePredictions
from dance3d.stages.detect.model import HourglassNet, net_targets
from dance3d.stages.detect.multiview_consensus import reach_consensus


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Weights of a small net that knows nothing."""
    torch.manual_seed(0)
    net = HourglassNet(width=16, depth=8)
    path = tmp_path_factory.mktemp("net") / "w.safetensors"
    weights.save(path, {k: v.numpy() for k, v in net.state_dict().items()}, "detect", net.config | {"bones": 4.0})
    return path


def test_a_detector_goes_on_from_its_weights_without_a_joint(start, tmp_path, monkeypatch):
    seen = {}

    def fit_for(module, batches, seconds, rate):
        seen.update(seconds=seconds, rate=rate, weights=module.cascade.now(1.0)[0])

    monkeypatch.setattr(finetune_on_clip, "fit_for", fit_for)
    module = adapt(start, shots(tmp_path, moments=3, views=3), 7.0, moments=2)
    stored, _ = weights.load(start, "detect")
    assert all(np.array_equal(value.numpy(), stored[name]) for name, value in module.net.state_dict().items())
    assert (seen["seconds"], seen["rate"]) == (7.0, finetune_on_clip.RATE)
    assert seen["weights"]["invented"] == 0 < seen["weights"]["consensus"]  # no folder of invented bodies


def test_crops_of_another_size_are_refused(start, tmp_path):
    arrays, config = weights.load(start, "detect")
    weights.save(tmp_path / "w.safetensors", arrays, "detect", config | {"size": 128})
    with pytest.raises(ValueError, match=r"has crops of 64 pixels, .* takes 128"):
        adapt(tmp_path / "w.safetensors", shots(tmp_path / "crops", moments=3, views=3), 1.0)


@pytest.fixture
def clip(tmp_path):
    """Crops of a clip, and the clip with the joints that the crops' bodies have."""
    folder = shots(tmp_path, moments=4, views=3)
    crops = Crops(folder)
    truth = np.full((1 + max(line["frame"] for line in crops.moments), 17, 3), np.nan)
    for line, joints in zip(crops.moments, crops.truth, strict=True):
        truth[line["frame"]] = joints
    return folder, truth, [SimpleNamespace(extrinsics=one) for one in crops.extrinsics]


def test_who_answers_the_truth_has_no_error_in_any_camera(clip, monkeypatch):
    folder, truth, views = clip

    def seen(net, scenes):
        xyz = net_targets(scenes.truth[:, None], scenes.extrinsics, scenes.half)
        spread = torch.full(xyz.shape[:3], 0.05)
        return ScenePredictions(xyz, spread, reach_consensus(xyz, spread, scenes.half, scenes.extrinsics, scenes.valid))

    monkeypatch.setattr(finetune_on_clip, "predict_scenes", seen)
    found = bench_clip(None, folder, MultiviewClip(views, [], truth, {}))
    known = len({line["frame"] for line in Crops(folder).moments})
    assert found["multiview.frames"] == known and found["multiview.p_mpjpe"] < 1
    assert found["multiview.views.p_mpjpe"] < 1 and 0 < found["multiview.views.frames"] <= known


def test_crops_of_no_camera_or_no_known_frame_are_refused(clip, monkeypatch):
    folder, truth, views = clip
    monkeypatch.setattr(
        finetune_on_clip, "predict_scenes", lambda net, scenes: ScenePredictions(*[torch.zeros(1, 3, 17, 3)] * 2, None)
    )
    far = [SimpleNamespace(extrinsics=np.eye(3, 4) + 9)]
    with pytest.raises(ValueError, match="m from the nearest of the clip's cameras"):
        bench_clip(None, folder, MultiviewClip(far, [], truth, {}))
    with pytest.raises(ValueError, match="holds none of the 0 frames whose joints are known"):
        bench_clip(None, folder, MultiviewClip(views, [], np.full_like(truth, np.nan), {}))
