from dataclasses import replace

import pytest

from dance3d.io import weights as stored
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.given import file_given
from dance3d.pipeline.runner import Runner
from dance3d.registry import PLAIN, STAGES
from dance3d.stages.keypoints.settings import KeypointSettings


def test_only_the_backend_own_reads_the_weights(tmp_path, monkeypatch):
    """The key of a run with another backend is the same whether weights ship or not."""
    video = tmp_path / "clip.mp4"
    video.write_bytes(b"frames")
    given = {"video": file_given(video)}

    def weights(**settings):
        return Runner(Cache(None), {"keypoints": settings}).components("keypoints", given)["weights"]

    assert "keypoints" not in PLAIN and set(PLAIN) >= {"lift", "motion", "genre"}
    monkeypatch.setattr(stored, "default", lambda name: (_ for _ in ()).throw(ValueError(f"none ship for {name}")))
    assert weights() is None and weights(backend="rtmpose") is None
    assert weights(backend="own", model="mine.safetensors") is None, "a model of one's own takes their place"
    with pytest.raises(ValueError, match="none ship for keypoints"):
        weights(backend="own")
    monkeypatch.setattr(stored, "default", lambda name: video)
    assert weights(backend="own") is not None and weights() is None
    assert not replace(STAGES["keypoints"], module="").reads_weights(KeypointSettings(backend="own"))
