"""Lifters side by side: the same takes, keypoints and errors for all, whatever their files."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from onnx_lifters import Whatever, Wrapped, described
from rich.console import Console
from videopose3d_nets import reference, written

from dance3d.benchmarks.lift import peers
from dance3d.benchmarks.lift.peers import bench_peers, compare, read_peer, table
from dance3d.benchmarks.lift.scores import NOISES, score
from dance3d.io import weights
from dance3d.metrics import PMPJPE
from dance3d.skeleton import H36M17
from dance3d.stages.lift.data import synthetic
from dance3d.stages.lift.load import load
from dance3d.stages.lift.predict import lift
from dance3d.synth.virtual_cameras import film

pytest.importorskip("onnx")
ONE_FRAME = {"joints": "h36m17", "picture": "box", "layout": ["B", "J", "C"], "frames": 1, "unit": "none"}
PARAMETERS = 34 * 51 + 51


SETTINGS = peers.LiftSettings.read(peers.VIEW)


@pytest.fixture
def clips(monkeypatch):
    """Some frames of one take in place of the protocol's, and no pictures."""
    found = [replace(synthetic(0.5)[0].part(0, 20), name="one")]
    monkeypatch.setattr(peers, "bench_takes", lambda data: found)
    monkeypatch.setattr(peers, "data_root", lambda: weights.FOLDER)
    monkeypatch.setattr(peers, "_TIMED", 40)
    monkeypatch.setattr(peers, "_REPEATS", 1)
    monkeypatch.setattr(peers, "OURS", {"default": "lift"})
    return found


@pytest.fixture
def files(tmp_path):
    """A checkpoint of VideoPose3D and a net of single frames that knows no size."""
    net = Wrapped(Whatever(), lambda x: x.flatten(1))
    onnx = described(
        tmp_path / "frame.v1.onnx",
        net,
        torch.zeros(2, 17, 2),
        ONE_FRAME,
        axes={"keypoints": {0: "B"}, "answers": {0: "B"}},
    )
    return [written(tmp_path / "vp3d.bin", reference()), onnx]


def test_all_are_scored_on_the_same_work(clips, files):
    rows = list(bench_peers(files))
    names = [next(iter(found)).split(".")[1] for found in rows]
    assert names == ["default", "vp3d", "frame_v1"]
    found = {key: value for one in rows for key, value in one.items()}
    for name, path in (("default", weights.default("lift")), ("vp3d", files[0])):
        net = load(path)
        assert found[f"peers.{name}.parameters"] == sum(value.numel() for value in net.parameters())
        for noise, pixels in NOISES.items():  # with dance3d's steps: what `bench lift` says of this net
            wanted = score(clips, pixels, lambda tracks, net=net: [lift(net, one, SETTINGS) for one in tracks])
            for error in ("mpjpe", "p_mpjpe", "n_mpjpe", "mpjve"):
                assert found[f"peers.{name}.steps.{noise}.{error}"] == wanted[error]
    for name in ("default", "vp3d"):
        assert found[f"peers.{name}.alone.gt.mpjpe"] != found[f"peers.{name}.steps.gt.mpjpe"]
    assert found["peers.frame_v1.parameters"] == PARAMETERS
    told = {key.removeprefix("peers.frame_v1.") for key in rows[-1]}
    assert told == {"parameters", "ms"} | {f"alone.{noise}.{e}" for noise in NOISES for e in ("p_mpjpe", "n_mpjpe")}
    assert all(found[f"peers.{name}.ms"] > 0 for name in names)


def test_the_net_alone_is_what_the_net_answers(clips, files):
    """P-MPJPE of a net of single frames, by hand: it and its mirror image, nothing after it."""
    net, metric, clip = Whatever(), PMPJPE(), film(clips)[:1]
    xy = clip[0].keypoints.xy.astype(np.float64)
    answers = []
    for points in (xy, xy[:, H36M17.swap] * [-1, 1]):
        low, high = points.min(1, keepdims=True), points.max(1, keepdims=True)
        boxed = (points - (low + high) / 2) * 2 / (high - low).max(-1, keepdims=True)
        answers.append(net(torch.from_numpy(boxed).float().flatten(1)).detach())
    mean = (answers[0] + answers[1][:, H36M17.swap] * torch.tensor([-1.0, 1.0, 1.0])) / 2
    metric.update(mean[None], torch.from_numpy(clip[0].truth.xyz.copy())[None])
    one = read_peer(files[1])
    pose = peers.lift_all(one.net, [clip[0].keypoints], one.ways()["alone"])[0]
    off = PMPJPE()
    off.update(torch.from_numpy(pose.xyz.copy())[None], torch.from_numpy(clip[0].truth.xyz.copy())[None])
    assert list(one.ways()) == ["alone"] and float(off.compute()) == pytest.approx(float(metric.compute()), abs=0.01)


def test_our_own_are_the_nets_that_ship_and_the_seeds():
    found = {
        name: peers.PeerLifter(name, load(weights.default(of)) if of else None, 0) for name, of in peers.OURS.items()
    }
    assert list(found) == ["default", "unsupervised", "seeds"]
    alone, steps = (found["seeds"].ways()[way] for way in ("alone", "steps"))
    assert alone.method == steps.method == "seeds" and (alone.rigid, steps.rigid) == (False, True)
    assert not found["default"].ways()["alone"].proportions and found["default"].ways()["steps"].proportions


def test_one_table_and_one_file(clips, files, tmp_path, capsys, monkeypatch):
    out = tmp_path / "peers.json"
    compare(files, None, out)
    told, found = capsys.readouterr().out, json.loads(out.read_text())
    assert all(word in told for word in ("default", "vp3d", "frame_v1", "0.00 M"))
    assert found["peers.vp3d.alone.gt.p_mpjpe"] == found["peers"]["vp3d"]["alone"]["gt"]["p_mpjpe"] > 0
    monkeypatch.setattr(peers, "bench_peers", lambda files, data: iter([{"peers.a.ms": 1.0}]))
    compare(files, None, out, shown=False)
    assert not capsys.readouterr().out


def test_an_error_on_the_way_does_not_lose_the_table(capsys, monkeypatch):
    def measured(files, data):
        yield {"peers.first.parameters": 1e6, "peers.first.ms": 0.5, "peers.first.alone.gt.p_mpjpe": 80.0}
        raise ValueError("the second fails")

    monkeypatch.setattr(peers, "bench_peers", measured)
    with pytest.raises(ValueError, match="the second fails"):
        compare([])
    assert "first" in capsys.readouterr().out


def test_the_table_has_a_dash_for_what_is_not_known():
    rows = [{"peers.a.parameters": float("nan"), "peers.a.ms": 0.5, "peers.a.alone.gt.p_mpjpe": 80.04}]
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(table(rows))
    line = next(line for line in console.export_text().splitlines() if line[1:].strip().startswith("a "))
    assert "- / 80.0 / - / -" in line and " 0.5 " in line and "yes" not in line


def test_what_is_no_lifter_is_refused_before_anything_is_measured(clips, files, tmp_path, monkeypatch):
    monkeypatch.setattr(peers, "lift_all", None)
    again = tmp_path / "more" / "vp3d.bin"
    again.parent.mkdir()
    again.write_bytes(files[0].read_bytes())
    text = tmp_path / "text.safetensors"
    text.write_text("none")
    short = described(
        tmp_path / "short.onnx",
        Wrapped(Whatever(), lambda x: x.flatten(2)[:, 2:]),
        torch.zeros(1, 9, 17, 2),
        ONE_FRAME | {"layout": ["B", "T", "J", "C"], "frames": "any"},
        axes={"keypoints": {1: "T"}, "answers": {1: "U"}},
    )
    described_by = short.with_suffix(".yaml")
    for given, said in (
        ([short], r"short.onnx answers with an array \(1, 1, 17, 3\), its YAML says \(1, 3, 17, 3\)"),
        ([*files, again], "two of the lifters are named 'vp3d'; rename a file"),
        ([tmp_path / "none.bin"], "none.bin is no file"),
        ([text], "text.safetensors"),
        ([described_by], r"short.yaml is no lifter; expected a file .safetensors, .bin, .pt, .pth or .onnx"),
        ([weights.default("genre")], "genre"),
    ):
        with pytest.raises(ValueError, match=said):
            next(bench_peers(given))
