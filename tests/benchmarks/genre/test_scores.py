import numpy as np
import pytest
from genre_chain import fake

from dance3d.benchmarks.genre import scores
from dance3d.contracts import Pose3D
from dance3d.synth.choreography import choreograph

SHAPES = {"xyz": (17, 3), "root": (3,), "doubt": (17,), "extremities": (7, 3)}


@pytest.fixture(scope="module")
def clips():
    return [choreograph("salsa", 10.0, 1), choreograph("modern", 5.0, 2)]


def test_figures_of_one_answer(clips):
    got = scores.score(clips, fake("salsa"))
    assert got["windows"] == 3 * 4  # two windows of one take and one of the other, four cameras
    assert got["accuracy"] == pytest.approx(2 / 3, abs=1e-3) and got["clip.accuracy"] == 0.5
    assert got["macro_f1"] == pytest.approx(0.4, abs=1e-3)  # 0.8 for salsa, none for modern; tango is nobody's
    assert got["confusion.salsa.salsa"] == 1 and got["confusion.modern.salsa"] == 1
    assert got["confusion.modern.tango"] == 0 and not any(key.startswith("confusion.tango") for key in got)


def test_the_right_class_must_be_named(clips):
    assert scores.score(clips, fake("tango"))["macro_f1"] == 0


def test_windows_are_about_five_seconds_and_cover_the_take():
    assert scores._pieces(300, 150) == [(0, 150), (150, 300)] and scores._pieces(40, 150) == [(0, 40)]
    assert scores._pieces(361, 150) == [(0, 180), (180, 361)]


def test_strangers_are_accepted_where_they_are_called_a_class(clips):
    assert scores.accepted(clips, fake("salsa")) == {"accepted": 1, "accepted_as_dance": 1}


def test_rows_of_a_lifted_pose_have_all_that_it_has():
    frames = 6
    numbers = np.arange(frames, dtype=np.float32)
    full = {name: np.ones((frames, *shape), np.float32) for name, shape in SHAPES.items()}
    pose = Pose3D(measured=np.ones(frames, bool), error=numbers, time=numbers.astype(float), **full)
    part = scores.rows(pose, 2, 5)
    assert part.error.tolist() == [2, 3, 4] and all(len(getattr(part, name)) == 3 for name in SHAPES)


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(ValueError, match="no folder of motion capture"):
        list(scores.bench(tmp_path / "nothing", fake("salsa")))


def test_given_takes_are_scored_whole(data_dir, tmp_path):
    """Real takes, in a folder per genre as ``--data`` has them."""
    for genre, name in (("salsa", "salsa_01"), ("modern", "05_02")):
        (tmp_path / genre).mkdir()
        source = data_dir / "mocap" / "cmu" / genre / f"{name}.bvh.gz"
        (tmp_path / genre / source.name).write_bytes(source.read_bytes())
    (got,) = scores.bench(tmp_path, fake("salsa"))
    assert {key.partition(".")[0] for key in got} == {"given"} and got["given.confusion.modern.salsa"] == 1
