import pytest
import torch
from lift_nets import make

from dance3d.skeleton import H36M17
from dance3d.stages.lift.model import Lifter
from dance3d.stages.lift.nets.stream import Stream
from dance3d.stages.lift.predict import _run_net
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA

CLOSE = {"atol": 1e-5, "rtol": 0.0}


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("frames", [1, 20, 100])
def test_a_stream_of_keypoints_equals_predict(causal, frames):
    net = make(Lifter, (3, 3, 3), causal)
    rays = 0.1 * torch.randn(frames, 17, 2) + torch.tensor([0.2, -0.1])
    present = torch.rand(frames, 17) > 0.2
    present[frames // 2 : frames // 2 + 8] = False  # nobody in the picture
    whole = torch.from_numpy(_run_net(net, rays.double().numpy(), present.numpy(), PROTOCOL_CAMERA)[0]).float()
    stream = Stream(net)
    answers = [stream.push(*frame) for frame in zip(rays, present, strict=True)]
    assert [a is None for a in answers] == [n < stream.delay for n in range(frames)]
    answers = [a for a in answers if a is not None] + stream.finish()
    torch.testing.assert_close(torch.stack(answers), whole, **CLOSE)
    assert stream.delay == (0 if causal else 13 + 30)


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
