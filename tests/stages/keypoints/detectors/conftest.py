"""What the tests of detectors share."""

from itertools import islice

import pytest

from dance3d.io.video.reader import VideoReader


@pytest.fixture(autouse=True)
def nothing_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("DANCE3D_WEIGHTS", str(tmp_path / "none"))


@pytest.fixture(scope="session")
def kitasen(data_dir):
    """Pictures of three dancers, by frame number: 0..29 two of them, 255..284 all three."""
    with VideoReader(data_dir / "video" / "kitasen_dancers.mp4") as reader:
        return {f.index: f.image for f in islice(reader, 285) if f.index < 30 or f.index >= 255}
