import pytest
from genre_calls import call
from genre_tracks import track

from dance3d.stages.genre.module import GenreModule


def test_a_net_of_joints_on_the_picture_is_refused(tmp_path):
    GenreModule(("a", "b"), reads="pose2d").export(tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match="reads joints on the picture"):
        call(tmp_path / "w.safetensors", [track("salsa", 1, seconds=2.0)])
    with pytest.raises(ValueError, match="'smell' is not known; choose from pose2d"):
        GenreModule(("a", "b"), reads="smell")
