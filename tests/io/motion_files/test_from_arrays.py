import numpy as np
import pytest
from golden_figure import TRUTH

from dance3d.io.motion_files import read_motion


def test_an_unnamed_array_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", xyz=TRUTH, fps=30)
    with pytest.raises(ValueError, match="does not name its skeleton"):
        read_motion(tmp_path / "a.npz")
    np.testing.assert_allclose(read_motion(tmp_path / "a.npz", skeleton="h36m17").xyz, TRUTH, atol=1e-4)
    np.savez(tmp_path / "a.npz", xyz=TRUTH, skeleton="h36m17")
    with pytest.raises(ValueError, match="frames per second"):
        read_motion(tmp_path / "a.npz")
    assert read_motion(tmp_path / "a.npz", rate=24).fps == 24
