import numpy as np
from tumbling_bodies import pose_of, tumble

from dance3d.io.export_files.marker_paths import marker_paths
from dance3d.io.world_frame import to_world
from dance3d.skeleton import EXTREMITIES, H36M17


def test_rows_of_an_even_video_stay_as_they_are_and_gaps_stay_gaps():
    xyz = tumble(40)
    xyz[10:14, 3] = np.nan
    ends = np.full((40, len(EXTREMITIES), 3), 0.5)
    ends[:, 2] = np.nan
    pose = pose_of(xyz, extremities=ends)
    found = marker_paths(pose)
    assert found.names == H36M17.joints + EXTREMITIES and found.step == 1 / 25
    np.testing.assert_array_equal(found.xyz[:, :17], to_world(pose))
    assert np.isnan(found.xyz[10:14, 3]).all() and np.isnan(found.xyz[:, 17 + 2]).all()


def test_an_uneven_video_is_laid_out_at_its_median_rate_and_gaps_stay_open():
    time = np.cumsum(np.r_[0, np.full(30, 0.04), 0.4, np.full(30, 0.04)])
    xyz = np.zeros((len(time), 17, 3)) + time[:, None, None]
    xyz[20:25, 5] = np.nan
    found = marker_paths(pose_of(xyz, time=time))
    assert abs(found.step - 0.04) < 1e-9 and len(found.time) == 71 and np.ptp(np.diff(found.time)) < 1e-9
    np.testing.assert_allclose(found.xyz[:, 2, 0], found.time, atol=1e-6)  # x is the time
    lost = np.isnan(found.xyz[:, 5, 0])
    assert lost[20:25].all() and lost.sum() <= 6


def test_a_point_that_nobody_saw_is_missing_in_all_rows():
    time = np.array([0, 0.04, 0.08, 0.4])
    xyz = np.ones((4, 17, 3))
    xyz[:, 7] = np.nan
    assert np.isnan(marker_paths(pose_of(xyz, time=time)).xyz[:, 7]).all()
