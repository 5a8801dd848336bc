import numpy as np

from dance3d.synth import takes
from dance3d.synth.choreography import GENRES
from dance3d.synth.takes import motion


def test_the_synthetic_dancer_gives_so_many_takes_of_every_genre():
    found = motion("synth", 2, 0.5)
    assert [clip.genre for clip in found] == [genre for genre in GENRES for _ in range(2)]
    assert len({clip.name for clip in found}) == len({clip.group for clip in found}) == 2 * len(GENRES)
    assert {len(clip.xyz) for clip in found} == {15}
    np.testing.assert_array_equal(found[0].xyz, motion("synth", 1, 0.5)[0].xyz)


def test_any_other_source_is_a_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(takes, "load_motion", lambda path: [path])
    assert motion(str(tmp_path), 2, 0.5) == [tmp_path]
