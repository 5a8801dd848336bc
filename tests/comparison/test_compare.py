"""Two dances compared: the whole way, from copies to missing frames."""

import json
from dataclasses import replace

import dance_pairs as make
import numpy as np
import pytest
from compared_dances import dancer, make_xyz, movements

import dance3d
from dance3d.comparison import export
from dance3d.comparison.align import mirrored
from dance3d.comparison.compare import Comparison, compare
from dance3d.comparison.load import Dance
from dance3d.movement_types import MIRROR, NAMES, PARTS
from dance3d.skeleton import H36M17


@pytest.fixture(scope="module")
def xyz():
    return make_xyz()


@pytest.mark.parametrize("tempo", [0.8, 1.25])
def test_another_tempo_and_clock_are_no_other_dance(xyz, tempo):
    found = compare(dancer(xyz), dancer(make.retimed(xyz, tempo), start=7.0))
    said = export.summary(found)
    assert said["degrees"]["aligned"] < 0.5 < 5 < said["degrees"]["same_clock"] and said["similarity"] > 96
    assert said["warp"]["tempo"] == pytest.approx(tempo, abs=0.005)
    assert said["warp"]["path"][0][1] == pytest.approx(7.0, abs=0.05)
    assert all(abs(row["late"]) < 0.03 for row in said["parts"] if row["late"] is not None)


def test_a_mirrored_dancer_is_the_same_in_the_mirror(xyz):
    happen = {"l_arm.raise_side": (2.0, 3.0), "torso.twist_left": (4.0, 5.0)}
    theirs = {NAMES[MIRROR[NAMES.index(name)]]: when for name, when in happen.items()}
    a, b = dancer(xyz, happen), dancer(mirrored(xyz), theirs)
    found = compare(a, b, mirror=True)
    said = export.summary(found)
    assert found.degrees[PARTS.index("body")] < 1e-3 and said["similarity"] == 100 and said["mirror"]
    assert said["movements"] == said["notes"] == []
    plain = export.summary(compare(a, b))
    assert plain["degrees"]["aligned"] > 5 and len(plain["movements"]) == 4
    assert any("try --mirror" in note for note in plain["notes"])
    assert any("leave out --mirror" in note for note in compare(a, dancer(xyz, happen), mirror=True).notes)


def test_movements_are_computed_where_there_are_none(xyz):
    found = compare(make.posed(xyz[:90]), make.posed(make.retimed(xyz[:90], 0.8)))
    assert isinstance(found, Comparison) and isinstance(export.summary(found)["movements"], list)
    assert dance3d.compare is compare


def test_missing_frames_and_still_dancers_have_defined_results(xyz):
    holes = xyz.copy()
    holes[60:90] = np.nan
    said = export.summary(compare(dancer(xyz), dancer(holes)))
    assert said["similarity"] > 97 and any("88% of the compared time" in note for note in said["notes"])
    one = np.repeat(xyz[:1], 60, 0)
    said = export.summary(compare(dancer(one), dancer(one)))
    assert said["similarity"] == 100 and all(row["late"] is None for row in said["parts"])
    assert any("alignment is doubtful" in note for note in said["notes"])
    json.dumps(said, allow_nan=False)


def test_one_frame_against_a_clip(xyz):
    single = Dance("one", make.posed(xyz[:1]))
    for found in (compare(single, dancer(xyz)), compare(dancer(xyz), single), compare(single, single)):
        said = export.summary(found)
        assert said["similarity"] > 90 and said["warp"]["tempo"] is None
        json.dumps(said, allow_nan=False)


def test_unlike_lengths(xyz):
    said = export.summary(compare(dancer(xyz), dancer(xyz[60:120])))
    assert said["degrees"]["aligned"] < 0.01 and said["warp"]["a"] == [2.0, pytest.approx(3.967)]
    assert any(note.startswith("of A only 2.0 to 4.0 s") for note in said["notes"])


def test_a_joint_that_is_never_seen_is_said(xyz):
    pose = make.posed(xyz)
    lost = pose.xyz.copy()
    lost[:, H36M17.index("left_wrist")] = np.nan
    said = export.summary(compare(dancer(xyz), Dance("y", replace(pose, xyz=lost), movements(xyz, {}))))
    rows = {row["part"]: row for row in said["parts"]}
    assert rows["l_forearm"]["degrees"] is None and rows["l_forearm"]["seen"] == 0 and rows["l_arm"]["degrees"] == 0
    assert any("never seen" in note and "l forearm" in note for note in said["notes"])
