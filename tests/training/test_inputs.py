import shutil
from pathlib import Path

import motion_sets as sets
import numpy as np
from tiny_learner import learner

from dance3d.datasets import movement_labels
from dance3d.datasets.crop_folder import Crops
from dance3d.datasets.mocap import load_motion
from dance3d.io.world_frame import pose_of
from dance3d.stages.detect.data import DetectData
from dance3d.stages.motion.rules.computed_labels import movements
from dance3d.training import inputs as training_inputs
from dance3d.training.inputs import CropSettings, FilmSettings


def test_the_detector_learns_from_filmed_crops_and_invented_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(training_inputs, "_WORKERS", 1)  # processes would take longer to start than these to film
    monkeypatch.setattr(training_inputs, "TINY_FILMS", FilmSettings(clips=4, seconds=1.0, cameras=1))
    monkeypatch.setattr(training_inputs, "TINY_CROPS", CropSettings(size=32, train=6, held=2, views=2, invented=20))
    inputs, data = learner(tmp_path).inputs("detect")
    shots, invented = Crops(Path(data["crops"])), Crops(Path(data["invented"]))
    assert shots.size == invented.size == 32 and len(invented) == 20
    assert sorted({line["split"] for line in shots.moments}) == ["train", "val"]
    assert max(line["views"] for line in shots.moments) == 2 and {line["views"] for line in invented.moments} == {1}
    DetectData(**data).setup("fit")  # makes no map again, and leaves the crops as they are
    again = learner(tmp_path).inputs("detect")
    assert again[1] == data and all(given.cached for given in again[0].values())
    same, both = learner(tmp_path).inputs("keypoints")
    assert both == {"crops": [data["crops"], data["invented"]]}, "the keypoint net learns from the same crops"
    assert {name: one.key for name, one in same.items()} == {name: inputs[name].key for name in ("crops", "invented")}
    assert all(given.cached for given in same.values())
    own, given = learner(tmp_path, data["crops"]).inputs("detect")
    assert given | {"distances": ""} == data | {"distances": ""}, "a folder of crops is used as it is"
    DetectData(**given).setup("fit")
    assert not list(Path(data["crops"]).glob("distance*")), "and nothing is written into it"
    assert own["crops"].key != inputs["crops"].key and own["invented"].key == inputs["invented"].key


def _key(tmp_path, source):
    return learner(tmp_path, str(source)).source.takes().key


def test_one_file_in_place_of_a_folder_is_known_by_its_bytes(tmp_path):
    for name, height in (("a", 1.0), ("b", 1.1)):
        np.savez(tmp_path / f"{name}.npz", xyz=sets.figure(40) * height)
    (tmp_path / "motion.yaml").write_text("skeleton: h36m17\nrate: 30\n")
    first, second = (_key(tmp_path, tmp_path / f"{name}.npz") for name in "ab")
    assert first != second, "weights trained on one file would be taken for those of another"
    (tmp_path / "motion.yaml").write_text("skeleton: h36m17\nrate: 60\n")
    assert _key(tmp_path, tmp_path / "a.npz") != first, "what is said beside the file counts too"


def test_the_name_of_a_folder_counts_where_it_is_a_genre(tmp_path):
    for folder in ("one/salsa", "other/salsa"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.bvh").write_text(sets.bvh_text(sets.tool_joints(sets.figure(40), "mixamo")))
        (tmp_path / folder.split("/")[0] / "motion.yaml").write_text("up: y\n")
    assert _key(tmp_path, tmp_path / "one") == _key(tmp_path, tmp_path / "other"), "the genres are the same"
    assert _key(tmp_path, tmp_path / "one" / "salsa") == _key(tmp_path, tmp_path / "other" / "salsa")
    shutil.copytree(tmp_path / "one" / "salsa", tmp_path / "waltz")
    assert _key(tmp_path, tmp_path / "waltz") != _key(tmp_path, tmp_path / "one" / "salsa"), "a waltz is no salsa"


def test_movements_are_labelled_by_the_rules_once(tmp_path):
    """What ``dance3d movements label`` writes of the same takes; a take that changes is labelled again."""
    bow = sets.figure(90)
    bow[:, 1:] += np.sin(np.arange(90) / 5)[:, None, None] * [0.0, 0.0, 0.2]
    folder = tmp_path / "takes"
    folder.mkdir()
    np.savez(folder / "bow.npz", xyz=bow, fps=30.0, skeleton="h36m17", unit="m", up="y")
    found = learner(tmp_path, str(folder)).source.movement_labels()
    labels = movement_labels.read(found.entry.folder / training_inputs.LABELS)
    (take,) = load_motion(folder)
    wanted = movement_labels.from_movements("bow", movements(pose_of(take)))
    assert {(row.clip, row.movement) for row in labels} == {(row.clip, row.movement) for row in wanted} and labels
    assert learner(tmp_path, str(folder)).source.movement_labels().cached
    np.savez(folder / "bow.npz", xyz=bow[:80], fps=30.0, skeleton="h36m17", unit="m", up="y")
    assert learner(tmp_path, str(folder)).source.movement_labels().key != found.key
