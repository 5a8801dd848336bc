import csv
import json
from dataclasses import replace

import dance_pairs as make
import numpy as np
import pytest
from compared_dances import make_xyz, results

from dance3d.cli import main
from dance3d.io import artefacts
from dance3d.movement_types import PARTS
from dance3d.pipeline.exit_codes import REFUSED

ARM = ("left_elbow", "left_wrist")


@pytest.fixture(scope="module")
def xyz():
    return make_xyz()


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
