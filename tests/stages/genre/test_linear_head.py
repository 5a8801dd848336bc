import json

import numpy as np
import pytest
import torch

from dance3d.contracts import Movements, Pose3D
from dance3d.io import artefacts, weights
from dance3d.io.weights import default
from dance3d.movement_types import MOVEMENTS
from dance3d.stages.genre import linear_head
from dance3d.stages.genre.features import MOVES, TURN, WIDTH, Features
from dance3d.stages.genre.linear_head import cross_validated, examples_of, fit_layer, train
from dance3d.stages.genre.predict import classify_features, load

NAMES = ("jig", "reel", "strathspey")


def features(kind, seed, seconds=8):
    """A dance that hops at a pace of its own, or at none (a kind below 0)."""
    draw = np.random.default_rng(seed)
    steps = 10 * seconds
    values = 0.15 * draw.standard_normal((steps, WIDTH)) * (np.arange(WIDTH) <= TURN)
    beat = np.sin(np.arange(steps) * (0.4 + 0.5 * kind) + draw.uniform(0, 6))
    first = MOVES + 8 * (kind + 1)  # of the pose, which the shipped net reads
    values[:, first : first + 8] += beat[:, None]
    return Features(values.astype(np.float32), np.ones(steps, np.float32), np.arange(steps) / 10)


def tracks(kinds=range(3), videos=5):
    return [
        (f"{NAMES[k]}{v}", f"{NAMES[k]}{v}", NAMES[k], features(k, 10 * k + v)) for k in kinds for v in range(videos)
    ]


@pytest.fixture(scope="module")
def net():
    return load(default("genre"))


def test_five_videos_of_each_are_told_apart_and_the_net_is_an_ordinary_one(net):
    before = {name: value.clone() for name, value in net.state_dict().items()}
    whole, scores = cross_validated(net, examples_of(tracks(), net))
    assert scores.recall > 0.9 and scores.names[0] == "jig0" and scores.accepted is not None
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    kept = [name for name in before if not name.startswith(("out.", "temperature", "opening", "near", "named"))]
    assert all(torch.equal(whole.state_dict()[name], before[name]) for name in kept)
    for kind, name in enumerate(NAMES):
        found = classify_features(whole, features(kind, 99), evidence=0)
        assert found.classes == NAMES and found.likeliest == name


def test_labels_that_mean_nothing_score_as_chance(net):
    mixed = [(name, group, NAMES[i % 3], one) for i, (name, group, _, one) in enumerate(tracks([0], 15))]
    _, scores = cross_validated(net, examples_of(mixed, net))
    assert scores.recall < 0.7


def test_who_is_asked_about_was_not_learned_from(net, monkeypatch):
    seen = []

    def spy(found, kept):
        seen.append(np.array(found.names)[kept])
        return fit_layer(found, kept)

    monkeypatch.setattr(linear_head, "fit_layer", spy)
    monkeypatch.setattr(linear_head, "_strangers", lambda net, found: None)
    some = [(name, "ana" if name in ("jig0", "jig1") else group, *rest) for name, group, *rest in tracks(range(2), 3)]
    cross_validated(net, examples_of(some, net))
    left_out = [set(name for name, *_ in some) - set(names) for names in seen]
    assert sorted(map(sorted, left_out)) == [[], ["jig0", "jig1"], ["jig2"], ["reel0"], ["reel1"], ["reel2"]]


def test_a_layer_minimises_its_loss_whatever_the_scale(net):
    found = examples_of(tracks(range(2), 2), net)
    matrix, bias = fit_layer(found, np.ones(4, bool))
    logits = found.states[0] @ matrix.T + bias
    assert (logits.argmax(1) == found.genre[found.video]).all()
    np.testing.assert_allclose(matrix.sum(0), 0, atol=1e-4)  # the penalty leaves no common part


def test_what_is_too_little_is_said(net):
    with pytest.raises(ValueError, match=r"reel has 1 videos \(or dancers\) in which somebody is seen"):
        examples_of(tracks([0], 3) + tracks([1], 1), net)
    with pytest.raises(ValueError, match="one class, jig"):
        examples_of(tracks([0], 3), net)
    nobody = [(*track[:3], track[3]._replace(present=np.zeros(80, np.float32))) for track in tracks([2], 2)]
    with pytest.raises(ValueError, match="strathspey has 0 videos"):
        examples_of(tracks(range(2)) + nobody, net)


def test_from_files_to_weights(tmp_path):
    index, draw = [], np.random.default_rng(0)
    for name in ("lift", "motion"):
        (tmp_path / name).mkdir()
    time = np.arange(120) / 30
    for number in range(8):
        genre = NAMES[number % 2]
        xyz = 0.1 * draw.standard_normal((120, 17, 3)) + np.random.default_rng(number % 2).standard_normal((1, 17, 3))
        prob = np.full((120, len(MOVEMENTS)), 0.1 + 0.8 * (number % 2))
        pose = Pose3D(xyz=xyz, time=time, measured=np.ones(120, bool), error=np.full(120, 0.05))
        artefacts.save(pose, tmp_path / "lift" / f"{number:04d}.npz")
        artefacts.save(Movements(prob, time), tmp_path / "motion" / f"{number:04d}.npz")
        index.append({"name": str(number), "group": str(number), "genre": genre})
    (tmp_path / "index.json").write_text(json.dumps(index))
    folders = {"index": str(tmp_path / "index.json"), "poses": str(tmp_path / "lift")}
    scores = train(folders | {"movements": str(tmp_path / "motion")}, default("genre"), tmp_path / "a.safetensors")
    assert scores["score"] == 1.0 and scores["classes"] == ["jig", "reel"] and len(scores["videos"]) == 8
    assert load(tmp_path / "a.safetensors").classes == ("jig", "reel")
    arrays, _ = weights.load(tmp_path / "a.safetensors", "genre")
    assert {array.dtype.name for array in arrays.values()} == {"float16"}  # as every net is stored
