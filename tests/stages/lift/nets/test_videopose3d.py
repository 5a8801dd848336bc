"""VideoPose3D's structure and files: names, counts, outputs, refusals."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from dance3d.benchmarks.lift.speed import Reference
from dance3d.contracts import Camera, Keypoints2D
from dance3d.skeleton import H36M17
from dance3d.stages.lift.load import load
from dance3d.stages.lift.model import Lifter
from dance3d.stages.lift.nets import checkpoints
from dance3d.stages.lift.nets.videopose3d import VideoPose3D
from dance3d.stages.lift.predict import predict
from dance3d.stages.lift.settings import LiftSettings

WIDTHS = [(3,) * n for n in (3, 4, 5)]
PLAIN = LiftSettings(rigid=False, floor=False, field_of_view=40.0)


def reference(taps=(3, 3, 3), width=32, causal=False, seed=0):
    """A net of plain convolutions with statistics as after training."""
    torch.manual_seed(seed)
    net = Reference(width, taps, causal=causal)
    for name, value in net.named_buffers():
        if value.is_floating_point():
            value.uniform_(0.5, 1.5) if "var" in name else value.normal_(std=0.2)
    return net.eval()


def written(path, net, **more):
    """A checkpoint as VideoPose3D's training writes it, random state and all."""
    state = {"epoch": 80, "lr": 1e-3, "random_state": np.random.RandomState(1234), "optimizer": {"state": {0: 1.0}}}
    torch.save({**state, "model_pos": net.state_dict(), "model_traj": None, **more}, path)
    return path


def track(frames=50, seed=0):
    rng = np.random.default_rng(seed)
    xy = rng.uniform([300, 100], [700, 900], (frames, 17, 2))
    seen = np.ones((frames, 17), bool)
    return Keypoints2D(xy, np.ones((frames, 17)), seen, np.arange(frames) / 50, (1000, 1002))


@pytest.mark.parametrize(("taps", "count"), [*zip(WIDTHS, (8_555_571, 12_753_971, 16_952_371), strict=True)])
def test_there_are_as_many_parameters_as_published(taps, count):
    with torch.device("meta"):
        net = VideoPose3D(1024, taps)
    assert sum(p.numel() for p in net.parameters()) == count


def test_the_names_are_those_of_the_published_files():
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    expected = {"expand_conv.weight", "shrink.weight", "shrink.bias", *(f"expand_bn.{n}" for n in norm)}
    expected |= {f"layers_conv.{i}.weight" for i in range(4)} | {f"layers_bn.{i}.{n}" for i in range(4) for n in norm}
    state = VideoPose3D(16, (3, 5, 3)).state_dict()
    assert set(state) == expected
    shapes = [tuple(state[f"layers_conv.{i}.weight"].shape) for i in range(4)]
    assert shapes == [(16, 16, 5), (16, 16, 1), (16, 16, 3), (16, 16, 1)]
    assert state["expand_conv.weight"].shape == (16, 34, 3) and state["shrink.weight"].shape == (51, 16, 1)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("taps", [*WIDTHS, (3, 5, 1)])
@torch.no_grad()
def test_equal_weights_give_the_outputs_of_plain_convolutions(taps, causal):
    plain = reference(taps, causal=causal)
    net = VideoPose3D.from_state(plain.state_dict(), causal)
    seen = torch.rand(2, net.receptive + 9, 34) * 2 - 1
    close = {"atol": 1e-5, "rtol": 0.0}
    torch.testing.assert_close(net(seen), plain.dense(seen), **close)
    windows = seen[:, : net.receptive]
    torch.testing.assert_close(net.strided(windows), plain.strided(windows), **close)


@pytest.mark.parametrize("form", ["dense", "strided"])
def test_a_training_step_is_that_of_plain_convolutions(form):
    plain = reference(width=16).train()
    net = VideoPose3D(16, dropout=0.0).train()
    net.load_state_dict(plain.state_dict())
    plain.dropout.p = 0.0
    seen = torch.rand(6, 40 if form == "dense" else 27, 34)
    for one in (plain, net):
        optimizer = torch.optim.Adam(one.parameters(), amsgrad=True)
        getattr(one, form)(seen).square().sum().backward()
        optimizer.step()
    for name, value in net.state_dict().items():
        torch.testing.assert_close(value, plain.state_dict()[name], atol=2e-5, rtol=1e-3, msg=name)


def test_a_checkpoint_comes_back_whole_and_lifts(tmp_path):
    pose, way = reference(), Reference(32, (3, 3, 3), outputs=1).eval()
    path = written(tmp_path / "published.bin", pose, model_traj=way.state_dict())
    found = checkpoints.load(path)
    assert found.trajectory is not None and found.trajectory.config["outputs"] == 1
    checkpoints.save(tmp_path / "again.bin", *found, epoch=7)
    stored = torch.load(tmp_path / "again.bin", weights_only=True)
    assert stored["epoch"] == 7 and stored["model_pos"].keys() == pose.state_dict().keys()
    for name, value in pose.state_dict().items():
        assert torch.equal(stored["model_pos"][name], value) and stored["model_pos"][name].is_contiguous()
    for name, value in way.state_dict().items():
        assert torch.equal(stored["model_traj"][name], value)
    pose.load_state_dict(stored["model_pos"])  # plain convolutions read it too
    checkpoints.save(tmp_path / "pose.bin", found.pose)
    assert checkpoints.load(tmp_path / "pose.bin").trajectory is None


@torch.no_grad()
def test_predict_lifts_as_videopose3d_does(tmp_path):
    """Its own steps, written out: pixels normalised by the width, edges repeated, mirrored too, mean taken."""
    net, seen = reference(), track()
    pose = predict({"keypoints": [seen]}, PLAIN, written(tmp_path / "x.bin", net))[0]
    xy = torch.from_numpy(seen.xy.copy()) / 1000 * 2 - torch.tensor([1.0, 1002 / 1000])
    answers = []
    for flip in (False, True):
        given = xy[:, H36M17.swap] * torch.tensor([-1.0, 1.0]) if flip else xy
        padded = functional.pad(given.reshape(1, -1, 34).transpose(1, 2), (13, 13), mode="replicate").transpose(1, 2)
        out = net.dense(padded)[0]
        answers.append(out[:, H36M17.swap] * torch.tensor([-1.0, 1.0, 1.0]) if flip else out)
    mean = sum(answers) / 2
    mean = mean - mean[:, :1]
    np.testing.assert_allclose(pose.xyz, mean.numpy(), atol=1e-5)
    assert np.isfinite(pose.root).all()


@pytest.mark.parametrize("centre", [500.0, 430.0])
def test_a_mirrored_dancer_is_lifted_to_the_mirror_image(tmp_path, centre):
    path, seen = written(tmp_path / "x.bin", reference()), track()
    xy = seen.xy[:, H36M17.swap].copy()
    xy[..., 0] = 1000 - xy[..., 0]
    mirrored = Keypoints2D(xy, seen.score, seen.measured, seen.time, seen.size)
    one, other = (
        predict({"keypoints": [k]}, replace(PLAIN, camera={"focal": 1100.0, "centre": [x, 500.0]}), path)[0].xyz
        for k, x in ((seen, centre), (mirrored, 1000 - centre))
    )
    np.testing.assert_allclose(other, one[:, H36M17.swap] * [-1, 1, 1], atol=1e-5)


def test_missing_keypoints_and_single_frames_are_bridged(tmp_path):
    path, seen = written(tmp_path / "x.bin", reference()), track()
    xy = seen.xy.copy()
    xy[10:14] = np.nan
    xy[:, H36M17.index("head")] = np.nan
    measured = np.isfinite(xy).all(-1)
    holes = Keypoints2D(xy, measured.astype(float), measured, seen.time, seen.size)
    assert np.isfinite(predict({"keypoints": [holes]}, PLAIN, path)[0].xyz).all()
    assert predict({"keypoints": [track(1)]}, PLAIN, path)[0].xyz.shape == (1, 17, 3)


def test_the_normalisation_is_that_of_pixels():
    camera = Camera(1145.0, (512.0, 515.0), (1000, 1002))
    rays = torch.tensor([0.0, 0.0]).expand(1, 1, 17, 2)
    out = VideoPose3D(8).read(rays, torch.ones(1, 1, 17, dtype=torch.bool), camera)
    torch.testing.assert_close(out.features[0, 0, :2], torch.tensor([0.024, 1.03 - 1.002]))
    assert torch.equal(out.rotation[0, 0], torch.eye(3))


def test_batch_norm_forgets_more_slowly_with_every_epoch():
    net = VideoPose3D(8)
    for done, momentum in ((0.0, 0.1), (0.5, 0.01), (1.0, 0.001)):
        net.momentum(done)
        found = [m.momentum for m in net.modules() if isinstance(m, nn.BatchNorm1d)]
        assert found == pytest.approx([momentum] * 5)


def test_weights_exported_by_dance3d_are_read_back(tmp_path):
    from dance3d.io import weights

    net = VideoPose3D(16, (3, 3), causal=True, fps=30.0).eval()
    arrays = {name: value.numpy() for name, value in net.state_dict().items()}
    weights.save(tmp_path / "v.safetensors", arrays, "lift", net.config)
    read = load(tmp_path / "v.safetensors")
    assert isinstance(read, VideoPose3D) and read.config == net.config and read.causal and not read.training


class _Runs:
    """Pickles as a call that leaves a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("place", ["random_state", "optimizer"])
def test_a_pickle_that_would_run_code_is_refused_and_runs_nothing(tmp_path, place):
    trace = tmp_path / "trace"
    path = written(tmp_path / "x.bin", reference(), **{place: _Runs(trace)})
    with pytest.raises(ValueError, match=r"x\.bin cannot be read as a checkpoint of VideoPose3D"):
        checkpoints.load(path)
    (tmp_path / "bare.bin").write_bytes(pickle.dumps(_Runs(trace), protocol=2))
    with pytest.raises(ValueError, match="cannot be read"):
        checkpoints.load(tmp_path / "bare.bin")
    assert not trace.exists()


def test_files_of_another_kind_are_refused(tmp_path):
    net = reference()
    with pytest.raises(ValueError, match="cannot be read"):
        checkpoints.load(tmp_path / "none.bin")
    (tmp_path / "text.bin").write_text("no weights")
    with pytest.raises(ValueError, match="cannot be read"):
        checkpoints.load(tmp_path / "text.bin")
    torch.save({"state": 1}, tmp_path / "other.bin")
    with pytest.raises(ValueError, match="it has no model_pos"):
        checkpoints.load(tmp_path / "other.bin")
    with pytest.raises(ValueError, match="lifts 17 to 1 joints, not 17"):
        load(written(tmp_path / "way.bin", Reference(32, (3, 3), outputs=1)))
    state = net.state_dict()
    for change, message in (
        ({"module.expand_conv.weight": state["expand_conv.weight"]}, "unknown module.expand_conv.weight"),
        ({"shrink.bias": torch.zeros(5)}, r"shrink.bias has shape \(5,\), expected \(51,\)"),
    ):
        torch.save({"model_pos": state | change}, tmp_path / "wrong.bin")
        with pytest.raises(ValueError, match=message):
            checkpoints.load(tmp_path / "wrong.bin")
    torch.save({"model_pos": Lifter(8, (3,)).state_dict()}, tmp_path / "own.bin")
    with pytest.raises(ValueError, match=r"expand_conv\.weight or shrink\.weight is missing"):
        checkpoints.load(tmp_path / "own.bin")
    old = {name: value for name, value in state.items() if "num_batches" not in name}
    torch.save({"model_pos": old}, tmp_path / "old.bin")
    assert not checkpoints.load(tmp_path / "old.bin").pose.training
