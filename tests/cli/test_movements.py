"""``dance3d movements``: list, label and rates, on tiny motions."""

import numpy as np
import pytest
from motion_sets import figure

from dance3d.cli import main
from dance3d.contracts import MotionClip, Movements
from dance3d.datasets.movement_labels import by_clip, read
from dance3d.io import artefacts
from dance3d.io.world_frame import pose_of
from dance3d.movement_types import MOVEMENTS, NAMES, WORD_NAMES
from dance3d.pipeline.exit_codes import REFUSED
from dance3d.skeleton import H36M17

CLAP = "l_arm.clap: {distance: [left_wrist, nose], below: 0.2, both_sides: true}\nbody.pose: {rule: labels}\n"


@pytest.fixture
def clip():
    """A walker whose left hand goes to the nose and stays there."""
    xyz = figure(90)
    share = np.clip((np.arange(90) - 30) / 15, 0, 1)[:, None]
    hand, nose = (xyz[:, H36M17.index(name)] for name in ("left_wrist", "nose"))
    xyz[:, H36M17.index("left_wrist")] = hand + share * (nose + np.array([0, 0, 0.1]) - hand)
    return MotionClip(xyz.astype(np.float32), 30.0, "walk", "walk")


@pytest.fixture
def types(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(CLAP)
    return str(path)


def test_list_shows_every_type_and_those_of_a_user(types, capsys):
    assert main(["movements", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(MOVEMENTS)
    assert main(["movements", "list", "--part", "l_arm", "--types", types]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 13 and lines[0].split()[:3] == ["l_arm.raise_forward", "R", "A"]
    assert lines[-1].split() == "l_arm.clap H own left arm: clap; mirrored r_arm.clap".split()
    assert main(["movements", "list", "--part", "body", "--types", types]) == 0
    assert "body.pose                - own body: pose; mirrored body.pose" in capsys.readouterr().out


def test_words_are_listed_with_their_types(capsys):
    assert main(["movements", "words"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(WORD_NAMES)
    assert lines[0].endswith("[l_arm.raise_forward, l_arm.raise_side, l_arm.raise_back]")
    assert "clap               Both hands meet, fast. [a rule of its own]" in lines


def test_label_reads_motion(tmp_path, clip, types, capsys):
    folder, out = tmp_path / "motion", tmp_path / "labels.csv"
    folder.mkdir()
    artefacts.save(clip, folder / "walk.npz")
    for source in (folder, folder / "walk.npz"):
        assert main(["movements", "label", str(source), "-o", str(out), "--types", types]) == 0
        found = by_clip(read(out, ["l_arm.clap"]))
        assert list(found) == ["walk"]
        [clap] = [one for one in found["walk"] if one.movement == "l_arm.clap"]
        assert 1.2 < clap.start < 1.6 and clap.stop > 2.9
        assert any(one.movement == "body.travel_forward" and one.stop > 2.5 for one in found["walk"])
    assert f"{len(found['walk'])} labels of 1 clip" in capsys.readouterr().out


def test_label_reads_a_finished_run(tmp_path, clip, types):
    run, out = tmp_path / "run", tmp_path / "labels.csv"
    (run / "person-2").mkdir(parents=True)
    pose = pose_of(clip)
    prob = np.zeros((90, len(NAMES)))
    prob[30:60, NAMES.index("body.jump")] = 0.9
    artefacts.save(pose, run / "person-2" / "pose3d.npz")
    artefacts.save(Movements(prob, pose.time), run / "person-2" / "movements.npz")
    assert main(["movements", "label", str(run), "-o", str(out)]) == 0
    [(name, [jump])] = by_clip(read(out)).items()
    assert name == "run-person-2" and jump[1:] == (1.0, 2.0, "body.jump")
    assert main(["movements", "label", str(run), "-o", str(out), "--types", types]) == 0
    assert {one.movement for one in read(out, ["l_arm.clap"])} == {"body.jump", "l_arm.clap"}
    assert main(["movements", "label", str(run), "-o", str(out), "--rules"]) == 0
    assert "body.travel_forward" in {one.movement for one in read(out)}


def test_rates_writes_its_files(tmp_path, clip, capsys):
    (tmp_path / "motion").mkdir()
    artefacts.save(clip, tmp_path / "motion" / "walk.npz")
    out = tmp_path / "rates"
    assert main(["movements", "rates", str(tmp_path / "motion"), "--out", str(out)]) == 0
    assert (out / "rates.csv").is_file() and str(out / "rates.csv") in capsys.readouterr().out.splitlines()


def test_what_cannot_be_used_gets_one_line(tmp_path, clip, capsys):
    artefacts.save(MotionClip(clip.xyz[:20], 30.0, "short", "short"), tmp_path / "short.npz")
    (tmp_path / "own.yaml").write_text("body.jump: {rule: labels}")
    out = ["-o", str(tmp_path / "out.csv")]
    for words, said in (
        (["label", str(tmp_path / "none.bvh"), *out], "holds no motion"),
        (["label", str(tmp_path / "short.npz"), *out], "no take of at least a second"),
        (["list", "--types", str(tmp_path / "own.yaml")], "body.jump is one of the 154 built-in types"),
    ):
        assert main(["movements", *words]) == REFUSED
        assert said in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()
