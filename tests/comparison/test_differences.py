"""What a student does otherwise is found where and when it is."""

import dance_pairs as make
import numpy as np
import pytest
from compared_dances import dancer, make_xyz, parts

from dance3d.comparison import export
from dance3d.comparison.compare import compare
from dance3d.comparison.differences import similarity

ARM = ("left_elbow", "left_wrist")


@pytest.fixture(scope="module")
def xyz():
    return make_xyz()


@pytest.mark.parametrize("seconds", [0.1, 0.2, 0.3])
@pytest.mark.parametrize("genre", ["salsa", "martial"])
def test_a_late_arm_is_late_and_nothing_else(seconds, genre):
    xyz = make.dance(8.0, 5, genre)
    found = compare(dancer(xyz), dancer(make.late(xyz, ARM, seconds)))
    rows = parts(found)
    for part in ("l_arm", "l_forearm"):
        assert rows[part]["late"] == pytest.approx(seconds, abs=0.05) and rows[part]["late_sure"] > 0.5
    others = [row for part, row in rows.items() if not part.startswith(("l_arm", "l_forearm"))]
    assert all(abs(row["late"]) < 0.05 for row in others if row["late"] is not None)
    early = parts(compare(dancer(make.late(xyz, ARM, seconds)), dancer(xyz)))
    assert early["l_arm"]["late"] == pytest.approx(-seconds, abs=0.05)


@pytest.mark.parametrize("degrees", [10.0, 25.0])
def test_an_angle_is_found_where_it_is(degrees):
    xyz = make.dance(4.0)
    flat = make.changed(xyz, ("left_elbow",), lambda bones: np.broadcast_to([0.28, 0.0, 0.0], bones.shape))
    flat = make.changed(flat, ("left_wrist",), lambda bones: np.broadcast_to([0.25, 0.0, 0.0], bones.shape))
    raised = make.turned(flat, ARM, degrees, [0, 0, 1])
    found = compare(dancer(flat), dancer(raised))
    rows = parts(found)
    assert rows["l_arm"]["degrees"] == pytest.approx(degrees, abs=1)
    assert rows["l_forearm"]["degrees"] == pytest.approx(degrees, abs=1)
    assert all(row["degrees"] < 0.5 for part, row in rows.items() if part not in ("l_arm", "l_forearm", "body"))
    assert rows["body"]["degrees"] == pytest.approx(2 * degrees / 15, abs=0.2)
    moments = export.summary(found)["moments"]
    assert {moment["part"] for moment in moments} == ({"l_arm", "l_forearm"} if degrees > 15 else set())
    assert all("higher" in moment["how"] for moment in moments)


def test_a_bent_elbow_is_told_by_its_joint(xyz):
    bent = make.turned(xyz, ("right_wrist",), 30.0, [0, 1, 0])
    said = export.summary(compare(dancer(xyz), dancer(bent)))
    angles = {row["angle"]: row for row in said["angles"]}
    assert angles["right_elbow"]["degrees"] > 5 and angles["left_elbow"]["degrees"] < 0.01
    assert {moment["part"] for moment in said["moments"]} == {"r_forearm"}


def test_the_moment_is_where_it_happens(xyz):
    off = make.turned(xyz, ("right_elbow", "right_wrist"), 60.0, [0, 0, 1])
    mixed = np.where((np.arange(len(xyz)) // 30 == 3)[:, None, None], off, xyz)  # the fourth second
    moments = export.summary(compare(dancer(xyz), dancer(mixed)))["moments"]
    arm = [moment for moment in moments if moment["part"] == "r_arm"]
    assert (
        len(arm) == 1 and arm[0]["start"] == pytest.approx(3, abs=0.3) and arm[0]["stop"] == pytest.approx(4, abs=0.3)
    )


def test_similarity_falls_with_degrees():
    values = [similarity(degrees) for degrees in (0, 5, 10, 20, 60, 180)]
    assert (
        values[0] == 100
        and values[1] > 75
        and similarity(15) == 50
        and values == sorted(values, reverse=True)
        and values[-1] > 0
    )
