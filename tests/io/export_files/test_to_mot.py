"""Joint angles of bodies that are bent by known turns."""

import numpy as np
import pytest
from rest_bodies import AHEAD, LEFT, UP, body, dancing, frames, turn
from tumbling_bodies import pose_of

from dance3d.io.export_files.to_mot import joint_angles, write_mot


def angles(**local):
    return {name: float(values[0]) for name, values in joint_angles(frames(local)[None]).items()}


def test_a_body_in_the_rest_pose_has_its_arms_out_and_nothing_bent():
    found = angles()
    assert found["arm_add_r"] == pytest.approx(-90) and found["arm_add_l"] == pytest.approx(-90)
    bent = {name: value for name, value in found.items() if not name.startswith(("arm_add", "pelvis"))}
    assert all(abs(value) < 1e-6 for value in bent.values()), bent


@pytest.mark.parametrize("side", ["right", "left"])
def test_limbs_bend_by_the_angles_that_they_are_turned_by(side):
    out = 1.0 if side == "left" else -1.0  # of the side that lies towards +x, the dancer's left
    found = angles(
        **{
            f"{side}_thigh": turn(LEFT, -40),  # forward and up
            f"{side}_shin": turn(LEFT, 70),  # backward
            f"{side}_foot": turn(LEFT, -15),  # toes up
        }
    )
    short = side[0]
    assert found[f"hip_flexion_{short}"] == pytest.approx(40)
    assert found[f"knee_angle_{short}"] == pytest.approx(70)
    assert found[f"ankle_angle_{short}"] == pytest.approx(15)
    assert angles(**{f"{side}_thigh": turn(AHEAD, out * 20)})[f"hip_adduction_{short}"] == pytest.approx(-20)  # outward
    assert angles(**{f"{side}_thigh": turn(UP, out * 25)})[f"hip_rotation_{short}"] == pytest.approx(-25)  # outward
    hanging = turn(AHEAD, -out * 90)
    arm = angles(**{f"{side}_upper_arm": hanging, f"{side}_forearm": turn(UP, -out * 60)})
    assert arm[f"arm_add_{short}"] == pytest.approx(0, abs=1e-6) and arm[f"elbow_flex_{short}"] == pytest.approx(60)
    forward = angles(**{f"{side}_upper_arm": turn(LEFT, -50) @ hanging})
    assert forward[f"arm_flex_{short}"] == pytest.approx(50)


def test_the_trunk_bends_and_turns_to_the_right_where_angles_are_above_zero():
    assert angles(chest=turn(AHEAD, 20))["lumbar_bending"] == pytest.approx(20)
    assert angles(chest=turn(LEFT, -10))["lumbar_extension"] == pytest.approx(10)
    assert angles(chest=turn(UP, 30))["lumbar_rotation"] == pytest.approx(30)
    assert angles(pelvis=turn(UP, 90))["pelvis_rotation"] == pytest.approx(0, abs=1e-6)  # faces +x, as the models do


def test_the_file_has_its_heading_and_a_row_for_every_frame(tmp_path):
    time = np.arange(60) / 30
    xyz, ends = body(dancing(time))
    write_mot(pose_of(xyz, time=time, extremities=ends), tmp_path / "a.mot")
    lines = (tmp_path / "a.mot").read_text().splitlines()
    at = lines.index("endheader")
    columns = lines[at + 1].split("\t")
    assert lines[0] == "Coordinates" and "inDegrees=yes" in lines[:at]
    assert f"nRows={len(lines) - at - 2}" == "nRows=60" in lines[:at] and f"nColumns={len(columns)}" in lines[:at]
    rows = np.array([line.split("\t") for line in lines[at + 2 :]], float)
    assert columns[0] == "time" and np.isfinite(rows).all()
    legs = [i for i, name in enumerate(columns) if name.startswith(("hip", "knee", "ankle", "lumbar"))]
    assert np.abs(np.diff(rows[:, legs], axis=0)).max() < 15  # smooth, as the dance is


def test_an_arm_that_passes_level_does_not_jump_by_a_whole_triple():
    lift = np.stack([frames({"right_upper_arm": turn(UP, 3) @ turn(AHEAD, angle)}) for angle in range(60, -60, -2)])
    found = joint_angles(lift)
    assert np.abs(np.diff(found["arm_add_r"])).max() < 5


@pytest.mark.slow
def test_opensim_reads_angles_in_degrees(tmp_path):
    opensim = pytest.importorskip("opensim", reason="pip install opensim")
    time = np.arange(40) / 30
    xyz, ends = body(dancing(time))
    write_mot(pose_of(xyz, time=time, extremities=ends), tmp_path / "a.mot")
    assert opensim.Storage(str(tmp_path / "a.mot")).isInDegrees()
    table = opensim.TimeSeriesTable(str(tmp_path / "a.mot"))
    columns = (tmp_path / "a.mot").read_text().split("endheader\n")[1].splitlines()
    assert ["time", *table.getColumnLabels()] == columns[0].split("\t") and table.getNumRows() == 40
    knee = [float(line.split("\t")[columns[0].split("\t").index("knee_angle_r")]) for line in columns[1:]]
    np.testing.assert_allclose(table.getDependentColumn("knee_angle_r").to_numpy(), knee)
