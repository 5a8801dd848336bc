import re
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from footage_sets import EXTRINSICS, MATRIX, SIZE, body, draw, grey, overlap, photo, pixels, write_video
from real_samples import in_world, pickled, projected, samples_in
from scipy.io import savemat
from scipy.spatial.transform import Rotation

from dance3d.contracts.camera import Lens
from dance3d.datasets import human36m
from dance3d.datasets.crop import cut
from dance3d.datasets.human36m import CAMERAS, human36m_moments, read_cameras
from dance3d.io.json_files import read_json
from dance3d.io.safe_npz import read_npz
from dance3d.skeleton import H36M17, H36M32

DISTORTION = np.array([-0.05, 0.06, 0.001, -0.002, 0.003])  # k1, k2, p1, p2, k3


def write_metadata(folder, head="", spoil=None):
    outer = []
    for camera in range(4):
        rotation, shift = EXTRINSICS[camera, :, :3], EXTRINSICS[camera, :, 3]
        for _ in range(11):
            outer += [*Rotation.from_matrix(rotation).as_euler("XYZ"), *(-rotation.T @ shift * 1000)]
    k1, k2, p1, p2, k3 = DISTORTION
    inner = [MATRIX[0, 0], MATRIX[1, 1], MATRIX[0, 2], MATRIX[1, 2], k1, k2, k3, p1, p2] * 4
    w0 = " ".join(f"{value:.12g}" for value in [*outer, *inner])
    text = f"<?xml version='1.0'?>{head}<metadata><mapping><w>1 2</w></mapping><w0>[{w0}]</w0><n>3</n></metadata>"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metadata.xml").write_text(spoil(text) if spoil else text)
    return folder


def write_take(folder, subject="S1", take="Walking 1", frames=1, masks=True, cameras=CAMERAS[:1]):
    for row, camera in enumerate(cameras):
        shapes = [draw(EXTRINSICS[row], n, distortion=DISTORTION) for n in range(frames)]
        name = f"{take}.{camera}.mp4"
        write_video(folder / subject / "Videos" / name, [photo(shape) for shape in shapes])
        if masks:
            path = folder / subject / "MySegmentsMat" / "ground_truth_bs" / name
            write_video(path, [grey(shape) for shape in shapes])
    return folder


def stored_poses(frames=3):
    """(T, 96) as the set has them: 32 joints, millimetres."""
    points = np.full((frames, len(H36M32.joints), 3), 1e6)
    points[:, H36M32.indices(*H36M17.joints)] = np.stack([body(n) for n in range(frames)]) * 1000
    return points.reshape(frames, -1)


def test_the_cameras_of_the_metadata(tmp_path):
    lenses = read_cameras(write_metadata(tmp_path) / "metadata.xml")
    assert set(lenses) == {(s, c) for s in ("S1", "S5", "S6", "S7", "S8", "S9", "S11") for c in CAMERAS}
    for row, camera in enumerate(CAMERAS):
        lens = lenses["S11", camera]
        np.testing.assert_allclose(lens.extrinsics, EXTRINSICS[row], atol=1e-9)
        np.testing.assert_allclose(lens.matrix, MATRIX)
        np.testing.assert_allclose(lens.distortion, DISTORTION)


def test_subjects_and_cameras_have_their_own_numbers(tmp_path):
    numbers = np.arange(300.0) / 100

    def spoil(text):
        start = text.index("<w0>")
        return text[:start] + "<w0>[" + " ".join(map(str, numbers)) + text[text.index("]</w0>") :]

    lens = read_cameras(write_metadata(tmp_path, spoil=spoil) / "metadata.xml")["S9", CAMERAS[2]]
    x, y, z = numbers[(2 * 11 + 8) * 6 :][:3]
    turns = [cv2.Rodrigues(angle * axis)[0] for angle, axis in zip((x, y, z), np.eye(3), strict=True)]
    np.testing.assert_allclose(lens.extrinsics[:, :3], turns[0] @ turns[1] @ turns[2], atol=1e-12)
    assert lens.matrix[0, 0] == numbers[264 + 18] and lens.distortion[-1] == numbers[264 + 18 + 6]


def test_a_take_in_four_cameras(tmp_path):
    folder = write_take(write_metadata(tmp_path / "Release-v1.1").parent, frames=3, cameras=CAMERAS)
    (folder / "S1" / "Poses_D3_Positions").mkdir()
    np.save(folder / "S1" / "Poses_D3_Positions" / "Walking 1.npy", stored_poses())
    found = list(human36m_moments(folder, every=2))
    assert [(m.name, m.group, m.split, m.frame) for m in found] == [("S1-Walking 1", "S1", "train", n) for n in (0, 2)]
    moment = found[1]
    np.testing.assert_allclose(moment.truth, body(2), atol=1e-5)
    assert len(moment.pictures) == 4 and moment.pictures[0].shape == (SIZE, SIZE, 3)
    for row, (picture, mask, lens) in enumerate(zip(moment.pictures, moment.masks, moment.lenses, strict=True)):
        assert overlap(mask, draw(EXTRINSICS[row], 2, distortion=DISTORTION)) > 0.9
        crop = cut(picture, mask, lens, 96, margin=1.5)  # the truth, in the crop's own camera, lies on the crop's mask
        inner = np.array([[crop.focal, 0, 48], [0, crop.focal, 48], [0, 0, 1]])
        xy = np.floor(pixels(body(2), crop.extrinsics, inner)).astype(int)
        assert crop.mask[xy[:, 1], xy[:, 0]].mean() > 0.9


def test_the_sides_of_the_set_and_the_actions_of_the_paper(tmp_path):
    folder = write_take(write_metadata(tmp_path), "S9", "Posing", 1)
    write_take(folder, "S9", "WalkDog", 1)
    assert [(m.name, m.split, m.truth) for m in human36m_moments(folder)] == [("S9-Posing", "test", None)]
    assert [m.split for m in human36m_moments(folder, split="val", actions=("WalkDog",))] == ["val"]


def test_a_masker_stands_in_for_missing_masks_and_a_broken_video_is_told(tmp_path, caplog):
    folder = write_take(write_metadata(tmp_path), "S11", "Directions", 2, masks=False, cameras=CAMERAS[:2])
    with pytest.raises(ValueError, match=r"has no mask: expected .*ground_truth_bs"):
        list(human36m_moments(folder))
    (folder / "S11" / "Videos" / f"Directions.{CAMERAS[0]}.mp4").write_bytes(b"cut short")
    found = list(human36m_moments(folder, lambda pictures: (p[..., 0] > 128 for p in pictures)))
    assert [len(m.masks) for m in found] == [1, 1] and f"Directions.{CAMERAS[0]}.mp4" in caplog.text
    assert overlap(found[0].masks[0], draw(EXTRINSICS[1], distortion=DISTORTION)) > 0.8


def test_poses_in_other_files(tmp_path, monkeypatch, caplog):
    folder = write_take(write_metadata(tmp_path))
    poses = folder / "S1" / "MyPoseFeatures" / "D3_Positions"
    poses.mkdir(parents=True)
    (poses / "Walking 1.cdf").touch()
    monkeypatch.setitem(sys.modules, "cdflib", None)
    assert [m.truth for m in human36m_moments(folder)] == [None] and "pip install cdflib" in caplog.text
    reader = SimpleNamespace(CDF=lambda _: SimpleNamespace(varget={"Pose": stored_poses(1)[None]}.get))
    monkeypatch.setitem(sys.modules, "cdflib", reader)
    np.testing.assert_allclose(next(human36m_moments(folder)).truth, body(), atol=1e-5)
    cell = np.empty((1, 1), object)
    cell[0, 0] = stored_poses(1)
    savemat(poses / "Walking 1.cdf.mat", {"data": cell})
    monkeypatch.setitem(sys.modules, "cdflib", None)
    np.testing.assert_allclose(next(human36m_moments(folder)).truth, body(), atol=1e-5)
    np.save(poses / "Walking 1.npy", np.zeros((1, 51)))
    with pytest.raises(ValueError, match=r"shape \(1, 51\), expected \(frames, 96\)"):
        next(human36m_moments(folder))


def matlab_folder(folder):
    """A take of one camera whose masks are MATLAB's, not written yet."""
    write_take(write_metadata(folder), frames=3, masks=False)
    masks = folder / "S1" / "MySegmentsMat" / "ground_truth_bs"
    masks.mkdir(parents=True)
    return masks / f"Walking 1.{CAMERAS[0]}.mat"


def test_masks_of_matlab_need_a_reader(tmp_path, monkeypatch):
    matlab_folder(tmp_path).touch()
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ValueError, match="pip install h5py, or download the masks as video"):
        list(human36m_moments(tmp_path))


def test_masks_of_matlab(tmp_path):
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    shapes = [draw(EXTRINSICS[0], n, distortion=DISTORTION) for n in range(3)]
    with h5py.File(matlab_folder(tmp_path), "w") as file:
        cells = [file.create_dataset(f"c{n}", data=np.uint8(shape.T)).ref for n, shape in enumerate(shapes)]
        file.create_dataset("Masks", data=np.array([cells], h5py.ref_dtype).T, dtype=h5py.ref_dtype)
    found = [m.masks[0] for m in human36m_moments(tmp_path, every=2)]
    np.testing.assert_array_equal(found, shapes[::2])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"head": "<!DOCTYPE m>"}, "document type"),
        ({"spoil": lambda text: text.replace("<w0>[", "<w0>[1 ")}, "holds 301 numbers, expected 300"),
        ({"spoil": lambda text: text.replace("<w0>[", "<w0>[one ")}, "something else than numbers"),
        ({"spoil": lambda text: text[:-9]}, "no XML"),
    ],
)
def test_what_is_wrong_with_the_metadata_is_said(tmp_path, given, said):
    with pytest.raises(ValueError, match=said):
        read_cameras(write_metadata(tmp_path, **given) / "metadata.xml")


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(ValueError, match=r"no metadata\.xml"):
        list(human36m_moments(tmp_path))
    with pytest.raises(ValueError, match="holds no videos of Directions"):
        list(human36m_moments(write_metadata(tmp_path)))


def test_poses_that_are_damaged_are_named(tmp_path):
    folder = tmp_path / "S1" / human36m._POSES[0]
    folder.mkdir(parents=True)
    for content in (b"", b"\x93NUMPY\x01\x00v\x00{", b"hello"):
        (folder / "Walking.npy").write_bytes(content)
        with pytest.raises(ValueError, match=r"Walking\.npy cannot be read: "):
            human36m._poses(tmp_path / "S1", "Walking")


# ---- the four pictures of mmpose's tests, with all cameras ----

FACING = {"S7": True, "S8": True, "S1": False}
"""Whether the person faces the camera, as seen by eye; that of S5 lies."""


@pytest.fixture(scope="module")
def lenses(data_dir, tmp_path_factory):
    """The real cameras, written as the data set's metadata has them and read again."""
    cameras = pickled(samples_in(data_dir, "h36m") / "cameras.pkl")
    outer, inner = [], []
    for name in CAMERAS:
        for number in range(1, 12):
            one = cameras[f"S{number}", name]  # whose R is from camera to world
            outer += [*Rotation.from_matrix(one["R"].T).as_euler("XYZ"), *(one["T"].ravel() * 1000)]
        one = cameras["S1", name]
        inner += [float(value) for key in "fckp" for value in one[key].ravel()]
    numbers = " ".join(f"{value:.12g}" for value in [*outer, *inner])
    path = tmp_path_factory.mktemp("h36m") / "metadata.xml"
    path.write_text(f"<metadata><w0>[{numbers}]</w0></metadata>")
    return read_cameras(path)


@pytest.fixture(scope="module")
def people(data_dir, lenses):
    """Subject, lens, joints in the picture and in the world, metres, of the four pictures."""
    stored = read_npz(samples_in(data_dir, "h36m") / "test_h36m_body3d.npz")
    found = []
    for name, part, space in zip(stored["imgname"], stored["part"], stored["S"], strict=True):
        subject, camera = re.match(r".*/(S\d)_.*\.(\d+)_", str(name)).groups()
        lens = lenses[subject, camera]
        found.append((subject, lens, part[:, :2], in_world(space[:, :3], lens)))
    return found


def test_real_cameras_show_the_joints_where_the_pictures_do(people):
    """OpenCV's lens has part of the tangential terms twice: the docstring says a fraction of a pixel, here 0.22."""
    off = [np.linalg.norm(projected(world, lens) - xy, axis=1) for _, lens, xy, world in people]
    assert len(off) == 4 and max(one.max() for one in off) < 0.3
    without = [projected(world, Lens(lens.matrix, lens.extrinsics, np.zeros(5))) for _, lens, _, world in people]
    assert max(np.linalg.norm(one - xy, axis=1).max() for one, (_, _, xy, _) in zip(without, people, strict=True)) > 1


def test_real_is_in_metres_with_z_up(people):
    for subject, _, _, world in people:
        height = world[:, 2]
        joint = dict(zip(H36M17.joints, height, strict=True))
        assert -0.05 < height.min() < 0.25, subject  # on the floor
        if subject in FACING:  # standing
            assert 1.4 < joint["head"] < 1.9 and 0.8 < joint["pelvis"] < 1.1 and joint["left_ankle"] < 0.2, subject


def test_real_left_is_left(people):
    """A person who faces the camera has the right side on the left of the picture."""
    for subject, _, xy, _ in people:
        at = dict(zip(H36M17.joints, xy[:, 0], strict=True))
        for joint in ("hip", "shoulder"):
            if subject in FACING:
                assert (at[f"right_{joint}"] < at[f"left_{joint}"]) == FACING[subject], (subject, joint)


def test_real_poses_are_read_in_our_order(people, tmp_path):
    for number, (_, _, _, world) in enumerate(people):
        points = np.full((1, len(H36M32.joints), 3), 1e6)
        points[:, H36M32.indices(*H36M17.joints)] = world * 1000
        folder = tmp_path / f"{number}" / "MyPoseFeatures" / "D3_Positions"
        folder.mkdir(parents=True)
        np.save(folder / "Walking.npy", points.reshape(1, -1))
        found = human36m._poses(tmp_path / f"{number}", "Walking")
        np.testing.assert_allclose(found[0], world, atol=1e-5)


def test_real_agrees_with_two_other_hands(data_dir, lenses):
    """The same picture in COCO's format has world coordinates; H3WB has a camera of the same set, in its own form."""
    one = read_json(samples_in(data_dir, "h36m") / "h36m_coco.json")["annotations"][0]
    world = np.array(one["keypoints_3d"], float).reshape(-1, 4)[:, :3]
    xy = np.array(one["keypoints"], float).reshape(-1, 3)[:, :2]
    off = np.linalg.norm(projected(world, lenses["S1", "54138969"]) - xy, axis=1)
    assert off.max() < 0.3
    stored = read_npz(samples_in(data_dir, "h3wb") / "h3wb_train_bbox_subset.npz", objects=True)["metadata"]
    stored = stored.item()["S5"]["60457274"]
    lens = lenses["S5", "60457274"]
    np.testing.assert_allclose(lens.extrinsics[:, :3], stored["R"][0], atol=1e-3)
    np.testing.assert_allclose(lens.extrinsics[:, 3], stored["T"][0, 0], atol=2e-3)
    np.testing.assert_allclose(lens.matrix[:2], 1000 * stored["K"][0][:2], atol=0.01)
    np.testing.assert_allclose(lens.distortion, stored["Distortion"][0], atol=1e-6)
