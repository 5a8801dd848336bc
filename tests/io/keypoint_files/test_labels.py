"""SLEAP's own files and movement's netCDF, written by their own libraries."""

import sys

import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import FPS, SIZE, check, one

from dance3d.io.keypoint_files import read

COCO = write.COCO


def labels(sio, tracks=("ida",)):
    """Three frames of the figure, by sleap-io."""
    skeleton = sio.Skeleton(nodes=list(COCO))
    video = sio.Video("a.mp4", backend_metadata={"shape": (3, SIZE[1], SIZE[0], 3)}, open_backend=False)
    who, frames = [sio.Track(name) for name in tracks], []
    for t in range(3):
        bodies = []
        for i, track in enumerate(who):
            points = np.asarray(write.body(COCO, t + 50 * i), float)
            bodies.append(sio.PredictedInstance.from_numpy(points[:, :2], skeleton, points[:, 2], 0.9, track))
        frames.append(sio.LabeledFrame(video=video, frame_idx=t, instances=bodies))
    return sio.Labels(frames, [video], [skeleton], who)


@pytest.mark.parametrize("suffix", ["slp", "h5"])
def test_sleaps_own_files_are_found_by_content_and_keep_names_and_size(tmp_path, suffix):
    sio = pytest.importorskip("sleap_io")
    path = tmp_path / f"a.{suffix}"
    (sio.save_slp if suffix == "slp" else sio.save_analysis_h5)(labels(sio), str(path))
    found = read(path, fps=FPS, size=SIZE if suffix == "h5" else None)
    check(one(found))
    assert found[0].name == "ida" and found[0].size == SIZE


def test_two_dancers_stay_two(tmp_path):
    sio = pytest.importorskip("sleap_io")
    sio.save_slp(labels(sio, ("ida", "jon")), str(tmp_path / "a.slp"))
    assert [track.name for track in read(tmp_path / "a.slp", fps=FPS)] == ["ida", "jon"]


def poses(individuals=("ida",), space=("x", "y"), **said):
    """The figure as movement lays it out."""
    xarray = pytest.importorskip("xarray")
    bodies = np.array([[write.body(COCO, t + 50 * i) for i in range(len(individuals))] for t in range(3)], float)
    place = bodies[..., :2].transpose(0, 3, 2, 1)
    if len(space) == 3:
        place = np.concatenate([place, place[:, :1]], 1)
    return xarray.Dataset(
        {
            "position": (("time", "space", "keypoints", "individuals"), place),
            "confidence": (("time", "keypoints", "individuals"), bodies[..., 2].transpose(0, 2, 1)),
        },
        {"time": np.arange(3) / FPS, "space": list(space), "keypoints": list(COCO), "individuals": list(individuals)},
        {"ds_type": "poses", "time_unit": "seconds", "fps": FPS} | said,
    )


@pytest.mark.parametrize("said", [{}, {"time_unit": "frames"}])
def test_movements_netcdf_is_found_by_content(tmp_path, said):
    data = poses(**said)
    if said:
        data = data.assign_coords(time=np.arange(3))
    data.to_netcdf(tmp_path / "a.nc", engine="scipy")
    found = read(tmp_path / "a.nc", size=SIZE, fps=FPS if said else None)
    check(one(found))
    assert found[0].name == "ida"
    np.testing.assert_allclose(found[0].time, np.arange(3) / FPS)


def test_what_movement_itself_saves_is_read(tmp_path):
    save = pytest.importorskip("movement.io.save_poses", reason="pip install movement")
    save.to_sleap_analysis_file(poses(), tmp_path / "a.h5")
    pytest.importorskip("sleap_io")
    check(one(read(tmp_path / "a.h5", size=SIZE, fps=FPS)))


def test_poses_in_space_and_damaged_files_are_one_line(tmp_path):
    poses(space=("x", "y", "z")).to_netcdf(tmp_path / "a.nc", engine="scipy")
    with pytest.raises(ValueError, match="in the plane"):
        read(tmp_path / "a.nc", size=SIZE)
    (tmp_path / "b.nc").write_bytes(b"CDF\x01" + bytes(range(200)))
    with pytest.raises(ValueError, match="xarray cannot read it"):
        read(tmp_path / "b.nc", size=SIZE)


def test_damaged_hdf5_and_a_missing_package_are_one_line(tmp_path, monkeypatch):
    (tmp_path / "a.slp").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200))
    monkeypatch.setitem(sys.modules, "sleap_io", None)
    with pytest.raises(ValueError, match=r"pip install 'dance3d\[sleap\]'.*CSV"):
        read(tmp_path / "a.slp")
    monkeypatch.undo()
    pytest.importorskip("sleap_io")
    with pytest.raises(ValueError, match="sleap-io cannot read it"):
        read(tmp_path / "a.slp")
