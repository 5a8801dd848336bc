"""P21: any length: one frame goes through every stage, a short clip is held at its edges, a long one has no seams.

Two hours at 30 frames a second (216,000 frames) of one dancer are lifted under a stated ceiling: per frame, arrays of
less than 6 kB, which is 1.3 GB, and a net that never sees more than ``CHUNK`` frames with what lies around them.

Seen to fail under the mutations of ``mutations/p21.yaml``: pieces without what lies around them, edges held at zero,
all frames at once.
"""

import tracemalloc

import numpy as np
import pytest
import torch
from fake_dancers import fake_dancer
from told_detector import dancer, film, tell

from dance3d import api
from dance3d.contracts import Keypoints2D, Movements, Pose3D
from dance3d.io import artefacts
from dance3d.io import weights as stored
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.run import run
from dance3d.stages.lift import load as lift_load
from dance3d.stages.lift import predict as lift

TWO_HOURS = 216_000  # frames at 30 a second


def keypoints(frames, fps=30.0):
    """One made-up dancer, seen all the time."""
    return fake_dancer(np.arange(frames) / fps).keypoints


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_frame_or_two_go_through_every_stage(tmp_path, monkeypatch, frames):
    settings = tell(monkeypatch, [[dancer(0.5, i / 30)] for i in range(frames)])
    out = tmp_path / "out"
    run(film(tmp_path / "short.mp4", np.arange(frames) / 30), out, settings=settings, cache=Cache(None))
    for name, kind in (("keypoints", Keypoints2D), ("pose3d", Pose3D), ("movements", Movements)):
        assert artefacts.load(out / f"person-1/{name}.npz", kind).frames == frames
        assert len((out / f"person-1/{name}.csv").read_text().splitlines()) == frames + 1
    assert np.isfinite(artefacts.load(out / "person-1/pose3d.npz", Pose3D).xyz).all()
    assert f"Frames: {frames}\n" in (out / "person-1/pose3d.bvh").read_text()
    assert (out / "overlay.mp4").stat().st_size and (out / "report.html").stat().st_size


def test_a_clip_shorter_than_the_net_sees_is_held_at_its_edges():
    net = lift_load.load(stored.default("lift"))
    still = torch.rand(1, 1, 3 * 17 + 1, generator=torch.manual_seed(0))
    with torch.no_grad():
        long, short = (lift.in_chunks(net, still.repeat(1, frames, 1)) for frames in (2 * sum(net.context), 3))
    torch.testing.assert_close(short, long[:, :3], atol=1e-5, rtol=0)
    assert np.isfinite(api.lift(keypoints(5).xy, fps=30, size=(640, 360)).xyz).all()


def test_pieces_have_no_seams(monkeypatch):
    track = keypoints(260)
    whole = api.predict("lift", {"keypoints": [track]})[0]
    monkeypatch.setattr(lift.in_chunks, "__defaults__", (64,))
    pieces = api.predict("lift", {"keypoints": [track]})[0]
    np.testing.assert_allclose(pieces.xyz, whole.xyz, atol=1e-5, rtol=0)
    np.testing.assert_allclose(pieces.root, whole.root, atol=1e-5, rtol=0)


def test_the_net_sees_a_piece_at_a_time():
    net, seen = lift_load.load(stored.default("lift")), []
    net.register_forward_pre_hook(lambda module, given: seen.append(given[0].shape[1]))
    features = torch.zeros(1, lift.CHUNK + 100, 3 * 17 + 1)
    with torch.no_grad():
        assert lift.in_chunks(net, features).shape == (1, lift.CHUNK + 100, 17, 3)
    assert len(seen) == 2 and max(seen) <= lift.CHUNK + sum(net.context)


def test_two_hours_fit_the_ceiling():
    """The growth from one length to twice that, times two hours."""
    peaks = []
    api.predict("lift", {"keypoints": [keypoints(30)]})  # what is loaded once
    for frames in (600, 1200):
        track = keypoints(frames)
        tracemalloc.start()
        api.predict("lift", {"keypoints": [track]})
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    per_frame = (peaks[1] - peaks[0]) / 600
    assert per_frame * TWO_HOURS < 1.3e9, f"{per_frame:.0f} bytes per frame"
