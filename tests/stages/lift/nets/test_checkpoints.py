import pickle

import pytest
import torch
from videopose3d_nets import reference, written

from dance3d.benchmarks.lift.speed import Reference
from dance3d.stages.lift.load import load
from dance3d.stages.lift.model import Lifter
from dance3d.stages.lift.nets import checkpoints
from dance3d.stages.lift.nets.videopose3d import VideoPose3D


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
