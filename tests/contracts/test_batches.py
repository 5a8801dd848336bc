import pytest

from dance3d.contracts import Tracks


def test_inputs_are_found_by_the_stage_that_made_them():
    poses, moves = [object()], [object()]
    tracks = Tracks(lift=poses, motion=moves)
    assert tracks["lift"] is poses and tracks["motion"] is moves and set(tracks.inputs) == {"lift", "motion"}
    with pytest.raises(KeyError):
        tracks["genre"]
