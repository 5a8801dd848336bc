"""CSV tables, read back with the standard library."""

import csv
import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from dance3d.contracts import Keypoints2D, Movements, Music, Pose3D, Repeat, Rhythm
from dance3d.io.export_files import tables
from dance3d.movement_types import NAMES
from dance3d.skeleton import EXTREMITIES, H36M17

TIME = np.array([0.0, 0.04, 0.08, 0.16])


def read(path):
    """Rows as dictionaries, with nothing but the names above them."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def column(rows, name):
    return np.array([float(row[name]) if row[name] else np.nan for row in rows])


def test_extremities_follow_the_joints(tmp_path):
    xy, ends = np.ones((4, 17, 2)), np.arange(56.0).reshape(4, 7, 2)
    ends[1, 3] = np.nan
    track = Keypoints2D(xy, np.ones((4, 17)), np.ones((4, 17), bool), TIME, (720, 1280), extremities=ends)
    tables.write_keypoints(track, tmp_path / "k.csv")
    rows = read(tmp_path / "k.csv")
    assert list(rows[0])[-14:] == [f"{name}_{axis}_px" for name in EXTREMITIES for axis in "xy"]
    for point, name in enumerate(EXTREMITIES):
        np.testing.assert_allclose(column(rows, f"{name}_x_px"), ends[:, point, 0])


def test_keypoints_come_back(tmp_path):
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, 700, (4, 17, 2))
    xy[2] = np.nan
    measured = np.ones((4, 17), bool)
    measured[2] = False
    track = Keypoints2D(
        xy=xy, score=rng.uniform(size=(4, 17)), measured=measured, time=TIME, size=(720, 1280), start=5, person=2
    )
    tables.write_keypoints(track, tmp_path / "k.csv")
    rows = read(tmp_path / "k.csv")
    assert len(rows) == 4
    assert [row["frame"] for row in rows] == ["5", "6", "7", "8"] and {row["person"] for row in rows} == {"2"}
    np.testing.assert_allclose(column(rows, "time_s"), TIME)
    for joint in ("pelvis", "left_wrist"):
        j = H36M17.index(joint)
        np.testing.assert_allclose(column(rows, f"{joint}_x_px"), xy[:, j, 0], atol=0.006)
        np.testing.assert_allclose(column(rows, f"{joint}_y_px"), xy[:, j, 1], atol=0.006)
        np.testing.assert_allclose(column(rows, f"{joint}_score"), track.score[:, j], atol=6e-4)
        np.testing.assert_array_equal(column(rows, f"{joint}_measured"), measured[:, j])
    assert rows[2]["nose_x_px"] == ""


@pytest.mark.parametrize("with_root", [True, False])
def test_pose_comes_back(tmp_path, with_root):
    rng = np.random.default_rng(1)
    xyz = rng.normal(size=(4, 17, 3))
    xyz[0] = np.nan
    root = rng.normal(size=(4, 3)) if with_root else None
    pose = Pose3D(xyz=xyz, measured=[0, 1, 1, 1], error=[np.nan, 1, 2, 3], time=TIME, root=root)
    tables.write_pose(pose, tmp_path / "p.csv")
    rows = read(tmp_path / "p.csv")
    j = H36M17.index("right_knee")
    for axis, name in enumerate("xyz"):
        np.testing.assert_allclose(column(rows, f"right_knee_{name}_m"), xyz[:, j, axis], atol=1e-5)
        expected = root[:, axis] if with_root else np.full(4, np.nan)
        np.testing.assert_allclose(column(rows, f"root_{name}_m"), expected, atol=1e-5)
    assert column(rows, "measured").tolist() == [0, 1, 1, 1]
    assert rows[0]["reprojection_error_px"] == ""
    assert {row["scale_is_metric"] for row in rows} == {"0"}


def test_movements_come_back(tmp_path):
    prob = np.random.default_rng(2).uniform(size=(4, len(NAMES)))
    prob[3] = np.nan
    tables.write_movements(Movements(prob=prob, time=TIME), tmp_path / "m.csv")
    rows = read(tmp_path / "m.csv")
    assert list(rows[0]) == ["frame", "time_s", "person", *NAMES]
    np.testing.assert_allclose(np.stack([column(rows, name) for name in NAMES], 1), prob, atol=6e-4)


def test_beats_and_repeats_come_back(tmp_path):
    rhythm = Rhythm(100.0, 0.9, (0.6, 1.2), (Repeat(0.5, 3.0, 8.0, 0.95),))
    nothing = np.zeros((4, len(NAMES)))
    tables.write_rhythm(Movements(nothing, TIME, person=2, rhythm=rhythm), tmp_path / "r.csv")
    rows = read(tmp_path / "r.csv")
    assert [(row["person"], row["what"]) for row in rows] == [("2", "beat")] * 2 + [("2", "repeat")]
    assert column(rows, "start_s").tolist() == [0.6, 1.2, 0.5]
    assert column(rows[2:], "stop_s") == 3 and column(rows[2:], "later_s") == 8 and column(rows[2:], "alike") == 0.95
    tables.write_rhythm(Movements(nothing, TIME), tmp_path / "none.csv")
    assert read(tmp_path / "none.csv") == []


def test_beats_of_the_music_and_rests_against_them_come_back(tmp_path):
    music = tuple(0.5 * beat for beat in range(1, 11))
    rests = tuple(beat + 0.05 for beat in music)
    nothing = np.zeros((4, len(NAMES)))
    heard = Rhythm(120.0, 0.9, rests, music=Music(120.0, 0.9, music))
    tables.write_rhythm(Movements(nothing, TIME, rhythm=heard), tmp_path / "r.csv")
    rows = read(tmp_path / "r.csv")
    assert column([row for row in rows if row["what"] == "music"], "start_s").tolist() == list(music)
    kept = [row for row in rows if row["what"] == "on_beat"]
    np.testing.assert_allclose(column(kept, "start_s"), rests)
    np.testing.assert_allclose(column(kept, "stop_s"), music)
    np.testing.assert_allclose(column(kept, "later_s"), 0.05)
    tables.write_rhythm(Movements(nothing, TIME, rhythm=replace(heard, beats=rests[:2])), tmp_path / "few.csv")
    assert {row["what"] for row in read(tmp_path / "few.csv")} == {"beat", "music"}


def test_pandas_reads_it_in_one_call(tmp_path):
    pandas = pytest.importorskip("pandas")
    prob = np.full((4, len(NAMES)), 0.25)
    tables.write_movements(Movements(prob=prob, time=TIME), tmp_path / "m.csv")
    frame = pandas.read_csv(tmp_path / "m.csv")
    assert frame.shape == (4, 3 + len(NAMES)) and frame["body.spin"].eq(0.25).all()


def test_extremities_of_a_pose_are_the_last_columns_and_named_in_json(tmp_path):
    ends = np.arange(4 * 7 * 3, dtype=np.float32).reshape(4, 7, 3)
    ends[1, EXTREMITIES.index("face")] = np.nan
    pose = Pose3D(np.zeros((4, 17, 3)), np.ones(4, bool), np.zeros(4), TIME, extremities=ends)
    tables.write_pose(pose, tmp_path / "pose.csv")
    rows = read(tmp_path / "pose.csv")
    assert list(rows[0])[-21:] == [f"{name}_{axis}_m" for name in EXTREMITIES for axis in "xyz"]
    for point, name in enumerate(EXTREMITIES):
        np.testing.assert_allclose(column(rows, f"{name}_z_m"), ends[:, point, 2])
    tables.write_pose_json(pose, tmp_path / "pose.json")
    found = json.loads((tmp_path / "pose.json").read_text())["extremities"]
    assert found["left_toe"][2] == ends[2, 0].tolist() and found["face"][1] == [None] * 3
    tables.write_pose(replace(pose, extremities=None), tmp_path / "bare.csv")
    assert "left_toe_x_m" not in read(tmp_path / "bare.csv")[0]


def test_a_frame_of_pandas_has_the_columns_and_rows_of_the_file(tmp_path):
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    xyz = rng.normal(size=(4, 17, 3))
    xyz[1] = np.nan
    pose = Pose3D(xyz, np.ones(4, bool), np.zeros(4), TIME, start=3, person=2)
    frame = tables.to_frame(pose)
    tables.write_pose(pose, tmp_path / "p.csv")
    file = pandas.read_csv(tmp_path / "p.csv")
    assert list(frame.columns) == list(file.columns) and list(frame["frame"]) == [3, 4, 5, 6]
    np.testing.assert_allclose(frame.to_numpy(float), file.to_numpy(float), atol=1e-4)


def test_a_table_in_parquet_comes_back_unrounded(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    prob = np.random.default_rng(0).random((4, len(NAMES)))
    tables.write_parquet(Movements(prob, TIME, start=3), tmp_path / "m.parquet")
    found = parquet.read_table(tmp_path / "m.parquet")
    assert found.column_names == ["frame", "time_s", "person", *NAMES] and found["frame"].to_pylist() == [3, 4, 5, 6]
    np.testing.assert_array_equal(found[NAMES[5]].to_numpy(), prob[:, 5].astype(np.float32))


def test_without_a_package_one_line_says_what_to_install(tmp_path, monkeypatch):
    track = Movements(np.zeros((4, len(NAMES))), TIME)
    for package, call in (
        ("pyarrow", lambda: tables.write_parquet(track, tmp_path / "m.parquet")),
        ("pandas", lambda: tables.to_frame(track)),
    ):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(ValueError, match="pip install"):
            call()


def test_words_come_back_with_the_trusted_types_behind_them(tmp_path):
    time, trusted = np.arange(60) / 30, np.ones(len(NAMES), bool)
    prob = np.zeros((60, len(NAMES)))
    prob[3:30, NAMES.index("l_arm.raise_side")] = 0.9
    prob[6:30, NAMES.index("l_arm.raise_back")] = 0.9
    prob[36:60, NAMES.index("l_arm.raise_forward")] = 0.8
    trusted[NAMES.index("l_arm.raise_back")] = False
    tables.write_words(Movements(prob, time, person=2, trusted=trusted), tmp_path / "words.csv")
    first, second = read(tmp_path / "words.csv")
    assert first == {
        "person": "2", "word": "raise_left_arm", "start_s": "0.100", "stop_s": "1.000", "prob": "0.900",
        "types": "l_arm.raise_side",
    }  # fmt: skip
    assert (second["start_s"], second["stop_s"], second["types"]) == ("1.200", "1.967", "l_arm.raise_forward")
    tables.write_words(Movements(np.zeros((60, len(NAMES))), time), tmp_path / "none.csv")
    assert (tmp_path / "none.csv").read_text() == "person,word,start_s,stop_s,prob,types\n"
