import numpy as np
import pytest

from dance3d.benchmarks.genre import near_duplicates
from dance3d.benchmarks.genre.near_duplicates import RATE
from dance3d.contracts import MotionClip
from dance3d.datasets.mocap import load_motion
from dance3d.skeleton import H36M17


def retimed(xyz, speed):
    """As if danced ``speed`` times as fast."""
    at = np.arange(0, len(xyz) - 1, speed)
    low = at.astype(int)
    part = (at - low)[:, None, None]
    return xyz[low] * (1 - part) + xyz[low + 1] * part


def elsewhere(xyz):
    """On another place of the floor, facing another way, by a larger body."""
    turn = np.deg2rad(130)
    matrix = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    return 1.1 * xyz @ matrix + [2.0, 0, -1.0]


def other_side(xyz):
    return (xyz * [-1, 1, 1])[:, H36M17.swap]


def clip(xyz, name="a", genre="salsa"):
    return MotionClip(np.asarray(xyz, np.float32), 30.0, name, name, genre)


@pytest.fixture(scope="module")
def takes(data_dir, tmp_path_factory):
    """The first twenty seconds of two takes of different couples."""
    folder = tmp_path_factory.mktemp("salsa") / "salsa"
    folder.mkdir()
    for name in ("salsa_01", "salsa_09"):
        source = data_dir / "mocap" / "cmu" / "salsa" / f"{name}.bvh.gz"
        (folder / source.name).write_bytes(source.read_bytes())
    return [one.xyz[:600].astype(np.float64) for one in load_motion(folder)]


@pytest.mark.parametrize(
    "change",
    [lambda x: x, elsewhere, other_side, lambda x: retimed(x, 1.5), lambda x: retimed(elsewhere(other_side(x)), 0.7)],
    ids=["as it is", "elsewhere", "mirrored", "faster", "slower, mirrored, elsewhere"],
)
def test_a_cut_of_a_take_is_found(takes, change):
    first, second = takes
    cut = change(first[150:450])
    mixed = np.concatenate([change(second[:200]), cut])
    found = near_duplicates.moments([clip(first), clip(mixed, "b")])
    seconds = (len(mixed) - len(cut)) / 30
    copied = found.of[1] < len(found.of[0])
    border = round(seconds * RATE)
    assert copied[border + 3 : -3].mean() > 0.95 and copied[: border - 3].mean() < 0.05
    inside = slice(border + 10, -10)
    place = np.linspace(5, 15, len(copied) - border)[10:-10] * RATE
    assert np.abs(found.of[1][inside] - place)[copied[inside]].max() < 0.3 * RATE, "of the right moments"


def test_different_takes_are_not_copies(takes):
    found = near_duplicates.moments([clip(x, str(n)) for n, x in enumerate(takes)])
    assert found.seconds > 0.97 * sum(len(x) for x in takes) / 30


def test_a_take_that_repeats_itself(takes):
    first = takes[0][:300]
    twice = np.concatenate([first, elsewhere(retimed(first, 0.8))])
    assert near_duplicates.moments([clip(twice)]).seconds == pytest.approx(10, abs=0.6)


def test_groups_hold_copies_and_nothing_else(takes):
    first, second = takes
    found = near_duplicates.near_duplicates([clip(first), clip(elsewhere(first), "b"), clip(second, "c", "tango")])
    assert (found.groups[0] == found.groups[1]).all(), "the same windows of both takes"
    assert len(set(found.groups[0])) >= 3, "windows of five seconds; who stands still repeats himself"
    assert not set(found.groups[0]) & set(found.groups[2]) and not set(found.moments[0]) & set(found.moments[2])
    assert 10 < found.distinct["salsa"] < 20.6 and 10 < found.distinct["tango"] < 20.6, "the copy counts once"


def test_windows_cover_a_take_once():
    assert near_duplicates.pieces(10, 5) == [(0, 5), (5, 10)] and near_duplicates.pieces(3, 5) == [(0, 3)]
    assert near_duplicates.pieces(14, 5) == [(0, 7), (7, 14)]


def test_one_frame_and_a_still_dancer():
    still = np.tile(np.random.default_rng(0).normal(size=(1, 17, 3)), (150, 1, 1))
    assert near_duplicates.moments([clip(still[:1])]).number == 1
    assert near_duplicates.moments([clip(still)]).seconds < 3, "what does not move repeats itself"
    assert near_duplicates.moments([]).number == 0
