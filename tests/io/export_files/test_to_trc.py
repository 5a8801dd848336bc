"""TRC files, read as Pose2Sim reads them and as OpenSim's documentation describes them."""

import numpy as np
import pandas as pd
import pytest
from tumbling_bodies import pose_of, tumble

from dance3d.io.export_files.to_trc import write_trc
from dance3d.io.world_frame import to_world
from dance3d.skeleton import H36M17


def read_trc(path):
    """(T, P, 3) places, times and names of a file."""
    lines = path.read_text().split("\n")
    said = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    names = [name for name in lines[3].split("\t")[2:] if name]
    rows = pd.read_csv(path, sep="\t", skiprows=6, header=None)
    assert len(rows) == int(said["NumFrames"]) and len(names) == int(said["NumMarkers"])
    assert list(rows[0]) == list(range(1, len(rows) + 1))
    return rows.iloc[:, 2:].to_numpy(float).reshape(len(rows), len(names), 3), rows[1].to_numpy(), names, said


def test_markers_come_back_with_their_gaps(tmp_path):
    xyz = tumble(50)
    xyz[7:9, 4] = np.nan
    pose = pose_of(xyz, up=np.array([0.0, -1.0, 0.0]))
    write_trc(pose, tmp_path / "a.trc")
    found, time, names, said = read_trc(tmp_path / "a.trc")
    np.testing.assert_allclose(found, to_world(pose), atol=1e-6)
    assert tuple(names) == H36M17.joints and said["Units"] == "m" and float(said["DataRate"]) == pytest.approx(25)
    np.testing.assert_allclose(time, pose.time, atol=1e-6)


def test_columns_are_as_many_in_the_heading_as_in_the_rows(tmp_path):
    write_trc(pose_of(tumble(3)), tmp_path / "a.trc")
    lines = (tmp_path / "a.trc").read_text().split("\n")
    assert lines[0].startswith("PathFileType\t4\t(X/Y/Z)\ta.trc") and lines[5] == ""
    assert len(lines[6].split("\t")) == 2 + 3 * 17 == len(lines[4].split("\t"))


def holed():
    """A body whose elbow is missing in two frames."""
    xyz = tumble(50)
    xyz[7:9, 4] = np.nan
    return pose_of(xyz, up=np.array([0.0, -1.0, 0.0]))


@pytest.mark.slow
def test_opensim_reads_markers_units_and_gaps(tmp_path):
    opensim = pytest.importorskip("opensim", reason="pip install opensim")
    write_trc(holed(), tmp_path / "a.trc")
    table = opensim.TimeSeriesTableVec3(str(tmp_path / "a.trc"))
    assert tuple(table.getColumnLabels()) == H36M17.joints and table.getTableMetaDataString("Units") == "m"
    flat = table.flatten()  # its matrix is a view, which must not outlive it
    found = np.stack([flat.getDependentColumn(label).to_numpy() for label in flat.getColumnLabels()], 1)
    np.testing.assert_allclose(found.reshape(50, -1, 3), to_world(holed()), atol=1e-6)
    np.testing.assert_allclose(table.getIndependentColumn(), holed().time, atol=1e-6)


@pytest.mark.slow
def test_pose2sim_reads_markers_and_gaps(tmp_path):
    common = pytest.importorskip("Pose2Sim.common", reason="pip install pose2sim")
    write_trc(holed(), tmp_path / "a.trc")
    places, frames, time, names, _ = common.read_trc(str(tmp_path / "a.trc"))
    assert tuple(names) == H36M17.joints and len(frames) == 50
    np.testing.assert_allclose(places.to_numpy(float).reshape(50, -1, 3), to_world(holed()), atol=1e-6)
    np.testing.assert_allclose(time, holed().time, atol=1e-6)
