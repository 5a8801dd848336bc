"""Which takes train, validate and test: the data set's own word, the CMU takes by content, and the rest."""

import gzip
import logging
import re

import motion_sets as sets
import numpy as np
import pytest

from dance3d.contracts import MotionClip
from dance3d.datasets.mocap import load_motion, motion_files, source_files
from dance3d.datasets.splits import assign_splits, index_of, known_split, with_splits
from dance3d.io.motion_files.catalogue import genre, group
from dance3d.stages.lift.data import LiftData
from dance3d.synth.filmed_mocap import write_films
from dance3d.training import fit as training

HELD_OUT = {*(f"05_{n:02d}" for n in range(1, 11)), "salsa_13", "salsa_28"}
VALIDATE = {*(f"06_{n:02d}" for n in range(1, 16)), "124_01", "124_07", "indian_07", "martial_05"}
VALIDATE |= {"salsa_04", "salsa_12", "salsa_19", "salsa_27"}


def read(folder):
    """Every take of a folder as ``load_motion`` names it, without its motion."""
    out = []
    for path in motion_files(folder):
        name = path.name.split(".")[0]
        out.append((path, MotionClip(np.zeros((3, 17, 3)), 30, name, group(name), genre(name, path))))
    return out


def of(takes, split):
    return {take.name for take in takes if take.split == split}


@pytest.fixture
def mine(tmp_path):
    """A user's own takes, named as some of CMU are."""
    for name in ("salsa/05_1", "salsa/salsa_13", "salsa/salsa_28", "tango/a", "tango/b"):
        path = tmp_path / "mine" / f"{name}.bvh"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sets.bvh_text(sets.tool_joints(sets.figure(40), "mixamo"), per_metre=100))
    return tmp_path / "mine"


def test_the_cmu_takes_are_split_as_the_shipped_weights_were_trained(data_dir):
    takes = with_splits(data_dir, read(data_dir / "mocap" / "cmu"))
    assert len(takes) == 142 and of(takes, "test") == HELD_OUT and not of(takes, "train") | of(takes, "val")
    split = assign_splits(takes)
    assert {name for name, side in split.items() if side == "val"} == VALIDATE
    assert {name for name, side in split.items() if side == "test"} == HELD_OUT


@pytest.mark.parametrize("part", ["salsa", "modern", "general", "break"])
def test_a_part_of_the_cmu_takes_keeps_out_the_same(data_dir, part):
    takes = with_splits(data_dir, read(data_dir / "mocap" / "cmu" / part))
    assert of(takes, "test") == HELD_OUT & {take.name for take in takes}


def test_copies_of_held_out_takes_are_known_whatever_their_name(data_dir, tmp_path):
    packed = data_dir / "mocap" / "cmu" / "salsa" / "salsa_13.bvh.gz"
    text = gzip.decompress(packed.read_bytes())
    (tmp_path / "plain.bvh").write_bytes(text)
    (tmp_path / "unix.BVH").write_bytes(text.replace(b"\r\n", b"\n"))
    (tmp_path / "again.bvh.gz").write_bytes(gzip.compress(text, 1))
    assert {known_split(path) for path in tmp_path.iterdir()} == {"test"}
    (tmp_path / "plain.bvh").write_bytes(text[:-20])
    assert known_split(tmp_path / "plain.bvh") == ""


def test_held_out_takes_are_known_in_cmus_own_form(data_dir, tmp_path):
    own = data_dir / "readers" / "asfamc"
    assert {name: known_split(own / f"{name}.amc.gz") for name in ("05_01", "49_01")} == {"05_01": "test", "49_01": ""}
    for name in ("05_01.amc.gz", "49.asf"):  # of known bytes, whatever it is called and beside whatever skeleton
        (tmp_path / name.replace("05_01", "49_99")).write_bytes((own / name).read_bytes())
    assert known_split(tmp_path / "49_99.amc.gz") == "test"
    (tmp_path / "mine.asf").write_bytes((own / "05.asf").read_bytes().replace(b"\n", b"\r\n"))
    (tmp_path / "mine_2.amc").write_text("another motion of the same dancer")
    assert known_split(tmp_path / "mine_2.amc") == "test"


def test_the_couple_is_known_by_name_where_the_skeleton_is_cmus(tmp_path):
    for place, length in (("cmu", 0.45), ("mine", 0.0254)):
        for name in ("60_13", "60_12", "61_13", "61_12"):
            path = tmp_path / place / name[:2] / f"{name}.amc"
            path.parent.mkdir(parents=True, exist_ok=True)
            sets.write_amc(path, sets.figure(130), length=length)
    takes = load_motion(tmp_path / "cmu")
    assert of(takes, "test") == {"60_13", "61_13"} and {take.genre for take in takes} == {"cmu"}
    assert {take.group for take in takes} == {"salsa_12", "salsa_13"}
    assert not of(load_motion(tmp_path / "mine"), "test")


def test_nobody_elses_take_is_held_out_by_its_name(mine):
    takes = load_motion(mine)
    assert len(takes) == 5 and {take.split for take in takes} == {""}
    split = assign_splits(takes)
    assert {name for name, side in split.items() if side == "val"} == {"salsa_13", "salsa_28"}  # the last group
    data = LiftData(source=str(mine), batch=2, steps=1)
    data.setup()
    assert "05_1" in {clip.name for clip in data.train_clips} and not data.test_clips


def test_the_data_set_names_its_own(mine):
    (mine / "splits.yaml").write_text("test: [a, 05_*]\nval: salsa_13\ntrain:\n")
    split = assign_splits(load_motion(mine))
    assert split == {"05_1": "test", "a": "test", "salsa_13": "val", "salsa_28": "val", "b": "train"}  # a couple
    # the file of the folder above counts
    assert assign_splits(load_motion(mine / "tango")) == {"a": "test", "b": "train"}
    assert source_files(mine / "tango")[-1] == mine / "splits.yaml"
    (mine / "tango" / "splits.yaml").write_text("test: b\n")
    assert assign_splits(load_motion(mine))["a"] != "test"  # the nearest counts


def test_names_that_look_like_numbers_stay_names(mine):
    (mine / "salsa" / "05_1.bvh").rename(mine / "salsa" / "05_01.bvh")
    (mine / "splits.yaml").write_text("test:\n  - 05_01\n")  # 321 to YAML
    assert of(load_motion(mine), "test") == {"05_01"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hidden: [a]", "hidden are not known; choose from train, val, test"),
        ("test: {a: 1}", "test is {'a': '1'}, expected names or globs"),
        ("[a]", "holds list, expected train, val or test"),
        ("test: [", "cannot be read as YAML"),
        ("test: [c]", "test names 'c', and no take is called so; there are 05_1, a, b"),
        ("test: [a]\nval: ['*']", "puts the take 'a' in test and in val"),
        (
            "test: [salsa_13]\nval: [salsa_28]",
            "'salsa_13' is put in test, 'salsa_28' in val, and both are of",
        ),
    ],
)
def test_says_what_is_wrong_with_an_index(mine, text, says):
    (mine / "splits.yaml").write_text(text)
    with pytest.raises(ValueError, match=re.escape(says)):
        load_motion(mine)


def test_own_words_stand_above_the_shipped_ones_and_it_is_said(mine, monkeypatch, caplog):
    monkeypatch.setattr("dance3d.datasets.splits.known_split", lambda path: "test" * path.name.startswith("a"))
    assert of(load_motion(mine), "test") == {"a"}
    (mine / "splits.yaml").write_text("train: a\n")
    with caplog.at_level(logging.WARNING):
        assert not of(load_motion(mine), "test")
    assert "puts a in train; the shipped weights keep it for test" in caplog.text


@pytest.mark.parametrize(("text", "says"), [("test: '*'", "train on: 0 train"), ("train: '*'", "validate on: 5 train")])
def test_nothing_to_train_or_to_validate_on_is_an_error(mine, tmp_path, text, says):
    (mine / "splits.yaml").write_text(text)
    with pytest.raises(ValueError, match=f"has no take to {says}"):
        LiftData(source=str(mine)).setup()
    (tmp_path / "films").mkdir()
    with pytest.raises(ValueError, match=f"mine has no take to {says}"):
        write_films(tmp_path / "films", str(mine), 1, 1.0, 1, 0.0, 0.0, 0)


def test_a_run_says_how_many_train_validate_and_test(mine, tmp_path, caplog):
    (mine / "splits.yaml").write_text("test: [a]\n")
    given = {"model.width": 16, "data": {"source": str(mine), "batch": 2, "steps": 1}, "trainer.max_epochs": 1}
    given |= {"trainer.accelerator": "cpu", "trainer.precision": "32-true", "wandb": "off"}
    with caplog.at_level(logging.INFO):
        training.fit("lift", given, [training.config("base")], tmp_path / "run")
    lines = [record.getMessage() for record in caplog.records]
    assert lines.count("takes: 2 train, 2 validate, 1 test") == 1


def test_an_index_is_looked_for_near_the_data_only(mine, tmp_path):
    far = tmp_path.parent / "splits.yaml"
    assert index_of(mine / "salsa/05_1.bvh", mine / "salsa") is None
    (tmp_path / "splits.yaml").write_text("test: [a]")
    assert index_of(mine / "salsa/05_1.bvh", mine / "salsa") == tmp_path / "splits.yaml"
    deep = mine / "salsa/deeper"
    deep.mkdir()
    assert index_of(deep / "x.bvh", deep) is None and index_of(deep / "x.bvh", mine) == tmp_path / "splits.yaml"
    assert not far.exists()


def test_an_index_under_another_name_is_not_passed_over(mine):
    (mine / "splits.yml").write_text("test: [a]")
    with pytest.raises(ValueError, match=r"splits\.yml is not read under this name; call it splits\.yaml"):
        load_motion(mine)


def test_groups_that_are_not_there_are_named(mine):
    with pytest.raises(ValueError, match=r"data\.val_groups 'nobody' is no group; choose from .*salsa_13"):
        LiftData(source=str(mine), val_groups=("nobody",)).setup()
