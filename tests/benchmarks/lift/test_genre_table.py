import csv
from dataclasses import replace

import cv2
import numpy as np
import pytest

from dance3d.benchmarks.lift.genre_table import ALL, scores, write
from dance3d.contracts import MotionClip
from dance3d.skeleton import H36M17
from dance3d.synth.virtual_cameras import film


def filmed():
    rng = np.random.default_rng(0)
    body = rng.uniform([-0.3, 0, -0.3], [0.3, 1.7, 0.3], (17, 3))
    clips = [
        MotionClip((body + np.linspace(0, 0.3, n)[:, None, None]).astype(np.float32), 30.0, genre, genre, genre)
        for n, genre in ((30, "modern"), (10, "salsa"))
    ]
    return film(clips)


def off(one, metres):
    """The truth with one joint of seventeen wrong."""
    xyz = one.truth.xyz.copy()
    xyz[:, H36M17.index("left_wrist"), 0] += metres
    return replace(one.truth, xyz=xyz)


def test_means_are_weighted_by_frames_and_told_by_genre():
    clips = filmed()
    found = scores(clips, [off(one, 0.17 if one.genre == "modern" else 0.034) for one in clips])
    assert list(found) == ["", "modern", "salsa"] and list(found[""]) == list(ALL)
    assert found["modern"]["mpjpe"] == pytest.approx(10, rel=1e-3)
    assert found["salsa"]["mpjpe"] == pytest.approx(2, rel=1e-3)
    assert found[""]["mpjpe"] == pytest.approx((3 * 10 + 1 * 2) / 4, rel=1e-3)
    assert found["modern"]["pck150"] == pytest.approx(16 / 17) and found["salsa"]["pck150"] == 1
    assert found[""]["acceleration"] < 0.01 and found[""]["left_right_flips"] == 0


def test_the_report_is_a_table_and_plots(tmp_path):
    clips = filmed()
    files = write(tmp_path / "plots", clips, [off(one, 0.17) for one in clips])
    with (tmp_path / "plots" / "scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["genre"] for row in rows] == ["all", "modern", "salsa"] and float(rows[0]["mpjpe"]) == pytest.approx(10)
    plots = [path for path in files if path.suffix == ".png"]
    assert {p.stem for p in plots} == {f"error_by_{name}" for name in ("joint", "frame", "depth", "distance", "genre")}
    assert all(cv2.imread(str(path)).shape[1] == 960 for path in plots)
