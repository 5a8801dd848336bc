from pathlib import Path

from tiny_learner import learner

from dance3d.datasets.crop_folder import Crops
from dance3d.training import inputs as training_inputs
from dance3d.training.inputs import Films, Shots


def test_the_detector_learns_from_filmed_crops_and_invented_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(training_inputs, "TINY_FILMS", Films(clips=4, seconds=1.0, cameras=1))
    monkeypatch.setattr(training_inputs, "TINY_SHOTS", Shots(size=32, train=6, held=2, views=2, invented=20))
    inputs, data = learner(tmp_path).inputs("detect")
    shots, invented = Crops(Path(data["crops"])), Crops(Path(data["invented"]))
    assert shots.size == invented.size == 32 and len(invented) == 20
    assert sorted({line["split"] for line in shots.moments}) == ["train", "val"]
    assert max(line["views"] for line in shots.moments) == 2 and {line["views"] for line in invented.moments} == {1}
    again = learner(tmp_path).inputs("detect")
    assert again[1] == data and all(given.cached for given in again[0].values())
    same, both = learner(tmp_path).inputs("keypoints")
    assert both == {"crops": [data["crops"], data["invented"]]}, "the keypoint net learns from the same crops"
    assert {name: one.key for name, one in same.items()} == {name: one.key for name, one in inputs.items()}
    own, given = learner(tmp_path, data["crops"]).inputs("detect")
    assert given == data, "a folder of crops is used as it is"
    assert own["crops"].key != inputs["crops"].key and own["invented"].key == inputs["invented"].key
