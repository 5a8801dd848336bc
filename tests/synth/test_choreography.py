import numpy as np
import pytest

from dance3d.skeleton import H36M17
from dance3d.synth.choreography import GENRES, choreograph

ANKLES = H36M17.indices("left_ankle", "right_ankle")


def bones(xyz):
    return np.stack([np.linalg.norm(xyz[:, a] - xyz[:, b], axis=-1) for a, b in H36M17.bones], 1)


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("seed", [0, 5])
def test_a_dance_is_possible(genre, seed):
    clip = choreograph(genre, 8, seed)
    xyz = clip.xyz.astype(float)
    assert xyz.shape == (240, 17, 3) and clip.genre == genre and clip.group == f"synth-{seed}"
    assert bones(xyz).std(0).max() < 0.012, "bones keep their length, but for raised shoulders"
    left, right = (bones(xyz).mean(0)[[c in side for _, c in H36M17.bones]] for side in (H36M17.left, H36M17.right))
    assert np.allclose(np.sort(left), np.sort(right), atol=0.005)
    ankles = xyz[:, ANKLES]
    assert 0.03 < ankles[..., 1].min() and xyz[..., 1].min() > 0, "nothing goes through the floor"
    assert (ankles[..., 1].min(1) < ankles[..., 1].min() + 0.01).mean() > 0.95, "a foot carries"
    assert 1.2 < np.median(xyz[:, H36M17.index("head"), 1]) < 2.0
    assert np.linalg.norm(np.diff(xyz, axis=0), axis=-1).max() * 30 < 16, "no joint moves faster than a kick"


@pytest.mark.parametrize("genre", GENRES)
def test_planted_feet_do_not_skate(genre):
    for seed in range(4):
        xyz = choreograph(genre, 8, seed).xyz[:, ANKLES].astype(float)
        low = xyz[..., 1] < xyz[..., 1].min() + 0.002
        low[1:-1] &= low[2:] & low[:-2]  # not the first and last moment of a step
        speed = np.linalg.norm(np.gradient(xyz, axis=0)[..., [0, 2]], axis=-1) * 30
        assert np.median(speed[low]) < 0.005 and speed[low].mean() < 0.05


def test_knees_bend_forward():
    for genre in GENRES:
        xyz = choreograph(genre, 6, 2).xyz.astype(float)
        hips = xyz[:, H36M17.index("left_hip")] - xyz[:, H36M17.index("right_hip")]
        front = np.cross(hips, xyz[:, H36M17.index("thorax")] - xyz[:, 0])
        for side in ("left", "right"):
            hip, knee, ankle = (xyz[:, H36M17.index(f"{side}_{j}")] for j in ("hip", "knee", "ankle"))
            out = knee - (hip + ankle) / 2
            bent = np.linalg.norm(out, axis=-1) > 0.05
            assert ((out * front).sum(-1)[bent] > 0).mean() > 0.97


def test_the_seed_fixes_everything():
    one, same, other = (choreograph("salsa", 3, seed).xyz for seed in (4, 4, 5))
    assert np.array_equal(one, same) and not np.allclose(one, other)
    longer = choreograph("salsa", 5, 4).xyz
    assert np.allclose(longer[:60], one[:60], atol=1e-3), "a longer clip begins alike"


def test_bodies_differ_by_seed_and_not_by_genre():
    height = {(g, s): bones(choreograph(g, 2, s).xyz).sum(1).mean() for g in ("modern", "everyday") for s in range(6)}
    assert np.std([height["modern", s] for s in range(6)]) > 0.05
    assert all(abs(height["modern", s] - height["everyday", s]) < 0.02 for s in range(6))


def test_genres_move_differently():
    """A figure of each style shows: deep knees, slow hands, high feet, travelling."""
    clips = {g: np.concatenate([choreograph(g, 10, s).xyz for s in range(8)]).astype(float) for g in GENRES}
    ratio = {g: np.median(x[:, 0, 1]) / bones(x)[:, 1:3].sum(1).mean() for g, x in clips.items()}
    assert ratio["indian"] == min(ratio.values())
    highest = {g: x[:, ANKLES, 1].max() for g, x in clips.items()}
    assert min(highest["martial"], highest["modern"]) > 0.4 > highest["salsa"]
    path = {g: np.ptp(x[:, 0, [0, 2]], axis=0).max() for g, x in clips.items()}
    assert path["everyday"] > 1.5 * path["indian"]


@pytest.mark.parametrize(("genre", "seconds", "says"), [("polka", 2, "'polka' is not known"), ("salsa", 0, "no frame")])
def test_what_cannot_be_danced_is_refused(genre, seconds, says):
    with pytest.raises(ValueError, match=says):
        choreograph(genre, seconds, 0)
