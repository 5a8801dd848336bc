"""A lifter behind an adapter gives what it gives by its own way."""

import numpy as np
import pytest
import torch
import yaml
from lift_nets import make
from onnx_lifters import JOINTS, Whatever, Wrapped, described
from videopose3d_nets import reference, written

from dance3d.contracts import Camera
from dance3d.stages.lift.export import export_onnx
from dance3d.stages.lift.load import load
from dance3d.stages.lift.model import Lifter
from dance3d.stages.lift.nets.onnx_lifter import OnnxLifter
from dance3d.stages.lift.predict import _run_net
from dance3d.stages.stored_nets import store_net

pytest.importorskip("onnx")
CAMERA = Camera(1100.0, (505.0, 380.0), (1000, 800))
ALL = {"joints": "h36m17", "picture": "width", "layout": ["B", "T", "J", "C"], "unit": "m", "frames": 1}


def body(frames=40, seed=0):
    """Rays (T, 17, 2) of somebody who moves, and that all are there."""
    rng = np.random.default_rng(seed)
    rays = rng.normal(0, 0.1, (1, 17, 2)) + rng.normal(0, 0.01, (frames, 17, 2)).cumsum(0)
    return rays, np.ones((frames, 17), bool)


def lifted(net, frames=40):
    rays, present = body(frames)
    return _run_net(net, rays, present, CAMERA)[0]


def videopose3d(tmp_path):
    """VideoPose3D's structure as a checkpoint, and as its plain net."""
    net = reference()
    return load(written(tmp_path / "native.bin", net)), net


class Dense(torch.nn.Module):
    """VideoPose3D on sequences (B, T, J, 2)."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        """To (B, T - 26, J, 3)."""
        return self.net.dense(x.flatten(2))


@pytest.mark.parametrize("frames", [27, 60, "any"])
def test_videopose3d_by_the_adapter_equals_its_checkpoint(tmp_path, frames):
    native, plain = videopose3d(tmp_path)
    example = torch.zeros(2, 60 if frames == "any" else frames, 17, 2)
    axes = {"keypoints": {0: "B", 1: "T"}, "answers": {0: "B", 1: "U"}}
    adapter = ALL | {"frames": frames, "before": 13, "after": 13}
    path = described(tmp_path / "net.onnx", Dense(plain), example, adapter, axes=axes)
    for length in (1, 40, 300):  # shorter than a window, some windows, and many at once
        assert np.abs(lifted(OnnxLifter(path), length) - lifted(native, length)).max() < 1e-5


def test_other_axes_joints_and_units_give_the_same(tmp_path):
    native, plain = videopose3d(tmp_path)
    order = [JOINTS.index(joint) for joint in sorted(JOINTS)]
    back = [sorted(JOINTS).index(joint) for joint in JOINTS]
    kept = [n for n in order if JOINTS[n] != "pelvis"]
    turned = Wrapped(
        Dense(plain),
        lambda x: x[:, :, :, :, 0].permute(0, 2, 3, 1)[:, :, back],  # B C T J 1
        lambda y: 1000 * (y - y[:, :, :1])[:, :, kept].transpose(2, 3).flatten(1, 2),  # B TC J
    )
    adapter = ALL | {"joints": sorted(JOINTS), "layout": ["B", "C", "T", "J", 1], "frames": 27, "unit": "mm"}
    adapter |= {"answers": [JOINTS[n] for n in kept], "answer_layout": ["B", "TC", "J"], "before": 13, "after": 13}
    path = described(tmp_path / "net.onnx", turned, torch.zeros(4, 2, 27, 17, 1), adapter)  # batches of 4 only
    assert np.abs(lifted(OnnxLifter(path)) - lifted(native)).max() < 1e-5


def test_our_own_net_by_the_adapter_equals_itself(tmp_path):
    path, small = tmp_path / "ours.onnx", make(Lifter, (3, 3, 3))
    store_net(tmp_path / "ours.safetensors", "lift", small, small.config)
    export_onnx(tmp_path / "ours.safetensors", path)
    adapter = ALL | {"picture": "tangents", "frames": "any", "fps": 30}
    path.with_suffix(".yaml").write_text(
        yaml.safe_dump(adapter | {"input": "rays", "present": "present", "output": "xyz"})
    )
    with pytest.raises(ValueError, match=r"layout \['B', 'T', 'J'\]|says"):
        path.with_name("other.onnx").write_bytes(path.read_bytes())
        path.with_name("other.yaml").write_text(yaml.safe_dump(adapter | {"input": "present", "present": "rays"}))
        OnnxLifter(path.with_name("other.onnx"))
    net, rays, present = OnnxLifter(path), *body()
    present[5:9, JOINTS.index("left_wrist")] = False
    native = load(tmp_path / "ours.safetensors")
    found, wanted = (_run_net(one, rays, present, CAMERA)[0] for one in (net, native))
    assert net.fps == 30 and np.abs(found - wanted).max() < 1e-4


def test_windows_that_answer_every_frame_cover_the_clip(tmp_path):
    """A net without context whose answers depend on the window that a frame lies in."""
    net = Wrapped(Whatever(51), lambda x: (x + x.mean(1, keepdim=True)).flatten(2))
    adapter = ALL | {"frames": 9, "score": True, "picture": "box", "unit": None}
    path = described(tmp_path / "net.onnx", net, torch.zeros(1, 9, 17, 3), adapter)
    rays, present = body(21)
    one = OnnxLifter(path)
    features = one.read(torch.from_numpy(rays).float()[None], torch.from_numpy(present)[None], CAMERA).features
    found = one(features)[0].numpy()
    pixels = rays * CAMERA.focal + CAMERA.centre
    for start in (0, 9, 12):  # the last window is whole
        window = pixels[start : start + 9]
        low, high = window.min((0, 1)), window.max((0, 1))
        boxed = (window - (low + high) / 2) / ((high - low).max() / 2)
        given = torch.from_numpy(np.concatenate([boxed, np.ones((9, 17, 1))], -1)).float()[None]
        wanted = net(given)[0].detach().numpy()
        wanted = wanted - wanted[:, :1]
        rows = slice(start, start + 9) if start != 9 else slice(9, 12)
        assert np.abs(found[rows] - wanted[: len(found[rows])]).max() < 1e-4
    assert not one.known_size


def test_what_does_not_fit_the_file_is_one_clear_error(tmp_path):
    net = Wrapped(Whatever(), lambda x: x.flatten(2))
    path = described(tmp_path / "n.onnx", net, torch.zeros(1, 9, 17, 2), ALL | {"frames": 9})
    beside = path.with_suffix(".yaml")

    def refused(match, **change):
        beside.write_text(yaml.safe_dump(ALL | {"frames": 9} | change))
        with pytest.raises(ValueError, match=match):
            lifted(OnnxLifter(path))

    refused(r"keypoints has the shape \[1, 9, 17, 2\], its YAML's layout .* says \['any', 27, 17, 2\]", frames=27)
    refused(r"says \['any', 9, 17, 3\]", score=True)
    refused(r"layout \['B', 'T', 'JC'\] says \['any', 9, 34\]", layout=["B", "T", "JC"])
    refused(r"answers has the shape \[1, 9, 17, 3\], its YAML's answer_layout .* says \['any', 7, 17, 3\]", before=2)
    refused("has no input 'x', as its YAML says; choose from keypoints", input="x")
    refused("has no output 'x', as its YAML says; choose from answers", output="x")
    with pytest.raises(ValueError, match=r"two.onnx needs two.yaml beside it.*docs/peers.md"):
        OnnxLifter(path.rename(tmp_path / "two.onnx"))
    (tmp_path / "text.onnx").write_text("no net")
    (tmp_path / "text.yaml").write_text(yaml.safe_dump(ALL))
    with pytest.raises(ValueError, match=r"text.onnx cannot be run by onnxruntime"):
        OnnxLifter(tmp_path / "text.onnx")
    with pytest.raises(ValueError, match=r"none.onnx is no file"):
        OnnxLifter(tmp_path / "none.onnx")
    with pytest.raises(ValueError, match=r"only compared, by dance3d bench lift --peers"):
        load(path)


def test_answers_that_are_not_finite_are_refused(tmp_path):
    net = Wrapped(Whatever(), lambda x: x.flatten(2), lambda y: y / 0)
    path = described(tmp_path / "n.onnx", net, torch.zeros(1, 9, 17, 2), ALL | {"frames": 9})
    with pytest.raises(ValueError, match="values that are not finite"):
        lifted(OnnxLifter(path))
