import pytest

from dance3d.synth.clip import write_scene


@pytest.fixture(scope="session")
def scene(tmp_path_factory):
    """A rendered dancer, two seconds."""
    folder = tmp_path_factory.mktemp("live")
    write_scene(folder, "salsa", seconds=2.0, seed=1)
    return folder / "video.mp4"
