import numpy as np
import pytest
from camera_sets import CENTRE, DISTORTION, EXTRINSICS, FOCAL, SIZE, pixels, write_set

from dance3d.datasets.calibrated_multiview import read_views


def test_it_reads_what_was_written(tmp_path):
    views = read_views(write_set(tmp_path))
    assert [v.name for v in views] == ["cam01", "cam02", "cam03", "cam04"]
    assert views[1].video == tmp_path / "videos" / "cam02.mp4"
    np.testing.assert_allclose([v.extrinsics for v in views], EXTRINSICS, atol=1e-9)
    np.testing.assert_allclose(views[0].distortion, DISTORTION)
    assert views[0].camera.size == SIZE and views[0].camera.centre == pytest.approx(CENTRE)
    assert views[0].camera.focal == pytest.approx(np.mean(FOCAL)) and not views[0].camera.assumed


def test_rays_undo_the_lens(tmp_path):
    points = np.random.default_rng(0).uniform([-0.8, 0.2, -0.8], [0.8, 1.9, 0.8], (3, 17, 3))
    for number, view in enumerate(read_views(write_set(tmp_path))):
        local = points @ view.extrinsics[:, :3].T + view.extrinsics[:, 3]
        rays = view.rays(pixels(points, number))
        np.testing.assert_allclose(rays, local[..., :2] / local[..., 2:], atol=1e-4)  # OpenCV's inverse is iterative


def test_a_missing_keypoint_stays_missing(tmp_path):
    xy = np.full((2, 17, 2), np.nan)
    xy[0] = 500.0
    rays = read_views(write_set(tmp_path))[0].rays(xy)
    assert np.isfinite(rays[0]).all() and np.isnan(rays[1]).all()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"head": '<!DOCTYPE c [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'}, "document type"),
        ({"videos": ("cam01", "cam02", "cam04")}, "no video of camera 'cam03'"),
        ({"names": ("cam01",)}, "names 1 cameras"),
        ({"spoil": lambda text: text[:-20]}, "no XML"),
        ({"spoil": lambda text: text.replace("r11", "r44")}, "'cam01' cannot be read: 'r11'"),
        ({"spoil": lambda text: text.replace('z="', 'z="high')}, "'cam01' cannot be read"),
        ({"spoil": lambda text: text.replace("r11=", 'r11="0.1" q="').replace('q=""', 'q="')}, "no rotation"),
        ({"spoil": lambda text: text + " " * 2**22}, "bytes"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, given, said):
    with pytest.raises(ValueError, match=said):
        read_views(write_set(tmp_path, **given))


def test_a_folder_without_one_calibration_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds 0 files"):
        read_views(tmp_path)
    (write_set(tmp_path) / "calibration" / "other.qca.txt").touch()
    with pytest.raises(ValueError, match="holds 2 files"):
        read_views(tmp_path)


def test_the_real_calibration(data_dir):
    views = read_views(data_dir / "multiview" / "pose2sim_single")
    assert [v.camera.size for v in views] == [(1088, 1920)] * 4
    focal = [v.camera.focal for v in views]
    assert min(focal) > 1670 and max(focal) < 1685
    eyes = np.stack([-v.extrinsics[:, :3].T @ v.extrinsics[:, 3] for v in views])
    assert (np.linalg.norm(eyes[:, None] - eyes[None], axis=-1)[np.triu_indices(4, 1)] > 2).all()  # metres apart
