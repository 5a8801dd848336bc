"""The three ways to run a net, with equal results."""

import pytest
import torch
from lift_nets import make
from torch.nn import functional

from dance3d.stages.lift.model import FEATURES, Lifter, encode
from dance3d.stages.lift.nets import temporal
from dance3d.stages.lift.nets.stream import Stream, Streaming
from dance3d.stages.lift.nets.temporal import stack_taps
from dance3d.stages.lift.nets.videopose3d import VideoPose3D
from dance3d.stages.lift.predict import in_chunks
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA

WIDTHS = [(3,) * n for n in (3, 4, 5)]
CLOSE = {"atol": 1e-5, "rtol": 0.0}


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


@pytest.mark.parametrize("dilation", [1, 9, 81, 300])
@pytest.mark.parametrize("batch", [1, 2])
@torch.no_grad()
def test_fewer_products_give_the_same_convolution(dilation, batch):
    torch.manual_seed(0)
    x, weight, bias = torch.randn(batch, 1301, 32), torch.randn(64, 96) / 10, torch.randn(64)
    plain = functional.linear(stack_taps(x, 3, dilation), weight, bias)
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
