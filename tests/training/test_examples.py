import json

import pytest
from fake_dancers import fake_clip, fake_dancer

from dance3d.contracts import Movements, Pose3D
from dance3d.io import artefacts
from dance3d.training.examples import INDEX, MOVEMENTS, POSES, Labelled, write_examples


def video(name, label, dancers, dancer=""):
    made = [fake_dancer(fake_clip(0.2).time, person=n + 1) for n in range(dancers)]
    return Labelled(name, label, [d.pose for d in made], [d.movements for d in made], dancer)


def test_every_dancer_of_a_video_is_an_example_of_its_label(tmp_path):
    write_examples(tmp_path, [video("a", "salsa", 2), video("b", "waltz", 0), video("a", "waltz", 1)])
    index = json.loads((tmp_path / INDEX).read_text())
    assert [(line["group"], line["genre"]) for line in index] == [("0-a", "salsa")] * 2 + [("2-a", "waltz")]
    assert {line["split"] for line in index} == {"train"}
    persons = [artefacts.load(tmp_path / POSES / f"{n:04d}.npz", Pose3D).person for n in range(3)]
    assert persons == [1, 2, 1]
    assert artefacts.load(tmp_path / MOVEMENTS / "0002.npz", Movements).frames == 5


def test_videos_of_one_dancer_stay_together(tmp_path):
    write_examples(tmp_path, [video("a", "salsa", 1, "ana"), video("b", "salsa", 1, "ana"), video("c", "waltz", 1)])
    index = json.loads((tmp_path / INDEX).read_text())
    assert [line["group"] for line in index] == ["ana", "ana", "2-c"]
    assert [line["name"] for line in index] == ["0-a", "1-b", "2-c"]


def test_videos_without_anybody_are_no_training_set(tmp_path):
    with pytest.raises(ValueError, match="nobody was found in any of 2 videos"):
        write_examples(tmp_path, [video("a", "salsa", 0), video("b", "salsa", 0)])
