"""What a student does otherwise is found where and when it is; inputs of every kind; JSON, CSV and errors."""

import csv
import json
from dataclasses import replace

import dance_pairs as make
import numpy as np
import pytest

import dance3d
from dance3d.cli import main
from dance3d.cli.common import REFUSED
from dance3d.comparison import export
from dance3d.comparison.align import mirrored
from dance3d.comparison.compare import Comparison, compare
from dance3d.comparison.differences import similarity
from dance3d.comparison.load import Dance
from dance3d.contracts import Movements
from dance3d.io import artefacts
from dance3d.io.bvh_write import write_bvh
from dance3d.movement_types import MIRROR, MOVEMENTS, NAMES, PARTS
from dance3d.skeleton import H36M17

ARM = ("left_elbow", "left_wrist")


@pytest.fixture(scope="module")
def xyz():
    return make.dance()


def movements(xyz, happen, start=0.0):
    """Movements that happen from and to given seconds, and no others."""
    time = np.arange(len(xyz)) / make.FPS + start
    prob = np.full((len(xyz), len(MOVEMENTS)), 0.05, np.float32)
    for name, (low, high) in happen.items():
        prob[(time >= low) & (time < high), NAMES.index(name)] = 0.9
    return Movements(prob, time)


def dancer(xyz, happen=None, start=0.0, name="x"):
    """A dancer whose movements are given, so that no net has to be read."""
    return Dance(name, make.posed(xyz, start), movements(xyz, happen or {}, start))


def parts(found):
    return {row["part"]: row for row in export.summary(found)["parts"]}


def test_a_copy_is_the_same_in_every_number(xyz):
    found = compare(dancer(xyz), dancer(xyz))
    said = export.summary(found)
    assert said["similarity"] == 100 and said["degrees"] == {"aligned": 0, "same_clock": 0}
    assert (said["warp"]["tempo"], said["warp"]["shift"], said["warp"]["wander"]) == (1, 0, 0)
    assert said["moments"] == said["movements"] == said["notes"] == []
    late = [row["late"] for row in said["parts"] if row["late"] is not None]
    assert late and set(late) == {0}
    assert (said["a"]["name"], said["b"]["name"]) == ("x (A)", "x (B)")


@pytest.mark.parametrize("tempo", [0.8, 1.25])
def test_another_tempo_and_clock_are_no_other_dance(xyz, tempo):
    found = compare(dancer(xyz), dancer(make.retimed(xyz, tempo), start=7.0))
    said = export.summary(found)
    assert said["degrees"]["aligned"] < 0.5 < 5 < said["degrees"]["same_clock"] and said["similarity"] > 96
    assert said["warp"]["tempo"] == pytest.approx(tempo, abs=0.005)
    assert said["warp"]["path"][0][1] == pytest.approx(7.0, abs=0.05)
    assert all(abs(row["late"]) < 0.03 for row in said["parts"] if row["late"] is not None)


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


def test_movements_that_one_makes_and_the_other_does_not(xyz):
    both = {"r_leg.kick": (5.0, 5.5)}
    slow = make.retimed(xyz, 0.8)
    a = dancer(xyz, {**both, "l_arm.raise_side": (2.0, 3.0)})
    b = dancer(slow, {"r_leg.kick": (6.25, 6.9), "head.bob": (3.0, 4.0)})
    rows = export.summary(compare(a, b))["movements"]
    assert [(row["who"], row["movement"]) for row in rows] == [("a", "l_arm.raise_side"), ("b", "head.bob")]
    assert rows[0]["other_start"] == pytest.approx(2.5, abs=0.06) and rows[1]["other_start"] == pytest.approx(
        2.4, abs=0.06
    )


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


def test_similarity_falls_with_degrees():
    values = [similarity(degrees) for degrees in (0, 5, 10, 20, 60, 180)]
    assert (
        values[0] == 100
        and values[1] > 75
        and similarity(15) == 50
        and values == sorted(values, reverse=True)
        and values[-1] > 0
    )


# ---- files ----------------------------------------------------------------------------------------------------------


def results(folder, *bodies, happen=None):
    """The folder of a run, as far as a comparison reads it."""
    for number, xyz in enumerate(bodies, 1):
        (folder / f"person-{number}").mkdir(parents=True)
        one = dancer(xyz, happen)
        artefacts.save(replace(one.pose, person=number), folder / f"person-{number}" / "pose3d.npz")
        artefacts.save(replace(one.movements, person=number), folder / f"person-{number}" / "movements.npz")
    (folder / "overlay.mp4").write_bytes(b"not really a video")
    return folder


def test_the_command_compares_folders_files_and_two_of_one_clip(tmp_path, xyz, capsys):
    run = results(tmp_path / "run", xyz, make.late(xyz, ARM, 0.2))
    out = tmp_path / "out"
    assert main(["compare", str(run), str(run), "--person-a", "1", "--person-b", "2", "-o", str(out)]) == 0
    assert "l_arm" in capsys.readouterr().out
    said = json.loads((out / "comparison.json").read_text())
    assert said["one_clip"] and abs(said["warp"]["shift"]) < 0.01
    assert said["schema"] == "dance3d.comparison/1" and [said[who]["person"] for who in "ab"] == [1, 2]
    assert {row["part"]: row for row in said["parts"]}["l_arm"]["late"] == pytest.approx(0.2, abs=0.05)
    with (out / "comparison.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(xyz) and list(rows[0])[:2] == ["time_a_s", "time_b_s"] and len(rows[0]) == 2 + len(PARTS)
    mean = np.mean([float(row["l_arm_deg"]) for row in rows])
    assert mean == pytest.approx({row["part"]: row for row in said["parts"]}["l_arm"]["degrees"], abs=0.02)
    page = (out / "compare.html").read_text()
    assert "run, dancer 1" in page and "run, dancer 2" in page


def test_motion_files_and_artefacts_are_read(tmp_path, xyz, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run = results(tmp_path / "run", xyz)
    write_bvh(make.posed(xyz), tmp_path / "same.bvh", np.zeros(3))
    assert main(["compare", str(run), "same.bvh", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["similarity"] > 95 and (tmp_path / "run-vs-same" / "compare.html").is_file()
    found = compare(run / "person-1" / "pose3d.npz", str(run))
    assert found.degrees[PARTS.index("body")] == 0 and found.a.movements is not None


@pytest.mark.parametrize(
    ("a", "words", "reason"),
    [
        ("missing", [], "no such file or folder"),
        ("empty", [], "holds no finished run"),
        ("run", [], "holds dancers 1, 2; choose one with --person-a"),
        ("run", ["--person-a", "3"], "holds no dancer 3; choose from 1, 2"),
        ("text.npz", [], "text.npz"),
        ("run/person-1/movements.npz", [], "holds Movements, expected Pose3D"),
        ("run/person-1/pose3d.npz", ["--person-a", "1"], "a person can be chosen of a run's folder only"),
        ("coco.npz", [], "skeleton coco17"),
        ("nobody.npz", [], "dancer A is seen in no frame"),
    ],
)
def test_what_cannot_be_compared_gets_one_line(tmp_path, xyz, capsys, a, words, reason):
    run = results(tmp_path / "run", xyz[:20], xyz[:20])
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.npz").write_text("no archive")
    pose = make.posed(xyz[:20])
    artefacts.save(replace(pose, skeleton="coco17"), tmp_path / "coco.npz")
    artefacts.save(replace(pose, xyz=np.full_like(pose.xyz, np.nan)), tmp_path / "nobody.npz")
    out = tmp_path / "out"
    command = ["compare", str(tmp_path / a), str(run), "--person-b", "1", *words, "-o", str(out)]
    assert main(command) == REFUSED
    line = capsys.readouterr().err.strip()
    assert reason in line and line.startswith("dance3d: ") and "\n" not in line and not out.exists()
