from hashlib import sha256

import numpy as np
import pytest
from camera_sets import CENTRE, DISTORTION, EXTRINSICS, FOCAL, SIZE, pixels, write_set

from dance3d.datasets import scene_marks
from dance3d.datasets.calibrated_multiview import read_views
from dance3d.geometry.triangulation import triangulate


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


def missed(views, marks):
    """Pixels, root mean square, from marks to the points where they are triangulated."""
    rays = np.stack([view.rays(seen) for view, seen in zip(views, marks, strict=True)])
    points = triangulate(rays, np.stack([view.extrinsics for view in views]))
    local = np.stack([points @ view.extrinsics[:, :3].T + view.extrinsics[:, 3] for view in views])
    off = (local[..., :2] / local[..., 2:] - rays) * views[0].camera.focal
    return float(np.sqrt(np.nanmean((off**2).sum(-1))))


def test_marks_of_the_scene_move_the_principal_points(tmp_path, monkeypatch):
    folder, draw = write_set(tmp_path), np.random.default_rng(1)
    plain = read_views(folder)
    points, shifts = draw.uniform([-0.8, 0, -0.8], [0.8, 0.1, 0.8], (8, 3)), draw.uniform(-20, 20, (4, 1, 2))
    marks = np.stack([pixels(points, camera) for camera in range(4)]) + shifts
    marks[2, 0] = np.nan
    assert missed(plain, marks) > 5
    calibration = (folder / "calibration" / "Calib.qca.txt").read_bytes()
    known = {view.name: seen for view, seen in zip(plain, marks.tolist(), strict=True)}
    monkeypatch.setitem(scene_marks.MARKS, sha256(calibration).hexdigest(), known)
    views = read_views(folder)
    assert missed(views, marks) < 0.3
    elsewhere = draw.uniform([-0.5, 1.0, -0.5], [0.5, 1.9, 0.5], (9, 3))  # far above the marks
    assert missed(views, np.stack([pixels(elsewhere, camera) for camera in range(4)]) + shifts) < 2
    assert views[0].camera.centre == pytest.approx(views[0].matrix[:2, 2])


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
    assert [v.camera.size for v in views] == [(1080, 1920)] * 2 + [(1088, 1920)] * 2  # calibrated: 1088
    focal = [v.camera.focal for v in views]
    assert min(focal) > 1660 and max(focal) < 1685
    (marks,) = scene_marks.MARKS.values()
    assert missed(views, np.array([marks[view.name] for view in views])) < 1.0
    eyes = np.stack([-v.extrinsics[:, :3].T @ v.extrinsics[:, 3] for v in views])
    assert (np.linalg.norm(eyes[:, None] - eyes[None], axis=-1)[np.triu_indices(4, 1)] > 2).all()  # metres apart
