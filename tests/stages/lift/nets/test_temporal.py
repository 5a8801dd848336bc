"""The three ways to run a net, with equal results."""

import pytest
import torch
from torch.nn import functional

from dance3d.skeleton import H36M17
from dance3d.stages.lift.model import FEATURES, Lifter, encode
from dance3d.stages.lift.nets import temporal
from dance3d.stages.lift.nets.stream import Stream, Streaming
from dance3d.stages.lift.nets.temporal import beside
from dance3d.stages.lift.nets.videopose3d import VideoPose3D
from dance3d.stages.lift.predict import _virtual, in_chunks
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA

WIDTHS = [(3,) * n for n in (3, 4, 5)]
CLOSE = {"atol": 1e-5, "rtol": 0.0}


def make(kind, taps, causal=False, width=24, seed=0):
    """A net whose every weight matters, as after training."""
    torch.manual_seed(seed)
    net = kind(width, taps, causal=causal)
    for name, value in (*net.named_parameters(), *net.named_buffers()):
        if value.ndim == 1 and value.is_floating_point():  # biases, norms and their statistics
            value.data.uniform_(0.5, 1.5) if "var" in name else value.data.add_(0.1 * torch.randn(value.shape))
        elif "mix" in name:
            value.data.normal_(std=0.1)
    return net.eval()


def features(net, frames):
    if isinstance(net, VideoPose3D):
        return torch.rand(1, frames, 34) * 2 - 1
    here = 0.1 * torch.randn(1, frames, 17, 2) + torch.tensor([0.2, -0.1])
    return encode(here, torch.rand(1, frames, 17) > 0.1, net.causal).features


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("taps", WIDTHS, ids=["27", "81", "243"])
@pytest.mark.parametrize("kind", [Lifter, VideoPose3D])
@torch.no_grad()
def test_dense_strided_and_streaming_are_equal(kind, taps, causal):
    net = make(kind, taps, causal)
    seen = features(net, 30)
    dense = in_chunks(net, seen)[0]
    assert dense.shape == (30, 17, 3) and dense[:, 1:].std() > 1e-3
    before, after = net.context
    padded = torch.cat([seen[:, :1].expand(-1, before, -1), seen, seen[:, -1:].expand(-1, after, -1)], 1)
    windows = padded.unfold(1, net.receptive, 1)[0].transpose(1, 2)
    torch.testing.assert_close(net.strided(windows)[:, 0], dense, **CLOSE)
    stream = Streaming(net)
    answers = [stream.push(frame) for frame in seen.unbind(1)]
    assert [a is None for a in answers] == [n < stream.delay for n in range(30)]
    answers = [a for a in answers if a is not None] + stream.finish()
    assert stream.delay == (0 if causal else net.receptive // 2)
    torch.testing.assert_close(torch.cat(answers), dense, **CLOSE)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("frames", [1, 20, 100])
def test_a_stream_of_keypoints_equals_predict(causal, frames):
    net = make(Lifter, (3, 3, 3), causal)
    rays = 0.1 * torch.randn(frames, 17, 2) + torch.tensor([0.2, -0.1])
    present = torch.rand(frames, 17) > 0.2
    present[frames // 2 : frames // 2 + 8] = False  # nobody in the picture
    whole = torch.from_numpy(_virtual(net, rays.double().numpy(), present.numpy(), PROTOCOL_CAMERA)).float()
    stream = Stream(net)
    answers = [stream.push(*frame) for frame in zip(rays, present, strict=True)]
    assert [a is None for a in answers] == [n < stream.delay for n in range(frames)]
    answers = [a for a in answers if a is not None] + stream.finish()
    torch.testing.assert_close(torch.stack(answers), whole, **CLOSE)
    assert stream.delay == (0 if causal else 13 + 30)


@pytest.mark.parametrize("kind", [Lifter, VideoPose3D])
@torch.no_grad()
def test_a_causal_net_never_looks_ahead(kind):
    net = make(kind, (3, 3, 3), causal=True)
    here = 0.1 * torch.randn(1, 60, 17, 2)
    later = here.clone()
    later[:, 30:] += 0.3
    one, two = (
        in_chunks(net, net.read(rays, torch.ones(1, 60, 17, dtype=torch.bool), PROTOCOL_CAMERA).features)[0]
        for rays in (here, later)
    )
    torch.testing.assert_close(one[:30], two[:30], atol=1e-6, rtol=0.0)
    assert ((one - two)[30:].abs().amax((1, 2)) > 1e-4).all()


@torch.no_grad()
def test_pieces_of_a_causal_net_join_without_seams():
    net = make(Lifter, (3, 3, 3), causal=True)
    seen = features(net, 50)
    torch.testing.assert_close(in_chunks(net, seen, 7), in_chunks(net, seen), **CLOSE)


@torch.no_grad()
def test_one_window_per_row_goes_strided_and_costs_less():
    net = make(Lifter, (3, 3, 3))
    calls = []
    net.strided, strided = lambda x: calls.append(x) or strided(x), net.strided
    window = features(net, 27)
    torch.testing.assert_close(net(window), net.dense(window), **CLOSE)
    net(features(net, 28))
    assert len(calls) == 1


def test_the_shipped_weights_load_as_a_symmetric_net():
    from dance3d.io import weights
    from dance3d.stages.lift.load import load

    net = load(weights.default("lift"))
    assert not net.causal and not net.training


def test_what_does_not_fit_is_refused():
    net = make(Lifter, (3, 3, 3))
    with pytest.raises(ValueError, match="at least 27 frames"):
        net(torch.zeros(1, 26, FEATURES))
    with pytest.raises(ValueError, match="expected the receptive field 27"):
        net.strided(torch.zeros(1, 28, FEATURES))
    with pytest.raises(ValueError, match="evaluation mode"):
        Stream(Lifter(8, (3, 3)))
    with pytest.raises(ValueError, match="not VideoPose3D"):
        Stream(make(VideoPose3D, (3, 3)))
    for taps in ((), (3, 2), (-3,)):
        with pytest.raises(ValueError, match="odd"):
            VideoPose3D(8, taps)


def test_a_stream_refuses_what_is_not_finite_or_has_another_shape():
    stream, rays, present = Stream(make(Lifter, (3, 3))), torch.zeros(17, 2), torch.ones(17, dtype=torch.bool)
    wrist = H36M17.index("left_wrist")
    rays[wrist] = float("nan")
    with pytest.raises(ValueError, match="finite for every present joint"):
        stream.push(rays, present)
    present[wrist] = False
    assert stream.push(rays, present) is None  # missing, so it may be anything
    rays[H36M17.index("pelvis"), 0] = float("nan")
    with pytest.raises(ValueError, match="and for the pelvis"):
        stream.push(rays, torch.zeros(17, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"shapes \(16, 2\) and \(17,\)"):
        stream.push(rays[:16], present)


@pytest.mark.parametrize("dilation", [1, 9, 81, 300])
@pytest.mark.parametrize("batch", [1, 2])
@torch.no_grad()
def test_fewer_products_give_the_same_convolution(dilation, batch):
    torch.manual_seed(0)
    x, weight, bias = torch.randn(batch, 1301, 32), torch.randn(64, 96) / 10, torch.randn(64)
    plain = functional.linear(beside(x, 3, dilation), weight, bias)
    torch.testing.assert_close(temporal._fewer_products(x, weight, bias, dilation), plain, atol=2e-5, rtol=0.0)
    torch.testing.assert_close(temporal._fewer_products(x, weight, None, dilation), plain - bias, atol=2e-5, rtol=0.0)


def test_long_sequences_take_fewer_products_where_no_gradient_is_asked(monkeypatch):
    calls, fewer = [], temporal._fewer_products
    monkeypatch.setattr(temporal, "_fewer_products", lambda *a: calls.append(a[-1]) or fewer(*a))
    monkeypatch.setattr(temporal, "_LARGE", 16 * 48)
    net, plain = make(Lifter, (3, 3, 3), width=16), torch.randn(1, 1100, FEATURES)
    plain[..., 2:-1:3] = 1
    slow = net(plain)
    assert not calls
    with torch.no_grad():
        torch.testing.assert_close(net(plain), slow, **CLOSE)
        assert calls == [1, 3, 9]
        net(plain[:, :900])
    assert len(calls) == 3
