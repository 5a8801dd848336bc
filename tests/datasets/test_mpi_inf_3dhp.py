import re

import numpy as np
import pytest
from footage_sets import EXTRINSICS, MATRIX, SIZE, body, draw, grey, overlap, photo, write_video
from real_samples import pickled, projected, samples_in
from scipy.io import savemat

from dance3d.datasets import mpi_inf_3dhp
from dance3d.datasets.mpi_inf_3dhp import CAMERAS, mpi3dhp_moments, read_calibration
from dance3d.io.safe_npz import read_npz
from dance3d.skeleton import H36M17, MPI28

CHAIR = np.zeros((SIZE, SIZE), bool)
CHAIR[60:90, 5:35] = True


def write_calibration(path, spoil=None):
    def row(matrix):
        return " ".join(f"{value:.9g}" for value in matrix.ravel())

    text = "Skeletool Camera Calibration File V1.0\n"
    for n in range(9):
        inner, outer = np.eye(4), np.eye(4)
        inner[:3, :3], outer[:3] = MATRIX, EXTRINSICS[n % 5]
        outer[:3, 3] *= 1000
        text += f"name          {n}\n  sensor      10 10\n  size        2048 2048\n  animated    0\n"
        text += f"  intrinsic   {row(inner)} \n  extrinsic   {row(outer)} \n  radial      0\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(spoil(text) if spoil else text)
    return path


def write_sequence(folder, subject="S1", frames=2, cameras=(0, 2), masks=True, chairs=True):
    sequence = folder / subject / "Seq1"
    write_calibration(sequence / "camera.calibration")
    for camera in cameras:
        shapes = [draw(EXTRINSICS[camera % 5], n) for n in range(frames)]
        name = f"video_{camera}.avi"
        write_video(sequence / "imageSequence" / name, [photo(shape) for shape in shapes])
        if masks:
            red = [grey(shape | CHAIR) for shape in shapes]
            for picture in red:
                picture[:48, :, 1] = 255  # the other channels are of clothes
            write_video(sequence / "FGmasks" / name, red)
        if masks and chairs:
            write_video(sequence / "ChairMasks" / name, [grey(~CHAIR)] * frames)
    return folder


def annotate(path, frames=2):
    cells = np.empty((14, 1), object)
    for n in range(14):
        points = np.full((frames, len(MPI28.joints), 3), 1e6)
        world = np.stack([body(frame) for frame in range(frames)])
        camera = EXTRINSICS[n % 5]
        points[:, MPI28.indices(*H36M17.joints)] = (world @ camera[:, :3].T + camera[:, 3]) * 1000
        cells[n, 0] = points.reshape(frames, -1)
    savemat(path, {"annot3": cells, "univ_annot3": cells, "cameras": np.arange(14, dtype=np.uint8)[None]})


def test_the_calibration(tmp_path):
    lenses = read_calibration(write_calibration(tmp_path / "c"))
    assert list(lenses) == list(range(9))
    for n, lens in lenses.items():
        np.testing.assert_allclose(lens.extrinsics, EXTRINSICS[n % 5], atol=1e-6)
        np.testing.assert_allclose(lens.matrix, MATRIX)
        assert lens.distortion.size == 0


def test_a_sequence(tmp_path):
    write_sequence(tmp_path)
    annotate(tmp_path / "S1" / "Seq1" / "annot.mat")
    found = list(mpi3dhp_moments(tmp_path))
    assert [(m.name, m.group, m.split, m.frame) for m in found] == [("S1-Seq1", "S1", "train", n) for n in (0, 1)]
    for n, moment in enumerate(found):
        np.testing.assert_allclose(moment.truth, body(n), atol=1e-4)
        assert len(moment.lenses) == 2
        for camera, mask in zip((0, 2), moment.masks, strict=True):
            assert overlap(mask, draw(EXTRINSICS[camera], n) & ~CHAIR) > 0.75  # the person, less what the chair hides


def test_subject_8_is_for_testing_and_chairs_may_be_missing(tmp_path):
    moment = next(mpi3dhp_moments(write_sequence(tmp_path, "S8", 1, (CAMERAS[-1], 5), chairs=False)))
    assert moment.split == "test" and moment.truth is None and len(moment.masks) == 1  # camera 5 is none of the five
    assert moment.masks[0][CHAIR].mean() > 0.95


def test_a_masker_stands_in_for_missing_masks(tmp_path):
    folder = write_sequence(tmp_path, masks=False)
    with pytest.raises(ValueError, match=r"FGmasks/video_0\.avi is not there"):
        list(mpi3dhp_moments(folder))
    found = list(mpi3dhp_moments(folder, lambda pictures: (p[..., 0] > 128 for p in pictures), every=2))
    assert [m.frame for m in found] == [0] and overlap(found[0].masks[1], draw(EXTRINSICS[2])) > 0.75


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text.replace("extrinsic", "exterior"), "'extrinsic'"),
        (lambda text: text.replace("intrinsic   ", "intrinsic   1 "), "reshape"),
        (lambda text: re.sub(r"extrinsic   \S+", "extrinsic   0.5", text), "no rotation"),
        (lambda text: "", "names no camera"),
        (lambda text: text + " " * 2**20, "at most"),
    ],
)
def test_what_is_wrong_with_a_calibration_is_said(tmp_path, spoil, said):
    with pytest.raises(ValueError, match=said):
        read_calibration(write_calibration(tmp_path / "c", spoil))


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(ValueError, match="holds no sequence"):
        list(mpi3dhp_moments(tmp_path))
    write_sequence(tmp_path, cameras=(1,))
    with pytest.raises(ValueError, match="no calibrated video of the cameras 0, 2, 4, 7, 8"):
        list(mpi3dhp_moments(tmp_path))
    write_sequence(tmp_path)
    new = b"MATLAB 7.3 MAT-file" + b"\0" * 105 + b"\x00\x02IM" + b"\0" * 64
    (tmp_path / "S1" / "Seq1" / "annot.mat").write_bytes(new)
    with pytest.raises(ValueError, match=r"annot\.mat is in MATLAB's format 7\.3"):
        list(mpi3dhp_moments(tmp_path))
    savemat(tmp_path / "S1" / "Seq1" / "annot.mat", {"frames": 3})
    with pytest.raises(ValueError, match="cannot be read as annotations of camera 0"):
        list(mpi3dhp_moments(tmp_path))


# ---- two pictures of mmpose's tests, with the cameras ----

MPI17 = (  # of the samples of MPI-INF-3DHP, as its test set orders them
    *("head", "thorax", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist"),
    *("right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "pelvis", "spine", "nose"),
)
MOVED = ("spine", "left_hip", "right_hip")
"""Joints that the samples of MPI-INF-3DHP place elsewhere in space than in the picture, by some pixels."""


def calibration(path, cameras):
    """A file of the data set with real cameras by number."""

    def row(matrix):
        return " ".join(f"{value:.9g}" for value in matrix.ravel())

    text = "Skeletool Camera Calibration File V1.0\n"
    for number, one in cameras.items():
        inner, outer = np.eye(4), np.eye(4)
        (inner[0, 0], inner[1, 1]), inner[:2, 2] = one["f"].ravel(), one["c"].ravel()
        outer[:3, :3], outer[:3, 3] = one["R"], one["T"].ravel() * 1000
        text += f"name {number}\n  size 2048 2048\n  intrinsic {row(inner)}\n  extrinsic {row(outer)}\n  radial 0\n"
    path.write_text(text)
    return path


def test_real_cameras_and_poses(data_dir, tmp_path):
    folder = samples_in(data_dir, "mpi_inf_3dhp")
    cameras = pickled(folder / "cameras_train.pkl")
    stored = read_npz(folder / "test_3dhp_train.npz")
    for name, part, space in zip(stored["imgname"], stored["part"], stored["S"], strict=True):
        sequence, number = re.match(r"(S\d_Seq\d)_Cam(\d)_", str(name)).groups()
        own = {int(key[-1]): one for key, one in cameras.items() if key.startswith(sequence)}
        lens = read_calibration(calibration(tmp_path / "camera.calibration", own))[int(number)]
        points = np.full((1, len(MPI28.joints), 3), 1e6)
        points[:, MPI28.indices(*MPI17)] = space[:, :3] * 1000
        cells = np.empty((14, 1), object)
        for place in range(14):
            cells[place, 0] = points.reshape(1, -1)
        savemat(tmp_path / "annot.mat", {"annot3": cells, "cameras": np.arange(14, dtype=np.uint8)[None]})
        world = mpi_inf_3dhp._poses(tmp_path / "annot.mat", int(number), lens)[0]
        order = [MPI17.index(joint) for joint in H36M17.joints]
        off = dict(zip(H36M17.joints, np.linalg.norm(projected(world, lens) - part[order, :2], axis=1), strict=True))
        assert max(value for joint, value in off.items() if joint not in MOVED) < 0.02, name
        assert max(off.values()) < 3, name
        height = dict(zip(H36M17.joints, world[:, 1], strict=True))  # y up: one sits, one stands bent over
        assert -0.05 < min(height.values()) < 0.15, name
        assert min(height["left_ankle"], height["right_ankle"]) < height["pelvis"] < height["head"] < 1, name
