import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_dancers import fake_clip, fake_dancer
from tiny_learner import learner

from dance3d.training.own_movements import own_movements


def test_clips_with_several_dancers_have_a_name_for_each(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.mp4").write_bytes(name.encode())
    for name in ("own.yaml", "labels.csv"):
        (tmp_path / name).write_text(name)
    source = learner(tmp_path, str(tmp_path)).source
    time = fake_clip(0.2).time
    source.runner.chain = lambda given, until: {"lift": lifted(given.key, time)}
    inputs, data = own_movements(source, tmp_path / "own.yaml", tmp_path / "labels.csv")
    index = json.loads(Path(data["index"]).read_text())
    assert [line["name"] for line in index] == ["one", "two-person-1", "two-person-2"]
    assert len(list(Path(data["poses"]).iterdir())) == 3 and data["types"] == str(tmp_path / "own.yaml")
    assert set(inputs) == {"types", "labels", "clips"}


def lifted(key, time):
    """What the lifter made of a video: one dancer in the first, two in the second."""
    persons = [1] if key == hashlib.sha256(b"one").hexdigest() else [1, 2]
    return SimpleNamespace(key=key, load=lambda: [fake_dancer(time, person=n).pose for n in persons])


def test_a_folder_without_clips_is_explained(tmp_path):
    (tmp_path / "own.yaml").write_text("body.attitude: {rule: labels}")
    (tmp_path / "empty").mkdir()
    source = learner(tmp_path, str(tmp_path / "empty")).source
    with pytest.raises(ValueError, match="holds neither motion nor a video"):
        own_movements(source, tmp_path / "own.yaml", tmp_path / "own.yaml")
