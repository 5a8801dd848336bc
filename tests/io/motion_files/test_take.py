import re

import numpy as np
import pytest
from golden_figure import TRUTH, tool

from dance3d.io.motion_files import read_motion


def test_a_guess_is_said(tmp_path, caplog):
    tool("mixamo", per_metre=100, z_up=True)(tmp_path / "a.bvh", TRUTH)
    read_motion(tmp_path / "a.bvh")
    assert re.search(r"a\.bvh: joints named as by humanik; assumed: unit cm, by a body 1\.8 m tall; z up", caplog.text)


def test_what_the_caller_says_goes_first(tmp_path, caplog):
    tool("mixamo", per_metre=100)(tmp_path / "a.bvh", TRUTH)
    clip = read_motion(tmp_path / "a.bvh", unit=0.005, up="y", fps=10)
    assert not caplog.text and clip.fps == 10
    expected = TRUTH[::3] / 2
    expected[..., 1] += 0.04  # half a body's ankles are put as high as a whole one's
    np.testing.assert_allclose(clip.xyz, expected, atol=1e-4)


def test_a_body_of_no_size_needs_a_unit(tmp_path):
    tool("mixamo", per_metre=7)(tmp_path / "a.bvh", TRUTH)
    with pytest.raises(ValueError, match=r"fits no unit; say it: m, cm, mm, inch, cmu"):
        read_motion(tmp_path / "a.bvh")
    np.testing.assert_allclose(read_motion(tmp_path / "a.bvh", unit=1 / 7).xyz, TRUTH, atol=1e-4)
