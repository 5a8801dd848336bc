import json

import motion_sets as sets
import numpy as np
import pytest
import torch

from dance3d.contracts import Pose3D
from dance3d.datasets.movement_labels import Label
from dance3d.io import artefacts, weights
from dance3d.io.weights import default
from dance3d.movement_types import NAMES, Movement
from dance3d.skeleton import H36M17
from dance3d.stages.motion import linear_head
from dance3d.stages.motion.custom_types import read_types
from dance3d.stages.motion.linear_head import LabelledStretch, cross_validated, fit_layer, stretches, train
from dance3d.stages.motion.predict import load, recognise
from dance3d.stages.motion.rules.custom import OwnType

UP = np.array([0, 1.0, 0])
OWN = OwnType(Movement("body", "attitude", "", "own"))


@pytest.fixture(scope="module")
def net():
    return load(default("motion"))


def invented(clips=4, events=3, seed=0):
    """Clips whose first three states rise where the movement is, in noise."""
    draw, out = np.random.default_rng(seed), []
    for clip in range(clips):
        labels = np.zeros((240, 1), np.int8)
        for event in range(events):
            labels[40 + 70 * event : 65 + 70 * event] = 1
        states = draw.standard_normal((240, 160))
        states[:, :3] += 2.5 * labels
        out.append(LabelledStretch(f"c{clip}", states, labels))
    return out


def test_twelve_examples_are_learned_and_checked_on_clips_that_were_left_out(net):
    before = {name: value.clone() for name, value in net.state_dict().items()}
    made, scores = cross_validated(net, invented(), [OWN])
    found = scores.figures(OWN.name)
    assert found["event.f1"] > 0.8 and found["frame.f1"] > 0.85 > 0.5 > found["chance.f1"]
    assert made.names == (*NAMES, OWN.name) and len({one.clip for one in scores.answers}) == 4
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_what_is_not_there_is_not_found(net):
    draw = np.random.default_rng(1)
    noise = [LabelledStretch(one.clip, draw.standard_normal(one.states.shape), one.labels) for one in invented()]
    _, scores = cross_validated(net, noise, [OWN])
    assert scores.figures(OWN.name)["event.f1"] < 0.3


def test_a_clip_is_asked_of_a_layer_that_did_not_see_it(net, monkeypatch):
    seen = []

    def spy(found, column):
        seen.append([one.clip for one in found])
        return fit_layer(found, column)

    monkeypatch.setattr(linear_head, "fit_layer", spy)
    cross_validated(net, invented(3), [OWN])
    assert seen == [["c0", "c1", "c2"], ["c1", "c2"], ["c0", "c2"], ["c0", "c1"]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda found: found[:1], "body.attitude has 3 labels in 1 clips; at least 3 in two clips"),
        (lambda found: invented(2, 1), "body.attitude has 2 labels in 2 clips"),
        (
            lambda found: [
                LabelledStretch(s.clip, s.states, np.where(s.labels > 0, 1, -1).astype(np.int8)) for s in found
            ],
            r"body.attitude has 0\.0 s without it; label clips with other movements as well",
        ),
    ],
)
def test_what_is_too_little_is_said(net, change, says):
    with pytest.raises(ValueError, match=says):
        cross_validated(net, change(invented()), [OWN])


def pose(seed=0, frames=240):
    """A figure whose left hand goes up and down."""
    draw = np.random.default_rng(seed)
    xyz = sets.figure(frames) - sets.figure(frames)[:, :1]
    wave = np.sin(np.arange(frames) / 12 + seed)
    xyz[:, H36M17.index("left_wrist"), 1] += 0.3 * wave
    xyz += 0.005 * draw.standard_normal(xyz.shape)
    flat = np.ones(frames)
    return Pose3D(xyz=xyz, time=np.arange(frames) / 30, measured=flat > 0, error=0.05 * flat, up=UP), wave > 0.5


def rows(clip, up):
    edges = np.flatnonzero(np.diff(up.astype(int), prepend=0, append=0)).reshape(-1, 2) / 30
    return [Label(clip, start, stop, OWN.name) for start, stop in edges]


def test_clips_that_do_not_mention_a_type_say_nothing_of_it(net):
    figure, up = pose()
    [one] = stretches(net, "a", figure, rows("a", up), [OWN.name, "body.other"])
    assert (one.labels[:, 0] == up).all() and (one.labels[:, 1] == -1).all() and one.states.shape == (240, 160)


def test_from_files_to_weights_that_run(tmp_path, net):
    (tmp_path / "lift").mkdir()
    index, table = [], ["clip,start,stop,movement"]
    for number in range(3):
        figure, up = pose(number)
        artefacts.save(figure, tmp_path / "lift" / f"{number:04d}.npz")
        index.append({"name": f"c{number}", "split": "train"})
        table += [f"{one.clip},{one.start},{one.stop},{one.movement}" for one in rows(f"c{number}", up)]
    (tmp_path / "index.json").write_text(json.dumps(index))
    (tmp_path / "labels.csv").write_text("\n".join(table))
    (tmp_path / "own.yaml").write_text("body.attitude: {rule: labels}\nbody.unseen: {rule: labels}\n")
    places = {"index": "index.json", "poses": "lift", "types": "own.yaml", "labels": "labels.csv"}
    folders = {name: str(tmp_path / place) for name, place in places.items()}
    scores = train(folders, default("motion"), tmp_path / "a.safetensors")
    assert scores["score"] > 0.8 and list(scores["movements"]) == [OWN.name]
    types = read_types(tmp_path / "own.yaml")[:1]
    figure, up = pose(9)
    found, shipped = recognise(load(tmp_path / "a.safetensors"), figure, types), recognise(net, figure)
    assert ((found.own[:, 0] >= 0.5) == up).mean() > 0.9
    np.testing.assert_allclose(found.prob, shipped.prob, atol=1e-6)
    arrays, _ = weights.load(tmp_path / "a.safetensors", "motion")
    assert {array.dtype.name for array in arrays.values()} == {"float16"}  # as every net is stored
    (tmp_path / "labels.csv").write_text("\n".join([*table, "nobody,0,1,body.attitude"]))
    with pytest.raises(ValueError, match="speaks of 'nobody', of which there is no clip"):
        train(folders, default("motion"), tmp_path / "a.safetensors")
