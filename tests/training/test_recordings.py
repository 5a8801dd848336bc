"""What a user may give as unlabelled recordings, and what becomes of it."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tiny_learner import learner

from dance3d.contracts import Keypoints2D
from dance3d.io import artefacts
from dance3d.io.weights import default
from dance3d.pipeline.runner import Runner
from dance3d.stages.lift.data import synthetic
from dance3d.stages.lift.semi_supervised.recordings import read_recordings
from dance3d.training.recordings import going_on, recorded


def dancer(frames=60, person=1):
    seen = np.ones((frames, 17), bool)
    xy = np.random.default_rng(person).uniform(0, 400, (1, 17, 2)) + np.arange(frames)[:, None, None]
    return Keypoints2D(xy, seen.astype(float), seen, np.arange(frames) / 30, (1000, 1000), person=person)


SEEN = {b"one": [dancer()], b"two": [dancer(person=1), dancer(person=2)], b"nobody": [], b"short": [dancer(20)]}


@pytest.fixture
def runner(tmp_path, monkeypatch):
    """A runner whose stage keypoints knows what is in a video by its bytes."""

    def chain(self, given, until):
        content = given.load().read_bytes()
        if content not in SEEN:
            raise ValueError(f"{given.load()}: cannot be decoded")
        return {until: SimpleNamespace(key=given.key, load=lambda: SEEN[content])}

    monkeypatch.setattr(Runner, "chain", chain)
    return learner(tmp_path).runner


def videos(folder, **contents):
    for name, content in contents.items():
        path = folder / f"{name.replace('__', '/')}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_videos_of_nested_folders_become_clips_and_bad_ones_are_told_of(runner, tmp_path, caplog):
    folder = videos(tmp_path / "v", a__x=b"one", b__x=b"two", c=b"nobody", d=b"short", e=b"broken", f=b"one")
    found = read_recordings(recorded(runner, folder).entry.folder)
    assert len({one.clip for one in found}) == 2 and len(found) == 3, "two videos of one name are two clips"
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 4 and all(line.startswith("left out: ") for line in lines)
    said = "c.mp4, nobody is found", "dancer 1 of d.mp4, never seen well", "e.mp4: cannot", "f.mp4 has the content"
    assert all(any(words in line for line in lines) for words in said)
    again = recorded(runner, folder)
    assert again.cached
    shutil.move(folder / "a", folder / "z")
    assert recorded(runner, folder).key == again.key, "names and places of videos do not count"


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ({}, r"holds no video \(\.mp4, .* and no keypoints \(keypoints\.npz\)$"),
        ({"a": b"nobody", "b": b"broken"}, "nobody is seen well in any of its 2 videos"),
        ({"a": b"short"}, "nobody is seen well in any of its 1 videos"),
    ],
)
def test_a_folder_of_nothing_good_is_one_clear_error(runner, tmp_path, contents, message):
    (tmp_path / "v").mkdir()
    with pytest.raises(ValueError, match=message):
        recorded(runner, videos(tmp_path / "v", **contents))


def test_motion_capture_in_place_of_videos_is_named(runner, tmp_path, data_dir):
    shutil.copytree(data_dir / "mocap" / "bandai", tmp_path / "mocap")
    with pytest.raises(ValueError, match=r"holds no video .*; it holds motion capture \(dataset.*which goes to --data"):
        recorded(runner, tmp_path / "mocap")
    (tmp_path / "arrays").mkdir()
    artefacts_of_motion(tmp_path / "arrays")
    with pytest.raises(ValueError, match=r"it holds motion capture \(take.npz\)"):
        recorded(runner, tmp_path / "arrays")
    with pytest.raises(ValueError, match="no such folder of videos or keypoints"):
        recorded(runner, tmp_path / "none")


def test_results_of_earlier_runs_are_read_where_they_lie(tmp_path):
    place = tmp_path / "results" / "clip" / "person-1"
    place.mkdir(parents=True)
    artefacts.save(dancer(), place / "keypoints.npz")
    given = recorded(learner(tmp_path).runner, tmp_path / "results")
    assert given.load() == tmp_path / "results"
    artefacts.save(dancer(70), place / "keypoints.npz")
    assert recorded(learner(tmp_path).runner, tmp_path / "results").key != given.key


def test_each_method_gets_what_it_learns_from(runner, tmp_path):
    folder = videos(tmp_path / "v", a=b"one")
    _, beside = learner(tmp_path).inputs("lift", "unsupervised")
    assert beside == {"source": "synth"}
    for source, own in (("synth", str(folder)), (str(folder), "")):
        one = learner(tmp_path, source, videos=own)
        inputs, given = one.inputs("lift", "unsupervised")
        assert given["source"] == "synth" and "keypoints" in inputs and read_recordings_of(given)
    inputs, given = learner(tmp_path, videos=str(folder)).inputs("lift", "semi")
    assert given["source"] == "synth" and read_recordings_of(given)
    with pytest.raises(ValueError, match=r"holds no motion capture: method semi .*--method unsupervised"):
        learner(tmp_path, str(folder)).inputs("lift", "semi")
    with pytest.raises(ValueError, match="are for some methods of lift: semi, unsupervised"):
        learner(tmp_path, videos=str(folder)).train("lift")


def read_recordings_of(given):
    return read_recordings(Path(given["keypoints"]))


def test_a_folder_of_motion_and_videos_gives_both(runner, tmp_path):
    folder = videos(tmp_path / "both", clips__a=b"one")
    artefacts_of_motion(folder)
    _, given = learner(tmp_path, str(folder)).inputs("lift", "semi")
    assert given["source"] == str(folder) and read_recordings_of(given)


def artefacts_of_motion(folder):
    clip = synthetic(0.5)[0]
    np.savez(folder / "take.npz", xyz=clip.xyz, fps=30.0, skeleton="h36m17", unit="m", up="y")


def test_going_on_keeps_the_net_of_the_weights_and_the_users_settings():
    settings, net = going_on(default("lift-unsupervised"), {"optimizer": {"lr": 1.0}, "seed_everything": 2})
    assert settings["model"]["width"] == 384 and settings["model"]["warmup"] == 0 and settings["data"]["context"] == 26
    assert settings["optimizer"] == {"lr": 1.0} and settings["seed_everything"] == 2
    assert net == {"start": str(default("lift-unsupervised"))} and "start" not in settings["model"]


def test_weights_to_go_on_from_are_known_by_their_bytes(tmp_path, monkeypatch):
    made = []

    def fit(stage, overrides, configs, run_folder):
        made.append(overrides["model"])
        run_folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(default("lift"), run_folder / "weights.safetensors")
        return run_folder / "weights.safetensors"

    monkeypatch.setattr("dance3d.training.fit.fit", fit)
    for name in ("a", "b"):
        shutil.copyfile(default("lift-unsupervised"), tmp_path / f"{name}.safetensors")
        learner(tmp_path).train("lift", None, "unsupervised", tmp_path / f"{name}.safetensors")
    assert len(made) == 1 and made[0]["start"] == str(tmp_path / "a.safetensors")
    learner(tmp_path).train("lift", None, "unsupervised")
    assert len(made) == 2 and "start" not in made[1]
