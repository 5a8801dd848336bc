import pytest

from dance3d.datasets.crop_folder import Crops
from dance3d.synth.crop_sets import write_filmed, write_invented


def test_filmed_crops_hold_every_split_that_has_a_take(tmp_path):
    write_filmed(tmp_path, "synth", 4, 0.3, size=16, train=3, held=2, views=2, seed=1)
    crops = Crops(tmp_path)
    splits = [line["split"] for line in crops.moments]
    assert splits.count("train") == 3 and splits.count("val") == 2 and set(splits) <= {"train", "val", "test"}
    names = {split: {line["name"] for line in crops.moments if line["split"] == split} for split in splits}
    assert not names["train"] & names["val"] and {line["views"] for line in crops.moments} <= {1, 2}


def test_invented_bodies_are_of_another_seed_than_the_films(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_invented(tmp_path / name, size=16, invented=2, seed=seed)
    images = [(tmp_path / name / "image.bin").read_bytes() for name in "abc"]
    assert images[0] == images[1] != images[2] and len(Crops(tmp_path / "a")) == 2


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="nowhere"):
        write_filmed(tmp_path / "o", str(tmp_path / "nowhere"), 1, 1, size=16, train=1, held=1, views=1, seed=1)
