import numpy as np
import pytest

from dance3d.contracts import MotionClip
from dance3d.datasets.mocap import load_motion
from dance3d.geometry.projection import project
from dance3d.skeleton import H36M17
from dance3d.synth.virtual_cameras import film

SIDES = ("left", "right")
LOW = H36M17.indices("pelvis", "spine", *(f"{side}_{joint}" for side in SIDES for joint in ("hip", "knee", "ankle")))
"""The tool knows no bone of the thorax, which the reader puts back."""


def walker(frames=40, name="a"):
    """A stiff figure that walks along x."""
    rng = np.random.default_rng(3)
    body = rng.uniform([-0.3, 0, -0.3], [0.3, 1.7, 0.3], (17, 3))
    return MotionClip(body + np.linspace(0, 1, frames)[:, None, None] * [2, 0, 0], 30.0, name, name, "everyday")


@pytest.mark.parametrize("noise", [0.0, 5.0])
def test_equals_the_protocol_tool(data_dir, lift_protocol, noise):
    folder = data_dir / "mocap" / "cmu" / "modern"
    expected = lift_protocol.film(lift_protocol.load_folder(folder), noise, 0)
    filmed = film(load_motion(folder), noise, 0)
    assert len(filmed) == 4 * len(expected["clips"])
    for one in filmed:
        key = f"{one.name}/{one.camera}"
        world = one.truth.xyz + one.truth.root[:, None]
        np.testing.assert_allclose(one.keypoints.xy[:, LOW], expected[f"{key}/xy"][:, LOW], atol=1e-3)
        np.testing.assert_allclose(world[:, LOW], expected[f"{key}/xyz"][:, LOW], atol=1e-5)
        np.testing.assert_allclose(one.truth.up, expected[f"{key}/E"][:, 1], atol=1e-6)


def test_random_cameras_see_what_the_truth_projects_to():
    for one in film([walker()], cameras="random", count=6, seed=1):
        camera = one.truth.camera
        again = project(one.truth.xyz + one.truth.root[:, None], camera.focal, np.array(camera.centre))
        seen = one.keypoints.measured
        assert seen.mean() > 0.5 and (one.truth.root[:, 2] > 0).all()
        np.testing.assert_allclose(one.keypoints.xy[seen], again[seen], atol=0.01)
        assert np.linalg.norm(one.truth.up) == pytest.approx(1, abs=1e-5) and one.truth.up[1] < -0.7


def test_noise_and_losses_are_as_asked_and_flagged():
    clean = film([walker(900)], cameras="random", count=4, seed=1)
    rough = film([walker(900)], cameras="random", count=4, seed=1, noise_px=20, missing=0.1)
    for a, b in zip(clean, rough, strict=True):
        lost = ~b.keypoints.measured & a.keypoints.measured
        assert 0.03 < lost.mean() < 0.4
        assert np.isnan(b.keypoints.xy[~b.keypoints.measured]).all() and (b.keypoints.score[lost] == 0).all()
        both = a.keypoints.measured & b.keypoints.measured
        assert 0.01 < np.std(a.keypoints.xy[both] - b.keypoints.xy[both]) < 80


def test_order_is_by_name_and_seeds_decide():
    clips = [walker(name="b"), walker(name="a")]
    first, again, other = film(clips), film(clips[::-1]), film(clips, seed=1)
    assert [f.name for f in first] == ["a"] * 4 + ["b"] * 4
    assert all(np.array_equal(a.keypoints.xy, b.keypoints.xy) for a, b in zip(first, again, strict=True))
    assert not np.allclose(first[0].keypoints.xy, other[0].keypoints.xy)
    with pytest.raises(ValueError, match="protocol, random"):
        film(clips, cameras="none")
    assert first[0].truth.xyz[:, H36M17.index("pelvis")].max() == 0
